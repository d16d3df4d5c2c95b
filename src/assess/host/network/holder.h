/* holder.h: which process holds a socket, told by the open files of all of them. */
#pragma once
#include "assess/host/process.h"

#define HOLDER_SOCKETS_MAX 500000 /* beyond: whoever holds one of the others can't be seen */

struct holders;

/* Every open file of every process, once a run. GATHER_FAILED: it can't be known which processes
 * there are. Those whose files can't be seen are only remembered: holder_hidden. */
must_use enum gather_answer holder_read(struct gather *gather, const struct holders **holders,
					struct text *why);

/* The first of several; NULL: none that can be seen. */
must_use const struct process *holder_find(const struct holders *holders, uint64_t inode);

/* Why the files of one could not be seen, which may hold what nobody else does; at NULL: all were.
 */
must_use struct text holder_hidden(const struct holders *holders);
