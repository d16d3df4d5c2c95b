#include "assess/probe/probe.h"
#include "unit.h"

#include "call.h"

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const struct call_file *files, bool running, const char *subject)
{
	struct gather *gather = call_gather(files, running);
	call = call_of("selinux", subject);
	probe_run(gather, &call, &answer);
	return gather;
}

#define CONFIG                                                                           \
	{                                                                                \
		"/etc/selinux/config", "# c\nSELINUX=permissive\nSELINUXTYPE=targeted\n" \
	}

test(says_mode_and_configuration)
{
	static const struct call_file one[] = {
		{"/sys/fs/selinux/enforce", "1"}, CONFIG, {NULL, NULL}};
	static const struct call_file zero[] = {{"/sys/fs/selinux/enforce", "0"}, {NULL, NULL}};
	static const struct call_file none[] = {CONFIG, {NULL, NULL}};
	static const struct {
		const struct call_file *files;
		const char *subject, *value;
	} cases[] = {
		{one, "mode", "enforcing"},   {one, "configured", "permissive"},
		{one, "policy", "targeted"},  {zero, "mode", "permissive"},
		{zero, "configured", ""},     {none, "mode", "disabled"},
		{none, "policy", "targeted"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct gather *gather = ask(cases[i].files, true, cases[i].subject);
		assert_int_equal(answer.outcome, PROBE_ROWS);
		assert_int_equal(answer.count, 1);
		assert_string_equal(call_shown(&call, &answer, 0, "value"), cases[i].value);
		gather_free(&gather);
	}
}

test(a_tree_has_its_configuration_alone)
{
	static const struct call_file files[] = {CONFIG, {NULL, NULL}};
	struct gather *gather = ask(files, false, "mode");
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	gather_free(&gather);
	gather = ask(files, false, "configured");
	assert_string_equal(call_shown(&call, &answer, 0, "value"), "permissive");
	gather_free(&gather);
}

test(outcomes_are_not_mixed_up)
{
	static const struct call_file odd[] = {{"/sys/fs/selinux/enforce", "2"}, {NULL, NULL}};
	struct gather *gather = ask(NULL, true, "mode");
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	assert_true(call_depends(&answer, "/etc/selinux/config"));
	gather_free(&gather);
	gather = ask(odd, true, "mode");
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
	gather = call_gather_denied("/etc/selinux/config", true);
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
}

test(refuses_other_subjects)
{
	struct err err = {0};
	struct probe_call odd = call_of("selinux", "enforcing");
	assert_false(odd.probe->check(&odd, &err));
}
