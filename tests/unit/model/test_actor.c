#include "model/actor.h"

#include "unit.h"

static void end_buf(struct buf *buf)
{
	buf_end(buf);
}

test(says_who_for_people)
{
	static const struct {
		struct actor actor;
		const char *expected;
	} rows[] = {
		{{812, 1000, 1000, TEXT("vi"), TEXT("vi x")}, "by uid 1000 with vi"},
		{{812, 0, 1000, TEXT("vi"), TEXT("vi x")}, "by uid 1000 (as uid 0) with vi"},
		{{812, 0, ACTOR_NOBODY, TEXT("dpkg"), TEXT("")}, "by uid 0 with dpkg"},
		{{812, ACTOR_NOBODY, 1000, TEXT("sed"), TEXT("")}, "by uid 1000 with sed"},
		{{812, ACTOR_NOBODY, ACTOR_NOBODY, TEXT("mv"), TEXT("mv a b")},
		 "by process 812 with mv"},
		{{812, ACTOR_NOBODY, ACTOR_NOBODY, TEXT(""), TEXT("")},
		 "by process 812, which had ended"},
		{{812, 0, ACTOR_NOBODY, TEXT("a\x1b[31m"), TEXT("")}, "by uid 0 with a\\x1b[31m"},
	};
	for (size_t i = 0; i < array_len(rows); i++) {
		scoped(end_buf) struct buf out = {0};
		actor_put(&rows[i].actor, &out);
		buf_cstr(&out, "");
		assert_string_equal(out.at, rows[i].expected);
	}
}

test(comes_back_as_it_went)
{
	struct err err = {0};
	struct actor actor = {812, 0, 1000, TEXT("vi"), TEXT("vi /etc/hosts")}, back;
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	scoped(json_free) struct json *json = actor_to_json(&actor);
	assert_true(actor_from_json(json, arena, &back, &err));
	assert_int_equal(back.pid, 812);
	assert_int_equal(back.user, 0);
	assert_int_equal(back.login, 1000);
	assert_true(text_is(back.name, "vi"));
	assert_true(text_is(back.command, "vi /etc/hosts"));
}

test(leaves_out_what_is_not_known)
{
	struct err err = {0};
	struct actor actor = {812, ACTOR_NOBODY, ACTOR_NOBODY, TEXT(""), TEXT("")}, back;
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	scoped(json_free) struct json *json = actor_to_json(&actor);
	scoped(end_buf) struct buf out = {0};
	json_write(json, &out);
	buf_cstr(&out, "");
	assert_string_equal(out.at, "{\"pid\":812}");
	assert_true(actor_from_json(json, arena, &back, &err));
	assert_int_equal(back.user, ACTOR_NOBODY);
	assert_int_equal(back.login, ACTOR_NOBODY);
}

test(refuses_what_is_no_actor)
{
	static const char *const rows[] = {
		"[]",
		"{}",
		"{\"pid\":0}",
		"{\"pid\":\"812\"}",
		"{\"pid\":812,\"uid\":-2}",
		"{\"pid\":812,\"uid\":4294967296}",
		"{\"pid\":812,\"login_uid\":\"root\"}",
		"{\"pid\":812,\"process\":1}",
		"{\"pid\":812,\"command\":[]}",
		"{\"pid\":812,\"process\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaa\"}",
	};
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct err err = {0};
		struct actor actor = {.pid = 7};
		scoped(json_free) struct json *json = json_parse(text_of(rows[i]), &err);
		assert_non_null(json);
		assert_false(actor_from_json(json, arena, &actor, &err));
		assert_true(err.kind == ERR_INPUT || err.kind == ERR_LIMIT);
		assert_int_equal(actor.pid, 7);
	}
}
