#include "format/cert/x509.h"

/* OpenSSL's headers can't bear base.h's word */
#pragma push_macro("unused")
#undef unused
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#pragma pop_macro("unused")

#include "unit.h"

#include <string.h>

#include "base/buf.h"
#include "format/cert/base64.h"

#include "call.h"

static struct probe_answer answer;
static struct probe_call call;

/* -------- certificates, made here -------- */

struct recipe {
	EVP_PKEY *(*make_key)(void);
	const char *digest; /* NULL: the key's own */
	const char *name, *alternatives;
	int64_t begin_s, end_s;
	bool authority, foreign; /* foreign: signed with another key */
};

static EVP_PKEY *make_rsa(void)
{
	return EVP_RSA_gen(1024);
}

static EVP_PKEY *make_ec(void)
{
	return EVP_EC_gen("P-384");
}

static EVP_PKEY *make_ed25519(void)
{
	return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static void add_extension(X509 *x509, int nid, const char *value)
{
	X509V3_CTX context;
	X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	must(extension != NULL);
	X509_add_ext(x509, extension, -1);
	X509_EXTENSION_free(extension);
}

static X509 *make(const struct recipe *recipe)
{
	EVP_PKEY *key = recipe->make_key(), *signer = recipe->foreign ? make_ec() : key;
	X509 *x509 = X509_new();
	X509_NAME *name = X509_get_subject_name(x509);
	must(key && signer && x509);
	X509_set_version(x509, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x509), 1234);
	ASN1_TIME_set(X509_getm_notBefore(x509), recipe->begin_s);
	ASN1_TIME_set(X509_getm_notAfter(x509), recipe->end_s);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)recipe->name,
				   -1, -1, 0);
	X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"Ö, x", -1, -1,
				   0);
	X509_set_issuer_name(x509, name);
	X509_set_pubkey(x509, key);
	if (recipe->alternatives)
		add_extension(x509, NID_subject_alt_name, recipe->alternatives);
	if (recipe->authority)
		add_extension(x509, NID_basic_constraints, "critical,CA:TRUE");
	must(X509_sign(x509, signer, recipe->digest ? EVP_get_digestbyname(recipe->digest) : NULL) >
	     0);
	EVP_PKEY_free(key);
	if (recipe->foreign)
		EVP_PKEY_free(signer);
	return x509;
}

struct made {
	size_t len;
	unsigned char bytes[2048];
};

static struct made der_of(const struct recipe *recipe)
{
	struct made made = {0};
	unsigned char *at = made.bytes;
	X509 *x509 = make(recipe);
	int len = i2d_X509(x509, NULL);
	must(len > 0 && (size_t)len <= sizeof(made.bytes));
	made.len = (size_t)i2d_X509(x509, &at);
	X509_free(x509);
	return made;
}

static const char *pem_of(const struct made *made, const char *label)
{
	struct arena *arena = arena_new(1 << 20);
	struct text code = base64_encode((struct text){(const char *)made->bytes, made->len},
					 arena);
	const char *text = unit_text("-----BEGIN %s-----\n%.*s\n%.*s\n-----END %s-----\n", label,
				     64, code.at, (int)code.len - 64, code.at + 64, label);
	arena_free(&arena);
	return text;
}

static const int64_t now_s = CALL_NOW_US / TIME_SECOND_US;

static struct recipe usual(void)
{
	return (struct recipe){.make_key = make_ec,
			       .digest = "SHA256",
			       .name = "www.example.org",
			       .begin_s = now_s - 86400,
			       .end_s = now_s + 30 * 86400};
}

/* -------- tests -------- */

static struct gather *ask(const struct call_file *files, const char *path)
{
	struct gather *gather = call_gather(files, false);
	call = call_of("certificates", "*");
	if (path)
		call_set_list(&call, "path", path, NULL);
	probe_run(gather, &call, &answer);
	return gather;
}

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

test(reads_what_is_in_one)
{
	struct recipe recipe = usual();
	recipe.alternatives = "DNS:a.example,DNS:*.b.example,IP:192.0.2.7,IP:2001:db8::1,"
			      "email:x@example.org,URI:https://c.example/";
	struct made made = der_of(&recipe);
	const struct call_file files[] = {{"/etc/nginx/ssl/a.pem", pem_of(&made, "CERTIFICATE")},
					  {NULL, NULL}};
	struct gather *gather = ask(files, NULL);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 1);
	assert_string_equal(shown(0, "subject"), "O=Ö\\, x,CN=www.example.org");
	assert_string_equal(shown(0, "issuer"), "O=Ö\\, x,CN=www.example.org");
	assert_string_equal(shown(0, "names"),
			    "a.example, *.b.example, 192.0.2.7, 2001:db8::1, x@example.org, "
			    "https://c.example/");
	assert_string_equal(shown(0, "expires"), "30 d");
	assert_string_equal(shown(0, "expired"), "false");
	assert_string_equal(shown(0, "lifetime"), "31 d");
	assert_string_equal(shown(0, "key_type"), "ec");
	assert_string_equal(shown(0, "key_size"), "384");
	assert_string_equal(shown(0, "signature"), "ecdsa-with-SHA256");
	assert_string_equal(shown(0, "self_signed"), "true");
	assert_string_equal(shown(0, "ca"), "false");
	assert_string_equal(shown(0, "serial"), "04d2");
	assert_string_equal(shown(0, "malformed"), "false");
	assert_string_equal(shown(0, "path"), "/etc/nginx/ssl/a.pem");
	assert_int_equal(answer.rows[0].where.line, 1);
	gather_free(&gather);
}

