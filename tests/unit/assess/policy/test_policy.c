#include "assess/policy/policy.h"

#include <string.h>

#include "base/buf.h"
#include "unit.h"

struct reading {
	struct arena *arena;
	struct policies policies;
	struct findings findings;
	bool loaded;
};

static void end_reading(struct reading *reading)
{
	policies_end(&reading->policies);
	arena_free(&reading->arena);
}

static void read(struct reading *reading, const char *text)
{
	*reading = (struct reading){.arena = arena_new(POLICY_ARENA_MAX)};
	reading->findings.arena = reading->arena;
	reading->loaded = policy_load(text_of(text), reading->arena, &reading->policies,
				      &reading->findings);
}

static const char *first_error(const struct reading *reading)
{
	for (size_t i = 0; i < reading->findings.count; i++)
		if (!reading->findings.list[i].warning)
			return reading->findings.list[i].what.at;
	return "no error";
}

static const char *with_test(const char *test)
{
	return unit_text("policy: p\nchecks:\n- {ref: a, level: low, name: n, test: %s}\n", test);
}

/* The whole policy, as the contract shows it. */
static const char whole[] =
	"policy: system\n"
	"url: https://example.org/policy\n"
	"target: os:linux\n"
	"statements:\n"
	"  root-access: Root must not log in over the network.\n"
	"checks:\n"
	"  - ref: sysmediumssh1\n"
	"    statement: root-access\n"
	"    level: medium\n"
	"    name: check root login is off\n"
	"    description: compliance check for openssh\n"
	"    rationale: A shared login leaves no trace of who acted.\n"
	"    remediation: Set \"PermitRootLogin no\".\n"
	"    frameworks: { cis-debian12: [\"5.1.20\"], nist-800-53: [\"AC-6(2)\"] }\n"
	"    when: { package: openssh-server, installed: true }\n"
	"    test: { config: /etc/ssh/sshd_config, key: PermitRootLogin, equals: no }\n"
	"    examples:\n"
	"      pass: [ { files: { /etc/ssh/sshd_config: \"PermitRootLogin no\\n\" } } ]\n"
	"      fail: [ { files: {} } ]\n";

test(reads_a_whole_policy)
{
	scoped(end_reading) struct reading reading;
	read(&reading, whole);
	assert_true(reading.loaded);
	assert_int_equal(reading.findings.count, 0);
	assert_int_equal(reading.policies.count, 1);
	const struct policy *policy = &reading.policies.list[0];
	assert_true(text_is(policy->name, "system"));
	assert_true(text_is(policy->url, "https://example.org/policy"));
	assert_non_null(policy->target);
	assert_int_equal(policy->statement_count, 1);
	const struct check *check = &policy->checks[0];
	assert_true(text_is(check->ref, "sysmediumssh1"));
	assert_int_equal(check->level, LEVEL_MEDIUM);
	assert_int_equal(check->framework_count, 2);
	assert_non_null(check->when);
	assert_int_equal(check->test->kind, TEST_PROBE);
	assert_true(text_is(check->test->shown, "PermitRootLogin equals no"));
	assert_true(text_is(check->test->shown_type, "config"));
	assert_int_equal(check->pass->count, 1);
}

