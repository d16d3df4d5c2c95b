#include "format/cert/x509.h"

#pragma push_macro("unused") /* base.h's word, which OpenSSL's headers can't bear */
#undef unused
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#pragma pop_macro("unused")

#include <arpa/inet.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/time.h"
#include "format/cert/base64.h"
#include "format/digest.h"

#define LIBRARY "libcrypto.so.3"
#define NAME_FLAGS (XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB)

/* What is called of libcrypto, looked up by name. */
struct crypto {
	__typeof__(&OPENSSL_init_crypto) init;
	__typeof__(&ERR_clear_error) clear_errors;
	__typeof__(&d2i_X509) parse;
	__typeof__(&X509_free) free;
	__typeof__(&X509_get_subject_name) subject;
	__typeof__(&X509_get_issuer_name) issuer;
	__typeof__(&X509_NAME_print_ex) print_name;
	__typeof__(&X509_get0_serialNumber) serial;
	__typeof__(&X509_get0_notBefore) not_before;
	__typeof__(&X509_get0_notAfter) not_after;
	__typeof__(&X509_get0_pubkey) key;
	__typeof__(&X509_get_X509_PUBKEY) raw_key;
	__typeof__(&X509_PUBKEY_get0_param) key_algorithm;
	__typeof__(&X509_get_signature_nid) signature;
	__typeof__(&X509_get_ext_d2i) extension;
	__typeof__(&X509_self_signed) self_signed;
	__typeof__(&X509_check_ca) check_ca;
	__typeof__(&ASN1_TIME_to_tm) to_tm;
	__typeof__(&ASN1_STRING_get0_data) string_data;
	__typeof__(&ASN1_STRING_length) string_len;
	__typeof__(&ASN1_STRING_type) string_type;
	__typeof__(&GENERAL_NAMES_free) free_names;
	__typeof__(&OPENSSL_sk_num) count;
	__typeof__(&OPENSSL_sk_value) nth;
	__typeof__(&EVP_PKEY_get_base_id) key_id;
	__typeof__(&EVP_PKEY_get_bits) key_bits;
	int (*key_group)(const EVP_PKEY *key, char *name, size_t size, size_t *len);
	__typeof__(&OBJ_nid2ln) long_name;
	__typeof__(&OBJ_obj2nid) object_nid;
	__typeof__(&BIO_new) new_bio;
	__typeof__(&BIO_s_mem) memory;
	__typeof__(&BIO_ctrl) control;
	__typeof__(&BIO_free) free_bio;
};

struct x509_reader {
	struct crypto crypto;
};

static bool load(struct crypto *crypto, struct err *err)
{
	const struct {
		const char *name;
		void *slot;
	} functions[] = {
		{"OPENSSL_init_crypto", &crypto->init},
		{"ERR_clear_error", &crypto->clear_errors},
		{"d2i_X509", &crypto->parse},
		{"X509_free", &crypto->free},
		{"X509_get_subject_name", &crypto->subject},
		{"X509_get_issuer_name", &crypto->issuer},
		{"X509_NAME_print_ex", &crypto->print_name},
		{"X509_get0_serialNumber", &crypto->serial},
		{"X509_get0_notBefore", &crypto->not_before},
		{"X509_get0_notAfter", &crypto->not_after},
		{"X509_get0_pubkey", &crypto->key},
		{"X509_get_X509_PUBKEY", &crypto->raw_key},
		{"X509_PUBKEY_get0_param", &crypto->key_algorithm},
		{"X509_get_signature_nid", &crypto->signature},
		{"X509_get_ext_d2i", &crypto->extension},
		{"X509_self_signed", &crypto->self_signed},
		{"X509_check_ca", &crypto->check_ca},
		{"ASN1_TIME_to_tm", &crypto->to_tm},
		{"ASN1_STRING_get0_data", &crypto->string_data},
		{"ASN1_STRING_length", &crypto->string_len},
		{"ASN1_STRING_type", &crypto->string_type},
		{"GENERAL_NAMES_free", &crypto->free_names},
		{"OPENSSL_sk_num", &crypto->count},
		{"OPENSSL_sk_value", &crypto->nth},
		{"EVP_PKEY_get_base_id", &crypto->key_id},
		{"EVP_PKEY_get_bits", &crypto->key_bits},
		{"EVP_PKEY_get_group_name", &crypto->key_group},
		{"OBJ_nid2ln", &crypto->long_name},
		{"OBJ_obj2nid", &crypto->object_nid},
		{"BIO_new", &crypto->new_bio},
		{"BIO_s_mem", &crypto->memory},
		{"BIO_ctrl", &crypto->control},
		{"BIO_free", &crypto->free_bio},
	};
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return err_set(err, ERR_SYSTEM, "cannot load %s: %s; install libssl3", LIBRARY,
			       dlerror());
	for (size_t i = 0; i < array_len(functions); i++) {
		void *found = dlsym(library, functions[i].name);
		if (!found)
			return err_set(err, ERR_SYSTEM, "%s has no %s; install libssl3", LIBRARY,
				       functions[i].name);
		memcpy(functions[i].slot, &found, sizeof(found));
	}
	return true;
}

