/* However many checks ask, what they ask about is opened, listed and walked once a run. */
#include "assess/engine/engine.h"

#include "unit.h"

static const char *const shipped[] = {"policies/system.yaml", "policies/network.yaml",
				      "policies/service.yaml"};

struct cost {
	uint64_t opens, lists;
	size_t items;
};

static bool count(void *data, const struct item *item, const struct policy *policy,
		  const struct check *check, struct text explain)
{
	struct cost *cost = data;
	(void)item;
	(void)policy;
	(void)check;
	(void)explain;
	cost->items++;
	return true;
}

static void load(const char *path, unsigned times, struct arena *arena, struct policies *policies)
{
	size_t len;
	const char *bytes = unit_read_file(path, &len);
	struct text text = {bytes, len};
	for (unsigned i = 0; i < times; i++) {
		struct findings findings = {.arena = arena};
		if (!policy_load(text, arena, policies, &findings))
			fail_msg("%s: %.*s", path, TEXT_ARG(findings.list[0].what));
	}
}

/* What judging this host costs, when every policy is there `times` times. */
static struct cost judge(const char *const *paths, size_t path_count, unsigned times)
{
	struct cost cost = {0};
	struct err err = {0};
	struct policies policies = {0};
	static const struct text os[] = {TEXT("linux"), TEXT("debian")};
	static const struct host_facts facts = {
		.name = TEXT("web1.example.net"), .os = os, .os_count = array_len(os)};
	/* Not running: processes come and go, and each that is looked at costs. */
	const struct gather_config host = {.now_us = time_now_us()};
	const struct engine_config config = {
		.target = TEXT("web1.example.net"), .level_max = LEVEL_MAXIMUM, .facts = &facts};
	struct arena *arena = arena_new(4 * POLICY_ARENA_MAX);
	struct gather *gather = gather_new(&host, &err);
	assert_non_null(gather);
	for (size_t i = 0; i < path_count; i++)
		load(paths[i], times, arena, &policies);
	struct engine_counts counts = {0};
	assert_true(engine_run(gather, &policies, &config, count, &cost, &counts));
	cost.opens = gather_opens(gather);
	cost.lists = gather_lists(gather);
	gather_free(&gather);
	policies_end(&policies);
	arena_free(&arena);
	return cost;
}

static void assert_same_cost(const char *const *paths, size_t path_count)
{
	struct cost once = judge(paths, path_count, 1);
	struct cost thrice = judge(paths, path_count, 3);
	assert_int_equal(thrice.items, 3 * once.items);
	assert_true(once.opens > 0);
	assert_int_equal(thrice.opens, once.opens);
	assert_int_equal(thrice.lists, once.lists);
}

test(three_times_the_baseline_opens_no_more)
{
	const char *paths[array_len(shipped)];
	for (size_t i = 0; i < array_len(shipped); i++)
		paths[i] = unit_source(shipped[i]);
	assert_same_cost(paths, array_len(shipped));
}
