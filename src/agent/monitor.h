/* monitor.h: the process that starts the others, restarts and stops them; it parses nothing that
 * came from outside.
 *
 * link, gate and watch live and fall together; MONITOR_RETRY_MIN_MS to MONITOR_RETRY_MAX_MS later
 * they are started anew. A judge is started for each run that the gate asks for, one at a time, and
 * killed after WORK_TIME_MS (judge/sitting.h). Commands are run only as they stand in root's list
 * (judge/commands.h). */
#pragma once
#include "agent/identity.h"

#define MONITOR_RETRY_MIN_MS 1000
#define MONITOR_RETRY_MAX_MS 60000
#define MONITOR_CALM_MS 300000 /* after so long without a fall the next retry is a first one */
#define MONITOR_STOP_MS 3000   /* for the link to end by itself */
#define MONITOR_GATE_MS 500    /* for the gate */

/* Runs until SIGTERM or SIGINT (true), or until the server refuses the agent for good
 * (ERR_REFUSED). folder: the state's, where a new pair of key and certificate is kept, and then in
 * identity, too; spool: below it, the link's. commands: the path of root's list. */
must_use bool monitor_run(int folder, struct identity *identity, int spool, const char *commands,
			  struct err *err);
