/* changes.h: what churn does to its tree: one change of some kind, at random.
 *
 * All of them are made below the root that the caller is in, which is to be the tree (chroot), and
 * need nothing else of it than the folders of changes_folders; paths come from there alone. Kinds
 * that are not possible here (mounts without CAP_SYS_ADMIN, an overlay on one) are left out. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHANGES_PATH_SIZE 256

struct changes_tree {
	const char *path; /* the tree's, from outside */
	int mounts;       /* /proc/self/mountinfo, opened outside; -1: nothing can be mounted */
	bool overlays;    /* overlayfs can be mounted */
	/* Runs dpkg in the tree; whether it succeeded. NULL: there is none. */
	bool (*dpkg)(const char *const *arguments);
};

extern const char *const changes_folders[]; /* ends with NULL */
extern const char *const changes_names[];   /* of the files in them; ends with NULL */

void changes_begin(const struct changes_tree *tree, uint64_t seed);
unsigned changes_pick(unsigned below); /* at random */
void changes_make_folders(void);       /* those that are missing */

/* Makes one; what it was goes to said, for when it goes wrong. */
void changes_make(char *said, size_t size);

/* Prints how often each kind worked; false: one that is possible here never did. */
bool changes_tell(void);
void changes_end(void); /* unmounts */
