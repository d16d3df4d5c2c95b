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

/* Every file below folder, into arena, in order of name. ERR_LIMIT: more than count_limit files or
 * bytes_limit bytes in all (arena must have room for these), or too deep. ERR_INPUT: something is
 * neither file nor folder. */
must_use bool tree_read(const char *folder, size_t count_limit, size_t bytes_limit,
			struct arena *arena, struct tree_file **files, size_t *count,
			struct err *err);
