/* tree.h: a small folder read whole into memory: what a program serves or ships, never a host's own
 * files.
 *
 * Only regular files, not through symbolic links below the folder; names that begin with a dot are
 * left out. */
#pragma once
#include "base/mem.h"

#define TREE_DEPTH_MAX 8

struct tree_file {
	struct text name; /* below the folder, "assets/app.js" */
	struct text bytes;
};
struct tree {
	size_t count_max, bytes_max; /* in: the limits; arena must have room for these */
	struct tree_file *files;     /* out: in order of name */
	size_t count;
};

/* Every file below folder, into arena. ERR_LIMIT: more than the limits, or too deep. ERR_INPUT:
 * something is neither file nor folder. */
must_use bool tree_read(const char *folder, struct arena *arena, struct tree *tree,
			struct err *err);
