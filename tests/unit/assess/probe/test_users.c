#include "assess/probe/probe.h"
#include "unit.h"

#include "call.h"

static const struct call_file files[] = {
	{"/etc/passwd", "root:x:0:0:root:/root:/bin/bash\n"
			"# a comment\n"
			"\n"
			"ann:$6$salt$hash:1000:100:Ann:/home/ann:/bin/sh\n"
			"toor::0:0\n"
			"+\n"
			"bob:!:9999999999:5:::\n"},
	{"/etc/group", "root:x:0:\nusers:x:100:ann\n"},
	{NULL, NULL},
};

static struct probe_answer answer;
static struct probe_call call;

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

test(tells_each_account)
{
	struct gather *gather = call_gather(files, true);
	call = call_of("users", "");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 5);
	assert_string_equal(shown(0, "name"), "root");
	assert_string_equal(shown(0, "user"), "root");
	assert_string_equal(shown(0, "uid"), "0");
	assert_string_equal(shown(0, "home"), "/root");
	assert_string_equal(shown(0, "shell"), "/bin/bash");
	assert_string_equal(shown(0, "password"), "shadow");
	assert_string_equal(shown(0, "malformed"), "false");
	assert_string_equal(shown(1, "group"), "users");
	assert_int_equal(answer.rows[1].where.line, 4);
	assert_true(call_depends(&answer, "/etc/passwd"));
	gather_free(&gather);
}

test(a_hash_in_passwd_never_leaves)
{
	struct gather *gather = call_gather(files, true);
	call = call_of("users", "");
	probe_run(gather, &call, &answer);
	assert_string_equal(shown(1, "password"), "here");
	assert_string_equal(shown(1, "line"), "ann:(hidden):1000:100:Ann:/home/ann:/bin/sh");
	assert_true(text_is_equal(answer.rows[1].where.text,
				  call_value(&call, &answer, 1, "line")->text));
	gather_free(&gather);
}

test(malformed_lines_do_not_vanish)
{
	struct gather *gather = call_gather(files, true);
	call = call_of("users", "");
	probe_run(gather, &call, &answer);
	assert_string_equal(shown(2, "malformed"), "true");
	assert_string_equal(shown(2, "name"), "toor");
	assert_string_equal(shown(2, "uid"), "0"); /* the C library takes it so */
	assert_string_equal(shown(2, "password"), "none");
	assert_string_equal(shown(3, "malformed"), "true");
	assert_string_equal(shown(3, "line"), "+");
	assert_string_equal(shown(4, "malformed"), "true");
	assert_string_equal(shown(4, "uid"), "");
	assert_string_equal(shown(4, "password"), "locked");
	gather_free(&gather);
}

test(without_passwd_it_does_not_apply)
{
	struct gather *gather = call_gather(NULL, true);
	call = call_of("users", "");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	gather_free(&gather);
}
