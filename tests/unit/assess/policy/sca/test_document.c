#include <string.h>

#include "assess/engine/engine.h"
#include "assess/engine/fixture.h"
#include "base/buf.h"
#include "unit.h"

/* The document around the rules: policy, requirements, variables, checks, and what is wrong there.
 */

struct scene {
	struct arena *arena;
	struct policies policies;
	struct findings findings;
	struct fixture *fixture;
	struct gather *gather;
	struct engine_counts counts;
	struct buf said;      /* "REF STATUS REASON\n" an item */
	struct buf explained; /* the last one's */
};

static void end_scene(struct scene *scene)
{
	gather_free(&scene->gather);
	fixture_free(&scene->fixture);
	policies_end(&scene->policies);
	arena_free(&scene->arena);
	buf_end(&scene->said);
	buf_end(&scene->explained);
}

static bool load_bytes(struct scene *scene, struct text text)
{
	*scene = (struct scene){.arena = arena_new(POLICY_ARENA_MAX)};
	scene->findings.arena = scene->arena;
	return policy_load(text, scene->arena, &scene->policies, &scene->findings);
}

static bool load(struct scene *scene, const char *text)
{
	return load_bytes(scene, text_of(text));
}

static bool keep(void *data, const struct item *item, const struct policy *policy,
		 const struct check *check, struct text explain)
{
	struct scene *scene = data;
	(void)policy;
	(void)check;
	buf_print(&scene->said, "%.*s %s %.*s\n", TEXT_ARG(item->check.ref),
		  status_name(item->status), TEXT_ARG(item->reason));
	buf_clear(&scene->explained);
	buf_text(&scene->explained, explain);
	return true;
}

static void judge(struct scene *scene, bool no_requirements)
{
	static const struct host_facts facts = {.name = {"host", 4}};
	const struct engine_config config = {.target = facts.name,
					     .level_max = LEVEL_MAXIMUM,
					     .facts = &facts,
					     .no_requirements = no_requirements,
					     .explain = true};
	const struct gather_config host = {.running = true, .now_us = TIME_DAY_US};
	struct err err = {0};
	scene->fixture = fixture_new();
	assert_true(fixture_add_text(scene->fixture, "/conf", TEXT("Port 22\n"), &err));
	assert_true(fixture_add_text(scene->fixture, "/b", TEXT("b\n"), &err));
	scene->gather = fixture_gather(scene->fixture, &host);
	assert_true(
		engine_run(scene->gather, &scene->policies, &config, keep, scene, &scene->counts));
}

static void run(struct scene *scene, const char *text)
{
	if (!load(scene, text))
		fail_msg("%s: %.*s", text, TEXT_ARG(scene->findings.list[0].what));
	judge(scene, false);
}

/* Whether a finding begins like that. */
static bool is_said(const struct scene *scene, const char *what)
{
	for (size_t i = 0; i < scene->findings.count; i++)
		if (text_starts(scene->findings.list[i].what, what))
			return true;
	return false;
}

#define HEAD "policy: { id: p, name: The policy, references: [ 'https://x.example' ] }\n"
#define CHECK "  - { id: 1, name: n, condition: all, rules: [ 'f:/conf' ] }\n"

