#include "assess/probe/probe.h"
#include "unit.h"

#include <string.h>

#include "call.h"

#define KEY "net.ipv4.conf.all.rp_filter"
#define LIVE "/proc/sys/net/ipv4/conf/all/rp_filter"

struct example {
	const char *what;
	struct call_file files[5];
	const char *want; /* NULL: no row */
};

/* What the disk says, as under --root. */
static const struct example examples[] = {
	{"plain", {{"/etc/sysctl.d/a.conf", KEY " = 1\n"}}, "1"},
	{"slashes", {{"/etc/sysctl.d/a.conf", "net/ipv4/conf/all/rp_filter=1\n"}}, "1"},
	{"a minus in front", {{"/etc/sysctl.d/a.conf", "-" KEY " = 1\n"}}, "1"},
	{"comments", {{"/etc/sysctl.d/a.conf", "# " KEY " = 1\n;" KEY "=2\n"}}, NULL},
	{"the last line wins", {{"/etc/sysctl.d/a.conf", KEY "=1\n" KEY "=2\n"}}, "2"},
	{"the last file wins",
	 {{"/usr/lib/sysctl.d/50.conf", KEY "=1\n"}, {"/etc/sysctl.d/10.conf", KEY "=2\n"}},
	 "1"},
	{"a file masks its namesake",
	 {{"/usr/lib/sysctl.d/50.conf", KEY "=1\n"}, {"/etc/sysctl.d/50.conf", "\n"}},
	 NULL},
	{"run goes before usr",
	 {{"/usr/lib/sysctl.d/50.conf", KEY "=1\n"}, {"/run/sysctl.d/50.conf", KEY "=3\n"}},
	 "3"},
	{"other endings do not count", {{"/etc/sysctl.d/a.conf.bak", KEY "=1\n"}}, NULL},
	{"sysctl.conf alone is read by nobody", {{"/etc/sysctl.conf", KEY "=1\n"}}, NULL},
	{"patterns", {{"/etc/sysctl.d/a.conf", "net.ipv4.conf.*.rp_filter = 2\n"}}, "2"},
	{"taken out of a pattern",
	 {{"/etc/sysctl.d/a.conf", "net.ipv4.conf.*.rp_filter = 2\n-" KEY "\n"}},
	 NULL},
	{"spelt out goes before patterns",
	 {{"/etc/sysctl.d/a.conf", KEY "=1\nnet.ipv4.conf.*.rp_filter = 2\n"}},
	 "1"},
	{"a pattern stays within a component",
	 {{"/etc/sysctl.d/a.conf", "net.*.rp_filter = 2\n"}},
	 NULL},
	{"nothing", {{NULL, NULL}}, NULL},
};

test(knows_the_precedence_on_disk)
{
	for (size_t i = 0; i < array_len(examples); i++) {
		struct gather *gather = call_gather(examples[i].files, false);
		struct probe_call call = call_of("sysctl", KEY);
		struct probe_answer answer;
		probe_run(gather, &call, &answer);
		const char *got = answer.count ? call_shown(&call, &answer, 0, "value") : NULL;
		if ((got != NULL) != (examples[i].want != NULL) ||
		    (got && strcmp(got, examples[i].want) != 0))
			fail_msg("%s: got %s", examples[i].what, got ? got : "nothing");
		gather_free(&gather);
	}
}

test(sysctl_conf_counts_by_debians_link)
{
	struct err err = {0};
	struct fixture *fixture = fixture_new();
	struct fixture_file link = {.path = TEXT("/etc/sysctl.d/99-sysctl.conf"),
				    .kind = GATHER_LINK,
				    .content = TEXT("../sysctl.conf")};
	assert_true(fixture_add(fixture, &link, &err));
	assert_true(fixture_add_text(fixture, "/etc/sysctl.conf", TEXT(KEY "=1\n"), &err));
	assert_true(fixture_add_text(fixture, "/etc/sysctl.d/50.conf", TEXT(KEY "=2\n"), &err));
	link = (struct fixture_file){.path = TEXT("/etc/sysctl.d/zz.conf"),
				     .kind = GATHER_LINK,
				     .content = TEXT("/dev/null")};
	assert_true(fixture_add(fixture, &link, &err));
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){.now_us = 1});
	struct probe_call call = call_of("sysctl", KEY);
	struct probe_answer answer;
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_string_equal(call_shown(&call, &answer, 0, "value"), "1");
	assert_int_equal(answer.rows[0].where.line, 1);
	gather_free(&gather);
	fixture_free(&fixture);
}

