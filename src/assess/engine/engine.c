#include "assess/engine/engine.h"

#include <string.h>

#include "assess/engine/ask.h"
#include "assess/verdict/decide.h"
#include "base/buf.h"

#define EXPLAIN_MAX (64u * 1024) /* bytes for one check; what is beyond is cut */

struct run {
	struct gather *gather;
	const struct engine_config *config;
	struct facts *facts;
	struct json *host; /* the facts as a record for targets */
	engine_fn each;
	void *data;
	struct engine_counts *counts;
	struct buf explain;
	struct text unmet; /* why the present policy's checks do not apply; at NULL: they do */
	bool unmet_known;
	struct buf unmet_explain;
	size_t number; /* of the check at hand */
};

static void end_run(struct run *run)
{
	facts_free(&run->facts);
	json_free(&run->host);
	buf_end(&run->explain);
	buf_end(&run->unmet_explain);
}

static bool is_wanted(const struct engine_config *config, size_t number, const struct check *check)
{
	if (check->level > config->level_max || (config->chosen && !config->chosen[number]))
		return false;
	for (size_t i = 0; i < config->only_count; i++)
		if (text_is_equal(config->only[i], check->ref))
			return true;
	return config->only_count == 0;
}

/* What a check that does not apply says: the test was not decided, so it stands for itself. */
static void not_applicable(const struct check *check, struct text reason, struct verdict *verdict)
{
	verdict->status = STATUS_NOT_APPLICABLE;
	verdict->reason = reason;
	verdict->decider = check->test;
	verdict->location = (struct text){0};
}

static void decide_target(struct run *run, const struct policy *policy, const struct check *check,
			  struct verdict *verdict)
{
	struct arena *arena = gather_arena(run->gather);
	not_applicable(check,
		       proof_show(text_of(arena_print(
					  arena, "this host is not a target of the policy: %.*s",
					  TEXT_ARG(policy->target_text))),
				  DECIDE_REASON_MAX, arena),
		       verdict);
}

/* Whether `when` holds; if not, the verdict is there. */
static bool decide_when(struct run *run, struct decide *decide, const struct check *check,
			struct verdict *verdict)
{
	struct arena *arena = gather_arena(run->gather);
	if (!check->when)
		return true;
	if (decide->explain)
		buf_cstr(decide->explain, "  when\n");
	decide_test(decide, check->when, verdict);
	if (verdict->status == STATUS_PASS)
		return true;
	if (verdict->status == STATUS_ERROR) {
		verdict->reason = text_of(
			arena_print(arena, "whether it applies: %.*s", TEXT_ARG(verdict->reason)));
		return false;
	}
	not_applicable(
		check,
		text_of(arena_print(arena, "does not apply: %.*s", TEXT_ARG(verdict->reason))),
		verdict);
	return false;
}

/* The path that a test is about, where nothing was decided yet. */
static struct text first_subject(const struct test *test)
{
	while (test->kind != TEST_PROBE && test->kind != TEST_FIXED)
		test = test->tests[0];
	if (test->kind == TEST_FIXED)
		return test->rule.at ? test->rule : test->shown;
	if (!test->call.probe->table)
		return test->call.subject;
	const struct probe_setting *path = probe_setting(&test->call, "path");
	return path && path->count > 0 ? path->list[0] : text_of(test->call.probe->name);
}

/* What it says stands in for all checks of the policy. */
static void decide_requirements(struct run *run, const struct policy *policy)
{
	struct arena *arena = gather_arena(run->gather);
	struct decide decide = {
		.gather = run->gather,
		.facts = run->facts,
		.explain = run->config->explain ? &run->unmet_explain : NULL,
		.depth = 2,
	};
	struct verdict verdict;
	run->unmet = (struct text){0};
	run->unmet_known = true;
	buf_clear(&run->unmet_explain);
	if (!policy->requirements || run->config->no_requirements)
		return;
	decide_test(&decide, policy->requirements, &verdict);
	if (verdict.status == STATUS_PASS)
		return;
	struct text name = policy->requirements_name.at ? policy->requirements_name : policy->name;
	run->unmet = proof_show(
		text_of(arena_print(arena, "requirements of the policy are not met: %.*s (%.*s)",
				    TEXT_ARG(name), TEXT_ARG(verdict.reason))),
		DECIDE_REASON_MAX, arena);
}

static void judge(struct run *run, const struct policy *policy, const struct check *check,
		  bool is_target, struct verdict *verdict)
{
	buf_clear(&run->explain);
	struct decide decide = {
		.gather = run->gather,
		.facts = run->facts,
		.explain = run->config->explain ? &run->explain : NULL,
		.depth = 2,
	};
	*verdict = (struct verdict){.proof = proof_begin(gather_arena(run->gather), false)};
	if (!is_target) {
		decide_target(run, policy, check, verdict);
	} else if (run->unmet.at) {
		if (decide.explain) {
			buf_cstr(decide.explain, "  requirements\n");
			buf_text(decide.explain, buf_view(&run->unmet_explain));
		}
		not_applicable(check, run->unmet, verdict);
	} else if (decide_when(run, &decide, check, verdict)) {
		if (decide.explain)
			buf_cstr(decide.explain, "  test\n");
		decide_test(&decide, check->test, verdict);
	}
	if (check->error_skips && verdict->status == STATUS_ERROR)
		verdict->status = STATUS_NOT_APPLICABLE;
	if (!verdict->location.at)
		verdict->location = first_subject(check->test);
}

