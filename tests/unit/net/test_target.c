#include "net/http/target.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "unit.h"

/* "a|b?x=1&y=2" of a target. */
static const char *shown(const struct target *target)
{
	scoped(buf_end) struct buf out = {0};
	for (size_t i = 0; i < target->segment_count; i++)
		buf_print(&out, "%s%.*s", i ? "|" : "", TEXT_ARG(target->segments[i]));
	for (size_t i = 0; i < target->arg_count; i++)
		buf_print(&out, "%s%.*s=%.*s", i ? "&" : "?", TEXT_ARG(target->args[i].name),
			  TEXT_ARG(target->args[i].value));
	return unit_text("%s", out.at ? out.at : "");
}

test(reads_paths_and_arguments)
{
	static const struct {
		const char *raw, *expected; /* NULL: refused */
	} cases[] = {
		{"/", ""},
		{"/a", "a"},
		{"/a/", "a"},
		{"/a/b%20c", "a|b c"},
		{"/a/b%2Fc", "a|b/c"},
		{"/a+b", "a+b"},
		{"/a?x=1&y=2", "a?x=1&y=2"},
		{"/a?x", "a?x="},
		{"/a?x=a+b%2Bc=d", "a?x=a b+c=d"},
		{"/a?", "a"},
		{"/a?&&x=1", "a?x=1"},
		{"/%c3%a9", "\xc3\xa9"},
		{"/%C3", NULL},
		{"/%00", NULL},
		{"/%0", NULL},
		{"/%", NULL},
		{"/%gg", NULL},
		{"/?x=%zz", NULL},
		{"/a//b", NULL},
		{"/a/../b", NULL},
		{"/a/%2e%2E/b", NULL},
		{"/./a", NULL},
		{"a", NULL},
		{"", NULL},
		{"*", NULL},
		{"/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", NULL},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct err err = {0};
		struct target target = {0};
		scoped(arena_free) struct arena *arena = arena_new(1 << 20);
		bool done = target_parse(text_of(cases[i].raw), arena, &target, &err);
		if (done != (cases[i].expected != NULL))
			fail_msg("%s: %s", cases[i].raw, done ? shown(&target) : err.text);
		else if (done)
			assert_string_equal(shown(&target), cases[i].expected);
		else
			assert_int_equal(target.segment_count, 0);
	}
}

test(limits_arguments)
{
	struct err err = {0};
	struct target target = {0};
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	scoped(buf_end) struct buf raw = {0};
	buf_cstr(&raw, "/?a=0");
	for (int i = 1; i <= TARGET_ARGS_MAX; i++)
		buf_print(&raw, "&a=%d", i);
	assert_false(target_parse(buf_view(&raw), arena, &target, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
}

test(finds_the_first_of_a_name)
{
	struct err err = {0};
	struct target target = {0};
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	assert_true(target_parse(TEXT("/a?x=1&x=2&e="), arena, &target, &err));
	assert_true(text_is(target_arg(&target, "x"), "1"));
	assert_non_null(target_arg(&target, "e").at);
	assert_null(target_arg(&target, "z").at);
}
