#include "net/tls/pem.h"

#include <arpa/inet.h>
#include <string.h>

#include "net/tls/tls.h"

#define CA_DAYS 3653
#define CN_MAX 64 /* RFC 5280, ub-common-name */
#define SERIAL_SIZE 16
#define EARLIER_S 86400 /* certificates are valid from a day before: clocks differ */
#define NAMES_MAX 64    /* subject alternative names: more is ERR_LIMIT */

/* Ends the BIO; its bytes go behind out when wrote is 1. */
static bool finish(BIO *bio, int wrote, struct buf *out, struct err *err)
{
	char *at = NULL;
	long len = BIO_get_mem_data(bio, &at);
	if (wrote == 1 && len > 0)
		buf_add(out, at, (size_t)len);
	BIO_free(bio);
	return wrote == 1 || pem_fault(err, ERR_SYSTEM, "cannot write PEM");
}

static BIO *new_bio(void)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	must(bio);
	return bio;
}

bool tls_make_key(struct buf *key_pem, struct err *err)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	EVP_PKEY *key = EVP_EC_gen("P-256");
	if (!key)
		return pem_fault(err, ERR_SYSTEM, "cannot make a key");
	BIO *bio = new_bio();
	int wrote = PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	EVP_PKEY_free(key);
	return finish(bio, wrote, key_pem, err);
}

static bool put_name(X509_NAME *name, const char *common_name)
{
	size_t len = text_cut(text_of(common_name), CN_MAX);
	return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
					  (const unsigned char *)common_name, (int)len, -1, 0) == 1;
}

/* --- extensions --- */

static bool add_basic(X509 *cert, bool is_ca)
{
	BASIC_CONSTRAINTS *basic = BASIC_CONSTRAINTS_new();
	must(basic);
	basic->ca = is_ca ? 0xff : 0;
	bool done = X509_add1_ext_i2d(cert, NID_basic_constraints, basic, 1, X509V3_ADD_APPEND) ==
		    1;
	BASIC_CONSTRAINTS_free(basic);
	return done;
}

static bool add_usage(X509 *cert, bool is_ca)
{
	static const int ca_bits[] = {5, 6}, end_bits[] = {0}; /* RFC 5280, 4.2.1.3 */
	ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
	must(bits);
	bool done = true;
	for (size_t i = 0; i < (is_ca ? array_len(ca_bits) : array_len(end_bits)); i++)
		done = done &&
		       ASN1_BIT_STRING_set_bit(bits, is_ca ? ca_bits[i] : end_bits[i], 1) == 1;
	done = done && X509_add1_ext_i2d(cert, NID_key_usage, bits, 1, X509V3_ADD_APPEND) == 1;
	ASN1_BIT_STRING_free(bits);
	return done;
}

static bool add_purpose(X509 *cert, bool is_server)
{
	EXTENDED_KEY_USAGE *usage = EXTENDED_KEY_USAGE_new();
	must(usage);
	must(sk_ASN1_OBJECT_push(usage,
				 OBJ_nid2obj(is_server ? NID_server_auth : NID_client_auth)) > 0);
	bool done = X509_add1_ext_i2d(cert, NID_ext_key_usage, usage, 0, X509V3_ADD_APPEND) == 1;
	EXTENDED_KEY_USAGE_free(usage);
	return done;
}

/* The subject's own key identifier, and of the issuer's key. */
static bool add_key_ids(X509 *cert, const X509 *issuer)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
	AUTHORITY_KEYID *above = AUTHORITY_KEYID_new();
	must(id && above);
	bool done = X509_pubkey_digest(cert, EVP_sha1(), digest, &len) == 1 &&
		    ASN1_OCTET_STRING_set(id, digest, (int)len) == 1 &&
		    X509_add1_ext_i2d(cert, NID_subject_key_identifier, id, 0, X509V3_ADD_APPEND) ==
			    1;
	if (done && issuer) {
		done = X509_pubkey_digest(issuer, EVP_sha1(), digest, &len) == 1 &&
		       ASN1_OCTET_STRING_set(id, digest, (int)len) == 1;
		above->keyid = ASN1_OCTET_STRING_dup(id);
		done = done && above->keyid &&
		       X509_add1_ext_i2d(cert, NID_authority_key_identifier, above, 0,
					 X509V3_ADD_APPEND) == 1;
	}
	ASN1_OCTET_STRING_free(id);
	AUTHORITY_KEYID_free(above);
	return done;
}