static void ask(const struct call_file *files, bool running, bool persistent, const char *fallback,
		struct probe_answer *answer, struct gather **gather)
{
	struct probe_call call = call_of("sysctl", KEY);
	*gather = call_gather(files, running);
	call_set(&call, "persistent", "", persistent);
	if (fallback)
		call_set(&call, "default", fallback, 0);
	probe_run(*gather, &call, answer);
}

test(the_running_kernel_comes_first)
{
	static const struct call_file files[] = {
		{LIVE, "1\n"}, {"/etc/sysctl.d/a.conf", KEY "=2\n"}, {NULL, NULL}};
	struct gather *gather;
	struct probe_answer answer;
	ask(files, true, false, NULL, &answer, &gather);
	assert_int_equal(answer.count, 1);
	assert_true(text_is(answer.rows[0].values[0].text, "1"));
	assert_true(call_depends(&answer, "sysctl:" KEY));
	gather_free(&gather);
	ask(files, true, true, NULL, &answer, &gather);
	assert_int_equal(answer.count, 2);
	assert_true(text_is(answer.rows[1].values[0].text, "2"));
	gather_free(&gather);
}

test(persistent_wants_the_disk_to_say_so)
{
	static const struct call_file files[] = {{LIVE, "1\n"}, {NULL, NULL}};
	struct gather *gather;
	struct probe_answer answer;
	ask(files, true, true, NULL, &answer, &gather);
	assert_int_equal(answer.count, 2);
	assert_int_equal(answer.rows[1].values[0].type, VALUE_NONE);
	gather_free(&gather);
	ask(files, true, true, "1", &answer, &gather);
	assert_true(text_is(answer.rows[1].values[0].text, "1"));
	assert_true(text_is(answer.rows[1].values[1].text, "default"));
	gather_free(&gather);
}

test(a_kernel_without_it_is_not_judged)
{
	struct gather *gather;
	struct probe_answer answer;
	ask(NULL, true, false, "1", &answer, &gather);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	assert_string_equal(answer.reason.at, "this kernel has no " KEY);
	gather_free(&gather);
}

test(white_space_in_values_is_one_space)
{
	static const struct call_file files[] = {
		{"/proc/sys/net/ipv4/tcp_rmem", "4096\t131072\t6\n"}, {NULL, NULL}};
	struct gather *gather = call_gather(files, true);
	struct probe_call call = call_of("sysctl", "net.ipv4.tcp_rmem");
	struct probe_answer answer;
	probe_run(gather, &call, &answer);
	assert_string_equal(call_shown(&call, &answer, 0, "value"), "4096 131072 6");
	gather_free(&gather);
}

test(an_interface_may_have_a_dot)
{
	static const struct call_file files[] = {
		{"/proc/sys/net/ipv4/conf/eth0.100/rp_filter", "2\n"}, {NULL, NULL}};
	struct gather *gather = call_gather(files, true);
	struct probe_call call = call_of("sysctl", "net.ipv4.conf.eth0/100.rp_filter");
	struct probe_answer answer;
	probe_run(gather, &call, &answer);
	assert_string_equal(call_shown(&call, &answer, 0, "value"), "2");
	gather_free(&gather);
}

test(refuses_what_is_no_name)
{
	static const char *const names[] = {"", "a b", "net.*.x", "../x", "a/../b"};
	for (size_t i = 0; i < array_len(names); i++) {
		struct probe_call call = call_of("sysctl", names[i]);
		struct err err = {0};
		assert_false(call.probe->check(&call, &err));
	}
}
