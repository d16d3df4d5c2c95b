#include "assess/engine/engine.h"

#include <string.h>

#include "assess/engine/fixture.h"
#include "unit.h"

#define ITEMS_MAX 2

struct seen {
	struct item items[ITEMS_MAX];
	size_t count, stop_after;
};

static bool keep(void *data, const struct item *item, const struct policy *policy,
		 const struct check *check, struct text explain)
{
	struct seen *seen = data;
	(void)policy;
	(void)check;
	(void)explain;
	assert_true(seen->count < ITEMS_MAX);
	seen->items[seen->count++] = *item;
	return seen->count != seen->stop_after;
}

/* A run of a policy over a host with one file. */
struct scene {
	struct arena *arena;
	struct policies policies;
	struct fixture *fixture;
	struct gather *gather;
	struct engine_counts counts;
	struct seen seen;
	struct engine_config config;
};

static void end_scene(struct scene *scene)
{
	gather_free(&scene->gather);
	fixture_free(&scene->fixture);
	policies_end(&scene->policies);
	arena_free(&scene->arena);
}

static bool run(struct scene *scene, const char *text)
{
	static const struct text os[] = {TEXT("linux"), TEXT("debian")};
	static const struct host_facts facts = {
		.name = TEXT("web1.example.net"), .os = os, .os_count = 2};
	const struct gather_config host = {.running = true, .now_us = TIME_DAY_US};
	struct err err = {0};
	scene->arena = arena_new(POLICY_ARENA_MAX);
	struct findings findings = {.arena = scene->arena};
	if (!policy_load(text_of(text), scene->arena, &scene->policies, &findings))
		fail_msg("%.*s", TEXT_ARG(findings.list[0].what));
	scene->fixture = fixture_new();
	assert_true(fixture_add_text(scene->fixture, "/etc/a", TEXT("one\ntwo\n"), &err));
	scene->gather = fixture_gather(scene->fixture, &host);
	scene->config.target = TEXT("web1.example.net");
	scene->config.facts = &facts;
	if (scene->config.level_max == LEVEL_NONE)
		scene->config.level_max = LEVEL_MAXIMUM;
	return engine_run(scene->gather, &scene->policies, &scene->config, keep, &scene->seen,
			  &scene->counts);
}

static const char two_checks[] =
	"policy: p\nchecks:\n"
	"- {ref: a, level: low, name: first, test: {file: /etc/a, regex: one}}\n"
	"- {ref: b, level: high, name: second, test: {file: /etc/a, regex: three}}\n";

test(every_check_yields_one_item)
{
	scoped(end_scene) struct scene scene = {0};
	assert_true(run(&scene, two_checks));
	assert_int_equal(scene.seen.count, 2);
	const struct item *item = &scene.seen.items[0];
	assert_int_equal(item->status, STATUS_PASS);
	assert_true(text_is(item->target, "web1.example.net"));
	assert_int_equal(item->policy.level, LEVEL_LOW);
	assert_true(text_is(item->check.location, "/etc/a"));
	assert_true(text_is(item->check.test_type, "regex"));
	assert_int_equal(item->evidence_count, 1);
	assert_int_equal(item->evidence[0].line, 1);
	assert_int_equal(scene.seen.items[1].status, STATUS_FAIL);
	assert_int_equal(scene.counts.applied, 2);
	assert_int_equal(scene.counts.by_status[STATUS_FAIL], 1);
}

test(a_file_that_many_checks_look_at_is_opened_once)
{
	scoped(end_scene) struct scene scene = {0};
	assert_true(run(&scene, two_checks));
	assert_int_equal(gather_opens(scene.gather), 1);
}

test(ids_name_the_check_on_the_host)
{
	scoped(end_scene) struct scene first = {0}, again = {0}, agent = {0};
	agent.config.agent = TEXT("0123");
	assert_true(run(&first, two_checks) && run(&again, two_checks) && run(&agent, two_checks));
	assert_string_equal(first.seen.items[0].id, again.seen.items[0].id);
	assert_string_not_equal(first.seen.items[0].id, first.seen.items[1].id);
	assert_string_not_equal(first.seen.items[0].id, agent.seen.items[0].id);
}

test(levels_and_refs_leave_checks_out)
{
	static const struct text only[] = {TEXT("b")};
	scoped(end_scene) struct scene low = {.config = {.level_max = LEVEL_MEDIUM}}, one = {0};
	one.config.only = only;
	one.config.only_count = 1;
	assert_true(run(&low, two_checks) && run(&one, two_checks));
	assert_int_equal(low.seen.count, 1);
	assert_true(text_is(low.seen.items[0].check.ref, "a"));
	assert_int_equal(one.seen.count, 1);
	assert_true(text_is(one.seen.items[0].check.ref, "b"));
}

test(target_and_when_decide_whether_it_applies)
{
	static const struct {
		const char *head, *when;
		enum status status;
		const char *reason;
	} cases[] = {
		{"target: os:debian\n", "", STATUS_PASS, "line 1 matches"},
		{"target: os:fedora\n", "", STATUS_NOT_APPLICABLE, "not a target of the policy"},
		{"", "when: {file: /etc/a}, ", STATUS_PASS, "line 1 matches"},
		{"", "when: {file: /etc/b}, ", STATUS_NOT_APPLICABLE,
		 "does not apply: /etc/b is missing"},
		{"", "when: {file: /etc, regex: x}, ", STATUS_ERROR, "whether it applies: "},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		scoped(end_scene) struct scene scene = {0};
		assert_true(run(&scene,
				unit_text("policy: p\n%schecks:\n- {ref: a, level: low, name: n, "
					  "%stest: {file: /etc/a, regex: one}}\n",
					  cases[i].head, cases[i].when)));
		assert_int_equal(scene.seen.items[0].status, cases[i].status);
		const char *reason = unit_text("%.*s", TEXT_ARG(scene.seen.items[0].reason));
		if (!strstr(reason, cases[i].reason))
			fail_msg("case %zu: %s", i, reason);
		assert_int_equal(scene.counts.applied, cases[i].status != STATUS_NOT_APPLICABLE);
	}
}

test(whoever_is_told_can_stop_it)
{
	scoped(end_scene) struct scene scene = {.seen = {.stop_after = 1}};
	assert_false(run(&scene, two_checks));
	assert_int_equal(scene.seen.count, 1);
}
