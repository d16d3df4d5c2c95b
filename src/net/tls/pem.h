/* pem.h: PEM texts as OpenSSL's objects, and its errors as ours; for net/tls alone.
 *
 * What is read is the caller's. No text asks for a password: an encrypted key is an error.
 * All of OpenSSL is included here, out of sight of base.h's word `unused`, which its headers can't
 * bear. */
#pragma once
#pragma push_macro("unused")
#undef unused
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#pragma pop_macro("unused")

#include "base/buf.h"

#define PEM_SIZE_MAX (64 * 1024) /* bytes of a text: larger is ERR_LIMIT */
#define PEM_CERTS_MAX 8          /* certificates in a text: more is ERR_LIMIT */

/* kind, text, and behind ": " what OpenSSL complained of first; its queue is empty afterwards. */
bool pem_fault(struct err *err, enum err_kind kind, const char *text);

must_use EVP_PKEY *pem_read_key(struct text pem, struct err *err); /* NULL: ERR_INPUT, ERR_LIMIT */
must_use X509 *pem_read_cert(struct text pem, struct err *err);    /* the first in the text */
must_use STACK_OF(X509) * pem_read_certs(struct text pem, struct err *err); /* all, at least one */
must_use X509_REQ *pem_read_request(struct text pem, struct err *err);

/* SHA-256 over the DER form, hex. */
must_use bool pem_fingerprint(const X509 *cert, char out[static 65], struct err *err);
