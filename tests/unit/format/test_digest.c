#include "format/digest.h"

#include "unit.h"

test(gives_the_published_digests_of_abc)
{
	static const struct {
		const char *name, *hex;
	} cases[] = {
		{"md5", "900150983cd24fb0d6963f7d28e17f72"},
		{"sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{"sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"sha3_256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		unsigned char bytes[DIGEST_SIZE_MAX];
		char hex[2 * DIGEST_SIZE_MAX + 1];
		scoped(digest_free) struct digest *digest = digest_new(cases[i].name);
		for (int round = 0; round < 2; round++) { /* it begins anew */
			digest_add(digest, "a", 1);
			digest_add(digest, "bc", 2);
			digest_get(digest, bytes);
			text_put_hex(bytes, digest_size(cases[i].name), hex);
			assert_string_equal(hex, cases[i].hex);
		}
	}
}

test(knows_every_name_of_the_contract)
{
	static const char *const names[] = {"md5",      "sha1",     "sha256",   "sha384",  "sha512",
					    "sha3_224", "sha3_256", "sha3_384", "sha3_512"};
	for (size_t i = 0; i < array_len(names); i++)
		assert_true(digest_size(names[i]) >= 16);
	assert_int_equal(digest_size("crc32"), 0);
	assert_null(digest_new("crc32"));
}

test(says_one_text_in_hex)
{
	char hex[65];
	digest_hex(TEXT(""), hex);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb924"
				 "27ae41e4649b934ca495991b7852b855");
}
