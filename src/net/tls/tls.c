#include "net/tls/tls.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"
#include "net/tls/pem.h"

#define ALPN_MAX 32
#define NAME_SIZE 65

struct tls_context {
	SSL_CTX *ssl;
	bool is_server;
	char pin[65]; /* "": none */
	unsigned char
		alpn[ALPN_MAX + 1]; /* a length and the name, as on the wire; alpn_len 0: none */
	unsigned alpn_len;
};

struct tls {
	SSL *ssl;
	struct tls_context *context; /* lent */
	bool ready, shut;            /* the handshake is done, and nothing has failed since */
	char fingerprint[65], name[NAME_SIZE];
};

/* --- whom to believe --- */

/* A clock that was set back must not cut a host off: a certificate that is not valid yet is taken,
 * an expired one is not. */
static int judge_certificate(int good, X509_STORE_CTX *chain)
{
	if (good || X509_STORE_CTX_get_error(chain) != X509_V_ERR_CERT_NOT_YET_VALID)
		return good;
	X509_STORE_CTX_set_error(chain, X509_V_OK);
	return 1;
}

/* The certificate of the pinned CA among those that the peer sent; NULL: not there. */
static X509 *find_pinned(STACK_OF(X509) * sent, const char *pin)
{
	for (int i = 0; i < sk_X509_num(sent); i++) {
		struct err err = {0};
		char fingerprint[65];
		X509 *cert = sk_X509_value(sent, i);
		if (pem_fingerprint(cert, fingerprint, &err) && strcmp(fingerprint, pin) == 0)
			return cert;
	}
	return NULL;
}

/* Instead of OpenSSL's own judgement, when only the CA's fingerprint is known: trusts that one
 * alone. */
