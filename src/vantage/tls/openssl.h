/* openssl.h: OpenSSL's libraries, loaded when the first service is looked at, and not before.
 *
 * Nothing links with them: a `muster check` that asks no service would map and relocate them for
 * nothing. So functions are called as members of what openssl_get returns. Where the libraries are
 * missing, nobody can look at services, and everything else goes on. */
#pragma once
#pragma push_macro("unused") /* a word of ours that is one of its attributes, too */
#undef unused
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#pragma pop_macro("unused")

#include "base/err.h"

/* clang-format off: one a line */
#define OPENSSL_SSL(X)                \
	X(OPENSSL_init_ssl)           \
	X(SSL_CIPHER_get_name)        \
	X(SSL_CTX_ctrl)               \
	X(SSL_CTX_free)               \
	X(SSL_CTX_get_ciphers)        \
	X(SSL_CTX_new)                \
	X(SSL_CTX_set_cipher_list)    \
	X(SSL_CTX_set_options)        \
	X(SSL_CTX_set_security_level) \
	X(SSL_connect)                \
	X(SSL_ctrl)                   \
	X(SSL_free)                   \
	X(SSL_get1_peer_certificate)  \
	X(SSL_get_current_cipher)     \
	X(SSL_get_error)              \
	X(SSL_get_peer_cert_chain)    \
	X(SSL_get_pending_cipher)     \
	X(SSL_group_to_name)          \
	X(SSL_new)                    \
	X(SSL_read)                   \
	X(SSL_set_cipher_list)        \
	X(SSL_set_ciphersuites)       \
	X(SSL_set_fd)                 \
	X(SSL_version)                \
	X(SSL_write)                  \
	X(TLS_client_method)

#define OPENSSL_CRYPTO(X)                \
	X(BIO_free)                      \
	X(BIO_new_mem_buf)               \
	X(ERR_clear_error)               \
	X(ERR_peek_error)                \
	X(ERR_reason_error_string)       \
	X(EVP_PKEY_free)                 \
	X(EVP_PKEY_get_base_id)          \
	X(EVP_PKEY_get_bits)             \
	X(EVP_PKEY_get_group_name)       \
	X(OPENSSL_sk_num)                \
	X(OPENSSL_sk_value)              \
	X(PEM_read_bio_X509)             \
	X(X509_STORE_CTX_free)           \
	X(X509_STORE_CTX_get_error)      \
	X(X509_STORE_CTX_init)           \
	X(X509_STORE_CTX_new)            \
	X(X509_STORE_CTX_set_purpose)    \
	X(X509_STORE_add_cert)           \
	X(X509_STORE_free)               \
	X(X509_STORE_new)                \
	X(X509_STORE_set_default_paths)  \
	X(X509_check_host)               \
	X(X509_check_ip_asc)             \
	X(X509_free)                     \
	X(X509_get_default_cert_dir)     \
	X(X509_verify_cert)              \
	X(X509_verify_cert_error_string) \
	X(i2d_X509)
/* clang-format on */

struct openssl {
#define MEMBER(name) __typeof__ (&(name))(name);
	OPENSSL_SSL(MEMBER)
	OPENSSL_CRYPTO(MEMBER)
#undef MEMBER
};

/* Loads them at the first call (before the walls go up); false: they, or a function of theirs, are
 * not there. */
must_use bool openssl_load(struct err *err);

must_use const struct openssl *openssl_get(void); /* NULL: not loaded */
