#include "model/item.h"

#include <string.h>

#include "format/digest.h"
#include "unit.h"

static struct item sample(void)
{
	static const struct evidence evidence[] = {
		{TEXT("/etc/ssh/sshd_config"), 34, TEXT("PermitRootLogin no")}};
	struct item item = {.target = TEXT("web1.example.net"),
			    .at_us = 1407420263965610,
			    .status = STATUS_PASS,
			    .policy = {TEXT("system"), TEXT(""), LEVEL_MEDIUM},
			    .reason = TEXT("line 34 matches"),
			    .evidence = evidence,
			    .evidence_count = 1};
	item.check.ref = TEXT("sysmediumssh1");
	item.check.name = TEXT("check root login is off");
	item.check.description = TEXT("compliance check for openssh");
	item.check.location = TEXT("/etc/ssh/sshd_config");
	item.check.test_type = TEXT("regex");
	item.check.test_value = TEXT("(?i)^permitrootlogin no$");
	item_put_id(TEXT("web1.example.net"), TEXT("system"), TEXT("sysmediumssh1"), TEXT(""),
		    item.id);
	return item;
}

test(writes_the_missions_fields)
{
	struct item item = sample();
	struct buf out = {0};
	scoped(json_free) struct json *json = item_to_json(&item);
	assert_true(json_truth(json, "compliance", false));
	assert_true(text_is(json_text(json, "target"), "web1.example.net"));
	assert_true(text_is(json_text(json, "utctimestamp"), "2014-08-07T14:04:23.965610Z"));
	assert_true(text_is(json_text(json, "link"), ""));
	const struct json *check = json_get(json, "check");
	assert_true(
		text_is(json_text(json_get(check, "test"), "value"), "(?i)^permitrootlogin no$"));
	json_write(json, &out);
	buf_end(&out);
}

test(comes_back_as_it_went)
{
	struct item item = sample(), back;
	struct err err = {0};
	struct buf first = {0}, second = {0};
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	scoped(json_free) struct json *json = item_to_json(&item);
	assert_true(item_from_json(json, arena, &back, &err));
	scoped(json_free) struct json *again = item_to_json(&back);
	json_write(json, &first);
	json_write(again, &second);
	assert_string_equal(first.at, second.at);
	buf_end(&first);
	buf_end(&second);
}

test(refuses_what_is_no_item)
{
	static const struct {
		const char *key, *value, *says;
	} cases[] = {
		{"id", "12", "item: \"id\" must be 32 hex digits"},
		{"utctimestamp", "soon", "item: \"utctimestamp\" must be a time of RFC 3339"},
		{"status", "pending",
		 "item: \"status\" must be pass, fail, error, not_applicable, "
		 "waived or unknown"},
		{"evidence", "x", "item: \"evidence\" must be a list"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct item item = sample(), back;
		struct err err = {0};
		scoped(arena_free) struct arena *arena = arena_new(1 << 20);
		scoped(json_free) struct json *json = item_to_json(&item);
		json_put_cstr(json, cases[i].key, cases[i].value);
		assert_false(item_from_json(json, arena, &back, &err));
		assert_string_equal(err.text, cases[i].says);
	}
}

test(has_an_id_that_no_split_of_its_parts_shares)
{
	char one[ITEM_ID_SIZE], other[ITEM_ID_SIZE], hex[65];
	item_put_id(TEXT("ab"), TEXT("c"), TEXT("d"), TEXT(""), one);
	item_put_id(TEXT("a"), TEXT("bc"), TEXT("d"), TEXT(""), other);
	assert_string_not_equal(one, other);
	digest_hex(TEXT("\0\0\0\0\0\0\0\2ab\0\0\0\0\0\0\0\1c\0\0\0\0\0\0\0\1d\0\0\0\0\0\0\0\0"),
		   hex);
	hex[32] = '\0';
	assert_string_equal(one, hex);
}

test(limits_evidence)
{
	struct item item = sample(), back;
	struct err err = {0};
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	scoped(json_free) struct json *json = item_to_json(&item);
	struct json *many = json_new_list();
	for (int i = 0; i <= ITEM_EVIDENCE_MAX; i++)
		json_add(many, json_new_object());
	json_put(json, "evidence", many);
	assert_false(item_from_json(json, arena, &back, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
}

/* What a host's files hold must not make an item that the server refuses. */
test(is_taken_whatever_bytes_it_holds)
{
	char bytes[ITEM_EVIDENCE_TEXT_MAX + 3], name[1024];
	memset(bytes, 0xff, sizeof(bytes));
	memset(name, 0xfe, sizeof(name));
	struct evidence evidence[ITEM_EVIDENCE_MAX];
	for (size_t i = 0; i < array_len(evidence); i++)
		evidence[i] = (struct evidence){{name, sizeof(name)}, 1, {bytes, sizeof(bytes)}};
	const struct actor actor = {.pid = 812,
				    .user = 0,
				    .login = ACTOR_NOBODY,
				    .name = {bytes, ACTOR_PROCESS_MAX},
				    .command = {bytes, ACTOR_COMMAND_MAX}};
	struct item item = sample(), back;
	struct err err = {0};
	item.evidence = evidence;
	item.evidence_count = array_len(evidence);
	item.by = &actor;
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	scoped(json_free) struct json *json = item_to_json(&item);
	assert_true(item_from_json(json, arena, &back, &err));
	assert_true(back.truncated);
	assert_in_range(back.evidence_count, 1, ITEM_EVIDENCE_MAX - 1);
	assert_true(text_ends(back.evidence[0].text, "\xef\xbf\xbd…"));
	assert_true(text_ends(back.by->command, "\xef\xbf\xbd…"));
	scoped(json_free) struct json *again = item_to_json(&back);
	struct buf first = {0}, second = {0};
	json_write(json, &first);
	json_write(again, &second);
	assert_string_equal(first.at, second.at);
	buf_end(&first);
	buf_end(&second);
}

test(keeps_who_made_the_change)
{
	struct item item = sample(), back;
	struct err err = {0};
	const struct actor actor = {812, 0, 1000, TEXT("vi"), TEXT("vi /etc/ssh/sshd_config")};
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	scoped(json_free) struct json *nobody = item_to_json(&item);
	assert_null(json_get(nobody, "by"));
	assert_true(item_from_json(nobody, arena, &back, &err));
	assert_null(back.by);
	item.by = &actor;
	scoped(json_free) struct json *json = item_to_json(&item);
	assert_true(item_from_json(json, arena, &back, &err));
	assert_int_equal(back.by->pid, 812);
	assert_int_equal(back.by->login, 1000);
	assert_true(text_is(back.by->command, "vi /etc/ssh/sshd_config"));
	json_put_cstr(json, "by", "root");
	assert_false(item_from_json(json, arena, &back, &err));
	assert_string_equal(err.text, "item: by: it must be an object with a \"pid\"");
}
