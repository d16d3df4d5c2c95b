/* attribution.h: how it is known who made a change; the watch's own business.
 *
 * Files are told by fanotify (witness.h), processes that begin, and may be gone a millisecond
 * later, by process events (os/kernel/procevents.h). Each does without the other, and the watch
 * without both. */
#pragma once
#include "os/kernel/procevents.h"
#include "os/watch/actors.h"
#include "os/watch/names.h"

struct attribution {
	struct witness *witness;             /* NULL: it is not told who changes files */
	int processes;                       /* their events; -1: they are not told */
	struct actors *actors;               /* NULL: neither is told */
	struct err no_witness, no_processes; /* why not */
};

/* Opens what the kernel lets us: before walls. */
void attribution_open(struct attribution *attribution);
void attribution_close(struct attribution *attribution);

/* Reads who changed files, and notes it with the names that it concerns. */
void attribution_read_files(const struct attribution *attribution, struct hooks *hooks,
			    struct names *names);

/* See watch_put_attribution. */
void attribution_put(const struct attribution *attribution, struct buf *out);
