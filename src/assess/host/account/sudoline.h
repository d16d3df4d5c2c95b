/* sudoline.h: logical lines of sudoers(5): those that a backslash continues are joined, and
 * comments are gone, but for #include, #includedir and a user's number. */
#pragma once
#include "base/buf.h"

#define SUDOLINE_SIZE_MAX                                                      \
	65536 /* bytes; of a longer one the rest is left out, and it is longer \
	       */

/* The next one that says something, into out; *number is its first line's, *next the next one's (1
 * to begin with). False: none is left. */
must_use bool sudoline_next(struct text *rest, struct buf *out, uint64_t *number, uint64_t *next);
