#include "vantage/tls/certificate.h"

#include <string.h>

#include "base/buf.h"
#include "base/time.h"

#define NAME_MAX_BYTES 1024
#define ARENA_MAX (32u * 1024 * 1024) /* of a certificate of X509_SIZE_MAX that is all names */

/* A certificate has no password, and nobody here can be asked for one. */
static int no_password(char *password unused, int size unused, int writing unused,
		       void *data unused)
{
	return -1;
}

X509_STORE *certificate_store(struct text pem, struct err *err)
{
	const struct openssl *lib = openssl_get();
	X509_STORE *store = lib->X509_STORE_new();
	size_t count = 0;
	must(store);
	if (!pem.at) {
		(void)lib->X509_STORE_set_default_paths(store);
		return store;
	}
	BIO *bio = lib->BIO_new_mem_buf(pem.at, (int)pem.len);
	for (X509 *one; count < CERTIFICATE_CHAIN_MAX; count++) {
		one = bio ? lib->PEM_read_bio_X509(bio, NULL, no_password, NULL) : NULL;
		if (!one)
			break;
		(void)lib->X509_STORE_add_cert(store, one);
		lib->X509_free(one);
	}
	lib->BIO_free(bio);
	if (count > 0)
		return store;
	lib->X509_STORE_free(store);
	err_set(err, ERR_INPUT, "the file of authorities holds no certificate");
	return NULL;
}

/* -------- what it says -------- */

/* The kinds of keys that services have; ours of RSA's two are one. */
static const char *key_name(const struct x509 *x509)
{
	static const struct {
		const char *type, *name;
	} kinds[] = {{"rsa", "rsa"},         {"rsa-pss", "rsa"}, {"ec", "ecdsa"},
		     {"ed25519", "ed25519"}, {"ed448", "ed448"}, {"dsa", "dsa"}};
	for (size_t i = 0; x509->key_bits > 0 && i < array_len(kinds); i++)
		if (text_is(x509->key_type, kinds[i].type))
			return kinds[i].name;
	return "unknown";
}

static struct text cut(struct text text)
{
	return (struct text){text.at, text_cut(text, NAME_MAX_BYTES)};
}

/* Its alternative names; the common name alone has not counted for years. */
static void put_names(const struct x509 *x509, struct json *json)
{
	struct json *names = json_new_list();
	for (size_t i = 0; i < x509->name_count && i < CERTIFICATE_NAMES_MAX; i++) {
		scoped(buf_end) struct buf shown = {0};
		buf_printable(&shown, cut(x509->names[i]), NAME_MAX_BYTES);
		json_add_text(names, buf_view(&shown));
	}
	json_put(json, "names", names);
	json_put_int(json, "name_count", (int64_t)x509->name_total);
}

static void put_facts(const struct x509 *x509, struct json *json)
{
	json_put_cstr(json, "key", key_name(x509));
	if (x509->key_bits > 0)
		json_put_int(json, "bits", (int64_t)x509->key_bits);
	if (x509->curve.at)
		json_put_text(json, "curve", x509->curve);
	json_put_text(json, "signature", x509->signature);
	if (x509->has_not_before)
		json_put_int(json, "not_before", x509->not_before_us / TIME_SECOND_US);
	if (x509->has_not_after)
		json_put_int(json, "not_after", x509->not_after_us / TIME_SECOND_US);
	json_put_text(json, "subject", cut(x509->subject));
	json_put_text(json, "issuer", cut(x509->issuer));
	put_names(x509, json);
	json_put_bool(json, "self_signed", x509->self_issued);
	json_put_cstr(json, "sha256", x509->print);
}

/* As it came. False: nothing can be told of it. */
static bool parse(struct x509_reader *reader, X509 *certificate, struct arena *arena,
		  struct x509 *x509, struct err *err)
{
	const struct openssl *lib = openssl_get();
	int len = lib->i2d_X509(certificate, NULL);
	if (len <= 0 || (size_t)len > X509_SIZE_MAX)
		return err_set(err, ERR_LIMIT, "a certificate of more than %u bytes",
			       X509_SIZE_MAX);
	unsigned char *der = arena_get(arena, (size_t)len, 1), *end = der;
	must(lib->i2d_X509(certificate, &end) == len);
	return x509_parse(reader, (struct text){(const char *)der, (size_t)len}, arena, x509, err);
}

/* -------- what it is to us -------- */

static bool is_match(X509 *certificate, const char *host)
{
	const struct openssl *lib = openssl_get();
	return lib->X509_check_ip_asc(certificate, host, 0) == 1 ||
	       lib->X509_check_host(certificate, host, 0, 0, NULL) == 1;
}

static void put_trust(X509 *certificate, STACK_OF(X509) * chain, X509_STORE *store,
		      struct json *json)
{
	const struct openssl *lib = openssl_get();
	X509_STORE_CTX *context = lib->X509_STORE_CTX_new();
	must(context);
	bool trusted = false;
	int error = X509_V_ERR_UNSPECIFIED;
	if (lib->X509_STORE_CTX_init(context, store, certificate, chain) == 1 &&
	    lib->X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER) == 1) {
		trusted = lib->X509_verify_cert(context) == 1;
		error = lib->X509_STORE_CTX_get_error(context);
	}
	lib->X509_STORE_CTX_free(context);
	lib->ERR_clear_error();
	json_put_bool(json, "trusted", trusted);
	if (!trusted)
		json_put_cstr(json, "problem", lib->X509_verify_cert_error_string(error));
}

void certificate_put(struct x509_reader *reader, X509 *certificate, STACK_OF(X509) * chain,
		     X509_STORE *store, const char *host, struct json *json)
{
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	struct x509 x509;
	struct err err = {0};
	json_put_bool(json, "matches", is_match(certificate, host));
	put_trust(certificate, chain, store, json);
	if (parse(reader, certificate, arena, &x509, &err)) {
		put_facts(&x509, json);
	} else {
		json_put_cstr(json, "key", "unknown");
		json_put_cstr(json, "problem", err.text);
	}
}
