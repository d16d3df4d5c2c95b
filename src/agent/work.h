/* work.h: the judge's process: takes policies from the gate, judges this host, answers to the link,
 * ends.
 *
 * The walls are src/judge's: it reads files and answers on the channels that it has. What it may
 * not look at itself it asks of helpers, which the monitor starts when it first asks
 * (judge/assist.h). */
#pragma once
#include "base/text.h"

#define WORK_TIME_MS 60000             /* the monitor kills a judge that takes longer */
#define WORK_WAIT_MS 20000             /* for the gate to hand over the policies */
#define WORK_HELPER_MS 5000            /* for the monitor to start a helper */
#define WORK_BATCH_BYTES (256u * 1024) /* of items handed to the link at once */

struct work_start {
	int gate, link, watch, monitor; /* ends of channels */
	const char *name, *agent;       /* the host's name, the agent's id */
};

int work_run(void *start); /* child_start's function; the exit status */