static int judge_pinned(X509_STORE_CTX *chain, void *data)
{
	const struct tls_context *context = data;
	X509 *ca = find_pinned(X509_STORE_CTX_get0_untrusted(chain), context->pin);
	if (!ca) {
		X509_STORE_CTX_set_error(chain, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
		return 0;
	}
	STACK_OF(X509) *trusted = sk_X509_new_null();
	must(trusted && sk_X509_push(trusted, ca) > 0);
	X509_STORE_CTX_set0_trusted_stack(chain, trusted);
	int good = X509_verify_cert(chain);
	sk_X509_free(trusted);
	return good;
}

static bool believe(struct tls_context *context, const struct tls_setup *setup, struct err *err)
{
	if (setup->pin && setup->ca_pem.len == 0) {
		if (strlen(setup->pin) != 64)
			return err_set(err, ERR_INPUT, "the fingerprint of a CA has 64 hex digits");
		memcpy(context->pin, setup->pin, sizeof(context->pin));
		SSL_CTX_set_cert_verify_callback(context->ssl, judge_pinned, context);
	} else if (setup->ca_pem.len > 0) {
		X509 *ca = pem_read_cert(setup->ca_pem, err);
		if (!ca)
			return err_add(err, "CA");
		int added = X509_STORE_add_cert(SSL_CTX_get_cert_store(context->ssl), ca);
		X509_free(ca);
		if (added != 1)
			return pem_fault(err, ERR_SYSTEM, "cannot trust the CA");
	}
	if (!setup->is_server || setup->ask_client)
		SSL_CTX_set_verify(context->ssl, SSL_VERIFY_PEER, judge_certificate);
	return true;
}

/* --- who we are --- */

/* Own certificate, then those above it up to the CA, so that a peer that only knows the CA's
 * fingerprint sees it. */
static bool use_chain(SSL_CTX *ssl, const struct tls_setup *setup, struct err *err)
{
	STACK_OF(X509) *certs = pem_read_certs(setup->cert_pem, err);
	if (!certs)
		return err_add(err, "own certificate");
	bool done = SSL_CTX_use_certificate(ssl, sk_X509_value(certs, 0)) == 1;
	for (int i = 1; done && i < sk_X509_num(certs); i++)
		done = SSL_CTX_add1_chain_cert(ssl, sk_X509_value(certs, i)) == 1;
	X509 *ca = NULL; /* that it can be read was seen in believe */
	if (done && setup->is_server && sk_X509_num(certs) == 1 && setup->ca_pem.len > 0)
		ca = pem_read_cert(setup->ca_pem, err);
	if (ca)
		done = SSL_CTX_add1_chain_cert(ssl, ca) == 1;
	X509_free(ca);
	sk_X509_pop_free(certs, X509_free);
	return done || pem_fault(err, ERR_INPUT, "cannot use the certificate");
}

static bool be_known(SSL_CTX *ssl, const struct tls_setup *setup, struct err *err)
{
	if (setup->cert_pem.len == 0)
		return true;
	if (!use_chain(ssl, setup, err))
		return false;
	EVP_PKEY *key = pem_read_key(setup->key_pem, err);
	if (!key)
		return err_add(err, "own key");
	bool done = SSL_CTX_use_PrivateKey(ssl, key) == 1 && SSL_CTX_check_private_key(ssl) == 1;
	EVP_PKEY_free(key);
	return done || pem_fault(err, ERR_INPUT, "key and certificate do not belong together");
}

/* --- which protocol --- */

static int choose_protocol(SSL *ssl unused, const unsigned char **out, unsigned char *out_len,
			   const unsigned char *in, unsigned in_len, void *data)
{
	const struct tls_context *context = data;
	for (unsigned at = 0; at < in_len; at += 1u + in[at]) {
		if (in[at] != context->alpn[0] || in[at] + 1u > in_len - at ||
		    memcmp(in + at, context->alpn, context->alpn_len) != 0)
			continue;
		*out = in + at + 1;
		*out_len = in[at];
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool name_protocol(struct tls_context *context, const char *alpn, struct err *err)
{
	if (!alpn)
		return true;
	size_t len = strlen(alpn);
	must(len > 0 && len < ALPN_MAX);
	context->alpn[0] = (unsigned char)len;
	memcpy(context->alpn + 1, alpn, len);
	context->alpn_len = (unsigned)len + 1;
	if (context->is_server)
		SSL_CTX_set_alpn_select_cb(context->ssl, choose_protocol, context);
	else if (SSL_CTX_set_alpn_protos(context->ssl, context->alpn, context->alpn_len) != 0)
		return pem_fault(err, ERR_SYSTEM, "cannot name the protocol");
	return true;
}

/* TLS 1.3 alone, nothing kept between connections, and as little as possible while one is idle. */
static bool tune(SSL_CTX *ssl)
{
	char groups[] = "X25519:P-256"; /* OpenSSL's macro casts const away */
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
					 SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	return SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION) == 1 &&
	       SSL_CTX_set_num_tickets(ssl, 0) == 1 && SSL_CTX_set1_groups_list(ssl, groups) == 1;
}

struct tls_context *tls_context_new(const struct tls_setup *setup, struct err *err)
{
	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	struct tls_context *context = mem_new(1, sizeof(*context));
	context->is_server = setup->is_server;
	context->ssl = SSL_CTX_new(setup->is_server ? TLS_server_method() : TLS_client_method());
	bool done = (context->ssl && tune(context->ssl)) ||
		    pem_fault(err, ERR_SYSTEM, "cannot set up TLS");
	done = done && believe(context, setup, err) && be_known(context->ssl, setup, err) &&
	       name_protocol(context, setup->alpn, err);
	if (!done)
		tls_context_free(&context);
	return context;
}

void tls_context_free(struct tls_context **context)
{
	if (!*context)
		return;
	SSL_CTX_free((*context)->ssl);
	mem_free(context);
}

/* --- connections --- */

static bool expect_host(SSL *ssl, const char *host)
{
	unsigned char address[16];
	if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	scoped(mem_free) char *name = mem_text(host); /* OpenSSL's macro casts const away */
	return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

struct tls *tls_new(struct tls_context *context, int fd, const char *host, struct err *err)
{
	SSL *ssl = SSL_new(context->ssl);
	if (!ssl || SSL_set_fd(ssl, fd) != 1 || (host && !expect_host(ssl, host))) {
		SSL_free(ssl);
		pem_fault(err, ERR_SYSTEM, "cannot begin a TLS connection");
		return NULL;
	}
	if (context->is_server)
		SSL_set_accept_state(ssl);
	else
		SSL_set_connect_state(ssl);
	struct tls *tls = mem_new(1, sizeof(*tls));
	*tls = (struct tls){.ssl = ssl, .context = context};
	return tls;
}

void tls_free(struct tls **tls)
{
	if (!*tls)
		return;
	SSL_free((*tls)->ssl);
	mem_free(tls);
}

/* Why the last call failed, in words. */
static void explain(const struct tls *tls, const char *doing, struct err *err)
{
	long verdict = SSL_get_verify_result(tls->ssl);
	if (tls->context->pin[0] != '\0' && verdict == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY)
		err_set(err, ERR_REFUSED,
			"the server does not have the CA that the token names: it is another "
			"server, or somebody is in between");
	else if (verdict != X509_V_OK)
		err_set(err, ERR_REFUSED, "the peer's certificate is not accepted: %s",
			X509_verify_cert_error_string(verdict));
	else if (ERR_peek_error() != 0) {
		pem_fault(err, ERR_SYSTEM, doing);
		return;
	} else
		err_set(err, ERR_SYSTEM, "%s: the connection broke", doing);
	ERR_clear_error();
}

/* What OpenSSL's answer `result` (not a success) means. */
static enum tls_want want(struct tls *tls, int result, const char *doing, struct err *err)
{
	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return TLS_WANTS_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANTS_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_CLOSED;
	default:
		tls->ready = false;
		explain(tls, doing, err);
		return TLS_FAILED;
	}
}

/* Both sides speak the protocol; notes who the peer is. */
static bool know_peer(struct tls *tls, struct err *err)
{
	const unsigned char *chosen = NULL;
	unsigned len = 0;
	const struct tls_context *context = tls->context;
	SSL_get0_alpn_selected(tls->ssl, &chosen, &len);
	if (context->alpn_len > 0 &&
	    (len + 1 != context->alpn_len || memcmp(chosen, context->alpn + 1, len) != 0))
		return err_set(err, ERR_INPUT, "the peer does not speak %s",
			       (const char *)context->alpn + 1);
	const X509 *cert = SSL_get0_peer_certificate(tls->ssl);
	if (!cert)
		return true;
	if (X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, tls->name,
				      sizeof(tls->name)) < 0)
		tls->name[0] = '\0';
	return pem_fingerprint(cert, tls->fingerprint, err);
}

enum tls_want tls_handshake(struct tls *tls, struct err *err)
{
	ERR_clear_error();
	int result = SSL_do_handshake(tls->ssl);
	if (result != 1)
		return want(tls, result, "TLS handshake", err);
	if (!know_peer(tls, err))
		return TLS_FAILED;
	tls->ready = true;
	return TLS_DONE;
}

const char *tls_peer_fingerprint(const struct tls *tls)
{
	return tls->fingerprint;
}

const char *tls_peer_name(const struct tls *tls)
{
	return tls->name;
}

enum tls_want tls_read(struct tls *tls, void *bytes, size_t size, size_t *len, struct err *err)
{
	must(tls->ready);
	ERR_clear_error();
	int result = SSL_read_ex(tls->ssl, bytes, size, len);
	return result == 1 ? TLS_DONE : want(tls, result, "TLS", err);
}

enum tls_want tls_write(struct tls *tls, struct text bytes, size_t *len, struct err *err)
{
	must(tls->ready && bytes.len > 0);
	ERR_clear_error();
	int result = SSL_write_ex(tls->ssl, bytes.at, bytes.len, len);
	return result == 1 ? TLS_DONE : want(tls, result, "TLS", err);
}

void tls_shut(struct tls *tls)
{
	if (tls->ready && !tls->shut && SSL_shutdown(tls->ssl) < 0)
		ERR_clear_error();
	tls->shut = true; /* what the peer still says can be read */
}
