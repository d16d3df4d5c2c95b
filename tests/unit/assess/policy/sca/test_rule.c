#include <stdio.h>
#include <string.h>

#include "assess/engine/engine.h"
#include "assess/engine/fixture.h"
#include "unit.h"

/* What each kind of rule says of each kind of place: found, not found, or invalid, which a check of
 * that one rule tells as pass, fail and not_applicable. */

enum said { FOUND = STATUS_PASS, NOT_FOUND = STATUS_FAIL, INVALID = STATUS_NOT_APPLICABLE };

struct scene {
	struct arena *arena;
	struct policies policies;
	struct findings findings;
	struct fixture *fixture;
	struct gather *gather;
	struct item item;
	char reason[1024];
	size_t items;
};

static void end_scene(struct scene *scene)
{
	gather_free(&scene->gather);
	fixture_free(&scene->fixture);
	policies_end(&scene->policies);
	arena_free(&scene->arena);
}

static void add_file(struct fixture *fixture, const char *path, const char *content)
{
	struct err err = {0};
	assert_true(fixture_add_text(fixture, path, text_of(content), &err));
}

static void add_other(struct fixture *fixture, const char *path, enum gather_kind kind,
		      const char *content, bool denied)
{
	struct err err = {0};
	const struct fixture_file file = {.path = text_of(path),
					  .kind = kind,
					  .content = text_of(content),
					  .mode = 0644,
					  .denied = denied};
	assert_true(fixture_add(fixture, &file, &err));
}

static void add_command(struct fixture *fixture, const char *line, int exit, const char *out,
			const char *err)
{
	fixture_add_answer(
		fixture, text_of(line),
		text_of(unit_text("%d %zu %zu\n%s%s", exit, strlen(out), strlen(err), out, err)));
}

static struct fixture *make_host(void)
{
	struct fixture *fixture = fixture_new();
	add_file(fixture, "/conf",
		 "# Port 22\nPort 2222\nProtocol 2\nMaxAuthTries 4\nBig 99999999999999999999\n"
		 "word x\n\nTwo 7 8\nNeg -3\n");
	add_file(fixture, "/empty", "");
	add_file(fixture, "/blank", "\n");
	add_file(fixture, "/crlf", "yes\r\nno\r\n");
	add_file(fixture, "/one", "Linux\n");
	add_file(fixture, "/tail", "Linux");
	add_file(fixture, "/star[1]*", "here\n");
	add_file(fixture, "/back\\slash*", "here\n");
	add_other(fixture, "/denied", GATHER_FILE, "Port 22\n", true);
	add_other(fixture, "/fifo", GATHER_FIFO, "", false);
	add_other(fixture, "/link", GATHER_LINK, "conf", false);
	add_other(fixture, "/dangling", GATHER_LINK, "nowhere", false);
	add_other(fixture, "/circle", GATHER_LINK, "circle", false);
	add_other(fixture, "/dirlink", GATHER_LINK, "dir", false);
	add_file(fixture, "/dir/a.conf", "a = 1\n");
	add_file(fixture, "/dir/b.txt", "b = 2\n# c\n");
	add_file(fixture, "/dir/empty.conf", "");
	add_file(fixture, "/dir/sub/deep.conf", "deep = yes\n");
	add_other(fixture, "/dir/link.conf", GATHER_LINK, "../one", false);
	add_other(fixture, "/dir/sublink", GATHER_LINK, "../other", false);
	add_file(fixture, "/other/o.conf", "o\n");
	add_file(fixture, "/subs/only/x", "x\n");
	add_other(fixture, "/void", GATHER_FOLDER, "", false);
	add_other(fixture, "/mixed/secret.conf", GATHER_FILE, "s = 1\n", true);
	add_file(fixture, "/proc/1/status", "Name:\tsystemd\nPPid:\t0\nUid:\t0\t0\t0\t0\n");
	add_file(fixture, "/proc/1/cmdline", "/sbin/init");
	add_file(fixture, "/proc/9/status", "Name:\tsshd\nPPid:\t1\nUid:\t0\t0\t0\t0\n");
	add_file(fixture, "/proc/9/cmdline", "/usr/sbin/sshd");
	add_command(fixture, "says", 0, "\n\none 1\ntwo\n\n", "");
	add_command(fixture, "says one", 0, "enabled\n", "");
	add_command(fixture, "fails", 3, "out\n", "no such thing\n");
	add_command(fixture, "silent", 1, "", "");
	add_command(fixture, "newlines", 0, "\n\n", "");
	add_command(fixture, "gone \"a b\"", 0, "x\n", "");
	return fixture;
}

