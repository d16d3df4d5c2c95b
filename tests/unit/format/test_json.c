#include "format/json.h"

#include <string.h>

#include "unit.h"

test(round_trips)
{
	static const char text[] = "{\"a\":[1,-2,true,null,\"x/\\u0000y\"],\"b\":{\"c\":\"\"}}";
	struct err err = {0};
	struct buf out = {0};
	scoped(json_free) struct json *json = json_parse(text_of(text), &err);
	assert_non_null(json);
	json_write(json, &out);
	assert_string_equal(out.at, text);
	assert_int_equal(json_as_text(json_at(json_get(json, "a"), 4)).len, 4);
	buf_end(&out);
}

test(says_where_it_is_broken)
{
	static const struct {
		const char *text, *says;
	} cases[] = {{"", "1:1: not JSON: it is empty"},
		     {"null", "1:1: a bare null says nothing"},
		     {"{\"a\":\n 1,, }", "2:4: not JSON"},
		     {"{\"a\": 1", "1:8: not JSON"},
		     {"[1] [2]", "1:5: not JSON: unexpected character"},
		     {"\"\xff\"", "1:2: not JSON"},
		     {"nul", "1:4: not JSON"}};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct err err = {0};
		if (json_parse(text_of(cases[i].text), &err))
			fail_msg("%s: taken", cases[i].text);
		if (strncmp(err.text, cases[i].says, strlen(cases[i].says)) != 0)
			fail_msg("%s: %s", cases[i].text, err.text);
	}
}

test(tells_a_key_that_stands_twice)
{
	static const struct {
		const char *text, *says; /* NULL: fine */
	} cases[] = {
		{"{}", NULL},
		{"7", NULL},
		{"[\"a\",\"a\"]", NULL},
		{"{\"a\":1,\"b\":\"a\"}", NULL},
		{"{\"a\":{\"a\":1},\"b\":{\"a\":[{\"a\":1},{\"a\":2}]}}", NULL},
		{"{\"a\":\"{\\\"a\\\":1}\",\"b\":\"\\\\\"}", NULL},
		{"{\"\":1,\"A\":1,\"a\":1}", NULL},
		{"{\"a\":1,\"a\":1}", "1:8: the key \"a\" stands twice in one object"},
		{"{\"a\":1,\n \"\\u0061\" :1}", "2:2: the key \"a\" stands twice in one object"},
		{"{\"x\":[{\"b\":{},\"b\"\t:1}]}",
		 "1:15: the key \"b\" stands twice in one object"},
		{"{\"\":1,\"\":2}", "1:7: the key \"\" stands twice in one object"},
		{"{\"a\\u0000b\":1}", "1:2: a key holds NUL"},
		{"{'a':1}", "1:2: a key stands in double quotes"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct err err = {0};
		scoped(json_free) struct json *json = json_parse(text_of(cases[i].text), &err);
		assert_non_null(json);
		bool fine = json_check_keys(text_of(cases[i].text), &err);
		if (fine != !cases[i].says || (!fine && strcmp(err.text, cases[i].says) != 0))
			fail_msg("%s: %s", cases[i].text, err.text);
	}
}

test(limits_depth)
{
	char deep[4 * JSON_DEPTH_MAX + 1];
	struct err err = {0};
	memset(deep, '[', 2 * JSON_DEPTH_MAX);
	memset(deep + 2 * JSON_DEPTH_MAX, ']', 2 * JSON_DEPTH_MAX);
	assert_null(json_parse((struct text){deep, 4 * JSON_DEPTH_MAX}, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	assert_non_null(strstr(err.text, "nested deeper than 32"));
}

test(answers_with_fallbacks)
{
	struct err err = {0};
	scoped(json_free) struct json *json = json_parse(TEXT("{\"n\":5,\"t\":\"x\"}"), &err);
	assert_int_equal(json_int(json, "n", 9), 5);
	assert_int_equal(json_int(json, "t", 9), 9);
	assert_int_equal(json_int(json_get(json, "no"), "n", 9), 9);
	assert_null(json_text(json, "n").at);
	assert_true(json_truth(NULL, "x", true));
	assert_int_equal(json_count(json), 0);
	assert_int_equal(json_kind(NULL), JSON_NULL);
}

test(mends_what_is_not_utf8)
{
	struct buf out = {0};
	scoped(json_free) struct json *json = json_new_object();
	json_put_text(json, "t", TEXT("a\xff\xc3\xbc\xe2\x82"));
	json_write(json, &out);
	assert_string_equal(out.at, "{\"t\":\"a\xef\xbf\xbd\xc3\xbc\xef\xbf\xbd\xef\xbf\xbd\"}");
	buf_end(&out);
}

test(cuts_at_a_whole_character_of_what_it_became)
{
	static const struct {
		const char *text;
		size_t limit;
		const char *expected;
		bool cut;
	} cases[] = {
		{"abc", 3, "abc", false},
		{"abcd", 3, "abc…", true},
		{"abc…", 3, "abc…", true}, /* cut already */
		{"", 0, "", false},
		{"a\xc3\xbc", 2, "a…", true},
		{"a\xc3\xbc", 3, "aü", false},
		{"\xff\xff", 2, "…", true},
		{"\xff\xff", 5, "\xef\xbf\xbd…", true},
		{"\xff\xff", 6, "\xef\xbf\xbd\xef\xbf\xbd", false},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		scoped(json_free) struct json *json = json_new_object();
		bool cut = json_put_cut(json, "t", text_of(cases[i].text), cases[i].limit);
		if (cut != cases[i].cut || !text_is(json_text(json, "t"), cases[i].expected))
			fail_msg("%zu: %.*s", i, TEXT_ARG(json_text(json, "t")));
	}
}

test(visits_members_in_order)
{
	struct err err = {0};
	struct text key;
	const struct json *value;
	void *at = NULL;
	int64_t sum = 0;
	scoped(json_free) struct json *json = json_parse(TEXT("{\"z\":1,\"a\":2}"), &err);
	while (json_next(json, &at, &key, &value))
		sum = sum * 10 + json_as_int(value, 0);
	assert_int_equal(sum, 12);
}