static struct text location_of(const struct check *check, const struct verdict *verdict)
{
	bool found = check->location_found && verdict->status == STATUS_PASS;
	return check->location.at && !found ? check->location : verdict->location;
}

static struct item item_of(const struct run *run, const struct policy *policy,
			   const struct check *check, const struct verdict *verdict)
{
	const struct engine_config *config = run->config;
	struct item item = {
		.target = config->target,
		.link = TEXT(""),
		.at_us = gather_began_us(run->gather),
		.status = verdict->status,
		.policy = {policy->name, policy->url, check->level},
		.check = {check->ref, check->name, check->description, location_of(check, verdict),
			  verdict->decider->shown_type, verdict->decider->shown},
		.reason = verdict->reason,
		.agent = config->agent,
		.action = config->action,
		.evidence = verdict->proof.list,
		.evidence_count = verdict->proof.count,
		.truncated = verdict->proof.truncated,
	};
	item_put_id(config->agent.len > 0 ? config->agent : config->target, policy->name,
		    check->ref, check->part, item.id);
	return item;
}

static bool run_check(struct run *run, const struct policy *policy, const struct check *check,
		      bool is_target)
{
	struct verdict verdict;
	int64_t before_us = time_span_us();
	if (run->config->depends)
		facts_track(run->facts);
	if (run->config->depends || !run->unmet_known) /* each check depends on them */
		decide_requirements(run, policy);
	judge(run, policy, check, is_target, &verdict);
	struct item item = item_of(run, policy, check, &verdict);
	item.duration_us = time_span_us() - before_us;
	run->counts->items++;
	run->counts->by_status[item.status]++;
	if (item.status != STATUS_NOT_APPLICABLE)
		run->counts->applied++;
	struct text explain = buf_view(&run->explain);
	explain.len = text_cut(explain, EXPLAIN_MAX);
	if (run->config->depends) {
		const struct text *names;
		size_t count;
		facts_looked(run->facts, &names, &count);
		run->config->depends(run->data, run->number, names, count);
	}
	return run->each(run->data, &item, policy, check, explain);
}

static bool is_target_of(const struct run *run, const struct policy *policy)
{
	struct query_record record = query_json_record(run->host);
	return !policy->target ||
	       query_is_match(policy->target, &record, gather_began_us(run->gather));
}

static bool run_policy(struct run *run, const struct policy *policy)
{
	bool is_target = is_target_of(run, policy);
	run->unmet_known = false;
	for (size_t i = 0; i < policy->check_count; i++, run->number++)
		if (is_wanted(run->config, run->number, &policy->checks[i]) &&
		    !run_check(run, policy, &policy->checks[i], is_target))
			return false;
	return true;
}

/* -------- what is slow is asked for first -------- */

static bool foresees(const struct test *test)
{
	bool any = test && ((test->kind == TEST_PROBE && test->call.probe->foresee) ||
			    foresees(test->when));
	for (size_t i = 0; test && test->kind != TEST_PROBE && i < test->test_count && !any; i++)
		any = foresees(test->tests[i]);
	return any;
}

static void foresee(struct run *run, const struct test *test)
{
	if (test && test->when)
		foresee(run, test->when);
	for (size_t i = 0; test && test->kind != TEST_PROBE && i < test->test_count; i++)
		foresee(run, test->tests[i]);
	if (!test || test->kind != TEST_PROBE || !test->call.probe->foresee ||
	    (test->call.probe->live && !gather_is_running(run->gather)))
		return;
	scoped(buf_end) struct buf question = {0};
	if (test->call.probe->foresee(run->gather, &test->call, &question))
		gather_expect(run->gather, buf_view(&question));
}

/* Whether the test will be decided; only `when` is, for now. */
static bool will_apply(struct run *run, const struct check *check)
{
	struct verdict verdict = {.proof = proof_begin(gather_arena(run->gather), false)};
	struct decide decide = {.gather = run->gather, .facts = run->facts};
	if (check->when)
		decide_test(&decide, check->when, &verdict);
	return !check->when || verdict.status == STATUS_PASS;
}

/* Announces what all tests will ask of others, so that fifty hosts that don't answer are waited for
 * once: first what `when` asks, then the tests of the checks that apply. */
static void foresee_all(struct run *run, const struct policies *policies, bool when)
{
	size_t number = 0;
	for (size_t i = 0; i < policies->count; i++) {
		const struct policy *policy = &policies->list[i];
		bool is_target = is_target_of(run, policy);
		for (size_t j = 0; j < policy->check_count; j++, number++) {
			const struct check *check = &policy->checks[j];
			const struct test *test = when ? check->when : check->test;
			if (is_target && is_wanted(run->config, number, check) && foresees(test) &&
			    (when || will_apply(run, check)))
				foresee(run, test);
		}
	}
}

bool engine_run(struct gather *gather, const struct policies *policies,
		const struct engine_config *config, engine_fn each, void *data,
		struct engine_counts *counts)
{
	*counts = (struct engine_counts){0};
	scoped(end_run) struct run run = {
		.gather = gather,
		.config = config,
		.facts = facts_new(gather),
		.host = host_facts_to_json(config->facts),
		.each = each,
		.data = data,
		.counts = counts,
	};
	json_put_cstr(run.host, "status", "online"); /* whoever is judged is there */
	foresee_all(&run, policies, true);
	foresee_all(&run, policies, false);
	for (size_t i = 0; i < policies->count; i++)
		if (!run_policy(&run, &policies->list[i]))
			return false;
	return true;
}