static bool keep(void *data, const struct item *item, const struct policy *policy,
		 const struct check *check, struct text explain)
{
	struct scene *scene = data;
	(void)policy;
	(void)check;
	(void)explain;
	scene->item = *item;
	scene->items++;
	snprintf(scene->reason, sizeof(scene->reason), "%.*s", TEXT_ARG(item->reason));
	return true;
}

/* Single quotes in the rule are doubled by the caller. */
static void run(struct scene *scene, const char *text)
{
	static const struct host_facts facts = {.name = {"host", 4}};
	const struct engine_config config = {
		.target = facts.name, .level_max = LEVEL_MAXIMUM, .facts = &facts, .explain = true};
	const struct gather_config host = {.running = true, .now_us = TIME_DAY_US};
	struct engine_counts counts;
	*scene = (struct scene){.arena = arena_new(POLICY_ARENA_MAX)};
	scene->findings.arena = scene->arena;
	assert_int_equal(policy_format(text_of(text)), POLICY_SCA);
	if (!policy_load(text_of(text), scene->arena, &scene->policies, &scene->findings))
		fail_msg("%s: %.*s", text, TEXT_ARG(scene->findings.list[0].what));
	scene->fixture = make_host();
	scene->gather = fixture_gather(scene->fixture, &host);
	assert_true(engine_run(scene->gather, &scene->policies, &config, keep, scene, &counts));
}

static void ask(struct scene *scene, const char *rule)
{
	run(scene, unit_text("policy:\n  id: p\n  name: n\nchecks:\n  - id: 1\n    name: n\n"
			     "    condition: all\n    rules: ['%s']\n",
			     rule));
	assert_int_equal(scene->items, 1);
}

