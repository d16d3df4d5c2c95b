/* drift.h: policies judged once, and from then on each check again as soon as something that its
 * verdict depends on has changed.
 *
 * Only the affected checks are judged, from facts gathered anew. An item is told when its status,
 * reason or evidence is another; where nothing but time has passed (ages, expiry: looked at every
 * WATCH_CLOCK_MS), when its status is. What a check depends on is watched from the moment on that
 * it is known, and the check judged once more then, so that no change falls between. */
#pragma once
#include "assess/engine/engine.h"
#include "os/watch/watch.h"

#define DRIFT_BEYOND \
	"beyond the limits" /* the name of what cannot be watched for there is too much */
#define DRIFT_ROUNDS_MAX 8  /* judged again for what turned out to matter meanwhile, at once */

struct drift; /* a handle */

struct drift_change {
	const struct item *item;
	const struct policy *policy;
	const struct check *check;
	struct text explain;
	bool first;       /* of the first run */
	enum status from; /* else: what it was */
};

struct drift_config {
	struct loop *loop;
	const struct policies *policies; /* lent */
	struct engine_config engine;     /* facts are `renew`'s, as the target where it is empty */
	struct gather *gather;           /* whose root is judged; lent */
	const struct text *fact_names;   /* what the host's facts depend on */
	size_t fact_name_count;
	unsigned watch_limit; /* see watch.h; 0: as many as may be */
	/* A gather over the same root (gather_again), and the host's facts, anew where they are
	 * stale. */
	struct gather *(*renew)(void *data, bool facts_stale, const struct host_facts **facts);
	bool (*each)(void *data, const struct drift_change *change); /* false ends the loop */
	void *data;
};

/* Opens what the watch needs: before walls. */
must_use struct drift *drift_new(const struct drift_config *config, struct err *err);
void drift_free(struct drift **drift);

/* The first run: everything is told. False when `each` said so. */
must_use bool drift_judge(struct drift *drift);
/* Watches from here on, within the loop; what has changed since drift_judge is told at once. */
must_use bool drift_watch(struct drift *drift);

/* How the checks stand by now. */
void drift_counts(const struct drift *drift, struct engine_counts *counts);
must_use struct watch *drift_watcher(struct drift *drift);
