#include "format/doc.h"

#include <string.h>

#include "base/buf.h"
#include "unit.h"

static const struct {
	const char *text, *says;
	enum err_kind kind;
} broken[] = {
	{"a: [1, 2", "2:1: not YAML", ERR_INPUT},
	{"a: 1\na: 2\n", "2:1: duplicate key \"a\"; it stands in line 1 already", ERR_INPUT},
	{"a:\n\tb: 1\n", "2:1: not YAML", ERR_INPUT},
	{"a: *b\n", "1:4: alias \"*b\" stands before its anchor is complete", ERR_INPUT},
	{"a: &a [*a]\n", "1:8: alias \"*a\" stands before its anchor is complete", ERR_INPUT},
	{"? [a]\n: b\n", "1:3: a key must be a plain word or a text", ERR_INPUT},
	{"a: \x01\n", "1:1: not YAML", ERR_INPUT},
};

test(says_where_yaml_is_broken)
{
	for (size_t i = 0; i < array_len(broken); i++) {
		struct err err = {0};
		struct doc **docs;
		size_t count;
		scoped(arena_free) struct arena *arena = arena_new(DOC_ARENA_MAX);
		assert_false(doc_parse_yaml(text_of(broken[i].text), arena, &docs, &count, &err));
		assert_int_equal(err.kind, broken[i].kind);
		if (strncmp(err.text, broken[i].says, strlen(broken[i].says)) != 0)
			fail_msg("%s: \"%s\"", broken[i].text, err.text);
	}
}

test(knows_where_each_thing_stands)
{
	struct err err = {0};
	struct doc **docs;
	size_t count;
	int64_t number;
	bool truth;
	scoped(arena_free) struct arena *arena = arena_new(DOC_ARENA_MAX);
	assert_true(
		doc_parse_yaml(TEXT("a: 12\nb:\n  - x\n  - {c: \"no\", d: true}\n---\nsecond\n"),
			       arena, &docs, &count, &err));
	assert_int_equal(count, 2);
	assert_int_equal(doc_get(docs[0], "b")->items[1]->line, 4);
	struct doc *inside = doc_get(doc_get(docs[0], "b")->items[1], "c");
	assert_int_equal(inside->column, 9);
	assert_false(inside->plain);
	assert_true(doc_int(doc_get(docs[0], "a"), &number));
	assert_int_equal(number, 12);
	assert_false(doc_bool(inside, &truth));
	assert_true(doc_bool(doc_get(doc_get(docs[0], "b")->items[1], "d"), &truth));
	assert_null(doc_get(docs[0], "z"));
	assert_true(text_is(docs[1]->text, "second"));
}

test(expands_aliases)
{
	struct err err = {0};
	struct doc **docs;
	size_t count;
	scoped(arena_free) struct arena *arena = arena_new(DOC_ARENA_MAX);
	assert_true(doc_parse_yaml(TEXT("a: &x {k: v}\nb: *x\n"), arena, &docs, &count, &err));
	assert_true(text_is(doc_get(doc_get(docs[0], "b"), "k")->text, "v"));
}