test(a_check_is_told_with_all_that_the_policy_says_of_it)
{
	scoped(end_scene) struct scene scene;
	run(&scene,
	    HEAD "checks:\n  - id: 29500\n    name: The name\n    description: The "
		 "description\n"
		 "    rationale: The rationale\n    remediation: The remedy\n    impact: None\n"
		 "    references: [ 'https://y.example' ]\n"
		 "    compliance: { pci_dss: ['2.2', '2.3'], cis: 1.1 }\n"
		 "    mitre: { tactic: { id: [TA0008], name: [Lateral] }, technique: [T1021] }\n"
		 "    condition: all\n    rules: [ 'f:/conf' ]\n");
	const struct policy *policy = &scene.policies.list[0];
	const struct check *check = &policy->checks[0];
	assert_true(text_is(policy->name, "p"));
	assert_true(text_is(policy->url, "https://x.example"));
	assert_true(text_is(check->ref, "29500"));
	assert_true(text_is(check->name, "The name"));
	assert_true(text_is(check->description, "The description"));
	assert_true(text_is(check->rationale, "The rationale"));
	assert_true(text_is(check->remediation, "The remedy"));
	assert_int_equal(check->framework_count, 4);
	assert_true(text_is(check->frameworks[0].key, "pci_dss"));
	assert_int_equal(check->frameworks[0].count, 2);
	assert_true(text_is(check->frameworks[2].key, "mitre_tactic"));
	assert_true(text_is(check->frameworks[2].ids[0], "TA0008"));
	assert_true(text_is(check->frameworks[3].ids[0], "T1021"));
	assert_int_equal(scene.findings.count, 0);
}

test(the_older_form_is_read_too)
{
	scoped(end_scene) struct scene scene;
	run(&scene,
	    "policy:\n  id: \"p\"\n  regex_type: osregex\nchecks:\n  - id: 1\n"
	    "    title: The title\n    compliance:\n      - cis: ['1.1']\n"
	    "      - cis_csc: ['5.1', '5.2']\n    condition: any\n    rules: ['f:/conf']\n");
	const struct check *check = &scene.policies.list[0].checks[0];
	assert_true(text_is(check->name, "The title"));
	assert_int_equal(check->framework_count, 2);
	assert_true(text_is(check->frameworks[1].key, "cis_csc"));
	assert_true(is_said(&scene, "regex_type is passed over"));
}

test(variables_are_put_in)
{
	static const struct {
		const char *variables, *rule, *place;
	} rows[] = {
		{"{ $f: /conf }", "f:$f", "pass"},
		{"{ $f: '/no,/conf' }", "f:$f -> r:^Port", "pass"},
		{"{ $f: [ /no, /conf ] }", "f:$f -> r:^Port", "pass"},
		{"{ $f: /no, $file: /conf }", "f:$file", "pass"},
		{"{ $a: /co, $b: nf }", "f:$a$b", "pass"},
		{"{ $a: '/co$b', $b: nf }", "f:$a", "pass"},
		{"{ $b: nf, $a: '/co$b' }", "f:$a", "pass"},
		{"{ $w: Port }", "f:/conf -> r:^$w 22$", "pass"},
		{"{ $w: Port }", "f:/conf -> r:^$other", "fail"},
		{"{ f: /conf }", "f:$f", "fail"},
		{"{}", "f:/conf -> r:22$", "pass"},
		{"~", "f:/conf", "pass"},
	};
	for (size_t i = 0; i < array_len(rows); i++) {
		scoped(end_scene) struct scene scene;
		run(&scene,
		    unit_text(HEAD "variables: %s\nchecks:\n  - { id: 1, condition: all, rules: "
				   "['%s'] }\n",
			      rows[i].variables, rows[i].rule));
		if (!text_starts(text_of(scene.said.at), unit_text("1 %s ", rows[i].place)))
			fail_msg("%s: %s: %s", rows[i].variables, rows[i].rule, scene.said.at);
	}
}

