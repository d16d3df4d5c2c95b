/* schedule.h: when the assigned policies run without being asked: daily, at a time spread by a hash
 * of the agent's id.
 *
 * Both clocks are watched, so that a wall clock that is set back or forward neither stops the daily
 * run nor makes it come often: it is due at the agent's time of day, or a day after the last by the
 * monotonic clock. */
#pragma once
#include "base/text.h"

#define SCHEDULE_DIGEST_SIZE 65

struct schedule {
	int64_t of_day_us;    /* the agent's time of day, UTC */
	int64_t last_us;      /* the wall clock at the last whole run; 0: none yet */
	int64_t last_span_us; /* the monotonic clock then (an estimate after a restart) */
	char digest[SCHEDULE_DIGEST_SIZE]; /* of the documents that ran then */
};

/* Reads what was kept; what is missing or damaged counts as "never ran". */
must_use bool schedule_load(int folder, const char *agent, int64_t now_us, int64_t span_us,
			    struct schedule *schedule, struct err *err);

/* A run of the documents with this digest is complete and on the disk. */
must_use bool schedule_ran(int folder, struct schedule *schedule, const char *digest,
			   int64_t now_us, int64_t span_us, struct err *err);

/* What is assigned has changed: a run is due, also where the documents become the same again. */
must_use bool schedule_forget(int folder, struct schedule *schedule, struct err *err);

/* Microseconds until the next run is due, at most a day; 0: now. */
must_use int64_t schedule_wait(const struct schedule *schedule, const char *digest, int64_t now_us,
			       int64_t span_us);
