/* mounttab.h: file systems: as the kernel has them mounted, and as /etc/fstab says.
 *
 * The kernel's are those of process 1, or where that one can't be looked at, of our own; proc(5)
 * says how a line of mountinfo reads, fstab(5) how one of that. Options are those of the mount and
 * those of the file system in one list, as mount(8) shows them: read-only where either is. */
#pragma once
#include "assess/engine/gather.h"
#include "model/item.h"
#include "model/value.h"

#define MOUNTTAB_LINES_MAX 100000 /* of one table; beyond: GATHER_FAILED */

struct mount {
	uint64_t id, parent; /* of the kernel's */
	bool nested;         /* the mount that it stands on is in the table, too */
	struct text target, source, fstype;
	struct text root; /* what of the file system is mounted: "/", or of bind mounts a part */
	const struct text *options;
	size_t option_count;
	struct evidence where;
};

struct mounts {
	struct mount *at;
	size_t count;
};

must_use enum gather_answer mounttab_live(struct gather *gather, const struct mounts **mounts,
					  struct text *why);

/* No file is no line: GATHER_OK. */
must_use enum gather_answer mounttab_fstab(struct gather *gather, const struct mounts **mounts,
					   struct text *why);

/* The mount that a path lies on, as a walk down the path meets them; NULL: none. */
must_use const struct mount *mounttab_holder(const struct mounts *mounts, struct text path);

/* The first line for exactly this path; NULL: none. */
must_use const struct mount *mounttab_line(const struct mounts *mounts, struct text path);

/* The path with one slash between names and none behind, as tables write it. */
must_use struct text mounttab_path(struct gather *gather, struct text path);

must_use struct value mounttab_options(const struct mount *mount);