static const struct {
	const char *rule;
	enum said said;
} cases[] = {
	/* existence */
	{"f:/conf", FOUND},
	{"f:/nothing", NOT_FOUND},
	{"f:/dir", NOT_FOUND},
	{"f:/fifo", NOT_FOUND},
	{"f:/link", FOUND},
	{"f:/dangling", NOT_FOUND},
	{"f:/circle", INVALID},
	{"f:/empty", FOUND},
	{"f:/denied", FOUND},
	{"f:conf", NOT_FOUND},
	{"f: /conf", NOT_FOUND},
	{"f:/star[1]*", FOUND},
	{"f:/star*", NOT_FOUND},
	{"f:/back\\slash*", FOUND},
	{"f:/back\\slash* -> here", FOUND},
	{"not f:/conf", NOT_FOUND},
	{"not f:/nothing", FOUND},
	{"not f:/circle", INVALID},
	{"  not   f:/nothing  ", FOUND},
	{"!f:/conf", FOUND},
	{"d:/dir", FOUND},
	{"d:/dir/", FOUND},
	{"d:/nothing", NOT_FOUND},
	{"d:/conf", NOT_FOUND},
	{"d:/dirlink", FOUND},
	{"not d:/nothing", FOUND},
	/* content of files that are there, or not */
	{"f:/conf -> r:^Port", FOUND},
	{"f:/conf -> r:^port", FOUND},
	{"f:/conf -> r:^Ports", NOT_FOUND},
	{"f:/nothing -> r:^Port", INVALID},
	{"f:/nothing -> !r:^Port", INVALID},
	{"not f:/nothing -> r:^Port", INVALID},
	{"f:/dir -> r:x", INVALID},
	{"f:/fifo -> r:x", INVALID},
	{"f:/dangling -> r:x", INVALID},
	{"f:/denied -> r:x", INVALID},
	{"f:/link -> r:^Port", FOUND},
	{"f:conf -> r:^Port", INVALID},
	{"f:/empty -> r:.*", NOT_FOUND},
	{"f:/empty -> !r:x", NOT_FOUND},
	{"not f:/empty -> !r:x", FOUND},
	{"f:/empty -> !r:x && !r:y", NOT_FOUND},
	{"f:/blank -> r:^$", FOUND},
	{"f:/blank -> !r:x", FOUND},
	/* one term turned around asks of all lines, several of one */
	{"f:/conf -> !r:^Port", NOT_FOUND},
	{"f:/conf -> !r:^Ports", FOUND},
	{"f:/conf -> !r:^# && r:Port", FOUND},
	{"f:/conf -> !r:^# && r:22$", FOUND},
	{"f:/conf -> !r:^# && r: 22$", NOT_FOUND},
	{"f:/conf -> r:Port && r:Protocol", NOT_FOUND},
	{"f:/conf -> !r:Port && !r:Protocol", FOUND},
	{"f:/one -> !r:Linux && !r:x", NOT_FOUND},
	{"not f:/conf -> !r:^# && r:Port", NOT_FOUND},
	/* plain text is a whole line, its case counts, and ! is part of it */
	{"f:/one -> Linux", FOUND},
	{"f:/tail -> Linux", FOUND},
	{"f:/one -> linux", NOT_FOUND},
	{"f:/one -> Linu", NOT_FOUND},
	{"f:/one -> !Windows", NOT_FOUND},
	{"f:/one -> Linux && r:Linux", NOT_FOUND},
	{"f:/one -> r:Linux && Linux", FOUND},
	{"f:/one -> r:Linux && !Windows", FOUND},
	{"f:/empty -> Linux", NOT_FOUND},
	{"f:/one ->Linux", NOT_FOUND},
	{"f:/one-> r:Linux", NOT_FOUND},
	{"f:/one -> r:Linux&& r:x", NOT_FOUND},
	{"f:/one -> r:Linux &&  r:Linux", NOT_FOUND},
	/* a line ends at its line feed alone */
	{"f:/crlf -> yes", NOT_FOUND},
	{"f:/crlf -> r:^yes$", NOT_FOUND},
	{"f:/crlf -> r:^yes.$", FOUND},
	/* numbers */
	{"f:/conf -> n:MaxAuthTries (\\d+) compare <= 4", FOUND},
	{"f:/conf -> n:MaxAuthTries (\\d+) compare < 4", NOT_FOUND},
	{"f:/conf -> n:MaxAuthTries (\\d+) compare > 3", FOUND},
	{"f:/conf -> n:MaxAuthTries (\\d+) compare >= 5", NOT_FOUND},
	{"f:/conf -> n:maxauthtries (\\d+) compare == 4", FOUND},
	{"f:/conf -> n:MaxAuthTries (\\d+) compare != 4", NOT_FOUND},
	{"f:/conf -> !n:MaxAuthTries (\\d+) compare > 4", FOUND},
	{"f:/conf -> r:^Max && !n:(\\d+) compare > 4", FOUND},
	{"f:/conf -> n:Neg (-?\\d+) compare < 0", FOUND},
	{"f:/conf -> n:Two (\\d) (\\d) compare == 7", FOUND},
	{"f:/conf -> n:Two (\\d) (\\d) compare == 8", NOT_FOUND},
	{"f:/conf -> n:^\\d compare == 4", NOT_FOUND},
	{"f:/conf -> n:\\d$ compare == 2", FOUND},
	{"f:/conf -> n:word (\\w) compare == 4", INVALID},
	{"f:/conf -> n:Big (\\d+) compare > 4", INVALID},
	{"f:/conf -> n:nothing (\\w) compare == 4", NOT_FOUND},
	{"f:/conf -> n:MaxAuthTries (\\d+)", INVALID},
	{"f:/conf -> n:MaxAuthTries (\\d+) compare <=", INVALID},
	{"f:/conf -> n:MaxAuthTries (\\d+) compare <= x", INVALID},
	{"f:/conf -> n:MaxAuthTries (\\d+) compare <= 4x", FOUND},
	{"f:/conf -> n:MaxAuthTries (\\d+) compare = 4", INVALID},
	{"f:/conf -> n:nothing (\\d+) compare => 4", NOT_FOUND},
	{"f:/conf -> n:MaxAuthTries (\\d+) compare <= -1", NOT_FOUND},
	{"f:/conf -> n:(x)?MaxAuthTries (\\d+) compare <= 4", INVALID},
	{"f:/empty -> n:(\\d+) compare <= 4", NOT_FOUND},
	/* an expression that is none is only met where it is reached */
	{"f:/conf -> r:a(b", INVALID},
	{"not f:/conf -> r:a(b", INVALID},
	{"f:/conf -> r:*", INVALID},
	{"f:/empty -> r:a(b", NOT_FOUND},
	{"f:/conf -> r:^nothing && r:a(b", NOT_FOUND},
	{"f:/conf -> r:a(b && r:^nothing", INVALID},
	/* a list: any of them */
	{"f:/nothing,/conf", FOUND},
	{"f:/nothing,/neither", NOT_FOUND},
	{"f:/nothing,/conf -> r:^Port", FOUND},
	{"f:/nothing,/one -> r:^Port", INVALID},
	{"f:/one,/tail -> r:^Port", NOT_FOUND},
	{"not f:/one,/conf -> r:^Port", NOT_FOUND},
	{"f:/one, /conf -> r:^Port", FOUND},
	{"f:,/conf", FOUND},
	{"f:,", INVALID},
	{"d:/nothing,/dir", FOUND},
	/* names in folders, at any depth; links are passed over */
	{"d:/dir -> r:\\.conf$", FOUND},
	{"d:/dir -> r:\\.CONF$", FOUND},
	{"d:/dir -> r:^deep", FOUND},
	{"d:/dir -> r:^sub$", NOT_FOUND},
	{"d:/dir -> r:^link", NOT_FOUND},
	{"d:/dir -> r:^o\\.conf$", NOT_FOUND},
	{"d:/dirlink -> r:^deep", FOUND},
	{"d:/dir -> a.conf", FOUND},
	{"d:/dir -> A.conf", NOT_FOUND},
	{"d:/dir -> aXconf", NOT_FOUND},
	{"d:/dir -> ^a.conf$", NOT_FOUND},
	{"d:/dir -> !r:^[ab]\\.", FOUND},
	{"d:/other -> !r:^o", NOT_FOUND},
	{"d:/dir -> r:conf && r:^deep", FOUND},
	{"d:/dir -> r:conf && !r:^[ade]", NOT_FOUND},
	{"not d:/dir -> r:^link", FOUND},
	{"d:/nothing -> r:x", INVALID},
	{"not d:/nothing -> r:x", INVALID},
	{"d:/conf -> r:x", INVALID},
	{"d:/void -> r:x", NOT_FOUND},
	{"d:/subs -> r:^nothing", NOT_FOUND},
	{"d:/dir -> r:a(b", INVALID},
	/* content of what has such a name */
	{"d:/dir -> r:\\.conf$ -> r:^a", FOUND},
	{"d:/dir -> r:\\.conf$ -> r:^b", NOT_FOUND},
	{"d:/dir -> r:\\.conf$ -> r:^deep", FOUND},
	{"d:/dir -> a.conf -> r:^a", FOUND},
	{"d:/dir -> a.conf -> r:^b", NOT_FOUND},
	{"d:/dir -> a.conf -> a = 1", FOUND},
	{"d:/dir -> nothing.conf -> r:^a", NOT_FOUND},
	{"not d:/dir -> r:\\.conf$ -> r:^b", FOUND},
	{"d:/dir -> r:. -> !r:^# && r:^b", FOUND},
	{"d:/dir -> r:\\.txt$ -> !r:^#", NOT_FOUND},
	{"d:/dir -> r:\\.txt$ -> n:b = (\\d) compare == 2", FOUND},
	{"d:/dir -> r:^link -> r:Linux", NOT_FOUND},
	{"d:/dir -> r:\\.conf$ -> r:a(b", INVALID},
	{"d:/void -> r:. -> r:x", NOT_FOUND},
	{"d:/nothing -> r:. -> r:x", INVALID},
	{"d:/mixed -> r:. -> r:x", INVALID},
	/* processes: by name, or by what they were started as */
	{"p:sshd", FOUND},
	{"p:SSHD", NOT_FOUND},
	{"p:ssh", NOT_FOUND},
	{"p:/usr/sbin/sshd", FOUND},
	{"p:/usr/sbin", NOT_FOUND},
	{"not p:cron", FOUND},
	{"not p:sshd", NOT_FOUND},
	{"p:ss.d", NOT_FOUND},
	/* commands: what they print, whatever their exit */
	{"c:says -> r:^one", FOUND},
	{"c:says -> r:^three", NOT_FOUND},
	{"c:says -> r:^$", NOT_FOUND},
	{"c:says -> n:one (\\d) compare == 1", FOUND},
	{"c:says -> !r:three", FOUND},
	{"c:says -> !r:two", NOT_FOUND},
	{"c:says -> two", NOT_FOUND},
	{"c:says one -> enabled", FOUND},
	{"c:says one -> Enabled", NOT_FOUND},
	{"c:says one", FOUND},
	{"not c:says one", NOT_FOUND},
	{"c:fails -> r:^out", FOUND},
	{"c:fails -> r:such thing", FOUND},
	{"c:fails", FOUND},
	{"c:silent", FOUND},
	{"c:silent -> r:.*", NOT_FOUND},
	{"c:silent -> !r:x", NOT_FOUND},
	{"not c:silent -> r:x", FOUND},
	{"c:newlines -> !r:x", NOT_FOUND},
	{"c:gone \"a b\" -> r:x", FOUND},
	{"c:gone a b -> r:x", INVALID},
	{"c:unheard-of -> r:x", INVALID},
	{"not c:unheard-of -> r:x", INVALID},
	{"c:says -> r:a(b", INVALID},
	/* rules that are none */
	{"x:/conf", INVALID},
	{"/conf", INVALID},
	{"r:HKEY_LOCAL_MACHINE", INVALID},
	{"f:", INVALID},
	{"", INVALID},
};

