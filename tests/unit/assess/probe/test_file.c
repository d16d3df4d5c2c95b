#include "assess/probe/probe.h"
#include "unit.h"

#include "assess/verdict/content.h"
#include "call.h"

static const struct call_file files[] = {
	{"/etc/ssh/sshd_config", "Port 22\r\nPermitRootLogin no\r\n"},
	{"/etc/ssh/moduli", "x\n"},
	{"/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/sh\n"},
	{"/etc/shadow", "root:*:1:::::\n"},
	{NULL, NULL},
};

test(tells_what_a_file_is)
{
	struct gather *gather = call_gather(files, true);
	struct probe_call call = call_of("file", "/etc/ssh/sshd_config");
	struct probe_answer answer;
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 1);
	assert_true(text_is(call_value(&call, &answer, 0, "type")->text, "file"));
	assert_int_equal(call_value(&call, &answer, 0, "size")->number, 29);
	assert_int_equal(call_value(&call, &answer, 0, "mode")->number, 0644);
	assert_true(text_is(call_value(&call, &answer, 0, "owner")->text, "root"));
	assert_true(text_is(call_value(&call, &answer, 0, "permissions")->text, "-rw-r--r--"));
	assert_int_equal(call_value(&call, &answer, 0, "age")->number, CALL_NOW_US);
	assert_true(text_is(call_value(&call, &answer, 0, "sha1")->text,
			    "8a7044b7a89498b2de8888031eb23b2c76d02b4b"));
	assert_true(call_depends(&answer, "/etc/ssh/sshd_config"));
	gather_free(&gather);
}

test(a_missing_file_is_no_row_and_a_dependency)
{
	struct gather *gather = call_gather(files, true);
	struct probe_call call = call_of("file", "/etc/nowhere");
	struct probe_answer answer;
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 0);
	assert_string_equal(answer.reason.at, "/etc/nowhere is missing");
	assert_true(call_depends(&answer, "/etc/nowhere"));
	gather_free(&gather);
}

test(content_is_given_when_asked)
{
	struct gather *gather = call_gather(files, true);
	struct probe_call call = call_of("file", "/etc/ssh/*");
	call.fields = 0;
	call.content = true;
	struct probe_answer answer;
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.count, 2);
	assert_true(text_is(answer.rows[0].content->text, "x\n"));
	struct err err = {0};
	struct regex *regex = regex_new(TEXT("(?i)^permitrootlogin no$"), REGEX_PLAIN, &err);
	struct evidence evidence[ITEM_EVIDENCE_MAX];
	uint64_t matches;
	size_t count;
	assert_int_equal(
		content_search(answer.rows[1].content, regex, 0, &matches, evidence, &count),
		REGEX_YES);
	assert_int_equal(count, 1);
	assert_int_equal(evidence[0].line, 2);
	assert_true(text_is(evidence[0].text, "PermitRootLogin no"));
	assert_false(answer.text_denied);
	assert_int_equal(gather_opens(gather), 2);
	probe_run(gather, &call, &answer);
	assert_int_equal(gather_opens(gather), 2);
	regex_free(&regex);
	gather_free(&gather);
}

test(what_is_no_file_is_an_error_of_one_check)
{
	static const struct {
		enum gather_kind kind;
		bool denied;
		const char *why;
	} cases[] = {
		{GATHER_FIFO, false, "cannot read /x: it is a FIFO, not a file"},
		{GATHER_SOCKET, false, "cannot read /x: it is a socket, not a file"},
		{GATHER_CHAR, false, "cannot read /x: it is a character device, not a file"},
		{GATHER_BLOCK, false, "cannot read /x: it is a block device, not a file"},
		{GATHER_FOLDER, false, "cannot read /x: it is a folder, not a file"},
		{GATHER_FILE, true, "cannot read /x: permission denied"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct err err = {0};
		struct fixture *fixture = fixture_new();
		struct fixture_file file = {
			.path = TEXT("/x"), .kind = cases[i].kind, .denied = cases[i].denied};
		assert_true(fixture_add(fixture, &file, &err));
		struct gather *gather = fixture_gather(fixture, &(struct gather_config){0});
		struct probe_call call = call_of("file", "/x");
		call.fields = 0;
		call.content = true;
		struct probe_answer answer;
		probe_run(gather, &call, &answer);
		assert_int_equal(answer.outcome, PROBE_ERROR);
		assert_string_equal(answer.reason.at, cases[i].why);
		call.content = false; /* what it is can be told all the same */
		probe_run(gather, &call, &answer);
		assert_int_equal(answer.count, 1);
		gather_free(&gather);
		fixture_free(&fixture);
	}
}

test(a_link_is_judged_itself_when_asked)
{
	struct err err = {0};
	struct fixture *fixture = fixture_new();
	struct fixture_file link = {
		.path = TEXT("/l"), .kind = GATHER_LINK, .content = TEXT("etc/x"), .mode = 0777};
	assert_true(fixture_add(fixture, &link, &err));
	assert_true(fixture_add_text(fixture, "/etc/x", TEXT("1"), &err));
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){0});
	struct probe_call call = call_of("file", "/l");
	struct probe_answer answer;
	probe_run(gather, &call, &answer);
	assert_string_equal(call_shown(&call, &answer, 0, "type"), "file");
	assert_string_equal(call_shown(&call, &answer, 0, "target"), "etc/x");
	call_set(&call, "follow", "false", 0);
	probe_run(gather, &call, &answer);
	assert_string_equal(call_shown(&call, &answer, 0, "type"), "link");
	assert_string_equal(call_shown(&call, &answer, 0, "mode"), "0777");
	assert_string_equal(call_shown(&call, &answer, 0, "permissions"), "Lrwxrwxrwx");
	gather_free(&gather);
	fixture_free(&fixture);
}

test(secrets_give_no_text)
{
	struct gather *gather = call_gather(files, true);
	struct probe_call call = call_of("file", "/etc/shadow");
	struct probe_answer answer;
	call.content = true;
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.count, 1);
	assert_true(answer.text_denied);
	gather_free(&gather);
}

test(special_bits_show_in_permissions)
{
	static const struct {
		enum gather_kind kind;
		uint32_t mode;
		const char *want;
	} cases[] = {
		{GATHER_FILE, 04755, "urwxr-xr-x"},
		{GATHER_FILE, 02755, "grwxr-xr-x"},
		{GATHER_FOLDER, 01777, "dtrwxrwxrwx"},
		{GATHER_CHAR, 0620, "Dcrw--w----"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct err err = {0};
		struct fixture *fixture = fixture_new();
		struct fixture_file file = {
			.path = TEXT("/x"), .kind = cases[i].kind, .mode = cases[i].mode};
		assert_true(fixture_add(fixture, &file, &err));
		struct gather *gather = fixture_gather(fixture, &(struct gather_config){0});
		struct probe_call call = call_of("file", "/x");
		struct probe_answer answer;
		probe_run(gather, &call, &answer);
		assert_string_equal(call_shown(&call, &answer, 0, "permissions"), cases[i].want);
		gather_free(&gather);
		fixture_free(&fixture);
	}
}