test(requirements_hold_for_all_checks)
{
	static const char text[] = HEAD
		"requirements: { title: Only there, condition: all, rules: ['f:/gone'] }\n"
		"checks:\n" CHECK "  - { id: 2, condition: all, rules: [ 'f:/gone' ] }\n";
	scoped(end_scene) struct scene unmet;
	run(&unmet, text);
	assert_string_equal(unmet.said.at,
			    "1 not_applicable requirements of the policy are not met: Only there "
			    "(/gone is missing)\n"
			    "2 not_applicable requirements of the policy are not met: Only there "
			    "(/gone is missing)\n");
	assert_non_null(strstr(unmet.explained.at, "requirements\n"));
	scoped(end_scene) struct scene asked;
	assert_true(load(&asked, text));
	judge(&asked, true);
	assert_string_equal(asked.said.at,
			    "1 pass /conf: type is \"file\"\n2 fail /gone is missing\n");
	scoped(end_scene) struct scene unknown;
	run(&unknown, HEAD "requirements: { name: r, condition: all, rules: ['f:/gone -> r:x'] }\n"
			   "checks:\n" CHECK);
	assert_true(text_starts(text_of(unknown.said.at), "1 not_applicable requirements of"));
	scoped(end_scene) struct scene met;
	run(&met, HEAD "requirements: { name: r, condition: any, rules: ['f:/gone', 'f:/b'] }\n"
		       "checks:\n" CHECK);
	assert_true(text_starts(text_of(met.said.at), "1 pass "));
}

static void note_depends(void *data, size_t number, const struct text *names, size_t count)
{
	struct scene *scene = data;
	(void)number;
	for (size_t i = 0; i < count; i++)
		buf_print(&scene->said, "%.*s ", TEXT_ARG(names[i]));
	buf_char(&scene->said, '\n');
}

static bool pass_over(void *data, const struct item *item, const struct policy *policy,
		      const struct check *check, struct text explain)
{
	(void)data;
	(void)item;
	(void)policy;
	(void)check;
	(void)explain;
	return true;
}

test(each_check_depends_on_the_requirements_too)
{
	static const struct host_facts facts = {.name = {"host", 4}};
	const struct gather_config host = {.running = true, .now_us = TIME_DAY_US};
	const struct engine_config config = {.target = facts.name,
					     .level_max = LEVEL_MAXIMUM,
					     .facts = &facts,
					     .depends = note_depends};
	scoped(end_scene) struct scene scene;
	assert_true(load(&scene, HEAD "requirements: { name: r, condition: all, rules: ['f:/r'] }\n"
				      "checks:\n" CHECK
				      "  - { id: 2, condition: all, rules: [ 'f:/b -> r:x' ] }\n"));
	scene.fixture = fixture_new();
	scene.gather = fixture_gather(scene.fixture, &host);
	assert_true(engine_run(scene.gather, &scene.policies, &config, pass_over, &scene,
			       &scene.counts));
	assert_string_equal(scene.said.at, "/r \n/r \n");
}

test(what_is_explained_is_the_rule_and_what_it_came_to)
{
	scoped(end_scene) struct scene scene;
	run(&scene, HEAD "checks:\n  - { id: 1, condition: all, rules: ['f:/conf -> r:^port'] }\n");
	assert_non_null(strstr(scene.explained.at, "rule f:/conf -> r:^port\n"));
	assert_non_null(strstr(scene.explained.at, "file /conf, line matches (?i)^port: pass"));
	assert_non_null(strstr(scene.explained.at, "read: 1 row from /conf"));
}

