#include "assess/probe/probe.h"
#include "unit.h"

#include "call.h"

static const struct call_file files[] = {
	{"/proc/sys/kernel/osrelease", "6.1.0-13-amd64\n"},
	{"/proc/cmdline", "root=/dev/sda1 audit=0 quiet audit=1 dyndbg=\"file a +p\" init-x=a=b "
			  "spec_store_bypass_disable=on -- single audit=2\n"},
	{"/sys/kernel/security/lockdown", "none [integrity] confidentiality\n"},
	{"/proc/sys/kernel/tainted", "4097\n"},
	{"/boot/config-6.1.0-13-amd64", "# a kernel\nCONFIG_SECCOMP=y\n# CONFIG_DEVMEM is not set\n"
					"CONFIG_LSM=\"apparmor,bpf\"\nCONFIG_EMPTY=\n"},
	{NULL, NULL},
};

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const struct call_file *of, const char *subject, const char *parameter,
			  const char *text)
{
	struct gather *gather = call_gather(of, true);
	call = call_of("kernel", subject);
	if (parameter)
		call_set(&call, parameter, text, 0);
	probe_run(gather, &call, &answer);
	return gather;
}

test(tells_what_the_kernel_says)
{
	static const struct {
		const char *subject, *parameter, *text, *value; /* NULL: no row */
		uint64_t line;
	} cases[] = {
		{"version", NULL, NULL, "6.1.0-13-amd64", 1},
		{"cmdline", "parameter", "audit", "1", 1},
		{"cmdline", "parameter", "quiet", "", 1},
		{"cmdline", "parameter", "root", "/dev/sda1", 1},
		{"cmdline", "parameter", "dyndbg", "file a +p", 1},
		{"cmdline", "parameter", "init_x", "a=b", 1},
		{"cmdline", "parameter", "spec-store-bypass-disable", "on", 1},
		{"cmdline", "parameter", "single", NULL, 0},
		{"cmdline", "parameter", "aud", NULL, 0},
		{"lockdown", NULL, NULL, "integrity", 1},
		{"taint", NULL, NULL, "4097", 1},
		{"config", "option", "CONFIG_SECCOMP", "y", 2},
		{"config", "option", "CONFIG_DEVMEM", "n", 3},
		{"config", "option", "CONFIG_LSM", "apparmor,bpf", 4},
		{"config", "option", "CONFIG_EMPTY", "", 5},
		{"config", "option", "CONFIG_SEC", NULL, 0},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct gather *gather = ask(files, cases[i].subject, cases[i].parameter,
					    cases[i].text);
		assert_int_equal(answer.outcome, PROBE_ROWS);
		assert_int_equal(answer.count, cases[i].value ? 1 : 0);
		assert_true(answer.count > 0 || answer.reason.len > 0);
		if (cases[i].value) {
			assert_string_equal(call_shown(&call, &answer, 0, "value"), cases[i].value);
			assert_int_equal(answer.rows[0].where.line, cases[i].line);
		}
		gather_free(&gather);
	}
}

test(words_are_a_list)
{
	struct gather *gather = ask(files, "cmdline", NULL, NULL);
	const struct value *words = call_value(&call, &answer, 0, "words");
	assert_int_equal(words->count, 7);
	assert_true(text_is(words->list[4], "dyndbg=file a +p"));
	gather_free(&gather);
	gather = ask(files, "taint", NULL, NULL);
	assert_string_equal(call_shown(&call, &answer, 0, "words"),
			    "proprietary_module, out_of_tree_module");
	gather_free(&gather);
}

test(what_the_kernel_lacks_does_not_apply)
{
	static const struct call_file bare[] = {{"/proc/sys/kernel/osrelease", "6.1\n"},
						{NULL, NULL}};
	static const char *const subjects[] = {"lockdown", "config", "cmdline", "taint"};
	for (size_t i = 0; i < array_len(subjects); i++) {
		struct gather *gather = ask(bare, subjects[i], i == 1 ? "option" : NULL,
					    "CONFIG_X");
		assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
		assert_true(answer.reason.len > 0);
		gather_free(&gather);
	}
}

test(nonsense_is_an_error)
{
	static const struct call_file odd[] = {{"/proc/sys/kernel/osrelease", "../../etc\n"},
					       {"/sys/kernel/security/lockdown", "none []\n"},
					       {"/proc/sys/kernel/tainted", "-1\n"},
					       {NULL, NULL}};
	static const char *const subjects[] = {"lockdown", "config", "taint"};
	for (size_t i = 0; i < array_len(subjects); i++) {
		struct gather *gather = ask(odd, subjects[i], i == 1 ? "option" : NULL, "CONFIG_X");
		assert_int_equal(answer.outcome, PROBE_ERROR);
		gather_free(&gather);
	}
}

test(refuses_what_it_does_not_know)
{
	static const struct {
		const char *subject, *parameter, *text;
	} cases[] = {
		{"uptime", NULL, NULL},          {"config", NULL, NULL},
		{"config", "option", "SECCOMP"}, {"version", "option", "CONFIG_X"},
		{"version", "parameter", "x"},   {"cmdline", "parameter", ""},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct probe_call odd = call_of("kernel", cases[i].subject);
		struct err err = {0};
		if (cases[i].parameter)
			call_set(&odd, cases[i].parameter, cases[i].text, 0);
		assert_false(odd.probe->check(&odd, &err));
	}
}
