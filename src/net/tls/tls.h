/* tls.h: TLS 1.3 connections, certificates and keys, by OpenSSL; nothing else knows of it.
 *
 * Connections are over nonblocking descriptors; the caller's event loop waits for what tls_* says
 * it wants. Programs block SIGPIPE. A certificate that is not valid yet is taken (a clock was set
 * back), an expired one isn't. */
#pragma once
#include "base/buf.h"

#define TLS_ALPN_FLEET "muster/1"

/* --- keys and certificates: all PEM texts in and out --- */
/* A P-256 key; a self-signed CA of ten years; a certificate of `days` signed by the CA. */
must_use bool tls_make_key(struct buf *key_pem, struct err *err);
must_use bool tls_make_ca(struct text key_pem, const char *name, int64_t now_us,
			  struct buf *cert_pem, struct err *err);
must_use bool tls_make_request(struct text key_pem, const char *name, struct buf *csr_pem,
			       struct err *err);

struct tls_grant {
	const char *common_name;  /* CN: an agent's id, a server's first name */
	const char *const *names; /* SAN: DNS names or addresses, ends with NULL; NULL: none */
	bool is_server;           /* extended key usage: server, else client */
	int days;
	int64_t now_us;
};
/* The key comes from the request (its signature is checked), everything else from the grant; it
 * ends with the CA at the latest. */
must_use bool tls_sign(struct text ca_key_pem, struct text ca_cert_pem, struct text csr_pem,
		       const struct tls_grant *grant, struct buf *cert_pem, struct err *err);
/* Whether the first certificate in the text is this CA's, and of this CN: else ERR_REFUSED. */
must_use bool tls_check(struct text cert_pem, struct text ca_pem, const char *common_name,
			struct err *err);
/* From when to when the first certificate in the text is valid, in µs of Unix time. */
must_use bool tls_span(struct text cert_pem, int64_t *from_us, int64_t *until_us, struct err *err);
/* Whether less than a third of such a life is left: time to ask for another. */
must_use bool tls_is_ending(int64_t from_us, int64_t until_us, int64_t now_us);
/* SHA-256 over the DER form of the first certificate in the text, hex. */
must_use bool tls_fingerprint(struct text cert_pem, char out[static 65], struct err *err);

/* --- contexts --- */
struct tls_context;
struct tls_setup {
	bool is_server;
	struct text key_pem,
		cert_pem; /* own, with those above it; empty: none (a client that enrols). A server
			   * whose text holds one certificate sends ca_pem's behind it */
	struct text
		ca_pem;  /* whom to believe; empty with pin: the chain must end in the pinned CA */
	const char *pin; /* client: fingerprint of the CA, hex; NULL: none */
	const char *alpn;
	bool ask_client; /* server: ask for a certificate; none is fine (it may only enrol), a bad
			    one isn't */
};
must_use struct tls_context *tls_context_new(const struct tls_setup *setup, struct err *err);
void tls_context_free(struct tls_context **context);

/* --- connections --- */
struct tls;
enum tls_want { TLS_DONE, TLS_WANTS_READ, TLS_WANTS_WRITE, TLS_CLOSED, TLS_FAILED };

/* Over fd, which stays the caller's. host: client: the name or address that must be in the
 * certificate (NULL: any of this CA's server certificates). */
must_use struct tls *tls_new(struct tls_context *context, int fd, const char *host,
			     struct err *err);
void tls_free(struct tls **tls);
must_use enum tls_want tls_handshake(
	struct tls *tls, struct err *err); /* ERR_REFUSED: a certificate isn't accepted */
/* After the handshake: SHA-256 fingerprint and CN of the peer's certificate; "" when it has none.
 */
must_use const char *tls_peer_fingerprint(const struct tls *tls);
must_use const char *tls_peer_name(const struct tls *tls);
/* TLS_DONE with *len > 0 bytes read or written. */
must_use enum tls_want tls_read(struct tls *tls, void *bytes, size_t size, size_t *len,
				struct err *err);
must_use enum tls_want tls_write(struct tls *tls, struct text bytes, size_t *len, struct err *err);
void tls_shut(struct tls *tls); /* says goodbye, does not wait */