/* One name as a subject alternative name: an address, or else a DNS name. NULL: it is neither. */
static GENERAL_NAME *make_alternative(const char *name)
{
	unsigned char address[16];
	int len = inet_pton(AF_INET, name, address) == 1    ? 4
		  : inet_pton(AF_INET6, name, address) == 1 ? 16
							    : 0;
	if (len == 0 && (name[0] == '\0' || strlen(name) > 253))
		return NULL;
	GENERAL_NAME *general = GENERAL_NAME_new();
	ASN1_STRING *text = len > 0 ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
	must(general && text);
	must(ASN1_STRING_set(text, len > 0 ? (const void *)address : name, len > 0 ? len : -1) ==
	     1);
	GENERAL_NAME_set0_value(general, len > 0 ? GEN_IPADD : GEN_DNS, text);
	return general;
}

static bool add_alternatives(X509 *cert, const char *const *names, struct err *err)
{
	if (!names || !names[0])
		return true;
	GENERAL_NAMES *all = sk_GENERAL_NAME_new_null();
	must(all);
	bool done = true;
	for (size_t i = 0; done && names[i]; i++) {
		GENERAL_NAME *one = i < NAMES_MAX ? make_alternative(names[i]) : NULL;
		if (one)
			must(sk_GENERAL_NAME_push(all, one) > 0);
		else if (i >= NAMES_MAX)
			done = err_set(err, ERR_LIMIT, "more than %d names in a certificate",
				       NAMES_MAX);
		else
			done = err_set(err, ERR_INPUT,
				       "\"%.64s\" is no host name for a certificate", names[i]);
	}
	if (done && X509_add1_ext_i2d(cert, NID_subject_alt_name, all, 0, X509V3_ADD_APPEND) != 1)
		done = pem_fault(err, ERR_SYSTEM, "cannot name the certificate");
	sk_GENERAL_NAME_pop_free(all, GENERAL_NAME_free);
	return done;
}

/* --- certificates --- */

static bool set_serial(X509 *cert)
{
	unsigned char bytes[SERIAL_SIZE];
	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40); /* positive, of full length */
	BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	bool done = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
	BN_free(number);
	return done;
}

static bool set_times(X509 *cert, int64_t now_us, int days)
{
	time_t now = (time_t)(now_us / 1000000);
	return ASN1_TIME_adj(X509_getm_notBefore(cert), now, 0, -EARLIER_S) &&
	       ASN1_TIME_adj(X509_getm_notAfter(cert), now, days, 0);
}

static X509 *begin(const char *common_name, int64_t now_us, int days)
{
	X509 *cert = X509_new();
	must(cert);
	if (X509_set_version(cert, X509_VERSION_3) == 1 && set_serial(cert) &&
	    set_times(cert, now_us, days) && put_name(X509_get_subject_name(cert), common_name))
		return cert;
	X509_free(cert);
	return NULL;
}

static bool write_cert(X509 *cert, struct buf *cert_pem, struct err *err)
{
	BIO *bio = new_bio();
	return finish(bio, PEM_write_bio_X509(bio, cert), cert_pem, err);
}

bool tls_make_ca(struct text key_pem, const char *name, int64_t now_us, struct buf *cert_pem,
		 struct err *err)
{
	EVP_PKEY *key = pem_read_key(key_pem, err);
	if (!key)
		return false;
	X509 *cert = begin(name, now_us, CA_DAYS);
	bool done = cert && X509_set_pubkey(cert, key) == 1 &&
		    X509_set_issuer_name(cert, X509_get_subject_name(cert)) == 1 &&
		    add_basic(cert, true) && add_usage(cert, true) && add_key_ids(cert, NULL) &&
		    X509_sign(cert, key, EVP_sha256()) > 0;
	done = done ? write_cert(cert, cert_pem, err)
		    : pem_fault(err, ERR_SYSTEM, "cannot make the CA's certificate");
	X509_free(cert);
	EVP_PKEY_free(key);
	return done;
}

bool tls_make_request(struct text key_pem, const char *name, struct buf *csr_pem, struct err *err)
{
	EVP_PKEY *key = pem_read_key(key_pem, err);
	if (!key)
		return false;
	X509_REQ *request = X509_REQ_new();
	must(request);
	BIO *bio = new_bio();
	bool done = X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 &&
		    put_name(X509_REQ_get_subject_name(request), name) &&
		    X509_REQ_set_pubkey(request, key) == 1 &&
		    X509_REQ_sign(request, key, EVP_sha256()) > 0 &&
		    PEM_write_bio_X509_REQ(bio, request) == 1;
	X509_REQ_free(request);
	EVP_PKEY_free(key);
	if (done)
		return finish(bio, 1, csr_pem, err);
	BIO_free(bio);
	return pem_fault(err, ERR_SYSTEM, "cannot make a certificate request");
}

/* The key of a request, once its signature shows that the asker holds it. P-256 alone: it is what
 * agents make. */
