/* errand.h: the runner: the process that runs one command of root's list (commands.h) for a judge,
 * and tells it what came of it.
 *
 * The monitor has compared, and hands over the list's own words; nobody can say anything to this
 * process. It becomes the line's user, without capabilities and without a way back, and walls
 * itself in together with what it runs: nothing can be written, made, removed or given to others,
 * no network can be reached, no other process be traced, no setuid program gains anything. The
 * command has an empty environment but for PATH, / as its folder, nothing on its standard input,
 * RUNNER_LISTED_MS and RUNNER_PRINTED_MAX (judge/runner.h), then it is killed with its whole
 * session; likewise when the judge is gone. */
#pragma once
#include "agent/judge/commands.h"

struct errand_start {
	const struct command *command;
	int judge; /* end of a channel */
};

/* Becomes who runs the command and puts up the walls: for errand_run and the test of them. user:
 * NULL: the agent's. */
must_use bool errand_enter(const char *user, struct err *err);

int errand_run(void *data); /* child_start's function; the exit status */