test(knows_keys_and_signatures)
{
	static const struct {
		EVP_PKEY *(*make_key)(void);
		const char *digest, *type, *size, *signature;
	} cases[] = {
		{make_rsa, "SHA1", "rsa", "1024", "sha1WithRSAEncryption"},
		{make_rsa, "MD5", "rsa", "1024", "md5WithRSAEncryption"},
		{make_ec, "SHA384", "ec", "384", "ecdsa-with-SHA384"},
		{make_ed25519, NULL, "ed25519", "256", "ED25519"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct recipe recipe = usual();
		recipe.make_key = cases[i].make_key;
		recipe.digest = cases[i].digest;
		struct made made = der_of(&recipe);
		struct gather *gather = call_gather_bytes("/etc/ssl/a.crt", made.bytes, made.len,
							  false);
		call = call_of("certificates", "*");
		probe_run(gather, &call, &answer);
		assert_int_equal(answer.count, 1);
		assert_string_equal(shown(0, "key_type"), cases[i].type);
		assert_string_equal(shown(0, "key_size"), cases[i].size);
		assert_string_equal(shown(0, "signature"), cases[i].signature);
		gather_free(&gather);
	}
}

test(knows_expired_absurd_and_foreign_ones)
{
	struct recipe recipe = usual();
	recipe.end_s = now_s - 86400;
	recipe.begin_s = now_s + 86400; /* ends before it begins */
	recipe.foreign = recipe.authority = true;
	struct made made = der_of(&recipe);
	recipe.end_s = INT64_C(253402300799); /* the last second of 9999 */
	struct made late = der_of(&recipe);
	const struct call_file files[] = {{"/a/1.pem", pem_of(&made, "TRUSTED CERTIFICATE")},
					  {"/a/2.pem", pem_of(&late, "X509 CERTIFICATE")},
					  {NULL, NULL}};
	struct gather *gather = ask(files, "/a");
	assert_int_equal(answer.count, 2);
	assert_string_equal(shown(0, "expired"), "true");
	assert_int_equal(call_value(&call, &answer, 0, "expires")->number, -TIME_DAY_US);
	assert_int_equal(call_value(&call, &answer, 0, "lifetime")->number, -2 * TIME_DAY_US);
	assert_string_equal(shown(0, "self_signed"), "false");
	assert_string_equal(shown(0, "ca"), "true");
	assert_string_equal(shown(1, "expired"), "false");
	assert_string_equal(shown(1, "not_after"), "9999-12-31T23:59:59.000000Z");
	gather_free(&gather);
}

test(several_in_a_file)
{
	struct recipe recipe = usual();
	struct made made = der_of(&recipe);
	const char *pem = pem_of(&made, "CERTIFICATE");
	const struct call_file files[] = {
		{"/a.pem",
		 unit_text("%s-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
			   "-----BEGIN CERTIFICATE-----\nAAAA\n"
			   "-----END CERTIFICATE-----\n%.80s\n%s"
			   "-----BEGIN CERTIFICATE-----\n",
			   pem, pem, pem)},
		{NULL, NULL}};
	static const struct {
		uint64_t line;
		const char *malformed;
	} rows[] = {{1, "false"}, {8, "true"}, {11, "true"}, {13, "false"}, {17, "true"}};
	struct gather *gather = ask(files, "/a.pem");
	assert_int_equal(answer.count, array_len(rows));
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_string_equal(shown(i, "malformed"), rows[i].malformed);
		assert_int_equal(answer.rows[i].where.line, rows[i].line);
	}
	gather_free(&gather);
}

/* Each byte of one turned over: whatever comes of it, it is a row. */
test(corrupt_ones_are_told)
{
	struct recipe recipe = usual();
	struct made made = der_of(&recipe);
	size_t malformed = 0;
	for (size_t i = 0; i < made.len; i += 3) {
		made.bytes[i] ^= 0xff;
		struct gather *gather = call_gather_bytes("/a.der", made.bytes, made.len, false);
		call = call_of("certificates", "*");
		call_set_list(&call, "path", "/a.der", NULL);
		probe_run(gather, &call, &answer);
		assert_int_equal(answer.outcome, PROBE_ROWS);
		assert_int_equal(answer.count, 1);
		malformed += strcmp(shown(0, "malformed"), "true") == 0;
		made.bytes[i] ^= 0xff;
		gather_free(&gather);
	}
	assert_true(malformed > 10);
	struct gather *gather = call_gather_bytes("/a.der", made.bytes, made.len / 2, false);
	probe_run(gather, &call, &answer);
	assert_string_equal(shown(0, "malformed"), "true");
	gather_free(&gather);
}

test(what_is_none_is_no_row)
{
	static const struct call_file files[] = {{"/etc/nginx/ssl/dhparam.pem", "-----BEGIN DH\n"},
						 {"/etc/nginx/ssl/a.key", "0\1"},
						 {NULL, NULL}};
	struct gather *gather = ask(files, NULL);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 0);
	assert_true(answer.reason.len > 0);
	gather_free(&gather);
	gather = ask(files, "/nowhere.pem");
	assert_int_equal(answer.count, 0);
	assert_non_null(strstr(answer.reason.at, "/nowhere.pem"));
	assert_true(call_depends(&answer, "/nowhere.pem"));
	gather_free(&gather);
	gather = call_gather_denied("/etc/ssl/a.pem", false);
	call = call_of("certificates", "*");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
}

test(refuses_what_is_no_path)
{
	struct err err = {0};
	struct probe_call odd = call_of("certificates", "*");
	call_set_list(&odd, "path", "nginx/a.pem", NULL);
	assert_false(odd.probe->check(&odd, &err));
}