struct x509_reader *x509_reader_new(struct err *err)
{
	struct x509_reader reader;
	if (!load(&reader.crypto, err))
		return NULL;
	/* no configuration: it is the host's, and may name modules to be loaded */
	if (reader.crypto.init(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) != 1) {
		err_set(err, ERR_SYSTEM, "%s does not start", LIBRARY);
		return NULL;
	}
	struct x509_reader *made = mem_new(1, sizeof(*made));
	*made = reader;
	return made;
}

void x509_reader_free(struct x509_reader **reader)
{
	mem_free(reader);
}

/* -------- parts of one -------- */

struct reading {
	const struct crypto *crypto;
	struct arena *arena;
	X509 *x509;
	struct x509 *out;
};

static struct text string_of(const struct reading *reading, const ASN1_STRING *string)
{
	int len = reading->crypto->string_len(string);
	const char *at = (const char *)reading->crypto->string_data(string);
	return (struct text){len > 0 ? at : "", len > 0 ? (size_t)len : 0};
}

static struct text name_of(const struct reading *reading, const X509_NAME *name)
{
	const struct crypto *crypto = reading->crypto;
	BIO *bio = crypto->new_bio(crypto->memory());
	char *at = NULL;
	struct text text = TEXT("");
	must(bio != NULL);
	if (crypto->print_name(bio, name, 0, NAME_FLAGS) >= 0) {
		long len = crypto->control(bio, BIO_CTRL_INFO, 0, &at);
		if (len > 0)
			text = arena_text(reading->arena, (struct text){at, (size_t)len});
	}
	crypto->free_bio(bio);
	return text;
}

static bool read_time(const struct reading *reading, const ASN1_TIME *time, int64_t *at_us)
{
	struct tm tm;
	char shown[64];
	if (reading->crypto->to_tm(time, &tm) != 1)
		return false;
	int len = snprintf(shown, sizeof(shown), "%04d-%02d-%02dT%02d:%02d:%02dZ",
			   tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			   tm.tm_sec);
	must(len > 0 && len < (int)sizeof(shown));
	return time_read((struct text){shown, (size_t)len}, at_us);
}

static void read_serial(struct reading *reading)
{
	const ASN1_INTEGER *number = reading->crypto->serial(reading->x509);
	struct text bytes = string_of(reading, number);
	bool negative = reading->crypto->string_type(number) == V_ASN1_NEG_INTEGER;
	char *hex = arena_get(reading->arena, 2 * bytes.len + 2, 1);
	hex[0] = '-';
	text_put_hex(bytes.at, bytes.len, hex + negative);
	reading->out->serial = text_of(hex);
}

static const struct {
	int id;
	const char *name;
} key_types[] = {
	{EVP_PKEY_RSA, "rsa"},         {EVP_PKEY_RSA_PSS, "rsa-pss"}, {EVP_PKEY_EC, "ec"},
	{EVP_PKEY_ED25519, "ed25519"}, {EVP_PKEY_ED448, "ed448"},     {EVP_PKEY_DSA, "dsa"},
	{EVP_PKEY_X25519, "x25519"},
};

static void read_key(struct reading *reading)
{
	const struct crypto *crypto = reading->crypto;
	EVP_PKEY *key = crypto->key(reading->x509);
	ASN1_OBJECT *algorithm = NULL;
	int id = key ? crypto->key_id(key) : NID_undef;
	int bits = key ? crypto->key_bits(key) : 0;
	const char *name = NULL;
	char curve[64];
	size_t curve_len = 0;
	X509_PUBKEY *raw = crypto->raw_key(reading->x509);
	if (id == NID_undef && raw && crypto->key_algorithm(&algorithm, NULL, NULL, NULL, raw) == 1)
		id = crypto->object_nid(algorithm);
	for (size_t i = 0; i < array_len(key_types); i++)
		if (key_types[i].id == id)
			name = key_types[i].name;
	if (!name && id != NID_undef)
		name = crypto->long_name(id);
	reading->out->key_type = text_of(name ? name : "unknown");
	reading->out->key_bits = bits > 0 ? (uint64_t)bits : 0;
	if (key && id == EVP_PKEY_EC &&
	    crypto->key_group(key, curve, sizeof(curve), &curve_len) == 1)
		reading->out->curve = text_of(arena_cstr(reading->arena, curve));
}

