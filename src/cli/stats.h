/* stats.h: what there is in policies, counted: for lint --stats. */
#pragma once
#include "base/map.h"
#include "assess/policy/policy.h"
#include "format/json.h"

/* Rules of SCA policies by what they look at, and whether they are told natively or need
 * --allow-commands. */
struct stats_rules {
	size_t files, folders, processes, commands, native, all;
	struct map *unknown; /* commands without a native answer: how often, as size_t * */
};

struct stats {
	size_t policies, checks, statements, with_examples, with_when, tests;
	size_t by_level[LEVEL_COUNT];
	struct stats_rules rules;
	struct arena *arena;
};

void stats_init(struct stats *stats, const struct policies *policies);
void stats_end(struct stats *stats);
void stats_print(const struct stats *stats, struct buf *out);
must_use struct json *stats_to_json(const struct stats *stats);
