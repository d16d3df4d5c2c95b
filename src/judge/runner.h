/* runner.h: one command is run, and what comes of it told as the probe `command` wants it (run.h).
 *
 * Two run commands. For `muster check --allow-commands` it is a helper like the others (helper.h),
 * without walls. At an agent (agent/judge/errand.h) it is a process for one command of root's list.
 */
#pragma once
#include "assess/engine/ask.h"
#include "os/kernel/program.h"

/* What commands may print: an answer has room for it beside its own head. */
#define RUNNER_PRINTED_MAX (ASK_ANSWER_MAX - 64)

/* How long a command of a host's list may run; a policy may say less (`timeout`). */
#define RUNNER_LISTED_MS 10000

/* Into text (empty before) goes the answer (run_tell), or of GATHER_FAILED why there is none. */
must_use enum gather_answer runner_run(const struct program *program, struct buf *text);
