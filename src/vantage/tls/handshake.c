#include "vantage/tls/handshake.h"

#include <string.h>

#include "base/time.h"
#include "vantage/tls/starttls.h"

/* Whatever OpenSSL can do, but what wants a secret that both know. */
#define CIPHERS_ALL "ALL:COMPLEMENTOFALL:-PSK:-SRP:@SECLEVEL=0"
#define SUITES_ALL                                       \
	"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:" \
	"TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256"

bool handshakes_begin(struct handshakes *handshakes, struct err *err)
{
	const struct openssl *lib = openssl_get();
	must(lib);
	handshakes->context = lib->SSL_CTX_new(lib->TLS_client_method());
	if (!handshakes->context ||
	    lib->SSL_CTX_set_cipher_list(handshakes->context, CIPHERS_ALL) != 1)
		return err_set(err, ERR_SYSTEM, "OpenSSL can't be set up");
	lib->SSL_CTX_set_security_level(handshakes->context, 0);
	(void)lib->SSL_CTX_ctrl(handshakes->context, SSL_CTRL_SET_MAX_CERT_LIST,
				HANDSHAKE_CHAIN_MAX, NULL);
	(void)lib->SSL_CTX_set_options(handshakes->context,
				       SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_TICKET);
	return true;
}

void handshakes_end(struct handshakes *handshakes)
{
	if (handshakes->context)
		openssl_get()->SSL_CTX_free(handshakes->context);
	handshakes->context = NULL;
}

/* -------- the offer -------- */

static bool set_version(SSL *ssl, int which, int version)
{
	return openssl_get()->SSL_ctrl(ssl, which, version, NULL) == 1;
}

static bool set_text(SSL *ssl, int which, long larg, const char *text)
{
	return openssl_get()->SSL_ctrl(ssl, which, larg, (void *)(uintptr_t)text) == 1;
}

static bool set_offer(const struct handshakes *handshakes, const struct offer *offer, SSL *ssl)
{
	const struct openssl *lib = openssl_get();
	return set_version(ssl, SSL_CTRL_SET_MIN_PROTO_VERSION, offer->version_min) &&
	       set_version(ssl, SSL_CTRL_SET_MAX_PROTO_VERSION, offer->version_max) &&
	       (!offer->ciphers || lib->SSL_set_cipher_list(ssl, offer->ciphers) == 1) &&
	       lib->SSL_set_ciphersuites(ssl, offer->suites ? offer->suites : SUITES_ALL) == 1 &&
	       (!offer->groups || set_text(ssl, SSL_CTRL_SET_GROUPS_LIST, 0, offer->groups)) &&
	       (!offer->signatures ||
		set_text(ssl, SSL_CTRL_SET_SIGALGS_LIST, 0, offer->signatures)) &&
	       (!handshakes->name || set_text(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
					      TLSEXT_NAMETYPE_host_name, handshakes->name));
}

/* -------- what came of it -------- */

static enum handshake_answer tell_no_tls(const char *what, struct err *err)
{
	err_set(err, ERR_INPUT, "what it says is no TLS: %s", what ? what : "garbage");
	return HANDSHAKE_NO_TLS;
}

