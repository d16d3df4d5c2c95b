#include "assess/probe/probe.h"
#include "unit.h"

#include "call.h"

#define PARAMETERS "/sys/module/apparmor/parameters/"
#define PROFILES "/sys/kernel/security/apparmor/profiles"

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const struct call_file *files, const char *subject)
{
	struct gather *gather = call_gather(files, true);
	call = call_of("apparmor", subject);
	probe_run(gather, &call, &answer);
	return gather;
}

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

static const struct call_file enabled[] = {
	{PARAMETERS "enabled", "Y\n"},
	{PARAMETERS "mode", "enforce\n"},
	{PROFILES, "/usr/sbin/chronyd (enforce)\nnginx (a b) (complain)\nfree (unconfined)\n"
		   "docker-default (enforce)\n"},
	{NULL, NULL}};

test(counts_profiles)
{
	struct gather *gather = ask(enabled, "mode");
	assert_int_equal(answer.count, 1);
	assert_string_equal(shown(0, "mode"), "enforce");
	assert_string_equal(shown(0, "enabled"), "true");
	assert_string_equal(shown(0, "profiles"), "4");
	assert_string_equal(shown(0, "enforce"), "2");
	assert_string_equal(shown(0, "complain"), "1");
	assert_string_equal(shown(0, "kill"), "0");
	assert_string_equal(shown(0, "unconfined"), "1");
	gather_free(&gather);
}

test(knows_one_profile)
{
	static const struct {
		const char *subject, *mode;
		size_t count;
	} cases[] = {{"/usr/sbin/chronyd", "enforce", 1},
		     {"nginx (a b)", "complain", 1},
		     {"*e*", "unconfined", 2},
		     {"absent", NULL, 0}};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct gather *gather = ask(enabled, cases[i].subject);
		assert_int_equal(answer.outcome, PROBE_ROWS);
		assert_int_equal(answer.count, cases[i].count);
		if (cases[i].mode)
			assert_string_equal(shown(0, "mode"), cases[i].mode);
		else
			assert_true(answer.reason.len > 0);
		gather_free(&gather);
	}
}

test(a_kernel_that_does_not_use_it_says_so)
{
	static const struct call_file files[] = {
		{PARAMETERS "enabled", "N\n"}, {PARAMETERS "mode", "enforce\n"}, {NULL, NULL}};
	struct gather *gather = ask(files, "mode");
	assert_string_equal(shown(0, "mode"), "disabled");
	assert_string_equal(shown(0, "enabled"), "false");
	assert_string_equal(shown(0, "profiles"), "0");
	gather_free(&gather);
	gather = ask(files, "nginx");
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	gather_free(&gather);
}

test(outcomes_are_not_mixed_up)
{
	static const struct call_file unseen[] = {
		{PARAMETERS "enabled", "Y\n"}, {PARAMETERS "mode", "enforce\n"}, {NULL, NULL}};
	static const struct call_file odd[] = {
		{PARAMETERS "enabled", "Y\n"}, {PROFILES, "no mode\n"}, {NULL, NULL}};
	struct gather *gather = ask(NULL, "mode");
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	gather_free(&gather);
	gather = ask(unseen, "nginx");
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	gather_free(&gather);
	gather = ask(unseen, "mode");
	assert_string_equal(shown(0, "mode"), "enforce");
	assert_string_equal(shown(0, "profiles"), "");
	gather_free(&gather);
	gather = ask(odd, "mode");
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
	gather = call_gather(enabled, false);
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	gather_free(&gather);
}
