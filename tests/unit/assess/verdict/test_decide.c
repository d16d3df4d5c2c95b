#include "assess/verdict/decide.h"

#include <string.h>

#include "assess/engine/fixture.h"
#include "base/buf.h"
#include "unit.h"

/* A policy of one check, judged on a host that has /yes and a folder, and not /no. */
struct scene {
	struct arena *arena;
	struct policies policies;
	struct fixture *fixture;
	struct gather *gather;
	struct facts *facts;
	struct verdict verdict;
};

static void add_file(struct fixture *fixture, const char *path, const char *content)
{
	struct err err = {0};
	assert_true(fixture_add_text(fixture, path, text_of(content), &err));
}

static struct fixture *make_host(void)
{
	struct fixture *fixture = fixture_new();
	add_file(fixture, "/yes", "one\ntwo\nthree\ntwo\n");
	add_file(fixture, "/etc/app.conf", "db_password hunter2\n");
	add_file(fixture, "/var/lib/dpkg/status", "\n");
	add_file(fixture, "/proc/sys/kernel/sysrq", "0\n");
	add_file(fixture, "/folder/a", "one\n");
	add_file(fixture, "/folder/b", "two\n");
	add_file(fixture, "/folder/c", "two\n");
	add_file(fixture, "/etc/shadow", "root:$6$abcdefgh$0123456789abcdef:1:0:99999:7:::\n");
	add_file(fixture, "/etc/passwd",
		 "root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\nbob:x:9:9::/:/bin/sh\n");
	return fixture;
}

static void end_scene(struct scene *scene)
{
	facts_free(&scene->facts);
	gather_free(&scene->gather);
	fixture_free(&scene->fixture);
	policies_end(&scene->policies);
	arena_free(&scene->arena);
}

static void judge(struct scene *scene, const char *test)
{
	const struct gather_config host = {.running = true, .now_us = TIME_DAY_US};
	const char *text = unit_text("policy: p\nchecks:\n  - ref: a\n    level: low\n    name: n\n"
				     "    test: %s\n",
				     test);
	*scene = (struct scene){.arena = arena_new(POLICY_ARENA_MAX), .fixture = make_host()};
	struct findings findings = {.arena = scene->arena};
	if (!policy_load(text_of(text), scene->arena, &scene->policies, &findings))
		fail_msg("%s: %.*s", test, TEXT_ARG(findings.list[0].what));
	scene->gather = fixture_gather(scene->fixture, &host);
	scene->facts = facts_new(scene->gather);
	struct decide decide = {.gather = scene->gather, .facts = scene->facts};
	decide_test(&decide, scene->policies.list[0].checks[0].test, &scene->verdict);
}

/* p passes, f fails, e is an error, n is not applicable. */
static const char *leaf(char letter)
{
	switch (letter) {
	case 'p':
		return "{ file: /yes }";
	case 'f':
		return "{ file: /no }";
	case 'e':
		return "{ file: /folder, regex: x }";
	default:
		return "{ sysctl: kernel.nothing, equals: 0 }";
	}
}

static enum status status_of(char letter)
{
	return letter == 'p'   ? STATUS_PASS
	       : letter == 'f' ? STATUS_FAIL
	       : letter == 'e' ? STATUS_ERROR
			       : STATUS_NOT_APPLICABLE;
}

test(groups_decide_as_three_valued_logic_does)
{
	static const struct {
		const char *group, *parts;
		char status;
	} cases[] = {
		{"all", "p", 'p'},   {"all", "pp", 'p'},  {"all", "pf", 'f'},  {"all", "fp", 'f'},
		{"all", "pe", 'e'},  {"all", "ef", 'f'},  {"all", "fe", 'f'},  {"all", "pn", 'n'},
		{"all", "nf", 'f'},  {"all", "ne", 'e'},  {"all", "en", 'e'},  {"all", "nn", 'n'},
		{"any", "f", 'f'},   {"any", "ff", 'f'},  {"any", "fp", 'p'},  {"any", "ep", 'p'},
		{"any", "np", 'p'},  {"any", "fe", 'e'},  {"any", "fn", 'n'},  {"any", "ne", 'e'},
		{"any", "nn", 'n'},  {"none", "f", 'p'},  {"none", "ff", 'p'}, {"none", "fp", 'f'},
		{"none", "pe", 'f'}, {"none", "ep", 'f'}, {"none", "fe", 'e'}, {"none", "fn", 'n'},
		{"none", "ne", 'e'}, {"none", "p", 'f'},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		scoped(buf_end) struct buf test = {0};
		buf_print(&test, "{ %s: [", cases[i].group);
		for (const char *part = cases[i].parts; *part; part++)
			buf_print(&test, "%s%s", part > cases[i].parts ? ", " : "", leaf(*part));
		buf_cstr(&test, "] }");
		scoped(end_scene) struct scene scene;
		judge(&scene, test.at);
		if (scene.verdict.status != status_of(cases[i].status))
			fail_msg("%s of %s: %s", cases[i].group, cases[i].parts,
				 status_name(scene.verdict.status));
		assert_true(scene.verdict.reason.len > 0);
	}
}

test(the_test_that_decides_is_named)
{
	scoped(end_scene) struct scene scene;
	judge(&scene, "{ all: [ { file: /yes }, { file: /yes, regex: '^four' }, { file: /no } ] }");
	assert_string_equal(scene.verdict.decider->shown.at, "^four");
	assert_true(text_is(scene.verdict.location, "/yes"));
	assert_true(text_is(scene.verdict.reason, "/yes: no line matches \"^four\""));
}

