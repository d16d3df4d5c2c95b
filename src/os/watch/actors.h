/* actors.h: what is known of the processes that change something; the watch's own business.
 *
 * A process is looked at when it is seen (or, where process events are told, when it begins its
 * program), for it may have ended by the time that somebody asks. ACTORS_MAX are kept; a newer
 * process takes an older one's place. */
#pragma once
#include "os/watch/watch.h"

#define ACTORS_MAX 512          /* a power of two */
#define ACTORS_COMMAND_MAX 4096 /* bytes of a command line */
#define ACTORS_FRESH_MS 1000    /* so long what was read of a process stands for it */
#define ACTORS_TRACKED_MS 60000 /* likewise, where its next program would have been told */
#define ACTORS_SEEN_MS 10000    /* what was seen longer ago has nothing to do with a change */

struct actors;

/* tracked: actors_read is called whenever a process begins a program or changes its user. */
must_use struct actors *actors_new(bool tracked);
void actors_free(struct actors **actors);

/* Looks at the process now. */
void actors_read(struct actors *actors, uint32_t pid, int64_t now_us);
/* It has changed something; looks at it unless that was done a moment ago. */
void actors_see(struct actors *actors, uint32_t pid, int64_t now_us);
/* Who that was, valid until the next call; NULL: it was not seen, or too long ago. */
must_use const struct watch_actor *actors_find(const struct actors *actors, uint32_t pid,
					       int64_t now_us);