test(rules_say_what_wazuh_says)
{
	for (size_t i = 0; i < array_len(cases); i++) {
		scoped(end_scene) struct scene scene;
		ask(&scene, cases[i].rule);
		if ((enum said)scene.item.status != cases[i].said)
			fail_msg("%s: %s, %s", cases[i].rule, status_name(scene.item.status),
				 scene.reason);
		assert_true(scene.reason[0] != '\0');
	}
}

/* F found, N not found, I invalid. */
static const char *rule_of(char letter)
{
	return letter == 'F' ? "f:/conf" : letter == 'N' ? "f:/nothing" : "f:/nothing -> r:x";
}

static const struct {
	const char *condition, *rules;
	enum said said;
} conditions[] = {
	{"all", "F", FOUND},       {"all", "FF", FOUND},    {"all", "FN", NOT_FOUND},
	{"all", "FI", INVALID},    {"all", "IF", INVALID},  {"all", "IN", NOT_FOUND},
	{"all", "NI", NOT_FOUND},  {"all", "I", INVALID},   {"all", "FIN", NOT_FOUND},
	{"any", "F", FOUND},       {"any", "NF", FOUND},    {"any", "NN", NOT_FOUND},
	{"any", "IF", FOUND},      {"any", "FI", FOUND},    {"any", "IN", INVALID},
	{"any", "NI", INVALID},    {"any", "I", INVALID},   {"none", "F", NOT_FOUND},
	{"none", "N", FOUND},      {"none", "NN", FOUND},   {"none", "NF", NOT_FOUND},
	{"none", "IF", NOT_FOUND}, {"none", "IN", INVALID}, {"none", "NI", INVALID},
	{"none", "I", INVALID},
};

