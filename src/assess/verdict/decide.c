#include "assess/verdict/decide.h"

#include "assess/verdict/mask.h"
#include "base/buf.h"

#define SHOWN_DEPENDS_MAX 20

struct match_name decide_name(const struct test *test, unsigned field)
{
	const struct probe *probe = test->call.probe;
	const struct probe_setting *key = probe_setting(&test->call, "key");
	struct match_name name = {.subject = key ? key->text : test->call.subject};
	if (field != MATCH_ROW && (!probe->fields[field].subject || probe->table))
		name.field = text_of(probe->fields[field].name);
	if (probe->table)
		name.subject = (struct text){0};
	return name;
}

struct value decide_field(const struct probe_row *row, unsigned field)
{
	return field == MATCH_ROW ? value_bool(true) : row->values[field];
}

/* Where a person would look: the place of the row that decided, else what the test names. */
static struct text location_of(const struct test *test, const struct verdict *verdict)
{
	if (verdict->location.at)
		return verdict->location;
	const struct probe_setting *path = probe_setting(&test->call, "path");
	if (!test->call.probe->table)
		return test->call.subject;
	if (path && path->count > 0)
		return path->list[0];
	return text_of(test->call.probe->name);
}

static void explain_rule(struct decide *decide, const struct test *test)
{
	struct buf *out = decide->explain;
	if (!out || !test->rule.at)
		return;
	buf_print(out, "%*srule ", (int)(2 * decide->depth), "");
	buf_printable(out, test->rule, 1000);
	buf_char(out, '\n');
}

static void explain_fixed(struct decide *decide, const struct verdict *verdict)
{
	if (!decide->explain)
		return;
	buf_print(decide->explain, "%*s%s, ", (int)(2 * decide->depth), "",
		  status_name(verdict->status));
	buf_text(decide->explain, verdict->reason);
	buf_char(decide->explain, '\n');
}

static void explain_leaf(struct decide *decide, const struct test *test,
			 const struct probe_answer *answer, const struct verdict *verdict)
{
	struct buf *out = decide->explain;
	if (!out)
		return;
	buf_print(out, "%*s%s ", (int)(2 * decide->depth), "", test->call.probe->name);
	buf_printable(out, test->call.subject, 200);
	if (test->conditions.at) {
		buf_cstr(out, ", ");
		buf_printable(out, test->conditions, 1000);
	}
	buf_print(out, ": %s, ", status_name(verdict->status));
	buf_text(out, verdict->reason);
	buf_char(out, '\n');
	buf_print(out, "%*s  read: %zu %s", (int)(2 * decide->depth), "", answer->count,
		  answer->count == 1 ? "row" : "rows");
	for (size_t i = 0; i < answer->depend_count && i < SHOWN_DEPENDS_MAX; i++) {
		buf_cstr(out, i == 0 ? " from " : ", ");
		buf_printable(out, answer->depends[i], 200);
	}
	if (answer->depend_count > SHOWN_DEPENDS_MAX)
		buf_print(out, " and %zu more", answer->depend_count - SHOWN_DEPENDS_MAX);
	buf_char(out, '\n');
}

static void decide_leaf(struct decide *decide, const struct test *test, struct verdict *verdict)
{
	struct probe_call call = test->call;
	call.content = test->content_count > 0;
	const struct probe_answer *answer = facts_get(decide->facts, &call);
	struct arena *arena = gather_arena(decide->gather);
	const struct probe_setting *key = probe_setting(&call, "key");
	bool hidden = answer->text_denied || (key && mask_is_secret(key->text));
	*verdict = (struct verdict){.decider = test, .proof = proof_begin(arena, hidden)};
	if (answer->outcome != PROBE_ROWS) {
		verdict->status = answer->outcome == PROBE_ERROR ? STATUS_ERROR
								 : STATUS_NOT_APPLICABLE;
		verdict->reason = answer->reason;
	} else if (test->call.probe->table) {
		decide_rows(decide, test, answer, verdict);
	} else {
		decide_value(decide, test, answer, verdict);
	}
	verdict->location = location_of(test, verdict);
	verdict->reason = proof_show(verdict->reason, DECIDE_REASON_MAX, arena);
	explain_leaf(decide, test, answer, verdict);
}

/* -------- groups -------- */

struct group {
	const struct test *test;
	struct verdict error, skipped, last; /* decider NULL: there was none */
	struct proof proof;                  /* of what did not decide by itself */
	struct buf reasons;
};

static void end_group(struct group *group)
{
	buf_end(&group->reasons);
}

