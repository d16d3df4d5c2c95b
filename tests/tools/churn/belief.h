/* belief.h: what a muster says of the tree, item by item: the last that it said of each check. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define BELIEF_REFS_MAX 256

struct belief {
	struct {
		char ref[32];
		char *line; /* without what differs from run to run */
	} at[BELIEF_REFS_MAX];
	size_t count, told;
	char *pending;
	size_t len;
};

/* Starts `muster COMMAND` over the policy beside the working directory, with that as its root, as
 * that user; *fd is its output. */
pid_t belief_start(const char *muster, const char *command, uid_t uid, int *fd);

/* Takes what there is; 1: something came within wait_ms, 0: nothing, -1: it has ended. */
int belief_take(struct belief *belief, int fd, int wait_ms);

/* Whether both say the same; prints what differs, where `loud`. */
bool belief_is_equal(const struct belief *watch, const struct belief *check, bool loud);

void belief_forget(struct belief *belief);
