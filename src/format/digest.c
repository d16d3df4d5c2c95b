#include "format/digest.h"

#include <nettle/nettle-meta.h>
#include <nettle/sha2.h>

#include "base/mem.h"

struct digest {
	const struct nettle_hash *hash;
	_Alignas(16) unsigned char state[];
};

static const struct nettle_hash *find(const char *name)
{
	static const struct nettle_hash *const known[] = {
		&nettle_md5,      &nettle_sha1,    &nettle_sha224,   &nettle_sha256,
		&nettle_sha384,   &nettle_sha512,  &nettle_sha3_224, &nettle_sha3_256,
		&nettle_sha3_384, &nettle_sha3_512};
	for (size_t i = 0; i < array_len(known); i++)
		if (text_is(text_of(name), known[i]->name))
			return known[i];
	return NULL;
}

struct digest *digest_new(const char *name)
{
	const struct nettle_hash *hash = find(name);
	if (!hash)
		return NULL;
	must(hash->digest_size <= DIGEST_SIZE_MAX);
	struct digest *digest = mem_new(1, sizeof(*digest) + hash->context_size);
	digest->hash = hash;
	hash->init(digest->state);
	return digest;
}

size_t digest_size(const char *name)
{
	const struct nettle_hash *hash = find(name);
	return hash ? hash->digest_size : 0;
}

void digest_add(struct digest *digest, const void *bytes, size_t len)
{
	digest->hash->update(digest->state, len, bytes);
}

void digest_get(struct digest *digest, unsigned char out[static DIGEST_SIZE_MAX])
{
	digest->hash->digest(digest->state, digest->hash->digest_size, out);
}

void digest_free(struct digest **digest)
{
	mem_free(digest);
}

void digest_hex(struct text text, char out[static 65])
{
	struct sha256_ctx state;
	unsigned char bytes[SHA256_DIGEST_SIZE];
	sha256_init(&state);
	sha256_update(&state, text.len, (const unsigned char *)text.at);
	sha256_digest(&state, sizeof(bytes), bytes);
	text_put_hex(bytes, sizeof(bytes), out);
}
