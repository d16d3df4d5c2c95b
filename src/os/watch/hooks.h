/* hooks.h: what inotify watches, and whom an event of it concerns; the watch's own business.
 *
 * A hook says: this owner wants to hear of this entry of this folder (HOOKS_ENTRY), of the file or
 * folder itself (HOOKS_SELF), or of both itself and everything directly inside (HOOKS_ANY). The
 * kernel's watches are shared and counted. Entries are kept as hashes: two that collide tell an
 * owner too much, never too little. */
#pragma once
#include "os/watch/witness.h"

#define HOOKS_WATCHES_MAX 131072 /* of the kernel's, in one process; some 60 bytes each */

#define HOOKS_ANY 0u
#define HOOKS_SELF 1u

struct hooks;

/* limit: watches, at most HOOKS_WATCHES_MAX. ERR_LIMIT: this user has too many instances. */
must_use struct hooks *hooks_new(unsigned limit, struct err *err);
void hooks_free(struct hooks **hooks);
/* Who will be told of all that is watched from here on; lent, NULL: nobody. */
void hooks_set_witness(struct hooks *hooks, struct witness *witness);
must_use int hooks_fd(const struct hooks *hooks); /* inotify's, for reading */
must_use size_t hooks_watches(const struct hooks *hooks);

must_use uint32_t hooks_entry(struct text name); /* the key of an entry */

enum hooks_answer {
	HOOKS_DONE,
	HOOKS_FULL,    /* the kernel's limit, or ours */
	HOOKS_REFUSED, /* we may not read it */
};

/* Watches what fd (O_PATH) holds; *wd is lent until hooks are taken away from it. */
must_use enum hooks_answer hooks_watch(struct hooks *hooks, int fd, int *wd);
/* Puts a hook at the front of the owner's chain (*first, 0: empty). */
void hooks_add(struct hooks *hooks, int wd, uint32_t key, uint32_t owner, uint32_t *first);
/* Takes a chain away, and the kernel's watches that nobody wants any more. */
void hooks_drop(struct hooks *hooks, uint32_t *first);
/* The kernel has ended this watch: what is deleted or unmounted. */
void hooks_gone(struct hooks *hooks, int wd);

/* Visits the owners that have a hook there. They may not change hooks meanwhile. */
typedef void (*hooks_fn)(void *data, uint32_t owner);
void hooks_each(const struct hooks *hooks, int wd, uint32_t key, hooks_fn each, void *data);
