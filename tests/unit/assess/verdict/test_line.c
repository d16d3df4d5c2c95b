#include "assess/verdict/decide.h"

#include "assess/engine/fixture.h"
#include "base/buf.h"
#include "unit.h"

/* Tests on content: conditions on one line, nothing at all, all of it; of a file and of many. */

static const char conf[] =
	"# max 1\nmax = 90\r\nmin = 7\nname = x\nbig = 99999999999999999999\nneg = -3\n";

static struct fixture *make_host(void)
{
	struct err err = {0};
	struct fixture *fixture = fixture_new();
	assert_true(fixture_add_text(fixture, "/conf", text_of(conf), &err));
	assert_true(fixture_add_text(fixture, "/none", TEXT(""), &err));
	assert_true(fixture_add_text(fixture, "/one", TEXT("\n\n1\n"), &err));
	assert_true(fixture_add_text(fixture, "/d/a.conf", TEXT("x = 1\n"), &err));
	assert_true(fixture_add_text(fixture, "/d/sub/b.conf", TEXT("x = 2\ny = 2\n"), &err));
	assert_true(fixture_add_text(fixture, "/d/c.txt", TEXT("x = 3\n"), &err));
	return fixture;
}

struct scene {
	struct arena *arena;
	struct policies policies;
	struct fixture *fixture;
	struct gather *gather;
	struct facts *facts;
	struct verdict verdict;
};

static void end_scene(struct scene *scene)
{
	facts_free(&scene->facts);
	gather_free(&scene->gather);
	fixture_free(&scene->fixture);
	policies_end(&scene->policies);
	arena_free(&scene->arena);
}

static bool load(struct scene *scene, const char *test, struct findings *findings)
{
	*scene = (struct scene){.arena = arena_new(POLICY_ARENA_MAX)};
	*findings = (struct findings){.arena = scene->arena};
	const char *text = unit_text(
		"policy: p\nchecks: [ { ref: a, level: low, name: n, test: %s } ]\n", test);
	return policy_load(text_of(text), scene->arena, &scene->policies, findings);
}

static void judge(struct scene *scene, const char *test)
{
	const struct gather_config host = {.running = true, .now_us = TIME_DAY_US};
	struct findings findings;
	if (!load(scene, test, &findings))
		fail_msg("%s: %.*s", test, TEXT_ARG(findings.list[0].what));
	scene->fixture = make_host();
	scene->gather = fixture_gather(scene->fixture, &host);
	scene->facts = facts_new(scene->gather);
	struct decide decide = {.gather = scene->gather, .facts = scene->facts};
	decide_test(&decide, scene->policies.list[0].checks[0].test, &scene->verdict);
}

static const struct {
	const char *test;
	enum status status;
	const char *reason; /* NULL: whatever it is */
} cases[] = {
	{"{ file: /conf, line: { matches: '^max' } }", STATUS_PASS, "line 2 matches"},
	{"{ file: /conf, line: [ { matches: max }, { not_matches: '^#' } ] }", STATUS_PASS, NULL},
	{"{ file: /conf, line: [ { matches: max }, { matches: min } ] }", STATUS_FAIL,
	 "no line fulfils \"matches max and matches min\""},
	{"{ file: /conf, no_line: [ { matches: max }, { matches: min } ] }", STATUS_PASS, NULL},
	{"{ file: /conf, no_line: { matches: '^m' } }", STATUS_FAIL,
	 "lines 2, 3 match and must not"},
	{"{ file: /conf, line: { equals: max = 90 } }", STATUS_PASS, NULL},
	{"{ file: /conf, line: { equals: max } }", STATUS_FAIL, NULL},
	{"{ file: /one, line: [ { not_equals: '' }, { not_equals: '2' } ] }", STATUS_PASS,
	 "line 3 matches"},
	{"{ file: /conf, line: { number: '^max = (\\d+)', at_most: 90 } }", STATUS_PASS, NULL},
	{"{ file: /conf, line: { number: '^max = (\\d+)', at_most: 89 } }", STATUS_FAIL, NULL},
	{"{ file: /conf, line: { number: '^max = (\\d+)', at_least: 1, at_most: 90 } }",
	 STATUS_PASS, NULL},
	{"{ file: /conf, line: { at_least: 91, number: '^max = (\\d+)' } }", STATUS_FAIL, NULL},
	{"{ file: /conf, line: { number: '^max = (\\d+)', equals: 90 } }", STATUS_PASS, NULL},
	{"{ file: /conf, line: { number: '^max = (\\d+)', not_equals: 90 } }", STATUS_FAIL, NULL},
	{"{ file: /conf, line: [ { matches: '^min' }, { no_number: '(\\d+)', at_most: 6 } ] }",
	 STATUS_PASS, NULL},
	{"{ file: /conf, line: { number: '^neg = (-?\\d+)', equals: -3 } }", STATUS_PASS, NULL},
	{"{ file: /conf, line: { number: '^min = \\d', at_most: 6 } }", STATUS_ERROR,
	 "what is to be compared is no number: \"number ^min = \\d, at_most 6\""},
	{"{ file: /conf, line: { number: '^name = (\\w)', at_most: 6 } }", STATUS_ERROR, NULL},
	{"{ file: /conf, line: { number: '^big = (\\d+)', at_most: 6 } }", STATUS_ERROR, NULL},
	{"{ file: /conf, no_line: { number: '^name = (\\w)', at_most: 6 } }", STATUS_ERROR, NULL},
	{"{ file: /none, empty: true }", STATUS_PASS, "it is empty"},
	{"{ file: /none, empty: false }", STATUS_FAIL, "it is empty"},
	{"{ file: /conf, empty: false }", STATUS_PASS, "it is not empty"},
	{"{ file: /none, no_line: { matches: x } }", STATUS_PASS, NULL},
	{"{ file: /none, line: { not_matches: x } }", STATUS_FAIL, NULL},
	{"{ file: /one, whole: '1' }", STATUS_PASS, "it is \"1\""},
	{"{ file: /conf, whole: '1' }", STATUS_FAIL, "it is not \"1\""},
	{"{ file: /gone, line: { matches: x } }", STATUS_FAIL, "/gone is missing"},
	{"{ when: { file: /gone }, file: /gone, line: { matches: x } }", STATUS_NOT_APPLICABLE,
	 "does not apply: /gone is missing"},
	{"{ file: /one, when: { file: /conf, type: file }, whole: '1' }", STATUS_PASS, NULL},
	{"{ when: { file: /conf, regex: '^max' }, any: [ { file: /gone }, { file: /one } ] }",
	 STATUS_PASS, NULL},
	{"{ any: [ { file: /gone } ], when: { file: /gone } }", STATUS_NOT_APPLICABLE, NULL},
	{"{ when: { file: /d, regex: x }, file: /one }", STATUS_ERROR, NULL},
	{"{ files: '*', path: /d, line: { matches: '^x' } }", STATUS_PASS,
	 "files: 3 rows, line \"matches ^x\""},
	{"{ files: '*', path: /d, name: '\\.conf$', line: { matches: '^y' } }", STATUS_PASS, NULL},
	{"{ files: '*', path: /d, line: [ { matches: '^x' }, { matches: '2' } ], count: 1 }",
	 STATUS_PASS, NULL},
	{"{ files: '*', path: /d, regex: '^y', line: { matches: '^x' } }", STATUS_PASS, NULL},
	{"{ files: '*', path: /d, regex: '^z' }", STATUS_FAIL, NULL},
	{"{ files: '*', path: /d, no_regex: '^y', count: 2 }", STATUS_PASS, NULL},
	{"{ files: 'name:c.txt', path: /d, line: { matches: '^x' }, count: 1 }", STATUS_PASS, NULL},
	{"{ files: '*', path: /d, line: { number: '^(x) = 1', at_most: 1 } }", STATUS_ERROR, NULL},
	{"{ files: '*', path: /d, line: { number: '^(x) = 1|y = (2)', at_most: 1 }, count: 3 }",
	 STATUS_FAIL, NULL},
	{"{ files: '*', path: /nowhere, line: { matches: '^x' } }", STATUS_FAIL, NULL},
};

