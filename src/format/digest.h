/* digest.h: digests of bytes: MD5 and SHA-1 (to recognise files only), SHA-2, SHA-3; HMAC is not
 * here.
 *
 * By nettle: small enough that a run that needs one digest does not map libcrypto. */
#pragma once
#include "base/text.h"

#define DIGEST_SIZE_MAX 64

struct digest;

/* md5 sha1 sha224 sha256 sha384 sha512 sha3_224 sha3_256 sha3_384 sha3_512; NULL for another name.
 */
must_use struct digest *digest_new(const char *name);
must_use size_t digest_size(const char *name); /* in bytes; 0 for another name */
void digest_add(struct digest *digest, const void *bytes, size_t len);
void digest_get(struct digest *digest,
		unsigned char out[static DIGEST_SIZE_MAX]); /* and begins anew */
void digest_free(struct digest **digest);

/* SHA-256 of one text, as 64 hex digits and a NUL. */
void digest_hex(struct text text, char out[static 65]);