test(mistakes_that_wazuh_puts_up_with_are_warnings)
{
	static const struct {
		const char *text, *what;
		size_t checks;
	} rows[] = {
		{HEAD "checks:\n" CHECK CHECK, "id 1 stands in line 3 already", 1},
		{HEAD "checks:\n" CHECK "  - { name: n, condition: all, rules: ['f:/b'] }\n",
		 "a check without an id is left out", 1},
		{HEAD "checks:\n" CHECK "  - nonsense\n", "a check is a map", 1},
		{HEAD "checks:\n" CHECK "  - { id: 2, condition: most, rules: ['f:/b'] }\n",
		 "the condition is none of all, any, none", 2},
		{HEAD "checks:\n" CHECK "  - { id: 2, condition: all }\n", "it has no rules", 2},
		{HEAD "checks:\n  - { id: 2, condition: all, condition: any, rules: ['f:/b'] }\n",
		 "the key \"condition\" stands here twice", 1},
		{HEAD "checks:\n  - { id: 2, condition: all, referencces: x, rules: ['f:/b'] }\n",
		 "unknown key of a check \"referencces\" is passed over; did you mean", 1},
		{HEAD "chekcs: []\nchecks:\n" CHECK, "unknown key of an SCA policy \"chekcs\"", 1},
		{HEAD "checks:\n  - { id: 'a b/c', condition: all, rules: ['f:/b'] }\n", "", 1},
	};
	for (size_t i = 0; i < array_len(rows); i++) {
		scoped(end_scene) struct scene scene;
		run(&scene, rows[i].text);
		if (!is_said(&scene, rows[i].what) && rows[i].what[0] != '\0')
			fail_msg("%s: not said", rows[i].what);
		if (scene.counts.items != rows[i].checks)
			fail_msg("%s: %zu items", rows[i].what, scene.counts.items);
	}
}

test(what_makes_no_policy_is_refused)
{
	static const struct {
		const char *text, *what;
	} rows[] = {
		{HEAD, "checks is missing"},
		{HEAD "checks: []\n", "checks is a list with at least one check"},
		{HEAD "checks: x\n", "checks is a list with at least one check"},
		{HEAD "checks: [ x ]\n", "none of the checks can be read"},
		{"policy:\n  file: x\nchecks:\n" CHECK, "the policy has no id"},
		{HEAD "requirements: { condition: most, rules: ['f:/b'] }\nchecks:\n" CHECK,
		 "requirements is a map with a condition"},
		{HEAD "requirements: x\nchecks:\n" CHECK, "requirements is a map with a condition"},
		{HEAD "variables: [ x ]\nchecks:\n" CHECK, "variables is a map"},
		{HEAD "variables: { $a: { b: c } }\nchecks:\n" CHECK, "a variable is a text"},
		{HEAD "variables: { $a: 'x$a' }\nchecks:\n" CHECK, "variable \"$a\" holds itself"},
		{HEAD "variables: { $a: $b, $b: $c, $c: $a }\nchecks:\n" CHECK,
		 "variable \"$a\" holds itself"},
		{HEAD "muster: { levels: { 3: low } }\nchecks:\n" CHECK, "CIS has the levels"},
		{HEAD "muster: { levels: { 1: worst } }\nchecks:\n" CHECK, "level is low, medium"},
		{HEAD "muster: x\nchecks:\n" CHECK, "muster has one key"},
		{HEAD "checks: [ { id: 1\n", ""},
	};
	for (size_t i = 0; i < array_len(rows); i++) {
		scoped(end_scene) struct scene scene;
		if (load(&scene, rows[i].text))
			fail_msg("%s is taken", rows[i].text);
		if (!is_said(&scene, rows[i].what))
			fail_msg("%s: %.*s", rows[i].what, TEXT_ARG(scene.findings.list[0].what));
		assert_int_equal(scene.policies.count, 0);
	}
}