test(lines_are_judged_as_a_whole)
{
	for (size_t i = 0; i < array_len(cases); i++) {
		scoped(end_scene) struct scene scene;
		judge(&scene, cases[i].test);
		if (scene.verdict.status != cases[i].status)
			fail_msg("%s: %s, %.*s", cases[i].test, status_name(scene.verdict.status),
				 TEXT_ARG(scene.verdict.reason));
		if (cases[i].reason && !text_is(scene.verdict.reason, cases[i].reason))
			fail_msg("%s: says %.*s", cases[i].test, TEXT_ARG(scene.verdict.reason));
	}
}

test(evidence_is_the_lines_that_decided)
{
	scoped(end_scene) struct scene scene;
	judge(&scene, "{ files: '*', path: /d, line: { matches: '2' } }");
	assert_int_equal(scene.verdict.proof.count, 2);
	assert_true(text_is(scene.verdict.proof.list[0].path, "/d/sub/b.conf"));
	assert_int_equal(scene.verdict.proof.list[0].line, 1);
	assert_true(text_is(scene.verdict.proof.list[1].text, "y = 2"));
}

test(refuses_conditions_that_say_nothing)
{
	static const struct {
		const char *test, *what;
	} wrong[] = {
		{"{ file: /a, line: [] }", "a line has from 1 to 100 conditions"},
		{"{ file: /a, line: x }", "a condition on a line is a map"},
		{"{ file: /a, line: { match: x } }",
		 "unknown condition on a line \"match\"; did you mean \"matches\"?"},
		{"{ file: /a, line: { matches: x, equals: y } }", "one condition a map"},
		{"{ file: /a, line: { number: x } }", "the number is compared with nothing"},
		{"{ file: /a, line: { number: x, at_most: y } }", "at_most is a whole number here"},
		{"{ file: /a, line: { number: x, at_mots: 1 } }",
		 "unknown bound of a number \"at_mots\"; did you mean \"at_most\"?"},
		{"{ file: /a, line: { number: x, at_most: 1, at_least: 2 } }",
		 "no number is within these bounds"},
		{"{ file: /a, line: { matches: 'a(' } }", "regular expression: "},
		{"{ file: /a, empty: maybe }", "empty is true or false"},
		{"{ file: /a, whole: [ a ] }", "the whole content must be a text"},
		{"{ when: { file: /a } }", "the test has a \"when\" alone"},
		{"{ all: [ { file: /a } ], when: x }", "a test is a map"},
	};
	for (size_t i = 0; i < array_len(wrong); i++) {
		scoped(end_scene) struct scene scene;
		struct findings findings;
		if (load(&scene, wrong[i].test, &findings))
			fail_msg("%s is taken", wrong[i].test);
		if (!text_starts(findings.list[0].what, wrong[i].what))
			fail_msg("%s: %.*s", wrong[i].test, TEXT_ARG(findings.list[0].what));
	}
}