/* at NULL: a kind of name that nobody connects to */
static struct text alternative_of(const struct reading *reading, const GENERAL_NAME *name)
{
	char shown[INET6_ADDRSTRLEN];
	struct text bytes;
	switch (name->type) {
	case GEN_DNS:
	case GEN_EMAIL:
	case GEN_URI:
		return arena_text(reading->arena, string_of(reading, name->d.ia5));
	case GEN_IPADD:
		bytes = string_of(reading, name->d.iPAddress);
		if (bytes.len != 4 && bytes.len != 16)
			break;
		must(inet_ntop(bytes.len == 4 ? AF_INET : AF_INET6, bytes.at, shown,
			       sizeof(shown)));
		return text_of(arena_cstr(reading->arena, shown));
	}
	return (struct text){0};
}

static void read_names(struct reading *reading)
{
	const struct crypto *crypto = reading->crypto;
	GENERAL_NAMES *names = crypto->extension(reading->x509, NID_subject_alt_name, NULL, NULL);
	const OPENSSL_STACK *stack = (const OPENSSL_STACK *)names;
	int count = names ? crypto->count(stack) : 0;
	struct text *list = arena_get(reading->arena, count > 0 ? (size_t)count : 0, sizeof(*list));
	for (int i = 0; i < count; i++) {
		struct text name = alternative_of(reading, crypto->nth(stack, i));
		reading->out->name_total += name.at != NULL;
		if (name.at && reading->out->name_count < X509_NAMES_MAX)
			list[reading->out->name_count++] = name;
	}
	reading->out->names = list;
	if (names)
		crypto->free_names(names);
}

static void read_all(struct reading *reading)
{
	const struct crypto *crypto = reading->crypto;
	X509 *x509 = reading->x509;
	struct x509 *out = reading->out;
	const char *signature = crypto->long_name(crypto->signature(x509));
	out->subject = name_of(reading, crypto->subject(x509));
	out->issuer = name_of(reading, crypto->issuer(x509));
	out->has_not_before = read_time(reading, crypto->not_before(x509), &out->not_before_us);
	out->has_not_after = read_time(reading, crypto->not_after(x509), &out->not_after_us);
	out->signature = text_of(signature ? signature : "unknown");
	int self = crypto->self_signed(x509, 1);
	out->self_signed = self == 1 || (self < 0 && text_is_equal(out->subject, out->issuer));
	out->self_issued = crypto->self_signed(x509, 0) == 1;
	out->authority = crypto->check_ca(x509) > 0;
	read_serial(reading);
	read_key(reading);
	read_names(reading);
}

bool x509_parse(struct x509_reader *reader, struct text der, struct arena *arena,
		struct x509 *certificate, struct err *err)
{
	const struct crypto *crypto = &reader->crypto;
	const unsigned char *at = (const unsigned char *)der.at;
	if (der.len > X509_SIZE_MAX)
		return err_set(err, ERR_LIMIT, "a certificate of more than %u bytes",
			       X509_SIZE_MAX);
	X509 *x509 = crypto->parse(NULL, &at, (long)der.len);
	crypto->clear_errors();
	if (!x509)
		return err_set(err, ERR_INPUT, "no certificate in DER");
	*certificate = (struct x509){0};
	size_t len = (size_t)((const char *)at -
			      der.at); /* what OpenSSL trusts it for may follow */
	digest_hex((struct text){der.at, len}, certificate->print);
	struct reading reading = {crypto, arena, x509, certificate};
	read_all(&reading);
	crypto->free(x509);
	crypto->clear_errors();
	return true;
}

/* -------- armour -------- */

static bool is_mark(struct text line, const char *word)
{
	static const char *const labels[] = {"CERTIFICATE", "TRUSTED CERTIFICATE",
					     "X509 CERTIFICATE"};
	char mark[64];
	for (size_t i = 0; i < array_len(labels); i++) {
		int len = snprintf(mark, sizeof(mark), "-----%s %s-----", word, labels[i]);
		must(len > 0 && len < (int)sizeof(mark));
		if (text_is(text_trim(line), mark))
			return true;
	}
	return false;
}

bool x509_next(struct text *rest, uint64_t *line, struct arena *arena, struct x509_armour *armour)
{
	struct text before = *rest, one;
	const char *begin = NULL;
	*armour = (struct x509_armour){0};
	for (; text_next(rest, '\n', &one); before = *rest) {
		++*line;
		if (is_mark(one, "BEGIN")) {
			if (begin) { /* the one before has no end */
				*rest = before;
				--*line;
				return true;
			}
			armour->line = *line;
			begin = one.at + one.len;
		} else if (begin && is_mark(one, "END")) {
			struct text body = {begin, (size_t)(one.at - begin)};
			if (body.len <= 2 * X509_SIZE_MAX)
				armour->der = base64_decode(body, arena);
			return true;
		}
	}
	return begin != NULL;
}