test(conditions_join_as_the_table_of_wazuh_says)
{
	for (size_t i = 0; i < array_len(conditions); i++) {
		scoped(end_scene) struct scene scene;
		const char *rules = "";
		for (const char *letter = conditions[i].rules; *letter; letter++)
			rules = unit_text("%s      - '%s'\n", rules, rule_of(*letter));
		run(&scene, unit_text("policy: { id: p }\nchecks:\n  - id: 1\n    condition: %s\n"
				      "    rules:\n%s",
				      conditions[i].condition, rules));
		if ((enum said)scene.item.status != conditions[i].said)
			fail_msg("%s of %s: %s", conditions[i].condition, conditions[i].rules,
				 status_name(scene.item.status));
	}
}

test(a_rule_that_can_not_be_read_costs_itself_or_its_check)
{
	static const struct {
		const char *rules;
		enum said said;
	} rows[] = {
		{"['x:/y', 'f:/conf']", FOUND}, {"['r:HKLM', 'f:/nothing']", NOT_FOUND},
		{"['f:', 'f:/conf']", INVALID}, {"['f:/conf', { a: b }]", INVALID},
		{"['f:/conf', [a]]", INVALID},  {"[]", INVALID},
		{"f:/conf", INVALID},           {"['x:/y']", INVALID},
	};
	for (size_t i = 0; i < array_len(rows); i++) {
		scoped(end_scene) struct scene scene;
		run(&scene, unit_text("policy: { id: p }\nchecks:\n  - id: 1\n    condition: all\n"
				      "    rules: %s\n",
				      rows[i].rules));
		if ((enum said)scene.item.status != rows[i].said)
			fail_msg("%s: %s", rows[i].rules, status_name(scene.item.status));
		assert_true(scene.findings.warnings > 0);
	}
}

