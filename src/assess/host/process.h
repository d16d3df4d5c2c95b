/* process.h: the processes that run, by proc(5).
 *
 * One that ends while it is looked at is left out; one that can be seen but not read is a failure.
 * What a process runs (exe) is told to its own user and to root alone. */
#pragma once
#include "assess/engine/gather.h"

#define PROCESS_COUNT_MAX 100000
#define PROCESS_CMDLINE_MAX 65536 /* bytes that are kept of a command line */

struct process {
	uint32_t pid, ppid, uid; /* uid: the effective one */
	struct text name, cmdline;
	uint64_t capabilities; /* effective, a bit each */
	bool kernel;           /* a thread of the kernel's own */
};

struct processes {
	struct process *at; /* by number */
	size_t count;
};

/* Once a run. *why when it is not GATHER_OK. */
must_use enum gather_answer process_read(struct gather *gather, const struct processes **processes,
					 struct text *why);

/* What the kernel tells of a process only to those who might trace it is asked of procreader
 * ("exe 812", "fds 812": engine/ask.h) where it can't be seen from here. */

/* The program. GATHER_MISSING: it has none, or has ended; GATHER_FAILED: it is not told. */
must_use enum gather_answer process_exe(struct gather *gather, const struct process *process,
					struct text *exe, struct text *why);

/* The numbers of the sockets that it holds: `each` for each, some twice. GATHER_FAILED: they are
 * not told, or not all. */
must_use enum gather_answer process_sockets(struct gather *gather, const struct process *process,
					    void (*each)(void *data, uint64_t inode), void *data,
					    struct text *why);

must_use const char *process_capability(unsigned bit); /* "net_admin"; NULL: no such */
