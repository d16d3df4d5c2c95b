/* procfs.h: what the kernel tells of other users' processes only to those who might trace them: the
 * program, and the sockets among the open files.
 *
 * Folders are listed and links are read; no file is opened, which is all that procreader's walls
 * let pass (POWERS_CALLS_PROCREADER). */
#pragma once
#include "base/buf.h"

enum procfs_answer {
	PROCFS_OK,
	PROCFS_GONE,    /* the process has ended, or (a program) has none */
	PROCFS_REFUSED, /* it is not told to us */
	PROCFS_FAILED,  /* *err says why */
};

/* Where /proc/PID/exe leads. */
must_use enum procfs_answer procfs_exe(uint32_t pid, struct buf *out, struct err *err);

/* The numbers of its sockets, a line each, with the number of the open file behind. ERR_LIMIT: more
 * than limit bytes. */
must_use enum procfs_answer procfs_sockets(uint32_t pid, size_t limit, struct buf *out,
					   struct err *err);
