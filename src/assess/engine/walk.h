/* walk.h: the walks of one run, each made once and followed by whoever asks again; gather's own
 * business.
 *
 * A walk is kept as far as somebody has followed it, so one who stops early costs little and the
 * next goes on from there. What all walks keep (names and looks) stays below
 * GATHER_WALKS_KEPT_BYTES_MAX: a walk that would go beyond is not kept, and is made anew for
 * whoever asks again. */
#pragma once
#include "assess/engine/source.h"

struct walks; /* a handle */

must_use struct walks *walks_new(void);
void walks_free(struct walks **walks);

/* Where the look at the entry that is being visited is kept, when path is that very text (the one
 * that `each` was given); NULL: it is not, or nothing is kept of it. *known: the look was taken. */
must_use struct gather_stat *walks_look(struct walks *walks, struct text path, bool **known);

must_use struct walks *gather_walks(struct gather *gather);
