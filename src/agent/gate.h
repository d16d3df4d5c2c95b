/* gate.h: the process that decides what may run; it opens nothing and talks to our own processes
 * alone.
 *
 * The agent trusts its server (`--trust-server`): unsigned checks by read-only probes are accepted,
 * and nothing else can be asked for. A check runs once: its action's id is remembered until it
 * expires. Runs go one after another. */
#pragma once
#include "base/text.h"

#define GATE_QUEUE_MAX 32        /* runs that wait; beyond, checks are refused */
#define GATE_REMEMBERED_MAX 4096 /* action ids; beyond, checks are refused until some expire */
#define GATE_POLICIES_MAX 100    /* of one check */
#define GATE_EXPIRY_MAX_DAYS 30  /* an action that expires later is refused */

struct gate_start {        /* what the monitor hands over */
	int monitor, link; /* ends of channels */
};

int gate_run(void *start); /* child_start's function; the exit status */