static void note(struct group *group, const struct verdict *verdict)
{
	if (verdict->status == STATUS_ERROR) {
		if (!group->error.decider)
			group->error = *verdict;
		return;
	}
	if (verdict->status == STATUS_NOT_APPLICABLE) {
		if (!group->skipped.decider)
			group->skipped = *verdict;
		return;
	}
	size_t at;
	if (!text_find(buf_view(&group->reasons), verdict->reason, &at)) { /* said once is enough */
		buf_cstr(&group->reasons, group->reasons.len > 0 ? "; " : "");
		buf_text(&group->reasons, verdict->reason);
	}
	if (!group->last.decider)
		group->last = *verdict;
	proof_join(&group->proof, &verdict->proof);
}

/* No test decided it alone: what all of them together say. */
static void conclude(struct decide *decide, struct group *group, enum status otherwise,
		     struct verdict *verdict)
{
	struct arena *arena = gather_arena(decide->gather);
	if (group->error.decider || group->skipped.decider) {
		*verdict = group->error.decider ? group->error : group->skipped;
		return;
	}
	must(group->last.decider);
	*verdict = (struct verdict){
		.status = otherwise,
		.reason = proof_show(buf_view(&group->reasons), DECIDE_REASON_MAX, arena),
		.location = group->last.location,
		.decider = group->test->test_count == 1 && group->test->kind != TEST_NONE
				   ? group->last.decider
				   : group->test,
		.proof = group->proof,
	};
}

static const struct {
	const char *name;
	enum status stops; /* a test with this status decides at once … */
	enum status then;  /* … and makes the group this */
	enum status otherwise;
} kinds[] = {
	[TEST_ALL] = {"all", STATUS_FAIL, STATUS_FAIL, STATUS_PASS},
	[TEST_ANY] = {"any", STATUS_PASS, STATUS_PASS, STATUS_FAIL},
	[TEST_NONE] = {"none", STATUS_PASS, STATUS_FAIL, STATUS_PASS},
};

static void decide_group(struct decide *decide, const struct test *test, struct verdict *verdict)
{
	scoped(end_group) struct group group = {
		.test = test, .proof = proof_begin(gather_arena(decide->gather), false)};
	if (decide->explain)
		buf_print(decide->explain, "%*s%s:\n", (int)(2 * decide->depth), "",
			  kinds[test->kind].name);
	decide->depth++;
	decide->groups++;
	for (size_t i = 0; i < test->test_count; i++) {
		decide_test(decide, test->tests[i], verdict);
		if (verdict->status == kinds[test->kind].stops) {
			verdict->status = kinds[test->kind].then;
			decide->depth--;
			decide->groups--;
			return;
		}
		note(&group, verdict);
	}
	decide->depth--;
	decide->groups--;
	conclude(decide, &group, kinds[test->kind].otherwise, verdict);
}

/* What an importer could tell beforehand. */
static void decide_fixed(struct decide *decide, const struct test *test, struct verdict *verdict)
{
	struct arena *arena = gather_arena(decide->gather);
	*verdict = (struct verdict){
		.status = test->fixed,
		.reason = proof_show(test->why, DECIDE_REASON_MAX, arena),
		.location = test->rule.at ? test->rule : test->shown,
		.decider = test,
		.proof = proof_begin(arena, false),
	};
	explain_fixed(decide, verdict);
}

/* Whether the test applies; if not, the verdict is there. */
static bool applies(struct decide *decide, const struct test *test, struct verdict *verdict)
{
	struct arena *arena = gather_arena(decide->gather);
	if (!test->when)
		return true;
	if (decide->explain)
		buf_print(decide->explain, "%*swhen:\n", (int)(2 * decide->depth), "");
	decide->depth++;
	decide_test(decide, test->when, verdict);
	decide->depth--;
	if (verdict->status == STATUS_PASS)
		return true;
	bool error = verdict->status == STATUS_ERROR;
	struct text why = text_of(arena_print(arena, "%s: %.*s",
					      error ? "whether it applies" : "does not apply",
					      TEXT_ARG(verdict->reason)));
	verdict->status = error ? STATUS_ERROR : STATUS_NOT_APPLICABLE;
	verdict->reason = proof_show(why, DECIDE_REASON_MAX, arena);
	verdict->decider = test;
	return false;
}

void decide_test(struct decide *decide, const struct test *test, struct verdict *verdict)
{
	explain_rule(decide, test);
	if (!applies(decide, test, verdict))
		return;
	if (test->kind == TEST_PROBE)
		decide_leaf(decide, test, verdict);
	else if (test->kind == TEST_FIXED)
		decide_fixed(decide, test, verdict);
	else
		decide_group(decide, test, verdict);
}