/* One probe test each: what it says of the host. */
test(leaves_say_what_they_found)
{
	static const struct {
		const char *test;
		char status;
		const char *reason;
	} cases[] = {
		{"{ file: /yes, regex: '^two' }", 'p', "lines 2, 4 match"},
		{"{ file: /yes, no_regex: '^three' }", 'f', "line 3 matches and must not"},
		{"{ file: /yes, no_regex: '^four' }", 'p', "no line matches \"^four\""},
		{"{ file: /no, no_regex: '^four' }", 'f', "/no is missing"},
		{"{ file: /yes, lines: { matches: two, count: 2 } }", 'p', "lines 2, 4 match"},
		{"{ file: /yes, lines: { matches: two, count: 1 } }", 'f',
		 "2 lines match \"two\", not 1"},
		{"{ file: /no, exists: false }", 'p', "/no is missing"},
		{"{ file: /yes, exists: false }", 'f', "/yes is there"},
		{"{ file: /yes, mode: '0600' }", 'f', "/yes: mode is 0644, not 0600"},
		{"{ file: '/folder/*', regex: two }", 'f', "/folder/a: no line matches \"two\""},
		{"{ file: '/folder/*', no_regex: two }", 'f',
		 "/folder/b: line 1 matches and must not (and 1 more)"},
		{"{ file: '/none/*', mode: '0644' }", 'f', "no file matches /none/*"},
		{"{ package: telnetd }", 'f', "telnetd is not there"},
		{"{ package: telnetd, installed: true }", 'f', "telnetd is not installed"},
		{"{ sysctl: kernel.sysrq, equals: 0, persistent: true }", 'f',
		 "kernel.sysrq is not set in /etc/sysctl.d and its like"},
		{"{ users: 'uid:0', count: 1 }", 'f', "users: 2 rows with uid:0, not 1"},
		{"{ users: 'uid:0', only: { name: root } }", 'f',
		 "name \"toor\": name is \"toor\", not \"root\""},
		{"{ users: 'uid:0', some: { name: root } }", 'p', "users: 2 rows with uid:0"},
		{"{ users: 'uid:0', no: { name: bob } }", 'p', "users: 2 rows with uid:0"},
		{"{ users: 'uid:7', every: { name: bob } }", 'p',
		 "users: 0 rows with uid:7, so nothing could break the rule"},
		{"{ users: 'uid:7', only: { name: bob } }", 'f',
		 "users: 0 rows with uid:7, at least one must"},
		{"{ users: 'uid:7' }", 'f', "users: 0 rows with uid:7, at least 1 must"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		scoped(end_scene) struct scene scene;
		judge(&scene, cases[i].test);
		const char *reason = unit_text("%.*s", TEXT_ARG(scene.verdict.reason));
		if (scene.verdict.status != status_of(cases[i].status) ||
		    strcmp(reason, cases[i].reason) != 0)
			fail_msg("%s: %s, %s", cases[i].test, status_name(scene.verdict.status),
				 reason);
	}
}

test(evidence_is_masked_cut_and_bounded)
{
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	struct proof proof = proof_begin(arena, false);
	char line[1000];
	memset(line, 'x', sizeof(line));
	memcpy(line, "password=", 9);
	for (uint64_t i = 1; i <= ITEM_EVIDENCE_MAX + 1; i++) {
		struct evidence evidence = {TEXT("/a"), i, {line, sizeof(line)}};
		proof_add(&proof, &evidence);
	}
	assert_int_equal(proof.count, ITEM_EVIDENCE_MAX);
	assert_true(proof.truncated);
	assert_true(text_is(proof.list[0].text, "password=***"));
	memset(line, 'y', sizeof(line));
	proof = proof_begin(arena, false);
	struct evidence evidence = {TEXT("/a"), 1, {line, sizeof(line)}};
	proof_add(&proof, &evidence);
	assert_int_equal(proof.list[0].text.len, ITEM_EVIDENCE_TEXT_MAX + strlen("…"));
	assert_true(proof.truncated);
}

test(evidence_shows_the_line)
{
	scoped(end_scene) struct scene scene;
	judge(&scene, "{ file: /etc/passwd, regex: '^toor:' }");
	assert_int_equal(scene.verdict.proof.count, 1);
	assert_int_equal(scene.verdict.proof.list[0].line, 2);
	assert_true(text_is(scene.verdict.proof.list[0].text, "toor:x:0:0::/root:/bin/sh"));
}

test(settings_of_secrets_are_not_told)
{
	scoped(end_scene) struct scene scene;
	judge(&scene, "{ config: /etc/app.conf, key: db_password, equals: x, format: keyvalue }");
	assert_int_equal(scene.verdict.status, STATUS_FAIL);
	assert_null(strstr(scene.verdict.reason.at, "hunter2"));
	assert_int_equal(scene.verdict.proof.count, 1);
	assert_null(scene.verdict.proof.list[0].text.at);
}

test(files_of_secrets_show_places_alone)
{
	scoped(end_scene) struct scene scene;
	judge(&scene, "{ file: /etc/shadow, regex: '^root:' }");
	assert_int_equal(scene.verdict.status, STATUS_PASS);
	assert_int_equal(scene.verdict.proof.count, 1);
	assert_int_equal(scene.verdict.proof.list[0].line, 1);
	assert_null(scene.verdict.proof.list[0].text.at);
}
