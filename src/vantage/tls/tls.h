/* tls.h: what a service offers by TLS, found out by making handshakes with it.
 *
 * How: {"parts":["certificate","offer","hsts"],"name":"web1.example","starttls":"smtp","ca":"PEM"}.
 * Each part costs handshakes of its own: certificate 1 or 2, hsts 1, offer about 30 (a handshake a
 * protocol version, cipher and group, by offering all that was not chosen yet).
 * name: what is asked for by SNI and looked for in the certificate, else the host (by SNI only when
 * it is a name). ca: the certificates to trust instead of the system's.
 *
 * Answer: {"state":"open","address":…,"tls":true,
 *	"protocols":["TLSv1.2","TLSv1.3"],"ciphers":[…],"groups":[…],"dh_bits":2048,
 *	"certificates":[{…}],"http":true,"hsts":63072000}
 * with OpenSSL's names; certificates as certificate.h says, the one that is usually presented
 * first; hsts in seconds, absent where it is not set. Where it is open and speaks no TLS: "tls":
 * false and "problem". Where it ends connections as soon as TLS begins: "ended": true, too. */
#pragma once
#include "vantage/vantage.h"

#define TLS_CIPHERS_MAX 200 /* that OpenSSL could offer */

must_use bool tls_look(const struct vantage_question *question, struct json *answer,
		       struct err *err);