test(advice_is_given_where_a_rule_does_not_do_what_it_seems_to)
{
	static const struct {
		const char *rule, *what; /* what NULL: nothing is wrong */
	} rows[] = {
		{"f:/a -> r:^x", NULL},
		{"f:/a -> Linux", NULL},
		{"f:/a -> ^Linux$", "\"^Linux$\" is compared as it stands with a whole line"},
		{"f:/a -> x\\s+y", "\"x\\s+y\" is compared as it stands"},
		{"d:/a -> ^x$", "\"^x$\" is compared as it stands with a whole name"},
		{"c:cat /x -> x.*y", "\"x.*y\" is compared as it stands with all that the command"},
		{"f:/a -> r:x && y$", "\"y$\" is compared as it stands with a whole line"},
		{"f:/a -> r:x &&  r:y", "a space stands in front of \"r:y\""},
		{"f:/a -> r:x&& r:y", "\"&&\" without spaces around it"},
		{"f:/a -> !x", "\"!x\" is compared as it stands"},
		{"f:/a ->r:x", "\"->\" has a space on both sides"},
		{"f: /a", "a space stands behind \"f:\""},
		{"!f:/a", "\"!\" in front of a rule changes nothing"},
		{"f:/a -> r:a(b", "no regular expression: missing closing parenthesis"},
		{"f:/a -> r:x\\\\sy", "\"x\\\\sy\": two backslashes stand for one"},
		{"f:/a -> r:\\\\v|\\\\s", NULL},
		{"f:/a -> r:/\\\\\\..*", NULL},
		{"f:/a -> r:x\\.+y", "\"x\\.+y\": \\. is a dot"},
		{"f:/a -> n:x (\\d+) compare <= 4", NULL},
		{"f:/a -> n:x (\\d+)", "a number is compared as"},
		{"f:/a -> n:x (\\d+) compare => 4", "\"=>\" is no comparison"},
		{"f:/a -> n:x (\\d+) compare <= y", "\"y\" is no whole number"},
		{"f:/a -> n:x \\d+ compare <= 4", "no group says what the number is"},
		{"c:ls /etc/*.conf -> r:x", "\"/etc/*.conf\" is not a glob without a shell"},
		{"c:find /etc -name *.conf -> r:x", NULL},
		{"c:grep ''x'' /etc/x -> r:x", "\"'x'\" keeps its single quotes"},
		{"c:cat /x | grep y -> r:x", "\"|\" is just a word without a shell"},
		{"c:sh -c \"cat /x | grep y\" -> r:x", NULL},
		{"c:echo $(x) -> r:x", "\"$(x)\" is not run without a shell"},
		{"c:\"systemctl is-active x\" -> r:x", "\"systemctl is-active x\" is one word"},
		{"c:grep ^\\s /x -> r:x", "a backslash in a command goes away"},
		{"p:sshd -> r:x", "what stands behind a process's name is not asked"},
		{"x:/a", "a rule begins with f: d: p: or c:"},
		{"r:HKLM", "r: rules are about Windows' registry"},
		{"d:/a -> r:a(b -> r:x", "no regular expression: "},
	};
	for (size_t i = 0; i < array_len(rows); i++) {
		scoped(end_scene) struct scene scene;
		const char *text = unit_text(HEAD "checks:\n  - id: 1\n    condition: all\n"
						  "    rules: ['%s', 'f:/conf']\n",
					     rows[i].rule);
		assert_true(load(&scene, text));
		if (!rows[i].what && scene.findings.count > 0)
			fail_msg("%s: %.*s", rows[i].rule, TEXT_ARG(scene.findings.list[0].what));
		if (rows[i].what && !is_said(&scene, rows[i].what))
			fail_msg("%s: not said: %s", rows[i].rule, rows[i].what);
	}
}

/* -------- hostile ones -------- */

test(a_policy_of_ten_thousand_rules_is_read)
{
	scoped(buf_end) struct buf text = {0};
	buf_cstr(&text, HEAD "checks:\n");
	for (int i = 0; i < 1000; i++) {
		buf_print(&text, "  - id: %d\n    condition: all\n    rules:\n", i);
		for (int j = 0; j < 10; j++)
			buf_print(&text, "      - 'not f:/etc/%d -> !r:^x%d && r:y'\n", j, i);
	}
	scoped(end_scene) struct scene scene;
	assert_true(load_bytes(&scene, buf_view(&text)));
	assert_int_equal(scene.policies.list[0].check_count, 1000);
}

