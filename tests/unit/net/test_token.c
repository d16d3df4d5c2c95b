#include "net/link/token.h"

#include <string.h>

#include "unit.h"

static const struct token sample = {
	.address = "[::1]:8444",
	.fingerprint = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
	.secret = "0123456789abcdef0123456789abcdef",
};

static void make(const struct token *token, struct buf *out)
{
	struct err err = {0};
	assert_true(token_make(token, out, &err));
}

test(gives_back_what_was_put_in)
{
	struct err err = {0};
	struct token read;
	scoped(buf_end) struct buf word = {0};
	buf_cstr(&word, " \n");
	make(&sample, &word);
	buf_cstr(&word, "\n");
	assert_true(token_read(buf_view(&word), &read, &err));
	assert_string_equal(read.address, sample.address);
	assert_string_equal(read.fingerprint, sample.fingerprint);
	assert_string_equal(read.secret, sample.secret);
}

test(is_one_word_of_letters_and_digits)
{
	scoped(buf_end) struct buf word = {0};
	make(&sample, &word);
	assert_true(word.len <= TOKEN_MAX);
	assert_int_equal(strspn(word.at, "0123456789abcdefghijklmnopqrstuvwxyz"), word.len);
}

test(takes_the_longest_address_and_none_longer)
{
	struct err err = {0};
	struct token token = sample;
	scoped(buf_end) struct buf word = {0};
	memset(token.address, 'a', TOKEN_ADDRESS_MAX);
	token.address[TOKEN_ADDRESS_MAX - 2] = ':';
	token.address[TOKEN_ADDRESS_MAX] = '\0';
	make(&token, &word);
	assert_int_equal(word.len, TOKEN_MAX);
	assert_true(token_read(buf_view(&word), &token, &err));
	buf_cstr(&word, "61");
	assert_false(token_read(buf_view(&word), &token, &err));
	assert_int_equal(err.kind, ERR_INPUT);
}

test(refuses_addresses_that_are_none)
{
	static const char *const wrong[] = {"", "localhost", "a b:1", "a\n:1", "\xc3\xa9:1"};
	for (size_t i = 0; i < array_len(wrong); i++) {
		struct err err = {0};
		struct token token = sample;
		scoped(buf_end) struct buf word = {0};
		memcpy(token.address, wrong[i], strlen(wrong[i]) + 1);
		assert_false(token_make(&token, &word, &err));
		assert_int_equal(err.kind, ERR_INPUT);
		assert_int_equal(word.len, 0);
	}
}

test(tells_a_damaged_word_from_another_one)
{
	struct err err = {0};
	struct token read;
	scoped(buf_end) struct buf word = {0};
	make(&sample, &word);
	for (size_t i = 4; i < word.len; i++) {
		word.at[i] ^= 1; /* 0 and 1, a and b … change places; some are no digit any more */
		assert_false(token_read(buf_view(&word), &read, &err));
		assert_non_null(strstr(err.text, "damaged"));
		word.at[i] ^= 1;
		err = (struct err){0};
	}
	assert_false(token_read((struct text){word.at, word.len - 3}, &read, &err));
	assert_non_null(strstr(err.text, "damaged"));
	err = (struct err){0};
	assert_false(token_read(TEXT("muster_0123"), &read, &err));
	assert_non_null(strstr(err.text, "no enrolment token"));
}

test(keeps_only_a_hash_of_the_secret)
{
	char hash[65];
	token_hash("0123456789abcdef0123456789abcdef", hash);
	assert_string_equal(hash,
			    "3eb1bd439947eb762998e566ccc2e099c791118b2f40579cc4f7da2b5061b7f9");
}
