/* certificate.h: what is to be known of a certificate that a service presented: what it says of
 * itself (format/cert/x509.h), and whether it is the right one for whoever connects. */
#pragma once
#include "format/cert/x509.h"
#include "format/json.h"
#include "vantage/tls/openssl.h"

#define CERTIFICATE_NAMES_MAX 200 /* more are counted, not named; each of 1024 bytes */
#define CERTIFICATE_CHAIN_MAX 20  /* certificates of one file of authorities or one chain */

/* The certificates that are trusted: those of pem, else the system's. NULL: err (pem holds none).
 */
must_use X509_STORE *certificate_store(struct text pem, struct err *err);

/* Adds to json: key (rsa, ecdsa, ed25519 …), bits, curve, signature (OpenSSL's name), not_before
 * and not_after (seconds since 1970), subject, issuer, names, self_signed, trusted, problem (where
 * it is not), matches (whether `host` is one of its names), sha256. Of one that is larger than
 * X509_SIZE_MAX only matches and trusted, a key "unknown", and that as the problem. */
void certificate_put(struct x509_reader *reader, X509 *certificate, STACK_OF(X509) * chain,
		     X509_STORE *store, const char *host, struct json *json);