test(one_that_is_too_large_is_refused_not_survived_by_luck)
{
	scoped(buf_end) struct buf text = {0};
	buf_cstr(&text, HEAD "variables: { $all: '");
	for (int i = 0; i < 1000; i++)
		buf_print(&text, "/f%d,", i);
	buf_cstr(&text, "' }\nchecks:\n");
	for (int i = 0; i < 1000; i++)
		buf_print(&text, "  - { id: %d, condition: all, rules: [ 'f:$all -> r:x' ] }\n", i);
	scoped(end_scene) struct scene scene;
	assert_false(load_bytes(&scene, buf_view(&text)));
	assert_true(is_said(&scene, "the policy is too large from here on"));
}

test(variables_can_not_be_made_to_explode)
{
	scoped(buf_end) struct buf text = {0};
	buf_cstr(&text, HEAD "variables:\n");
	for (int i = 0; i < 99; i++) {
		buf_print(&text, "  $v%02d: '", i);
		for (int j = 0; j < 100; j++)
			buf_print(&text, "$v%02d", i + 1);
		buf_cstr(&text, "'\n");
	}
	buf_cstr(&text,
		 "  $v99: ''\nchecks:\n  - { id: 1, condition: all, rules: ['f:/conf$v00'] }\n");
	scoped(end_scene) struct scene empty;
	assert_true(load_bytes(&empty, buf_view(&text)));
	buf_clear(&text);
	buf_cstr(&text, HEAD "variables: { $a: $b$b$b$b, $b: $c$c$c$c$c$c$c$c, $c: '");
	for (int i = 0; i < 4000; i++)
		buf_char(&text, 'x');
	buf_cstr(&text, "' }\nchecks:\n" CHECK);
	scoped(end_scene) struct scene large;
	assert_false(load_bytes(&large, buf_view(&text)));
	assert_true(is_said(&large, "variable \"$a\" stands for more than 65536 bytes"));
}

test(long_lines_and_odd_bytes_do_no_harm)
{
	scoped(buf_end) struct buf text = {0};
	buf_cstr(&text,
		 HEAD "checks:\n  - id: 1\n    condition: all\n    rules:\n      - 'f:/conf -> r:");
	for (int i = 0; i < 1000000; i++)
		buf_char(&text, 'x');
	buf_cstr(&text,
		 "'\n      - \"f:/a\\0b\"\n      - \"c:\\x01\\x7f -> r:\\x00\"\n      - 'p:");
	for (int i = 0; i < 10000; i++)
		buf_char(&text, '(');
	buf_cstr(&text, "'\n      - 'd:/a -> r:");
	for (int i = 0; i < 20000; i++)
		buf_char(&text, '(');
	buf_cstr(&text, "'\n");
	scoped(end_scene) struct scene scene;
	assert_true(load_bytes(&scene, buf_view(&text)));
	judge(&scene, false);
	assert_int_equal(scene.counts.by_status[STATUS_NOT_APPLICABLE], 1);
}

test(real_policies_load_and_are_judged)
{
	static const char *const names[] = {
		"cis_debian11.yml",    "cis_mysql5-6_community.yml",
		"cis_nginx_1.yml",     "cis_rhel9_linux.yml",
		"cis_ubuntu22-04.yml", "sca_distro_independent_linux.yml"};
	static const size_t checks[] = {197, 19, 48, 159, 207, 190};
	for (size_t i = 0; i < array_len(names); i++) {
		const char *path = unit_data(unit_text("wazuh/%s", names[i]));
		if (!path)
			skip();
		size_t len;
		const char *bytes = unit_read_file(path, &len);
		scoped(end_scene) struct scene scene;
		assert_int_equal(policy_format((struct text){bytes, len}), POLICY_SCA);
		if (!load_bytes(&scene, (struct text){bytes, len}))
			fail_msg("%s: %.*s", names[i], TEXT_ARG(scene.findings.list[0].what));
		assert_int_equal(scene.policies.list[0].check_count, checks[i]);
		judge(&scene, true);
		assert_int_equal(scene.counts.by_status[STATUS_ERROR], 0);
		assert_int_equal(scene.counts.items, checks[i]);
	}
}
