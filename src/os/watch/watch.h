/* watch.h: tells when something that a name stands for has changed: by inotify, over the loop.
 *
 * A name is a path below the root; a tree (a path with a slash and two stars behind it: everything
 * at and below); or something that is no file ("clock", "processes", "ask:tls"). A path means
 * whatever it leads to: its links, theirs, and, while it is missing, the place where it would be.
 * Changes through other names of a file (hard links, bind mounts) are seen, too. What sends no
 * events is looked at from time to time instead, and watch_state says how many names that concerns,
 * and why: network file systems, the kernel's own, what we may not read, and what is beyond the
 * limits of watches.
 *
 * A change that is complete in itself (renamed over, closed after writing) is told at once, another
 * (created, deleted, written to) WATCH_SETTLE_MS after the first of it; changes to one name within
 * that time are one, and no name is told again within WATCH_AGAIN_MS. What telling costs, with all
 * that the callback does, is measured: above WATCH_SHARE percent of one processor, after a burst of
 * WATCH_BURST_US, changes wait and are told together. When the kernel's queue overflows, every name
 * has changed.
 *
 * Where the kernel tells it (fanotify, and process events for those that end at once; both for root
 * alone), it is also said who made a change, and "processes" are told when one begins. */
#pragma once
#include "os/file.h"
#include "os/loop.h"

#define WATCH_NAMES_MAX 1000000
#define WATCH_SETTLE_MS 5
#define WATCH_AGAIN_MS 3
#define WATCH_SHARE 3
#define WATCH_BURST_US 120000
#define WATCH_LOOK_MS 1000       /* how often what sends no events is looked at: a path */
#define WATCH_LOOK_TREE_MS 60000 /* a tree */
#define WATCH_SOCKETS_MS 1000    /* "listening", "connections", "interfaces", "addresses" */
#define WATCH_PROCESSES_MS 2000  /* "processes": which, since when, whose children and whose */
#define WATCH_BEGUN_MS 1000      /* so soon again where process events tell that one began */
#define WATCH_PROOF_MS 60000     /* those five are told all the same, for what no look shows */
#define WATCH_OTHER_MS 10000     /* what else is no file, and where no look is possible: told */
#define WATCH_ASK_MS 300000      /* what others are asked for ("ask:tls"): told */
#define WATCH_CLOCK_MS 60000     /* "clock": told */
#define WATCH_COST 25            /* looks take at most one part in so many of a processor */
#define WATCH_COST_TOLD 100 /* what is told of those five all the time, with all that follows */

struct watch; /* a handle */

/* The names that changed, by their numbers; the names and their files are watched anew by then. The
 * callback may add and remove names. */
typedef void (*watch_fn)(void *data, const uint32_t *ids, size_t count);

struct watch_config {
	struct loop *loop;
	const struct file_root *root; /* shared, not taken */
	unsigned limit;               /* of the kernel's watches; 0: as many as may be */
	bool attribute;               /* say who made a change, as far as it is told */
	watch_fn changed;
	void *data;
};

/* Opens what it needs: before walls. Without any inotify instance to be had all names are looked
 * at, and watch_state says so. */
must_use struct watch *watch_new(const struct watch_config *config, struct err *err);
void watch_free(struct watch **watch);

/* The name's number, the same while it is there; UINT32_MAX beyond WATCH_NAMES_MAX. *is_new: it was
 * not there before: what was known of it was known unwatched. */
must_use uint32_t watch_add(struct watch *watch, struct text name, bool *is_new);
void watch_remove(struct watch *watch, uint32_t id);
must_use const char *watch_name(const struct watch *watch, uint32_t id);

/* Who changed ids[i] of the callback that goes on, the last of several; valid within it. NULL: not
 * known. */
struct watch_actor {
	int64_t pid, user, login; /* user: effective; login: who logged in; -1: not known */
	struct text name;         /* of its program; empty: not known */
	struct text command;      /* as it was given, blanks between; it may hold secrets */
};
must_use const struct watch_actor *watch_actor(const struct watch *watch, size_t i);

/* What somebody else spent on the changes that were told, in microseconds of a processor. */
void watch_charge(struct watch *watch, int64_t cost_us);

/* Reads no events until watch_resume; for tests of what happens meanwhile. */
void watch_pause(struct watch *watch);
void watch_resume(struct watch *watch);

struct watch_state {
	size_t names, watches;                                 /* the kernel's */
	size_t no_events, kernel, full, refused, large, other; /* names that are looked at */
	uint64_t overflows, mounts, told;
};
void watch_get_state(const struct watch *watch, struct watch_state *state);

/* Appends one sentence on the names that are only looked at, and how often; nothing when there is
 * none but the kernel's and what is no file. */
void watch_put_blind(const struct watch *watch, struct buf *out);

/* Appends how it is known who made a change: "fanotify and process events"; or "nobody: " and why
 * not. */
void watch_put_attribution(const struct watch *watch, struct buf *out);
