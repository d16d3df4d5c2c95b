#include "model/actor.h"

#include <string.h>

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

#define A20 "aaaaaaaaaaaaaaaaaaaa"

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
		"{\"pid\":812,\"process\":\"" A20 A20 A20 A20 "\"}",
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

test(says_the_command_line_where_it_is_known)
{
	static const struct {
		struct actor actor;
		const char *expected;
	} rows[] = {
		{{812, 1000, 1000, TEXT("vi"), TEXT("vi /etc/hosts")},
		 "by uid 1000 with vi: vi /etc/hosts"},
		{{812, 0, ACTOR_NOBODY, TEXT("dpkg"), TEXT("")}, "by uid 0 with dpkg"},
		{{812, 0, 0, TEXT("sh"), TEXT("sh -c \n\x1b[2J")},
		 "by uid 0 with sh: sh -c \\x0a\\x1b[2J"},
	};
	for (size_t i = 0; i < array_len(rows); i++) {
		scoped(end_buf) struct buf out = {0};
		actor_put_whole(&rows[i].actor, &out);
		assert_string_equal(out.at, rows[i].expected);
	}
}

test(is_copied_whole)
{
	char name[] = "vi", command[] = "vi x";
	struct actor actor = {812, 0, 1000, {name, 2}, {command, 4}};
	scoped(arena_free) struct arena *arena = arena_new(1 << 16);
	const struct actor *copy = actor_copy(&actor, arena);
	name[0] = command[0] = 'X';
	assert_true(text_is(copy->name, "vi") && text_is(copy->command, "vi x"));
	assert_int_equal(copy->login, 1000);
}

test(is_the_same_process_as_far_as_both_say)
{
	const struct actor vi = {812, 0, 1000, TEXT("vi"), TEXT("vi a")};
	struct actor others[] = {vi, vi, vi, vi};
	others[0].pid = 813;
	others[1].user = 1;
	others[2].login = ACTOR_NOBODY;
	others[3].name = TEXT("ed");
	for (size_t i = 0; i < array_len(others); i++)
		assert_false(actor_is_same(&vi, &others[i]));
	struct actor same = vi;
	same.command = TEXT("");
	assert_true(actor_is_same(&vi, &same));
}

/* Both may have an ellipsis behind their limit, and nothing more. */
test(takes_texts_up_to_their_limits)
{
	static const struct {
		const char *key;
		size_t limit;
	} rows[] = {{"process", ACTOR_PROCESS_MAX + 3}, {"command", ACTOR_COMMAND_MAX + 3}};
	char text[ACTOR_COMMAND_MAX + 4];
	memset(text, 'a', sizeof(text));
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct err err = {0};
		struct actor actor;
		scoped(json_free) struct json *json = json_new_object();
		json_put_int(json, "pid", 1);
		json_put_text(json, rows[i].key, (struct text){text, rows[i].limit});
		assert_true(actor_from_json(json, arena, &actor, &err));
		json_put_text(json, rows[i].key, (struct text){text, rows[i].limit + 1});
		assert_false(actor_from_json(json, arena, &actor, &err));
		assert_int_equal(err.kind, ERR_LIMIT);
	}
}