test(the_item_tells_the_rule_the_lines_and_the_reason)
{
	scoped(end_scene) struct scene scene;
	ask(&scene, "f:/conf -> !r:^# && r:^Port");
	assert_true(text_is(scene.item.check.test_type, "sca"));
	assert_true(text_is(scene.item.check.test_value, "f:/conf -> !r:^# && r:^Port"));
	assert_true(text_is(scene.item.check.location, "/conf"));
	assert_int_equal(scene.item.evidence_count, 1);
	assert_int_equal(scene.item.evidence[0].line, 2);
	assert_true(text_is(scene.item.evidence[0].text, "Port 2222"));
}

test(a_check_is_judged_by_its_level_and_says_so)
{
	static const struct {
		const char *keys;
		enum level level;
	} rows[] = {
		{"compliance: { cis: ['1.1'] }", LEVEL_MEDIUM},
		{"compliance: [ { cis_level: ['2'] }, { cis: ['1.1'] } ]", LEVEL_HIGH},
		{"compliance: { cis_level: ['2', '1'] }", LEVEL_MEDIUM},
		{"compliance: { profile: ['Level 2 - Server'] }", LEVEL_HIGH},
		{"level: 2", LEVEL_HIGH},
		{"name: '(L2) Ensure that'", LEVEL_HIGH},
		{"title: 'Level 22'", LEVEL_MEDIUM},
	};
	for (size_t i = 0; i < array_len(rows); i++) {
		scoped(end_scene) struct scene scene;
		run(&scene, unit_text("policy: { id: p }\nchecks:\n  - id: 1\n    condition: all\n"
				      "    %s\n    rules: ['f:/conf']\n",
				      rows[i].keys));
		if (scene.item.policy.level != rows[i].level)
			fail_msg("%s: %s", rows[i].keys, level_name(scene.item.policy.level));
	}
	scoped(end_scene) struct scene scene;
	run(&scene, "policy: { id: p }\nmuster: { levels: { none: low, 1: high } }\nchecks:\n"
		    "  - { id: 1, condition: all, rules: ['f:/conf'] }\n");
	assert_int_equal(scene.item.policy.level, LEVEL_LOW);
}
