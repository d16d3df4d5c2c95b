#include "vantage/tls/certificate.h"

#include <string.h>

#include "base/buf.h"
#include "base/time.h"

#define NAME_MAX_BYTES 1024

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

/* -------- the key -------- */

static void put_key(X509 *certificate, struct json *json)
{
	static const struct {
		int id;
		const char *name;
	} kinds[] = {{EVP_PKEY_RSA, "rsa"},     {EVP_PKEY_RSA_PSS, "rsa"},
		     {EVP_PKEY_EC, "ecdsa"},    {EVP_PKEY_ED25519, "ed25519"},
		     {EVP_PKEY_ED448, "ed448"}, {EVP_PKEY_DSA, "dsa"}};
	const struct openssl *lib = openssl_get();
	EVP_PKEY *key = lib->X509_get0_pubkey(certificate);
	const char *name = "unknown";
	char curve[64];
	size_t len = 0;
	int id = key ? lib->EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
	for (size_t i = 0; i < array_len(kinds); i++)
		if (kinds[i].id == id)
			name = kinds[i].name;
	json_put_cstr(json, "key", name);
	if (key)
		json_put_int(json, "bits", lib->EVP_PKEY_get_bits(key));
	if (id == EVP_PKEY_EC && lib->EVP_PKEY_get_group_name(key, curve, sizeof(curve), &len) == 1)
		json_put_cstr(json, "curve", curve);
	const char *signature = lib->OBJ_nid2ln(lib->X509_get_signature_nid(certificate));
	json_put_cstr(json, "signature", signature ? signature : "unknown");
}

/* -------- times -------- */

static void put_time(const ASN1_TIME *time, const char *key, struct json *json)
{
	struct tm tm;
	char text[32];
	int64_t at_us;
	if (!time || openssl_get()->ASN1_TIME_to_tm(time, &tm) != 1 ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0 ||
	    !time_read(text_of(text), &at_us))
		return; /* what is no time can't be shown as one */
	json_put_int(json, key, at_us / TIME_SECOND_US);
}

/* -------- names -------- */

static void put_name(const X509_NAME *name, const char *key, struct json *json)
{
	const struct openssl *lib = openssl_get();
	BIO *bio = lib->BIO_new(lib->BIO_s_mem());
	char *bytes = NULL;
	must(bio);
	if (name &&
	    lib->X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
		long len = lib->BIO_ctrl(bio, BIO_CTRL_INFO, 0, &bytes);
		struct text text = {bytes, len > 0 ? (size_t)len : 0};
		text.len = text_cut(text, NAME_MAX_BYTES);
		json_put_text(json, key, bytes ? text : TEXT(""));
	}
	lib->BIO_free(bio);
}

/* "2001:db8:0:0:0:0:0:1" or "192.0.2.7" */
static void add_address(const ASN1_STRING *string, struct json *names)
{
	const struct openssl *lib = openssl_get();
	const unsigned char *at = lib->ASN1_STRING_get0_data(string);
	scoped(buf_end) struct buf out = {0};
	int len = lib->ASN1_STRING_length(string);
	for (int i = 0; len == 4 && i < 4; i++)
		buf_print(&out, "%s%u", i > 0 ? "." : "", at[i]);
	for (int i = 0; len == 16 && i < 16; i += 2)
		buf_print(&out, "%s%x", i > 0 ? ":" : "", at[i] << 8 | at[i + 1]);
	if (out.len > 0)
		json_add_text(names, buf_view(&out));
}

static void add_name(const GENERAL_NAME *name, struct json *names)
{
	const struct openssl *lib = openssl_get();
	if (name->type == GEN_IPADD)
		add_address(name->d.iPAddress, names);
	if (name->type != GEN_DNS && name->type != GEN_EMAIL && name->type != GEN_URI)
		return;
	const unsigned char *at = lib->ASN1_STRING_get0_data(name->d.ia5);
	int len = lib->ASN1_STRING_length(name->d.ia5);
	struct text text = {(const char *)at, len > 0 ? (size_t)len : 0};
	text.len = text_cut(text, NAME_MAX_BYTES);
	scoped(buf_end) struct buf shown = {0};
	buf_printable(&shown, text, NAME_MAX_BYTES);
	json_add_text(names, buf_view(&shown));
}

static void free_name(void *name)
{
	openssl_get()->GENERAL_NAME_free(name);
}

/* Its alternative names; the common name alone has not counted for years. */
static void put_names(X509 *certificate, struct json *json)
{
	const struct openssl *lib = openssl_get();
	struct json *names = json_new_list();
	OPENSSL_STACK *stack = lib->X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	int count = stack ? lib->OPENSSL_sk_num(stack) : 0;
	for (int i = 0; i < count && i < CERTIFICATE_NAMES_MAX; i++)
		add_name(lib->OPENSSL_sk_value(stack, i), names);
	json_put(json, "names", names);
	json_put_int(json, "name_count", count);
	if (stack)
		lib->OPENSSL_sk_pop_free(stack, free_name);
}

static bool is_match(X509 *certificate, const char *host)
{
	const struct openssl *lib = openssl_get();
	return lib->X509_check_ip_asc(certificate, host, 0) == 1 ||
	       lib->X509_check_host(certificate, host, 0, 0, NULL) == 1;
}

/* -------- trust -------- */

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

static void put_digest(X509 *certificate, struct json *json)
{
	const struct openssl *lib = openssl_get();
	unsigned char digest[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	unsigned len = 0;
	if (lib->X509_digest(certificate, lib->EVP_sha256(), digest, &len) != 1)
		return;
	text_put_hex(digest, len, hex);
	json_put_cstr(json, "sha256", hex);
}

void certificate_put(X509 *certificate, STACK_OF(X509) * chain, X509_STORE *store, const char *host,
		     struct json *json)
{
	const struct openssl *lib = openssl_get();
	put_key(certificate, json);
	put_time(lib->X509_get0_notBefore(certificate), "not_before", json);
	put_time(lib->X509_get0_notAfter(certificate), "not_after", json);
	put_name(lib->X509_get_subject_name(certificate), "subject", json);
	put_name(lib->X509_get_issuer_name(certificate), "issuer", json);
	put_names(certificate, json);
	json_put_bool(json, "self_signed", lib->X509_self_signed(certificate, 0) == 1);
	json_put_bool(json, "matches", is_match(certificate, host));
	put_trust(certificate, chain, store, json);
	put_digest(certificate, json);
}