test(survives_an_alias_bomb)
{
	struct err err = {0};
	struct doc **docs;
	size_t count;
	struct buf bomb = {0};
	scoped(arena_free) struct arena *arena = arena_new(DOC_ARENA_MAX);
	buf_cstr(&bomb, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 12; i++) {
		buf_print(&bomb, "a%d: &a%d [", i, i);
		for (int j = 0; j < 10; j++)
			buf_print(&bomb, "%s*a%d", j > 0 ? "," : "", i - 1);
		buf_cstr(&bomb, "]\n");
	}
	assert_false(doc_parse_yaml(buf_view(&bomb), arena, &docs, &count, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	assert_non_null(strstr(err.text, "aliases expanded"));
	buf_end(&bomb);
}

test(limits_depth_and_size)
{
	struct err err = {0};
	struct doc **docs;
	size_t count;
	struct buf deep = {0};
	scoped(arena_free) struct arena *arena = arena_new(DOC_ARENA_MAX);
	for (int i = 0; i <= DOC_DEPTH_MAX + 1; i++)
		buf_char(&deep, '[');
	assert_false(doc_parse_yaml(buf_view(&deep), arena, &docs, &count, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	buf_end(&deep);
	struct text huge = {"", DOC_BYTES_MAX + 1}; /* never looked at */
	assert_false(doc_parse_yaml(huge, arena, &docs, &count, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
}

test(reads_json_strictly)
{
	static const struct {
		const char *text;
		bool read;
	} cases[] = {{"{\"a\": [1, true, null, \"x\\u00fc\"]}", true},
		     {"{\"a\": 1,}", false},
		     {"{a: 1}", false},
		     {"{\"a\": 1} x", false},
		     {"{\"a\": 1, \"a\": 2}", false},
		     {"a: 1", false},
		     {"", false},
		     {"{\n\t\"a\":\t1\n}", true}};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct err err = {0};
		scoped(arena_free) struct arena *arena = arena_new(DOC_ARENA_MAX);
		struct doc *doc = doc_parse_json(text_of(cases[i].text), arena, &err);
		if ((doc != NULL) != cases[i].read)
			fail_msg("%s: %s", cases[i].text, err.text);
	}
}

test(puts_up_with_duplicate_keys_where_that_is_asked)
{
	struct err err = {0};
	struct doc **docs;
	size_t count;
	scoped(arena_free) struct arena *arena = arena_new(DOC_ARENA_MAX);
	static const char text[] = "a: 1\nb: 2\na: 3\nc: { x: 1, x: 2, x: 3 }\n";
	assert_false(doc_parse_yaml(text_of(text), arena, &docs, &count, &err));
	assert_string_equal(err.text, "3:1: duplicate key \"a\"; it stands in line 1 already");
	assert_true(doc_parse_loose(text_of(text), arena, &docs, &count, &err));
	assert_int_equal(docs[0]->count, 3);
	assert_true(text_is(doc_get(docs[0], "a")->text, "3"));
	assert_int_equal(docs[0]->again->line, 3);
	assert_true(text_is(doc_get(doc_get(docs[0], "c"), "x")->text, "3"));
	assert_null(doc_get(docs[0], "b")->again);
}

/* Around the number from which on keys are hashed, and not compared. */
test(finds_duplicate_keys_in_maps_of_any_size)
{
	for (int keys = 1; keys < 40; keys++) {
		for (int again = 0; again < keys; again++) {
			struct err err = {0};
			struct doc **docs;
			size_t count;
			struct buf text = {0};
			scoped(arena_free) struct arena *arena = arena_new(DOC_ARENA_MAX);
			for (int i = 0; i < keys; i++)
				buf_print(&text, "k%d: %d\n", i, i);
			assert_true(doc_parse_yaml(buf_view(&text), arena, &docs, &count, &err));
			assert_int_equal(docs[0]->count, keys);
			buf_print(&text, "k%d: again\nlast: 1\n", again);
			assert_false(doc_parse_yaml(buf_view(&text), arena, &docs, &count, &err));
			const char *says = unit_text(
				"%d:1: duplicate key \"k%d\"; it stands in line %d already",
				keys + 1, again, again + 1);
			assert_string_equal(err.text, says);
			assert_true(doc_parse_loose(buf_view(&text), arena, &docs, &count, &err));
			assert_int_equal(docs[0]->count, keys + 1);
			assert_true(text_is(docs[0]->items[again]->text, "again"));
			buf_end(&text);
		}
	}
}

static const struct doc_spared spared = {"spared", 1};

test(forgets_what_is_spared_and_nothing_else)
{
	static const char text[] = "a:\n"
				   "  spared:\n"
				   "    x: [1, 2, { y: z }]\n"
				   "    w: { k: v }\n"
				   "    s: text\n"
				   "  kept: { spared: { x: [1] } }\n"
				   "b: { spared: [1, { q: [2] }] }\n"
				   "c: { spared: word }\n"
				   "spared: { spared: { x: [3] } }\n"
				   "last: 1\n";
	struct err err = {0};
	struct doc **docs;
	size_t count;
	scoped(arena_free) struct arena *arena = arena_new(DOC_ARENA_MAX);
	assert_true(doc_parse_sparing(text_of(text), &spared, arena, &docs, &count, &err));
	struct doc *a = doc_get(docs[0], "a"), *gone = doc_get(a, "spared");
	assert_int_equal(gone->count, 3);
	struct doc *x = doc_get(gone, "x");
	assert_int_equal(x->kind, DOC_LIST);
	assert_int_equal(x->count, 0);
	assert_int_equal(x->line, 3);
	assert_int_equal(x->column, 8);
	assert_int_equal(doc_get(gone, "w")->kind, DOC_MAP);
	assert_int_equal(doc_get(gone, "w")->count, 0);
	assert_string_equal(doc_get(gone, "s")->text.at, "");
	/* deeper, or no map: kept */
	assert_int_equal(doc_get(doc_get(doc_get(a, "kept"), "spared"), "x")->count, 1);
	assert_int_equal(doc_get(doc_get(docs[0], "b"), "spared")->count, 2);
	assert_true(text_is(doc_get(doc_get(docs[0], "c"), "spared")->text, "word"));
	struct doc *top = doc_get(docs[0], "spared");
	assert_int_equal(doc_get(doc_get(top, "spared"), "x")->count, 0);
	assert_true(text_is(doc_get(docs[0], "last")->text, "1"));
}

test(keeps_what_is_spared_where_it_has_a_name)
{
	struct err err = {0};
	struct doc **docs;
	size_t count;
	scoped(arena_free) struct arena *arena = arena_new(DOC_ARENA_MAX);
	static const char text[] = "a: { spared: { x: [1, &n { k: v }], y: &m [7] } }\n"
				   "b: [*n, *m]\n"
				   "c: { spared: { x: *n } }\n"
				   "d: { spared: &o { x: [5, 6] } }\n"
				   "e: *o\n";
	assert_true(doc_parse_sparing(text_of(text), &spared, arena, &docs, &count, &err));
	struct doc *b = doc_get(docs[0], "b");
	assert_true(text_is(doc_get(b->items[0], "k")->text, "v"));
	assert_true(text_is(b->items[1]->items[0]->text, "7"));
	assert_int_equal(doc_get(doc_get(docs[0], "e"), "x")->kind, DOC_LIST);
}

test(finds_the_same_mistakes_in_what_is_spared)
{
	static const char *const inside[] = {"{ x: 1, x: 2 }", "[1, 2",   "*none",
					     "{ [a]: b }",     "&a [*a]", "\"\\q\""};
	for (size_t i = 0; i < array_len(inside); i++) {
		struct err err = {0}, again = {0};
		struct doc **docs;
		size_t count;
		scoped(arena_free) struct arena *arena = arena_new(2 * (size_t)DOC_ARENA_MAX);
		struct text text = text_of(
			unit_text("a:\n  spared:\n    p: [1]\n    x: %s\n", inside[i]));
		assert_false(doc_parse_yaml(text, arena, &docs, &count, &err));
		assert_false(doc_parse_sparing(text, &spared, arena, &docs, &count, &again));
		assert_string_equal(err.text, again.text);
	}
}

test(takes_little_memory_for_what_is_spared)
{
	struct err err = {0};
	struct doc **docs;
	size_t count;
	struct buf text = {0};
	scoped(arena_free) struct arena *arena = arena_new(DOC_ARENA_MAX);
	for (int i = 0; i < 100; i++) {
		buf_print(&text, "k%d:\n  spared:\n    x: [", i);
		for (int j = 0; j < 100; j++)
			buf_print(&text, "{ word-%d: value }, ", j);
		buf_cstr(&text, "]\n");
	}
	assert_true(doc_parse_sparing(buf_view(&text), &spared, arena, &docs, &count, &err));
	assert_int_equal(docs[0]->count, 100);
	assert_in_range(arena_used(arena), 1, 200000);
	buf_end(&text);
}
