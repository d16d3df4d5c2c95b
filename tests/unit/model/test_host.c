#include "model/host.h"

#include "unit.h"

test(reads_os_release)
{
	struct host_facts facts = {0};
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	host_facts_from_os_release(
		TEXT("# a comment\nPRETTY_NAME=\"Ubuntu \\\"22.04\\\"\"\nID=ubuntu\n"
		     "ID_LIKE='debian linux'\nVERSION_ID=\"22.04\"\nbroken\n"),
		arena, &facts);
	assert_int_equal(facts.os_count, 3);
	assert_true(text_is(facts.os[0], "linux"));
	assert_true(text_is(facts.os[1], "ubuntu"));
	assert_true(text_is(facts.os[2], "debian"));
	assert_true(text_is(facts.os_version, "22.04"));
	assert_true(text_is(facts.os_name, "Ubuntu \"22.04\""));
}

test(says_linux_of_nothing)
{
	struct host_facts facts = {0};
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	host_facts_from_os_release(TEXT(""), arena, &facts);
	assert_int_equal(facts.os_count, 1);
}

test(comes_back_and_refuses_bad_names)
{
	struct text os[] = {TEXT("linux")};
	struct host_facts facts = {.name = TEXT("web1.example.net"),
				   .os = os,
				   .os_count = 1,
				   .landlock_abi = 6,
				   .seccomp = true},
			  back = {0};
	struct err err = {0};
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	scoped(json_free) struct json *json = host_facts_to_json(&facts);
	assert_true(host_facts_from_json(json, arena, &back, &err));
	assert_true(text_is(back.name, "web1.example.net"));
	assert_int_equal(back.landlock_abi, 6);
	assert_true(back.seccomp);
	json_put_cstr(json, "name", "web1 <script>");
	assert_false(host_facts_from_json(json, arena, &back, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	json_put_cstr(json, "name", "");
	assert_false(host_facts_from_json(json, arena, &back, &err));
}

static bool read_watch(const char *watch, struct arena *arena, struct host_facts *facts,
		       struct err *err)
{
	struct json *json = json_parse(
		text_of(unit_text("{\"name\":\"web1\",\"watch\":%s}", watch)), err);
	assert_non_null(json);
	bool done = host_facts_from_json(json, arena, facts, err);
	json_free(&json);
	return done;
}

static const char *watch_text(const struct host_facts *facts)
{
	struct buf out = {0};
	struct json *json = host_facts_to_json(facts);
	if (json_get(json, "watch"))
		json_write(json_get(json, "watch"), &out);
	json_free(&json);
	const char *copy = unit_text("%.*s", TEXT_ARG(buf_view(&out)));
	buf_end(&out);
	return copy;
}

test(the_watch_of_an_agent_comes_through_within_limits)
{
	static const struct {
		const char *told, *kept;
	} table[] = {
		{"null", ""},
		{"7", ""},
		{"[]", ""},
		{"{}", "{\"names\":0,\"looked_at\":0,\"why\":\"\",\"who\":\"\",\"defects\":0}"},
		{"{\"names\":9,\"looked_at\":2,\"why\":\"2 that may not be read\","
		 "\"who\":\"fanotify\",\"defects\":0,\"since\":\"2026-11-24T08:14:04Z\","
		 "\"defect\":\"\",\"x\":1}",
		 "{\"names\":9,\"looked_at\":2,\"why\":\"2 that may not be read\","
		 "\"who\":\"fanotify\",\"defects\":0,\"since\":\"2026-11-24T08:14:04.000000Z\"}"},
		{"{\"names\":-9,\"looked_at\":\"2\",\"defects\":99999999999,\"since\":\"long ago\","
		 "\"defect\":\"a/b\",\"defect_at\":\"2026-11-24T08:14:05Z\"}",
		 "{\"names\":0,\"looked_at\":0,\"why\":\"\",\"who\":\"\",\"defects\":1000000000,"
		 "\"defect\":\"a/b\",\"defect_at\":\"2026-11-24T08:14:05.000000Z\"}"},
	};
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	for (size_t i = 0; i < array_len(table); i++) {
		struct err err = {0};
		struct host_facts facts = {0};
		assert_true(read_watch(table[i].told, arena, &facts, &err));
		assert_string_equal(watch_text(&facts), table[i].kept);
	}
}

test(a_text_of_the_watch_that_is_too_long_is_refused)
{
	static const char *const keys[] = {"why", "who", "defect"};
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	for (size_t i = 0; i < array_len(keys); i++)
		for (int beyond = 0; beyond < 2; beyond++) {
			struct err err = {0};
			struct host_facts facts = {0};
			struct buf text = {0};
			buf_print(&text, "{\"%s\":\"", keys[i]);
			for (int n = 0; n < HOST_FACT_MAX + beyond; n++)
				buf_char(&text, 'w');
			buf_cstr(&text, "\"}");
			assert_int_equal(read_watch(text.at, arena, &facts, &err), !beyond);
			assert_int_equal(err.kind, beyond ? ERR_LIMIT : ERR_NONE);
			buf_end(&text);
		}
}
