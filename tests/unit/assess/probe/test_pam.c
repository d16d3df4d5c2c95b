#include "assess/probe/probe.h"
#include "unit.h"

#include "call.h"

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const struct call_file *files)
{
	struct gather *gather = call_gather(files, false);
	call = call_of("pam", "*");
	probe_run(gather, &call, &answer);
	return gather;
}

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

test(follows_includes)
{
	static const struct call_file files[] = {
		{"/etc/pam.d/a", "# c\nauth required pam_env.so # x\n@include b\n"
				 "auth substack c\naccount include c\n"
				 "-session optional /lib/security/pam_x.so\n"},
		{"/etc/pam.d/b", "auth [success=1 default=ignore] pam_unix.so nullok [a b\\]]\n"
				 "account required pam_permit.so\n"},
		{"/usr/lib/pam.d/c",
		 "AUTH requisite \\\n pam_deny.so\naccount required pam_c.so\n"},
		{NULL, NULL}};
	static const struct {
		const char *type, *control, *module, *arguments, *order, *optional;
		const char *path;
		uint64_t line;
	} rows[] = {
		{"auth", "required", "pam_env.so", "an empty list", "1", "false", "/etc/pam.d/a",
		 2},
		{"auth", "[success=1 default=ignore]", "pam_unix.so", "nullok, a b]", "2", "false",
		 "/etc/pam.d/b", 1},
		{"account", "required", "pam_permit.so", "an empty list", "1", "false",
		 "/etc/pam.d/b", 2},
		{"auth", "requisite", "pam_deny.so", "an empty list", "3", "false",
		 "/usr/lib/pam.d/c", 1},
		{"account", "required", "pam_c.so", "an empty list", "2", "false",
		 "/usr/lib/pam.d/c", 3},
		{"session", "optional", "pam_x.so", "an empty list", "1", "true", "/etc/pam.d/a",
		 6},
	};
	struct gather *gather = ask(files);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, array_len(rows) + 2 + 2);
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_string_equal(shown(i, "service"), "a");
		assert_string_equal(shown(i, "stack"), rows[i].type);
		assert_string_equal(shown(i, "control"), rows[i].control);
		assert_string_equal(shown(i, "module"), rows[i].module);
		assert_string_equal(shown(i, "arguments"), rows[i].arguments);
		assert_string_equal(shown(i, "order"), rows[i].order);
		assert_string_equal(shown(i, "optional"), rows[i].optional);
		assert_string_equal(shown(i, "malformed"), "false");
		assert_true(text_is(answer.rows[i].where.path, rows[i].path));
		assert_int_equal(answer.rows[i].where.line, rows[i].line);
	}
	assert_true(call_depends(&answer, "/etc/pam.d/b"));
	gather_free(&gather);
}

test(what_is_wrong_does_not_vanish)
{
	static const char *const texts[] = {
		"auth required\n",
		"nonsense required x.so\n",
		"auth include missing\n",
		"@include missing\n",
		"@include a\n",
		"auth substack a\n",
		"auth\n",
	};
	for (size_t i = 0; i < array_len(texts); i++) {
		struct call_file files[] = {{"/etc/pam.d/a", texts[i]}, {NULL, NULL}};
		struct gather *gather = ask(files);
		assert_int_equal(answer.outcome, PROBE_ROWS);
		assert_int_equal(answer.count, 1);
		assert_string_equal(shown(0, "malformed"), "true");
		gather_free(&gather);
	}
}

test(without_files_it_does_not_apply)
{
	struct gather *gather = ask(NULL);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	gather_free(&gather);
}

test(what_cannot_be_read_is_an_error)
{
	struct err err = {0};
	struct fixture *fixture = fixture_new();
	struct fixture_file closed = {
		.path = TEXT("/etc/pam.d/a"), .kind = GATHER_FILE, .denied = true};
	assert_true(fixture_add(fixture, &closed, &err));
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){0});
	call = call_of("pam", "*");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
	fixture_free(&fixture);
}

/* Ten includes of the next file, ten deep: more files than anybody has. */
test(includes_have_a_ceiling)
{
	struct call_file files[13] = {{NULL, NULL}};
	for (int i = 0; i < 12; i++) {
		const char *next = unit_text("@include f%d\n", i + 1);
		files[i].path = unit_text("/etc/pam.d/f%d", i);
		files[i].text = i == 11 ? ""
					: unit_text("%s%s%s%s%s", next, next, next, next, next);
	}
	struct gather *gather = ask(files);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
}

static struct gather *ask_of(const struct call_file *files, const char *service, const char *stack,
			     const char *module, const char *argument)
{
	struct gather *gather = call_gather(files, false);
	call = call_of("pam", service);
	if (stack)
		call_set(&call, "stack", stack, 0);
	if (module)
		call_set(&call, "module", module, 0);
	if (argument)
		call_set(&call, "argument", argument, 0);
	probe_run(gather, &call, &answer);
	return gather;
}

test(chooses_lines)
{
	static const struct call_file files[] = {
		{"/etc/pam.d/common-auth",
		 "auth required pam_faillock.so preauth deny=5\nauth required pam_unix.so nullok\n"
		 "auth [default=die] pam_faillock.so authfail deny=5\n"
		 "account required pam_unix.so\n"},
		{"/etc/pam.d/sshd", "@include common-auth\n"},
		{NULL, NULL}};
	static const struct {
		const char *service, *stack, *module, *argument;
		size_t count;
		const char *order;
	} cases[] = {
		{"common-auth", NULL, NULL, NULL, 4, "1"},
		{"common-auth", "auth", NULL, NULL, 3, "1"},
		{"common-auth", NULL, "pam_unix.so", NULL, 2, "2"},
		{"common-auth", NULL, "pam_unix", NULL, 2, "2"},
		{"common-auth", "account", "pam_unix.so", NULL, 1, "1"},
		{"common-auth", NULL, "pam_faillock.so", "authfail", 1, "3"},
		{"common-auth", NULL, "pam_faillock.so", "deny=*", 2, "1"},
		{"sshd", NULL, "pam_faillock.so", "authfail", 1, "3"},
		{"*", "account", NULL, NULL, 2, "1"},
		{"common-auth", NULL, "pam_unix.s", NULL, 0, NULL},
		{"common-auth", "session", NULL, NULL, 0, NULL},
		{"login", NULL, NULL, NULL, 0, NULL},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct gather *gather = ask_of(files, cases[i].service, cases[i].stack,
					       cases[i].module, cases[i].argument);
		assert_int_equal(answer.outcome, PROBE_ROWS);
		assert_int_equal(answer.count, cases[i].count);
		if (cases[i].order)
			assert_string_equal(shown(0, "order"), cases[i].order);
		else
			assert_true(answer.reason.len > 0);
		gather_free(&gather);
	}
}

test(refuses_what_is_no_service)
{
	static const char *const subjects[] = {"service:sshd", "/etc/pam.d/sshd", "a b", ""};
	for (size_t i = 0; i < array_len(subjects); i++) {
		struct err err = {0};
		struct probe_call odd = call_of("pam", subjects[i]);
		assert_false(odd.probe->check(&odd, &err));
	}
}
