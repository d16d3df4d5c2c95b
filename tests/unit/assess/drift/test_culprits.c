#include "assess/drift/culprits.h"

#include <string.h>

#include "unit.h"

static struct watch_actor seen(int64_t pid, const char *command)
{
	return (struct watch_actor){.pid = pid,
				    .user = 0,
				    .login = 1000,
				    .name = TEXT("vi"),
				    .command = text_of(command)};
}

test(the_last_one_is_told)
{
	struct culprits *culprits = culprits_new();
	struct watch_actor a = seen(1, "vi a"), b = seen(2, "vi b");
	assert_null(culprits_of(culprits, 3));
	culprits_note(culprits, 3, &a);
	culprits_note(culprits, 4, &a);
	culprits_note(culprits, 3, &b);
	culprits_note(culprits, 3, NULL);
	assert_int_equal(culprits_of(culprits, 3)->pid, 2);
	assert_int_equal(culprits_of(culprits, 4)->pid, 1);
	assert_null(culprits_of(culprits, 5));
	culprits_clear(culprits);
	assert_null(culprits_of(culprits, 3));
	culprits_free(&culprits);
}

test(masks_before_it_cuts)
{
	struct culprits *culprits = culprits_new();
	char long_text[400];
	memset(long_text, 'a', sizeof(long_text));
	memcpy(long_text + 240, " --password=", 12);
	long_text[sizeof(long_text) - 1] = '\0';
	struct watch_actor secret = seen(1, "mysql --password=geheim x"), big = seen(2, long_text);
	culprits_note(culprits, 1, &secret);
	culprits_note(culprits, 2, &big);
	assert_true(text_is(culprits_of(culprits, 1)->command, "mysql --password=*** x"));
	struct text cut = culprits_of(culprits, 2)->command;
	assert_true(text_ends(cut, "--password=***"));
	culprits_free(&culprits);
}

test(cuts_between_letters)
{
	struct culprits *culprits = culprits_new();
	char text[300];
	memset(text, 'a', sizeof(text));
	memcpy(text + ACTOR_COMMAND_MAX - 1, "\xc3\xa4", 2);
	text[sizeof(text) - 1] = '\0';
	struct watch_actor actor = seen(1, text);
	culprits_note(culprits, 1, &actor);
	struct text cut = culprits_of(culprits, 1)->command;
	assert_int_equal(cut.len, ACTOR_COMMAND_MAX - 1 + 3);
	assert_true(text_ends(cut, "a\xe2\x80\xa6"));
	culprits_free(&culprits);
}

test(travels_as_json)
{
	struct culprits *from = culprits_new(), *to = culprits_new();
	struct watch_actor a = seen(1, "vi a"), b = seen(2, "vi b");
	assert_null(culprits_to_json(from));
	culprits_note(from, 7, &a);
	culprits_note(from, 12, &a);
	culprits_note(from, 9, &b);
	scoped(json_free) struct json *json = culprits_to_json(from);
	culprits_take_json(to, json);
	assert_int_equal(culprits_of(to, 7)->pid, 1);
	assert_int_equal(culprits_of(to, 12)->pid, 1);
	assert_true(text_is(culprits_of(to, 9)->command, "vi b"));
	assert_null(culprits_of(to, 8));
	culprits_free(&from);
	culprits_free(&to);
}

test(leaves_out_what_is_wrong)
{
	static const char *const rows[] = {
		"{}",
		"[]",
		"[1]",
		"[{\"checks\":\"3 \"}]",
		"[{\"pid\":0,\"checks\":\"3 \"}]",
		"[{\"pid\":1,\"checks\":\"x -1 99999999999999999999 \"}]",
		"[{\"pid\":1}]"};
	struct culprits *culprits = culprits_new();
	for (size_t i = 0; i < array_len(rows); i++) {
		struct err err = {0};
		scoped(json_free) struct json *json = json_parse(text_of(rows[i]), &err);
		culprits_take_json(culprits, json);
		assert_null(culprits_of(culprits, 3));
	}
	culprits_free(&culprits);
}

test(beyond_the_limits_nobody_is_known)
{
	struct culprits *culprits = culprits_new();
	for (uint32_t i = 1; i <= CULPRITS_MAX + 1; i++) {
		struct watch_actor actor = seen(i, "vi");
		culprits_note(culprits, i, &actor);
	}
	assert_int_equal(culprits_of(culprits, CULPRITS_MAX)->pid, CULPRITS_MAX);
	assert_null(culprits_of(culprits, CULPRITS_MAX + 1));
	culprits_clear(culprits);
	struct watch_actor one = seen(1, "vi");
	for (uint32_t i = 0; i < 100000; i++)
		culprits_note(culprits, i, &one);
	culprits_note(culprits, CULPRITS_CHECKS_MAX + 1, &one);
	assert_null(culprits_of(culprits, CULPRITS_CHECKS_MAX + 1));
	scoped(json_free) struct json *json = culprits_to_json(culprits);
	scoped(buf_end) struct buf text = {0};
	json_write(json, &text);
	assert_true(text.len < CULPRITS_JSON_MAX + 4096);
	culprits_free(&culprits);
}
