#include "net/tls/pem.h"

bool pem_fault(struct err *err, enum err_kind kind, const char *text)
{
	const char *reason = ERR_reason_error_string(ERR_get_error());
	ERR_clear_error();
	return err_set(err, kind, "%s: %s", text, reason ? reason : "no reason was given");
}

static int no_password(char *password unused, int size unused, int writing unused,
		       void *data unused)
{
	return -1;
}

static BIO *open_text(struct text pem, struct err *err)
{
	if (pem.len > PEM_SIZE_MAX) {
		err_set(err, ERR_LIMIT, "PEM text of %zu bytes; at most %d are taken", pem.len,
			PEM_SIZE_MAX);
		return NULL;
	}
	BIO *bio = BIO_new_mem_buf(pem.at ? pem.at : "", (int)pem.len);
	must(bio);
	return bio;
}

EVP_PKEY *pem_read_key(struct text pem, struct err *err)
{
	BIO *bio = open_text(pem, err);
	if (!bio)
		return NULL;
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	BIO_free(bio);
	if (!key)
		pem_fault(err, ERR_INPUT, "this is no private key in PEM form");
	return key;
}

X509 *pem_read_cert(struct text pem, struct err *err)
{
	BIO *bio = open_text(pem, err);
	if (!bio)
		return NULL;
	X509 *cert = PEM_read_bio_X509(bio, NULL, no_password, NULL);
	BIO_free(bio);
	if (!cert)
		pem_fault(err, ERR_INPUT, "this is no certificate in PEM form");
	return cert;
}

static void free_certs(STACK_OF(X509) * certs)
{
	sk_X509_pop_free(certs, X509_free);
}

STACK_OF(X509) * pem_read_certs(struct text pem, struct err *err)
{
	BIO *bio = open_text(pem, err);
	if (!bio)
		return NULL;
	STACK_OF(X509) *certs = sk_X509_new_null();
	must(certs);
	X509 *cert;
	while ((cert = PEM_read_bio_X509(bio, NULL, no_password, NULL)) &&
	       sk_X509_num(certs) <= PEM_CERTS_MAX)
		must(sk_X509_push(certs, cert) > 0);
	bool ended = !cert && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	X509_free(cert);
	BIO_free(bio);
	if (sk_X509_num(certs) > PEM_CERTS_MAX)
		err_set(err, ERR_LIMIT, "more than %d certificates in a chain", PEM_CERTS_MAX);
	else if (sk_X509_num(certs) == 0 || !ended)
		pem_fault(err, ERR_INPUT, "this is no certificate in PEM form");
	else {
		ERR_clear_error();
		return certs;
	}
	ERR_clear_error();
	free_certs(certs);
	return NULL;
}

X509_REQ *pem_read_request(struct text pem, struct err *err)
{
	BIO *bio = open_text(pem, err);
	if (!bio)
		return NULL;
	X509_REQ *request = PEM_read_bio_X509_REQ(bio, NULL, no_password, NULL);
	BIO_free(bio);
	if (!request)
		pem_fault(err, ERR_INPUT, "this is no certificate request in PEM form");
	return request;
}

bool pem_fingerprint(const X509 *cert, char out[static 65], struct err *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	if (X509_digest(cert, EVP_sha256(), digest, &len) != 1 || len != 32)
		return pem_fault(err, ERR_SYSTEM, "cannot compute a certificate's fingerprint");
	text_put_hex(digest, len, out);
	return true;
}