test(shows_tests_as_they_are_written)
{
	static const struct {
		const char *test, *type, *shown;
	} cases[] = {
		{"{file: /a, regex: '^x$'}", "regex", "^x$"},
		{"{file: /a, no_regex: '^x$'}", "no_regex", "^x$"},
		{"{file: /a, mode: {at_most: '0644'}, owner: root}", "file",
		 "mode at_most 0644 and owner equals root"},
		{"{file: /a}", "file", "exists"},
		{"{package: telnetd, installed: false}", "package",
		 "telnetd installed equals false"},
		{"{sysctl: net.ipv4.ip_forward, equals: 0}", "sysctl",
		 "net.ipv4.ip_forward equals 0"},
		{"{sysctl: a.b, one_of: [0, 2]}", "sysctl", "a.b one_of 0, 2"},
		{"{users: 'uid:0', only: {name: root}}", "users", "uid:0: only name equals root"},
		{"{users: 'uid:0', count: {at_most: 1}}", "users", "uid:0: count at_most 1"},
		{"{any: [{file: /a}, {all: [{file: /b}, {file: /c}]}]}", "any",
		 "exists or (exists and exists)"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		scoped(end_reading) struct reading reading;
		read(&reading, with_test(cases[i].test));
		if (!reading.loaded)
			fail_msg("%s: %.*s", cases[i].test,
				 TEXT_ARG(reading.findings.list[0].what));
		const struct test *test = reading.policies.list[0].checks[0].test;
		assert_string_equal(unit_text("%.*s", TEXT_ARG(test->shown)), cases[i].shown);
		assert_string_equal(unit_text("%.*s", TEXT_ARG(test->shown_type)), cases[i].type);
	}
}

test(says_what_is_wrong_with_a_test)
{
	static const struct {
		const char *test, *what;
	} cases[] = {
		{"x", "a test is a map"},
		{"{}", "a test is a map"},
		{"{fil: /a}", "unknown probe \"fil\"; did you mean \"file\"?"},
		{"{file: /a, modus: 1}", "unknown key of a file test \"modus\""},
		{"{file: a}", "begins with /"},
		{"{file: /a, mode: {at_mots: 1}}",
		 "unknown matcher \"at_mots\"; did you mean \"at_most\"?"},
		{"{file: /a, mode: {}}", "mode has no matcher"},
		{"{file: /a, mode: ['0644']}", "mode is one value; write {one_of: […]}"},
		{"{file: /a, mode: {at_most: 999}}", "\"999\" is no mode"},
		{"{file: /a, size: big}", "\"big\" is no size"},
		{"{file: /a, mode: {matches: x}}", "not a text"},
		{"{file: /a, regex: 'a('}", "regular expression: "},
		{"{file: /a, regex: []}", "the list is empty"},
		{"{file: /a, lines: {count: 1}}", "lines wants an expression"},
		{"{file: /a, follow: maybe}", "follow is true or false"},
		{"{package: x, installed: maybe}", "no true or false for installed"},
		{"{users: 'udi:0'}", "query: "},
		{"{users: 'uid:0', only: {nmae: root}}",
		 "unknown field \"nmae\"; did you mean \"name\"?"},
		{"{users: 'uid:0', count: few}", "count is a number"},
		{"{users: 'uid:0', equals: 1}", "unknown key of a users test \"equals\""},
		{"{all: []}", "all wants a list of tests"},
		{"{all: [{file: /a}], any: [{file: /b}]}", "\"any\" stands beside \"all\""},
		{"{all: [{fil: /a}, {fiel: /b}]}", "unknown probe \"fil\""},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		scoped(end_reading) struct reading reading;
		read(&reading, with_test(cases[i].test));
		assert_false(reading.loaded);
		assert_int_equal(reading.policies.count, 0);
		const char *what = first_error(&reading);
		if (!strstr(what, cases[i].what))
			fail_msg("%s: %s", cases[i].test, what);
		assert_int_equal(reading.findings.list[0].line, 3);
	}
}

test(tells_all_mistakes_in_one_reading_in_order)
{
	scoped(end_reading) struct reading reading;
	read(&reading, "policy: p\nchecks:\n- {ref: a, level: hihg, name: n, test: {fil: /a}}\n"
		       "- {ref: b/c, level: low, tset: {file: /a}}\n");
	assert_false(reading.loaded);
	assert_int_equal(reading.findings.errors, 6);
	for (size_t i = 1; i < reading.findings.count; i++)
		assert_true(reading.findings.list[i - 1].line <= reading.findings.list[i].line);
}

test(reads_several_documents_and_refuses_a_ref_that_stands_twice)
{
	scoped(end_reading) struct reading reading;
	const char *one = "policy: p\nchecks: [{ref: a, level: low, name: n, test: {file: /a}}]\n";
	read(&reading,
	     unit_text("---\n%s---\npolicy: q\nchecks: [{ref: a, level: low, name: n, test: "
		       "{file: /a}}]\n",
		       one));
	assert_true(reading.loaded);
	assert_int_equal(reading.policies.count, 2);
	scoped(end_reading) struct reading twice;
	read(&twice, unit_text("%s---\n%s", one, one));
	assert_false(twice.loaded);
	assert_non_null(strstr(first_error(&twice), "duplicate ref \"a\"; line 2"));
}

test(keeps_findings_within_their_limit)
{
	scoped(buf_end) struct buf text = {0};
	buf_cstr(&text, "policy: p\nchecks:\n");
	for (int i = 0; i < 2 * POLICY_FINDINGS_MAX; i++)
		buf_print(&text, "- {ref: r%d, level: x, name: n, test: {file: /a}}\n", i);
	scoped(end_reading) struct reading reading;
	read(&reading, text.at);
	assert_false(reading.loaded);
	assert_int_equal(reading.findings.count, POLICY_FINDINGS_MAX);
	assert_true(reading.findings.errors >= 2 * POLICY_FINDINGS_MAX);
}

test(refuses_tests_that_are_nested_too_deeply)
{
	scoped(buf_end) struct buf test = {0};
	for (int i = 0; i < POLICY_TEST_DEPTH_MAX + 2; i++)
		buf_cstr(&test, "{all: [");
	buf_cstr(&test, "{file: /a}");
	for (int i = 0; i < POLICY_TEST_DEPTH_MAX + 2; i++)
		buf_cstr(&test, "]}");
	scoped(end_reading) struct reading reading;
	read(&reading, with_test(test.at));
	assert_false(reading.loaded);
	assert_non_null(strstr(first_error(&reading), "nested too deeply"));
}

test(finds_out_what_a_text_is)
{
	static const struct {
		const char *text;
		enum policy_format format;
	} cases[] = {
		{"policy: x\nchecks: []\n", POLICY_MUSTER},
		{"# a comment\n---\npolicy: x\n", POLICY_MUSTER},
		{"{ \"name\": \"x\", \"operations\": [] }", POLICY_ACTION},
		{"{\"a\": 1}", POLICY_NONE},
		{"key: value\n", POLICY_NONE},
		{"", POLICY_NONE},
	};
	for (size_t i = 0; i < array_len(cases); i++)
		assert_int_equal(policy_format(text_of(cases[i].text)), cases[i].format);
}

test(values_stay_what_was_written)
{
	scoped(end_reading) struct reading plain, quoted;
	read(&plain, with_test("{config: /etc/a, key: K, equals: no}"));
	read(&quoted, with_test("{config: /etc/a, key: K, equals: \"no\"}"));
	const struct value *a = plain.policies.list[0].checks[0].test->matchers[0].values;
	const struct value *b = quoted.policies.list[0].checks[0].test->matchers[0].values;
	assert_true(text_is_equal(a->text, b->text));
	assert_true(text_is(a->text, "no"));
}

test(tries_examples_but_for_who_judges)
{
	static const char broken[] = "policy: p\n"
				     "checks:\n"
				     "- ref: a\n"
				     "  level: low\n"
				     "  name: n\n"
				     "  test: { file: /etc/issue }\n"
				     "  examples: { pass: [ { fils: {} } ], fail: [ {} ] }\n";
	scoped(end_reading) struct reading reading;
	read(&reading, broken);
	assert_false(reading.loaded);
	assert_string_equal(first_error(&reading),
			    "unknown key of an example \"fils\"; did you mean \"files\"?");
	scoped(end_reading) struct reading judged = {.arena = arena_new(POLICY_ARENA_MAX),
						     .policies = {.unproven = true}};
	judged.findings.arena = judged.arena;
	assert_true(policy_load(text_of(broken), judged.arena, &judged.policies, &judged.findings));
	assert_null(judged.policies.list[0].checks[0].pass);
	assert_int_equal(judged.findings.count, 0);
	/* what is no key of examples is none for who judges, too */
	static const char unknown[] = "policy: p\n"
				      "checks:\n"
				      "- ref: a\n"
				      "  level: low\n"
				      "  name: n\n"
				      "  test: { file: /etc/issue }\n"
				      "  examples: { pas: [ {} ], fail: [ {} ] }\n";
	assert_false(
		policy_load(text_of(unknown), judged.arena, &judged.policies, &judged.findings));
	assert_string_equal(first_error(&judged),
			    "unknown key of examples \"pas\"; did you mean \"pass\"?");
}
