#include "assess/policy/muster/write.h"

#include "assess/policy/muster/scalar.h"
#include "assess/policy/muster/test.h"
#include "base/map.h"

#define STEP 2 /* columns of a level */

static void put_indent(struct buf *out, unsigned indent)
{
	buf_print(out, "%*s", (int)indent, "");
}

static void put_line(struct buf *out, unsigned indent, const char *key, struct text text)
{
	scalar_put_key(key, indent, out);
	scalar_put(text, out);
	buf_char(out, '\n');
}

/* For people: a text that may be long, or not be there. */
static void put_prose(struct buf *out, unsigned indent, const char *key, struct text text)
{
	if (text.len == 0)
		return;
	scalar_put_key(key, indent, out);
	scalar_put_lines(text, indent + STEP, out);
}

/* -------- a check -------- */

static void put_frameworks(struct buf *out, unsigned indent, const struct check *check)
{
	if (check->framework_count == 0)
		return;
	put_indent(out, indent);
	buf_cstr(out, "frameworks:\n");
	for (size_t i = 0; i < check->framework_count; i++) {
		put_indent(out, indent + STEP);
		scalar_put(check->frameworks[i].key, out);
		buf_cstr(out, ": ");
		scalar_put_list(check->frameworks[i].ids, check->frameworks[i].count, false, out);
		buf_char(out, '\n');
	}
}

/* Refs that several checks share get a number: each counter is the count of those that were
 * written. */
struct refs {
	struct map *shared; /* ref to struct share */
	struct arena *arena;
};

struct share {
	size_t checks, written;
};

/* What the policy requires of a host is asked of each check: the first one spells it out. */
static void put_requirements(struct buf *out, unsigned indent, const struct policy *policy,
			     const struct check *check)
{
	if (!policy->requirements)
		return;
	if (check != policy->checks) {
		put_indent(out, indent);
		buf_cstr(out, "when: *requirements\n");
		return;
	}
	test_put("when: &requirements", indent, policy->requirements, out);
}

static struct share *find_share(struct refs *refs, struct text ref)
{
	struct share *share = map_get(refs->shared, ref);
	if (!share) {
		share = arena_get(refs->arena, 1, sizeof(*share));
		(void)map_put(refs->shared, ref, share);
	}
	return share;
}

static void put_ref(struct buf *out, struct refs *refs, struct text ref)
{
	scoped(buf_end) struct buf own = {0};
	struct share *share = find_share(refs, ref);
	buf_text(&own, ref);
	while (share->checks > 1) {
		buf_clear(&own);
		buf_text(&own, ref);
		buf_print(&own, "-%zu", ++share->written);
		if (!map_get(refs->shared, buf_view(&own)))
			break;
	}
	buf_print(out, "%*s- ", STEP, "");
	put_line(out, 0, "ref", buf_view(&own));
}

static void put_check(struct buf *out, struct refs *refs, const struct policy *policy,
		      const struct check *check)
{
	unsigned indent = 2 * STEP;
	put_ref(out, refs, check->ref);
	if (check->statement.len > 0)
		put_line(out, indent, "statement", check->statement);
	put_line(out, indent, "level", text_of(level_name(check->level)));
	put_prose(out, indent, "name", check->name);
	put_prose(out, indent, "description", check->description);
	put_prose(out, indent, "rationale", check->rationale);
	put_prose(out, indent, "remediation", check->remediation);
	put_frameworks(out, indent, check);
	if (check->when)
		test_put("when:", indent, check->when, out);
	else
		put_requirements(out, indent, policy, check);
	test_put("test:", indent, check->test, out);
}

/* -------- a policy -------- */

#define REFS_ARENA_MAX (16u * 1024 * 1024) /* counters for POLICY_CHECKS_MAX refs, and room */

/* What holds for all of the policy and has no equivalent. */
static void put_notes(struct buf *out, const struct policy *policy, const struct refs *refs)
{
	bool skips = false, shared = map_count(refs->shared) < policy->check_count;
	for (size_t i = 0; i < policy->check_count; i++)
		skips |= policy->checks[i].error_skips;
	if (shared)
		buf_cstr(out, "# Its checks shared a ref and have one of their own each here; ids "
			      "come from them.\n");
	if (skips)
		buf_cstr(out, "# no equivalent: what can't be known is not applicable there, and "
			      "an error here.\n");
}

static void put_statements(struct buf *out, const struct policy *policy)
{
	if (policy->statement_count > 0)
		buf_cstr(out, "statements:\n");
	for (size_t i = 0; i < policy->statement_count; i++) {
		put_indent(out, STEP);
		scalar_put(policy->statements[i].key, out);
		buf_cstr(out, ": ");
		scalar_put_lines(policy->statements[i].text, 2 * STEP, out);
	}
}

static void put_policy(struct buf *out, const struct policy *policy)
{
	struct refs refs = {map_new(), arena_new(REFS_ARENA_MAX)};
	for (size_t i = 0; i < policy->check_count; i++)
		find_share(&refs, policy->checks[i].ref)->checks++;
	put_notes(out, policy, &refs);
	put_line(out, 0, "policy", policy->name);
	if (policy->url.len > 0)
		put_line(out, 0, "url", policy->url);
	if (policy->target)
		put_line(out, 0, "target", policy->target_text);
	put_statements(out, policy);
	buf_cstr(out, "checks:\n");
	for (size_t i = 0; i < policy->check_count; i++)
		put_check(out, &refs, policy, &policy->checks[i]);
	map_free(&refs.shared);
	arena_free(&refs.arena);
}

void policy_write(const struct policy *list, size_t count, struct text from, struct buf *out)
{
	buf_cstr(out, "# Written from ");
	buf_printable(out, from, from.len);
	buf_cstr(out, ".\n");
	for (size_t i = 0; i < count; i++) {
		buf_cstr(out, i > 0 ? "---\n" : "");
		put_policy(out, &list[i]);
	}
}
