/* sitting.h: one judge's process, from its start to its end: its ceilings of time and memory, and
 * in words how it ended.
 *
 * A judge that goes beyond its time is killed; one that asks for more memory than it may have ends
 * itself (base/mem.h). Either way its run has failed, and whoever asked for it is told why. */
#pragma once
#include "agent/roles.h"
#include "os/loop.h"

struct sitting; /* a handle */

struct sitting_config {
	struct loop *loop;
	int (*run)(void *data); /* what the process does; 0: all is well */
	void *data;             /* of run */
	const int *keep;        /* descriptors that the process is given */
	size_t keep_count;
	int time_ms;
	size_t memory; /* bytes of data (powers_limit_memory); sanitizers need more, and get it */
	/* It has ended, and how: `number` is left to the callee, `reason` is "" when all is well.
	 * Once, and the last call; sitting_free is still to come. */
	void (*ended)(void *owner, const struct talk_run *end);
	void *owner;
};

must_use struct sitting *sitting_new(const struct sitting_config *config, struct err *err);
void sitting_free(struct sitting **sitting); /* kills it, if it still runs; `ended` is not called */
