#include "base/text.h"

#include <string.h>

#include "unit.h"

test(reads_numbers_within_bounds)
{
	static const struct {
		const char *text;
		bool read;
		int64_t number;
	} cases[] = {
		{"0", true, 0},     {"42", true, 42},
		{"-42", true, -42}, {"100", true, 100},
		{"101", false, 0},  {"-101", false, 0},
		{"", false, 0},     {"-", false, 0},
		{" 1", false, 0},   {"1 ", false, 0},
		{"+1", false, 0},   {"0x1", false, 0},
		{"1e2", false, 0},  {"99999999999999999999", false, 0},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		int64_t number = 7;
		assert_int_equal(text_to_i64(text_of(cases[i].text), -100, 100, &number),
				 cases[i].read);
		assert_int_equal(number, cases[i].read ? cases[i].number : 7);
	}
	uint64_t top;
	assert_true(text_to_u64(TEXT("18446744073709551615"), 0, UINT64_MAX, &top));
	assert_false(text_to_u64(TEXT("18446744073709551616"), 0, UINT64_MAX, &top));
	assert_true(text_to_octal(TEXT("0640"), 07777, &top));
	assert_int_equal(top, 0640);
	assert_false(text_to_octal(TEXT("0680"), 07777, &top));
}

test(splits_lines_and_words)
{
	struct text rest = TEXT("a\n\nb"), part;
	size_t count = 0, len = 0;
	while (text_next(&rest, '\n', &part)) {
		count++;
		len += part.len;
	}
	assert_int_equal(count, 3);
	assert_int_equal(len, 2);
	rest = TEXT("  one\ttwo \n");
	assert_true(text_word(&rest, &part));
	assert_true(text_is(part, "one"));
	assert_true(text_word(&rest, &part));
	assert_true(text_is(part, "two"));
	assert_false(text_word(&rest, &part));
}

test(finds_starts_ends_and_folds)
{
	size_t at;
	assert_true(text_find(TEXT("hello"), TEXT("ll"), &at));
	assert_int_equal(at, 2);
	assert_false(text_find(TEXT("hello"), TEXT("lo!"), &at));
	assert_true(text_starts(TEXT("hello"), "he"));
	assert_false(text_starts(TEXT("he"), "hello"));
	assert_true(text_ends(TEXT("hello"), "lo"));
	assert_true(text_is_alike(TEXT("PermitRootLogin"), TEXT("permitrootlogin")));
	assert_true(text_compare(TEXT("a"), TEXT("ab")) < 0);
	assert_true(text_compare(TEXT("b"), TEXT("ab")) > 0);
	assert_true(text_is(text_trim(TEXT(" \t x y\r\n")), "x y"));
}

test(measures_how_near_words_are)
{
	static const struct {
		const char *a, *b;
		size_t edits;
	} cases[] = {{"test", "test", 0},  {"tets", "test", 1}, {"tst", "test", 1}, {"", "abc", 3},
		     {"level", "lvel", 1}, {"mode", "node", 1}, {"abc", "xyz", 3}};
	for (size_t i = 0; i < array_len(cases); i++)
		assert_int_equal(text_distance(text_of(cases[i].a), text_of(cases[i].b)),
				 cases[i].edits);
}

test(knows_what_is_nearest)
{
	static const char *const known[] = {"list", "revoke", "remove", "tag"};
	static const struct {
		const char *word, *best;
	} cases[] = {{"lst", "list"}, {"revok", "revoke"}, {"removed", "remove"}, {"tga", "tag"},
		     {"tgas", "tag"}, {"xyz", NULL},       {"frobnicate", NULL},  {"", NULL}};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct near near = near_begin(text_of(cases[i].word));
		for (size_t j = 0; j < array_len(known); j++)
			near_try(&near, known[j]);
		if (!cases[i].best)
			assert_null(near.best);
		else
			assert_string_equal(near.best, cases[i].best);
	}
}

test(knows_utf8)
{
	assert_true(text_is_utf8(TEXT("gr\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80")));
	assert_false(text_is_utf8(TEXT("\xc0\x80")));         /* overlong */
	assert_false(text_is_utf8(TEXT("\xed\xa0\x80")));     /* a surrogate */
	assert_false(text_is_utf8(TEXT("\xf4\x90\x80\x80"))); /* beyond U+10FFFF */
	assert_false(text_is_utf8(TEXT("a\xe2\x82")));
	assert_int_equal(text_cut(TEXT("a\xe2\x82\xac"), 3), 1);
	assert_int_equal(text_cut(TEXT("abc"), 3), 3);
	assert_int_equal(text_cut(TEXT("\x80\x80\x80\x80\x80\x80"), 5), 5);
}

test(writes_and_reads_hex)
{
	char hex[9];
	unsigned char bytes[4];
	text_put_hex("\x00\xff\x10\xa5", 4, hex);
	assert_string_equal(hex, "00ff10a5");
	assert_true(text_to_bytes(TEXT("00FF10a5"), bytes, 4));
	assert_memory_equal(bytes, "\x00\xff\x10\xa5", 4);
	assert_false(text_to_bytes(TEXT("00ff10a"), bytes, 4));
	assert_false(text_to_bytes(TEXT("00ff10ag"), bytes, 4));
}