/* Which of our errors of TLS means what; the others are garbage. */
static enum handshake_answer explain(int how, struct err *err)
{
	const struct openssl *lib = openssl_get();
	unsigned long error = lib->ERR_peek_error();
	int reason = ERR_GET_REASON(error);
	if (how != SSL_ERROR_SSL || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return HANDSHAKE_ENDED;
	if (reason >= SSL_AD_REASON_OFFSET) /* it sent an alert */
		return HANDSHAKE_REFUSED;
	switch (reason) {
	case SSL_R_UNSUPPORTED_PROTOCOL: /* it wants an older version */
	case SSL_R_WRONG_SSL_VERSION:
	case SSL_R_NO_CIPHERS_AVAILABLE: /* ours can't offer it */
	case SSL_R_NO_PROTOCOLS_AVAILABLE:
	case SSL_R_UNKNOWN_CIPHER_RETURNED:
	case SSL_R_WRONG_CIPHER_RETURNED:
	case SSL_R_WRONG_CURVE:
	case SSL_R_NO_SUITABLE_KEY_SHARE:
	case SSL_R_NO_SUITABLE_GROUPS:
		return HANDSHAKE_REFUSED;
	default:
		return tell_no_tls(lib->ERR_reason_error_string(error), err);
	}
}

/* The kind of the key that both made: a group's name, or the size of a finite field. */
static void read_exchange(struct handshake *handshake)
{
	const struct openssl *lib = openssl_get();
	EVP_PKEY *key = NULL;
	size_t len = 0;
	if (lib->SSL_ctrl(handshake->ssl, SSL_CTRL_GET_PEER_TMP_KEY, 0, &key) != 1 || !key)
		return;
	int id = lib->EVP_PKEY_get_base_id(key);
	if (id == EVP_PKEY_DH && handshake->version != TLS1_3_VERSION)
		handshake->dh_bits = lib->EVP_PKEY_get_bits(key);
	else if (id == EVP_PKEY_X25519 || id == EVP_PKEY_X448)
		memcpy(handshake->group, id == EVP_PKEY_X448 ? "X448" : "X25519",
		       id == EVP_PKEY_X448 ? 5 : 7);
	else if (lib->EVP_PKEY_get_group_name(key, handshake->group, sizeof(handshake->group),
					      &len) != 1)
		handshake->group[0] = '\0';
	lib->EVP_PKEY_free(key);
}

/* What was agreed on, also where the handshake failed afterwards (it wants a certificate of us, or
 * its own keys are too weak for our library). */
static bool read_agreed(struct handshake *handshake)
{
	const struct openssl *lib = openssl_get();
	X509 *certificate = lib->SSL_get1_peer_certificate(handshake->ssl);
	const SSL_CIPHER *cipher = lib->SSL_get_current_cipher(handshake->ssl);
	bool there = certificate != NULL;
	lib->X509_free(certificate);
	if (!there && !handshake->whole)
		return false;
	if (!cipher)
		cipher = lib->SSL_get_pending_cipher(handshake->ssl);
	handshake->version = lib->SSL_version(handshake->ssl);
	handshake->cipher = cipher ? lib->SSL_CIPHER_get_name(cipher) : NULL;
	read_exchange(handshake);
	return true;
}

static enum handshake_answer shake(struct handshake *handshake, struct err *err)
{
	const struct openssl *lib = openssl_get();
	lib->ERR_clear_error();
	for (;;) {
		int done = lib->SSL_connect(handshake->ssl);
		int how = done == 1 ? SSL_ERROR_NONE : lib->SSL_get_error(handshake->ssl, done);
		if (how == SSL_ERROR_NONE) {
			handshake->whole = true;
			return read_agreed(handshake) ? HANDSHAKE_AGREED : HANDSHAKE_REFUSED;
		}
		if (how != SSL_ERROR_WANT_READ && how != SSL_ERROR_WANT_WRITE)
			return read_agreed(handshake) ? HANDSHAKE_AGREED : explain(how, err);
		if (!visit_wait(&handshake->visit, how == SSL_ERROR_WANT_WRITE))
			return HANDSHAKE_LATE;
	}
}

static enum handshake_answer connect_to(struct handshakes *handshakes, struct handshake *handshake,
					struct err *err)
{
	handshakes->state = visit_tcp(handshakes->address, handshakes->until_us, &handshake->visit,
				      err);
	switch (handshakes->state) {
	case VISIT_OPEN:
		memcpy(handshakes->shown, handshake->visit.address, sizeof(handshakes->shown));
		break;
	case VISIT_SILENT:
		return HANDSHAKE_LATE;
	case VISIT_CLOSED:
		err_set(err, ERR_SYSTEM, "it refuses connections now");
		return HANDSHAKE_AWAY;
	case VISIT_UNREACHABLE:
		err_set(err, ERR_SYSTEM, "it can't be reached now");
		return HANDSHAKE_AWAY;
	case VISIT_UNKNOWN:
		return HANDSHAKE_AWAY;
	}
	if (!handshakes->starttls ||
	    starttls_begin(&handshake->visit, handshakes->starttls, handshakes->address->host, err))
		return HANDSHAKE_AGREED;
	return err->kind == ERR_BUSY ? HANDSHAKE_LATE : HANDSHAKE_AWAY;
}

enum handshake_answer handshake_make(struct handshakes *handshakes, const struct offer *offer,
				     struct handshake *handshake, struct err *err)
{
	const struct openssl *lib = openssl_get();
	*handshake = (struct handshake){.visit.fd = -1};
	if (handshakes->count == HANDSHAKE_COUNT_MAX || time_span_us() >= handshakes->until_us)
		return HANDSHAKE_LATE;
	handshakes->count++;
	enum handshake_answer answer = connect_to(handshakes, handshake, err);
	if (answer != HANDSHAKE_AGREED)
		return answer;
	handshake->ssl = lib->SSL_new(handshakes->context);
	if (!handshake->ssl || lib->SSL_set_fd(handshake->ssl, handshake->visit.fd) != 1) {
		err_set(err, ERR_SYSTEM, "OpenSSL can't be set up");
		return HANDSHAKE_AWAY;
	}
	if (!set_offer(handshakes, offer, handshake->ssl))
		return HANDSHAKE_REFUSED; /* our library can't offer it */
	return shake(handshake, err);
}

void handshake_end(struct handshake *handshake)
{
	if (handshake->ssl)
		openssl_get()->SSL_free(handshake->ssl);
	handshake->ssl = NULL;
	visit_close(&handshake->visit);
}
