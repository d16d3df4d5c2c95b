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
