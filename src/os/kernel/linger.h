/* linger.h: the folder that was looked into last stays open, so that the next name in it is one
 * system call; for os/file.h alone.
 *
 * All is below a root, as in os/file.h. The short ways here are taken where they see just what the
 * long ones would: a plain name, no link that is to be followed. Whatever fails in a folder that
 * was open already is LINGER_UNSURE: another may have come in its place. */
#pragma once
#include <sys/stat.h>

#include "base/base.h"

#define LINGER_PATH_MAX 3800 /* bytes of a path; longer is LINGER_UNSURE */

/* openat2, never by a magic link; tried again when it races with a rename. -1 with errno. */
must_use int linger_open_at(int folder, const char *path, uint64_t flags, uint64_t resolve);

/* Whether what the descriptor stands for lies in proc, sysfs or their like. */
must_use bool linger_is_made_up(int fd);

struct linger;
must_use struct linger *linger_new(int root); /* lent */
void linger_free(struct linger **linger);

enum linger_answer { LINGER_OK, LINGER_MISSING, LINGER_UNSURE /* the long way will say */ };

/* made_up: of folders alone. */
must_use enum linger_answer linger_stat(struct linger *linger, const char *path, bool follow,
					struct stat *found, bool *made_up);

/* Opens a regular file of proc or sysfs for reading, where no device and no FIFO can stand, so that
 * it need not be looked at by another descriptor first; -1: the long way will say. */
must_use int linger_open(struct linger *linger, const char *path, struct stat *found);
