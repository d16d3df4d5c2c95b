/* A policy of Wazuh's SCA, or one rule of it: read, and judged on a small host, never to an error.
 */
#include "assess/engine/engine.h"
#include "assess/engine/fixture.h"
#include "base/buf.h"

#include "fuzz.h"

#define RUN_BYTES_MAX 65536 /* larger ones are only read */
#define RULE_BYTES_MAX 4096

static bool check_item(void *data, const struct item *item, const struct policy *policy,
		       const struct check *check, struct text explain)
{
	size_t *count = data;
	(void)policy;
	(void)check;
	(void)explain;
	must(item->reason.len > 0 && item->policy.level != LEVEL_NONE);
	must(item->status != STATUS_ERROR && item->check.location.at);
	must(item->evidence_count <= ITEM_EVIDENCE_MAX);
	return ++*count < 100;
}

static void run(const struct policies *policies)
{
	static const struct host_facts facts = {.name = {"host", 4}};
	const struct gather_config host = {.running = true, .now_us = TIME_DAY_US};
	const struct engine_config config = {
		.target = facts.name, .level_max = LEVEL_MAXIMUM, .facts = &facts, .explain = true};
	struct err err = {0};
	struct engine_counts counts;
	size_t count = 0;
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	must(fixture_add_text(fixture, "/a", TEXT("# one\ntwo = 2\r\nthree 3\n"), &err));
	must(fixture_add_text(fixture, "/d/x", TEXT("x\n"), &err));
	must(fixture_add_text(fixture, "/d/e/y", TEXT(""), &err));
	must(fixture_add_text(fixture, "/proc/1/status",
			      TEXT("Name:\tp\nPPid:\t0\nUid:\t0\t0\t0\t0\n"), &err));
	must(fixture_add_text(fixture, "/proc/1/cmdline", TEXT("/p"), &err));
	fixture_add_answer(fixture, TEXT("c"), TEXT("0 6 2\nout 1\n!\n"));
	scoped(gather_free) struct gather *gather = fixture_gather(fixture, &host);
	(void)!engine_run(gather, policies, &config, check_item, &count, &counts);
}

static void load(struct text text)
{
	scoped(arena_free) struct arena *arena = arena_new(POLICY_ARENA_MAX);
	struct policies policies = {0};
	struct findings findings = {.arena = arena};
	bool loaded = policy_load(text, arena, &policies, &findings);
	must(loaded == (findings.errors == 0) && findings.count <= POLICY_FINDINGS_MAX);
	if (loaded && text.len <= RUN_BYTES_MAX)
		run(&policies);
	policies_end(&policies);
}

/* The bytes as the rule of a check. */
static void load_rule(struct text rule)
{
	scoped(buf_end) struct buf text = {0};
	buf_cstr(&text, "policy:\n  id: p\nvariables: { $v: /a, $list: [ /none, /a ] }\n"
			"checks: [ { id: 1, condition: any, rules: [ \"");
	for (size_t i = 0; i < rule.len && i < RULE_BYTES_MAX; i++)
		buf_print(&text, "\\x%02x", (unsigned)(unsigned char)rule.at[i]);
	buf_cstr(&text, "\" ] } ]\n");
	load(buf_view(&text));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct text text = {(const char *)bytes, len};
	load(text);
	load_rule(text);
	return 0;
}
