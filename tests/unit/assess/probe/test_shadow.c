#include "assess/probe/probe.h"
#include "unit.h"

#include "call.h"

static struct probe_answer answer;
static struct probe_call call;

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

static struct gather *ask(const char *line)
{
	struct call_file files[] = {{"/etc/shadow", line}, {NULL, NULL}};
	struct gather *gather = call_gather(files, false);
	call = call_of("shadow", "");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 1);
	return gather;
}

test(tells_how_a_password_is_kept)
{
	static const struct {
		const char *line, *user, *algorithm, *hashed, *locked, *empty, *malformed;
	} cases[] = {
		{"a:$y$j9T$salt$hash:20000:0:99999:7:::", "a", "yescrypt", "true", "false", "false",
		 "false"},
		{"a:!$6$salt$hash:20000:0:99999:7:::", "a", "sha512", "true", "true", "false",
		 "false"},
		{"a:*:20000:0:99999:7:::", "a", "", "false", "true", "false", "false"},
		{"a:!!:20000::::::", "a", "", "false", "true", "false", "false"},
		{"a::20000::::::", "a", "", "false", "false", "true", "false"},
		{"a:ab01234567./A:::::::", "a", "des", "true", "false", "false", "false"},
		{"a:$1$x$y:::::::", "a", "md5", "true", "false", "false", "false"},
		{"a:$2b$12$y:::::::", "a", "bcrypt", "true", "false", "false", "false"},
		{"a:$zz$y:::::::", "a", "unknown", "true", "false", "false", "false"},
		{"a:clear text:::::::", "a", "", "false", "true", "false", "false"},
		{"a:*", "a", "", "false", "true", "false", "true"},
		{"a:", "a", "", "false", "false", "true", "true"},
		{"$6$salt$hash", "", "", "false", "false", "false", "true"},
		{"a:*:x::::::", "a", "", "false", "true", "false", "true"},
		{"a:*:-1:::::::", "a", "", "false", "true", "false", "true"},
		{"+:*:::::::", "+", "", "false", "true", "false", "true"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct gather *gather = ask(cases[i].line);
		assert_string_equal(shown(0, "user"), cases[i].user);
		assert_string_equal(shown(0, "algorithm"), cases[i].algorithm);
		assert_string_equal(shown(0, "hashed"), cases[i].hashed);
		assert_string_equal(shown(0, "locked"), cases[i].locked);
		assert_string_equal(shown(0, "empty"), cases[i].empty);
		assert_string_equal(shown(0, "malformed"), cases[i].malformed);
		size_t at;
		assert_false(text_find(answer.rows[0].where.text, TEXT("hash:"), &at));
		assert_false(text_find(answer.rows[0].where.text, TEXT("salt"), &at));
		gather_free(&gather);
	}
}

test(days_are_times_and_spans)
{
	struct gather *gather = ask("a:*:20000:1:365:7:30:21000:");
	int64_t day = TIME_DAY_US;
	assert_true(call_value(&call, &answer, 0, "changed")->number == 20000 * day);
	assert_true(call_value(&call, &answer, 0, "age")->number == CALL_NOW_US - 20000 * day);
	assert_true(call_value(&call, &answer, 0, "min_age")->number == day);
	assert_true(call_value(&call, &answer, 0, "max_age")->number == 365 * day);
	assert_true(call_value(&call, &answer, 0, "warn")->number == 7 * day);
	assert_true(call_value(&call, &answer, 0, "inactive")->number == 30 * day);
	assert_true(call_value(&call, &answer, 0, "expires")->number == 21000 * day);
	assert_int_equal(call_value(&call, &answer, 0, "expires")->type, VALUE_TIME);
	gather_free(&gather);
	gather = ask("a:*::::-1:99999999999:18446744073709551616:");
	assert_string_equal(shown(0, "changed"), "");
	assert_string_equal(shown(0, "age"), "");
	assert_string_equal(shown(0, "warn"), "");
	assert_string_equal(shown(0, "inactive"), "");
	assert_string_equal(shown(0, "expires"), "");
	assert_string_equal(shown(0, "malformed"), "true");
	gather_free(&gather);
}

test(what_cannot_be_read_is_an_error)
{
	struct err err = {0};
	struct fixture *fixture = fixture_new();
	struct fixture_file closed = {
		.path = TEXT("/etc/shadow"), .kind = GATHER_FILE, .denied = true};
	assert_true(fixture_add(fixture, &closed, &err));
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){.running = true});
	call = call_of("shadow", "");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
	fixture_free(&fixture);
	gather = call_gather(NULL, true);
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	gather_free(&gather);
}
