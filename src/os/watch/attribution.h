/* attribution.h: how it is known who made a change; the watch's own business.
 *
 * Files are told by fanotify (witness.h), processes that begin, and may be gone a millisecond
 * later, by process events (os/kernel/procevents.h). Each does without the other, and the watch
 * without both. */
#pragma once
#include "os/kernel/procevents.h"
#include "os/watch/actors.h"
#include "os/watch/budget.h"
#include "os/watch/names.h"

#define ATTRIBUTION_SHARE 1 /* percent of one processor, for programs that begin */
#define ATTRIBUTION_BURST_US 50000
#define ATTRIBUTION_REST_MS 1000 /* so long they are not looked at when that is used up */

struct attribution {
	struct witness *witness;             /* NULL: it is not told who changes files */
	int processes;                       /* their events; -1: they are not told */
	struct actors *actors;               /* NULL: neither is told */
	struct err no_witness, no_processes; /* why not */
	struct budget budget;                /* for processes */
};

/* Opens what the kernel lets us: before walls. */
void attribution_open(struct attribution *attribution);
void attribution_close(struct attribution *attribution);

/* Reads which programs begin, and looks at them; with `rested`, for nothing was read for a while,
 * only that there were some. False: it is time for a rest. */
must_use bool attribution_read_processes(struct attribution *attribution, bool rested,
					 procevents_fn each, void *data);
/* Reads who changed files, and notes it with the names that it concerns. */
void attribution_read_files(const struct attribution *attribution, struct hooks *hooks,
			    struct names *names);

/* See watch_put_attribution. */
void attribution_put(const struct attribution *attribution, struct buf *out);