static bool take_key(X509 *cert, X509_REQ *request, struct err *err)
{
	EVP_PKEY *key = X509_REQ_get0_pubkey(request);
	char group[32] = "";
	size_t len = 0;
	if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(key, group, sizeof(group), &len) != 1 ||
	    strcmp(group, "prime256v1") != 0) {
		ERR_clear_error();
		return err_set(err, ERR_INPUT, "certificate request: its key is not of P-256");
	}
	if (X509_REQ_verify(request, key) != 1) {
		ERR_clear_error();
		return err_set(err, ERR_REFUSED, "certificate request: its signature is wrong");
	}
	return X509_set_pubkey(cert, key) == 1 ||
	       pem_fault(err, ERR_SYSTEM, "cannot take the request's key");
}

/* What outlives its CA would be refused before it ends, and nobody would know when. */
static bool end_with(X509 *cert, const X509 *ca)
{
	const ASN1_TIME *last = X509_get0_notAfter(ca);
	int order = ASN1_TIME_compare(X509_get0_notAfter(cert), last);
	return order == -1 || order == 0 || (order == 1 && X509_set1_notAfter(cert, last) == 1);
}

static bool sign(X509 *ca, EVP_PKEY *ca_key, X509_REQ *request, const struct tls_grant *grant,
		 struct buf *cert_pem, struct err *err)
{
	X509 *cert = begin(grant->common_name, grant->now_us, grant->days);
	if (!cert || !end_with(cert, ca)) {
		X509_free(cert);
		return pem_fault(err, ERR_SYSTEM, "cannot begin a certificate");
	}
	bool done = take_key(cert, request, err) && add_alternatives(cert, grant->names, err);
	if (done && (X509_set_issuer_name(cert, X509_get_subject_name(ca)) != 1 ||
		     !add_basic(cert, false) || !add_usage(cert, false) ||
		     !add_purpose(cert, grant->is_server) || !add_key_ids(cert, ca) ||
		     X509_sign(cert, ca_key, EVP_sha256()) <= 0))
		done = pem_fault(err, ERR_SYSTEM, "cannot sign a certificate");
	done = done && write_cert(cert, cert_pem, err);
	X509_free(cert);
	return done;
}

bool tls_sign(struct text ca_key_pem, struct text ca_cert_pem, struct text csr_pem,
	      const struct tls_grant *grant, struct buf *cert_pem, struct err *err)
{
	X509_REQ *request = pem_read_request(csr_pem, err);
	X509 *ca = request ? pem_read_cert(ca_cert_pem, err) : NULL;
	EVP_PKEY *ca_key = ca ? pem_read_key(ca_key_pem, err) : NULL;
	bool done = ca_key && sign(ca, ca_key, request, grant, cert_pem, err);
	EVP_PKEY_free(ca_key);
	X509_free(ca);
	X509_REQ_free(request);
	return done;
}

bool tls_check(struct text cert_pem, struct text ca_pem, const char *common_name, struct err *err)
{
	char name[CN_MAX + 1] = "";
	X509 *cert = pem_read_cert(cert_pem, err);
	X509 *ca = cert ? pem_read_cert(ca_pem, err) : NULL;
	bool read = ca != NULL, known = false;
	if (read)
		known = X509_verify(cert, X509_get0_pubkey(ca)) == 1 &&
			X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name,
						  sizeof(name)) > 0 &&
			strcmp(name, common_name) == 0;
	X509_free(ca);
	X509_free(cert);
	ERR_clear_error();
	return known || (read && err_set(err, ERR_REFUSED,
					 "the certificate is another CA's, or of another name"));
}

/* In µs of Unix time. */
static bool read_time(const ASN1_TIME *time, int64_t *at_us)
{
	int days = 0, seconds = 0;
	ASN1_TIME *zero = ASN1_TIME_set(NULL, 0);
	bool done = zero && ASN1_TIME_diff(&days, &seconds, zero, time) == 1;
	ASN1_TIME_free(zero);
	*at_us = ((int64_t)days * 86400 + seconds) * 1000000;
	return done;
}

bool tls_span(struct text cert_pem, int64_t *from_us, int64_t *until_us, struct err *err)
{
	X509 *cert = pem_read_cert(cert_pem, err);
	if (!cert)
		return false;
	bool done = read_time(X509_get0_notBefore(cert), from_us) &&
		    read_time(X509_get0_notAfter(cert), until_us);
	X509_free(cert);
	return done || pem_fault(err, ERR_INPUT, "cannot read when the certificate ends");
}

bool tls_is_ending(int64_t from_us, int64_t until_us, int64_t now_us)
{
	return until_us - now_us < (until_us - from_us) / 3;
}

bool tls_fingerprint(struct text cert_pem, char out[static 65], struct err *err)
{
	X509 *cert = pem_read_cert(cert_pem, err);
	if (!cert)
		return false;
	bool done = pem_fingerprint(cert, out, err);
	X509_free(cert);
	return done;
}
