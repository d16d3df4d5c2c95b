/* work.h: the judge's process: takes policies from the gate, judges this host, answers to the link,
 * ends.
 *
 * The walls are src/judge's: it reads files and answers on the channels that it has. What it may
 * not look at itself it asks of helpers, which the monitor starts when it first asks
 * (judge/assist.h); a command is run by the monitor's leave (agent/judge/commands.h). */
#pragma once
#include "base/text.h"

#define WORK_TIME_MS 60000 /* the monitor kills a judge that takes longer */
/* Bytes of a judge's data. The engine's own ceilings add up to less (a run's facts
 * GATHER_ARENA_MAX, a document POLICY_ARENA_MAX, a file while it is read GATHER_FILE_SIZE_MAX, what
 * is kept between facts): so it is reached only where one of them has a hole. */
#define WORK_MEMORY_MAX ((size_t)1024 * 1024 * 1024)
#define WORK_WAIT_MS 20000             /* for the gate to hand over the policies */
#define WORK_HELPER_MS 5000            /* for the monitor to start a helper */
#define WORK_BATCH_BYTES (256u * 1024) /* of items handed to the link at once */

struct work_start {
	int gate, link, watch, monitor; /* ends of channels */
	const char *name, *agent;       /* the host's name, the agent's id */
};

int work_run(void *start); /* child_start's function; the exit status */
