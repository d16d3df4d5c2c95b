#include "base/buf.h"

#include "unit.h"

test(grows_and_keeps_a_nul_behind)
{
	struct buf buf = {0};
	for (int i = 0; i < 1000; i++)
		buf_print(&buf, "%d,", i);
	assert_int_equal(buf.len, 10 * 2 + 90 * 3 + 900 * 4);
	assert_int_equal(buf.at[buf.len], '\0');
	buf_end(&buf);
	assert_null(buf.at);
}

test(drops_from_the_front)
{
	struct buf buf = {0};
	buf_cstr(&buf, "abcdef");
	buf_drop(&buf, 2);
	assert_string_equal(buf.at, "cdef");
	buf_drop(&buf, 9);
	assert_int_equal(buf.len, 0);
	assert_string_equal(buf.at, "");
	buf_end(&buf);
}

test(makes_text_fit_to_be_shown)
{
	static const struct {
		struct text text;
		size_t limit;
		const char *shown;
	} cases[] = {
		{TEXT("plain"), 100, "plain"},
		{TEXT("a\nb\tc\x1b[31m"), 100, "a\\x0ab\\x09c\\x1b[31m"},
		{TEXT("nul\0x"), 100, "nul\\x00x"},
		{TEXT("back\\slash"), 100, "back\\slash"},
		{TEXT("gr\xc3\xbc\xc3\x9f"), 100, "gr\xc3\xbc\xc3\x9f"},
		{TEXT("\xff\xc3"), 100, "\\xff\\xc3"},
		{TEXT("\xe2\x80\xae"), 100, "\\xe2\\x80\\xae"}, /* right-to-left override */
		{TEXT("\xc2\x85"), 100, "\\xc2\\x85"},          /* a C1 control */
		{TEXT("abc\xc3\xbc"), 4, "abc…"},
		{TEXT("abcdef"), 3, "abc…"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct buf buf = {0};
		buf_printable(&buf, cases[i].text, cases[i].limit);
		assert_string_equal(buf_view(&buf).at, cases[i].shown);
		buf_end(&buf);
	}
}
