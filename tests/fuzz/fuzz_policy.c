/* A policy of any format: read, and when it is one, judged on a small host, each item within its
 * limits. */
#include "assess/engine/engine.h"

#include "assess/engine/fixture.h"

#include "fuzz.h"

#define RUN_BYTES_MAX 65536 /* larger ones are only read */

static bool check_item(void *data, const struct item *item, const struct policy *policy,
		       const struct check *check, struct text explain)
{
	size_t *count = data;
	(void)policy;
	(void)check;
	(void)explain;
	must(item->reason.len > 0 && item->policy.level != LEVEL_NONE);
	must(item->evidence_count <= ITEM_EVIDENCE_MAX);
	for (size_t i = 0; i < item->evidence_count; i++)
		must(item->evidence[i].text.len <= ITEM_EVIDENCE_TEXT_MAX + 3);
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
	must(fixture_add_text(fixture, "/etc/ssh/sshd_config", TEXT("PermitRootLogin no\n"), &err));
	must(fixture_add_text(fixture, "/etc/passwd", TEXT("root:x:0:0::/root:/bin/sh\n"), &err));
	must(fixture_add_text(fixture, "/proc/sys/kernel/sysrq", TEXT("0\n"), &err));
	scoped(gather_free) struct gather *gather = fixture_gather(fixture, &host);
	(void)!engine_run(gather, policies, &config, check_item, &count, &counts);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	scoped(arena_free) struct arena *arena = arena_new(POLICY_ARENA_MAX);
	struct policies policies = {0};
	struct findings findings = {.arena = arena};
	bool loaded = policy_load((struct text){(const char *)bytes, len}, arena, &policies,
				  &findings);
	must(loaded == (findings.errors == 0) && findings.count <= POLICY_FINDINGS_MAX);
	if (loaded && len <= RUN_BYTES_MAX)
		run(&policies);
	policies_end(&policies);
	return 0;
}
