/* engine.h: policies and a host in, compliance items out; nothing is written, started or connected.
 *
 * Facts are gathered once each (gather.h), tests decided over them, `when`, the policy's target
 * and a policy's requirements before. One file or one test that goes wrong costs its item, never
 * the run. */
#pragma once
#include "assess/policy/policy.h"
#include "model/host.h"
#include "model/item.h"

struct engine_config {
	struct text target; /* written into the items */
	struct text agent;  /* empty: local */
	struct text action;
	enum level level_max;    /* checks above are left out; LEVEL_MAXIMUM: none is */
	const struct text *only; /* refs; NULL: all */
	size_t only_count;
	const bool *chosen; /* by the check's number, counted over all policies; NULL: all */
	const struct host_facts *facts; /* what targets are matched with */
	bool no_requirements;           /* judge also where a policy's requirements are not met */
	bool explain;
	/* Told, before its item, what the check's verdict depends on (probe.h); lent. NULL: nobody
	 * asks. Called with engine_run's data. */
	void (*depends)(void *data, size_t number, const struct text *names, size_t count);
};

/* Told each item as it is decided, lent; false stops the run. explain: lines for people ("" when
 * not asked for). */
typedef bool (*engine_fn)(void *data, const struct item *item, const struct policy *policy,
			  const struct check *check, struct text explain);

struct engine_counts {
	size_t items, applied; /* applied: neither not_applicable nor left out */
	size_t by_status[STATUS_COUNT];
};

/* False when `each` stopped it. Times are measured with time_span_us. */
must_use bool engine_run(struct gather *gather, const struct policies *policies,
			 const struct engine_config *config, engine_fn each, void *data,
			 struct engine_counts *counts);
