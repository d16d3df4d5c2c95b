#include "assess/policy/muster/scalar.h"

#include "format/doc.h"
#include "unit.h"

static const char *put(const char *text)
{
	struct buf out = {0};
	scalar_put(text_of(text), &out);
	const char *kept = unit_text("%s", out.at);
	buf_end(&out);
	return kept;
}

/* What a reader makes of "key: SCALAR", on one line and as a block. */
static void expect_back(struct text text)
{
	for (int block = 0; block < 2; block++) {
		struct err err = {0};
		struct doc **docs;
		size_t count;
		scoped(arena_free) struct arena *arena = arena_new(DOC_ARENA_MAX + (1 << 20));
		scoped(buf_end) struct buf out = {0};
		buf_cstr(&out, "- key: ");
		if (block)
			scalar_put_lines(text, 4, &out);
		else
			scalar_put(text, &out);
		buf_cstr(&out, block ? "  next: x\n" : "\n  next: x\n");
		if (!doc_parse_yaml(buf_view(&out), arena, &docs, &count, &err))
			fail_msg("%s: %s", out.at, err.text);
		const struct doc *got = doc_get(docs[0]->items[0], "key");
		assert_int_equal(got->kind, DOC_SCALAR);
		if (!text_is_equal(got->text, text))
			fail_msg("%s became \"%.*s\"", out.at, TEXT_ARG(got->text));
		assert_false(doc_is_null(got));
		assert_non_null(doc_get(docs[0]->items[0], "next"));
	}
}

test(is_bare_where_nothing_can_be_mistaken)
{
	assert_string_equal(put("/etc/passwd"), "/etc/passwd");
	assert_string_equal(put("check root login is off"), "check root login is off");
	assert_string_equal(put("no"), "'no'");
	assert_string_equal(put("0644"), "'0644'");
	assert_string_equal(put("it's"), "'it''s'");
	assert_string_equal(put("a: b"), "'a: b'");
	assert_string_equal(put("a\tb\n"), "\"a\\tb\\n\"");
	assert_string_equal(put(""), "''");
}

test(comes_back_as_it_was)
{
	static const char *const texts[] = {
		"",
		" ",
		"a ",
		" a",
		"yes",
		"Null",
		"~",
		"- x",
		"a #b",
		"#",
		"a: b",
		"[a]",
		"{a: b}",
		"&a",
		"*a",
		"!t",
		"%d",
		"@x",
		"`",
		"\"q\"",
		"'",
		"\\d+\\.",
		"1.5",
		"0x10",
		"2026-11-24",
		"<<",
		"=",
		"a\nb",
		"a\nb\n",
		"a\n\n",
		"\na",
		" a\nb",
		"a\n b\n\nc",
		"a\rb",
		"\t",
		"\xc3\xa9",
		"\xc2\x85",
		"\xe2\x80\xa8",
		"\x7f",
		"\x1b[31m",
		"---",
		"...",
		"a\n---\nb",
		"|",
		"> x",
		"?",
		"a,b",
		"a\n# b\n",
		"\xf0\x9f\x98\x80",
	};
	for (size_t i = 0; i < array_len(texts); i++)
		expect_back(text_of(texts[i]));
}

test(every_byte_of_ascii_comes_back)
{
	for (int c = 1; c < 0x80; c++) {
		char text[] = {(char)c, 'x', (char)c, '\0'};
		expect_back(text_of(text));
	}
}

test(what_is_no_text_is_replaced)
{
	assert_string_equal(put("a\xff"), "\"a\\uFFFD\"");
	scoped(buf_end) struct buf out = {0};
	scalar_put((struct text){"a\0b", 3}, &out);
	assert_string_equal(out.at, "\"a\\u0000b\"");
}
