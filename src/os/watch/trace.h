/* trace.h: where a path leads, and the hooks that tell when it leads elsewhere; the watch's own
 * business.
 *
 * Every component has a hook in its folder, every folder on the way one on itself, and links are
 * followed as below a root, each component of their targets likewise. What is missing has its hook
 * in the nearest folder that is there. */
#pragma once
#include "base/buf.h"
#include "os/file.h"
#include "os/watch/hooks.h"

#define TRACE_LINKS_MAX 40
#define TRACE_DEPTH_MAX 1000      /* folders below a tree's start */
#define TRACE_ENTRIES_MAX 1000000 /* of a tree */

enum trace_end {
	TRACE_MISSING,
	TRACE_FOLDER,
	TRACE_OTHER, /* a file, or what else is no folder */
};

/* What cannot be watched, only looked at from time to time; the first reason found stays. */
enum trace_blind {
	TRACE_SEES,
	TRACE_NO_EVENTS, /* a file system that sends none: network, FUSE */
	TRACE_KERNEL,    /* /proc, /sys and their like; a setting has its hook all the same */
	TRACE_FULL,      /* no more watches to be had */
	TRACE_REFUSED,   /* we may not read it */
	TRACE_LARGE,     /* a tree beyond TRACE_ENTRIES_MAX */
};

struct trace {
	const struct file_root *root;
	struct hooks *hooks;
	uint32_t owner, *first; /* whose hooks, and the chain that they go to */
	/* What came of it: */
	enum trace_end end;
	enum trace_blind blind;
	uint64_t print;  /* of devices and inodes along the way */
	struct buf real; /* where it led: without links; "" is the root */
	int wd;          /* of what is there; -1: not watched */
};

void trace_end(struct trace *trace);

/* A path that begins with '/'. any: what is there has a HOOKS_ANY, else only HOOKS_SELF. */
void trace_path(struct trace *trace, const char *path, bool any);

/* One name in a folder that was traced: its real path, and its watch. Links in the name are
 * followed; blind is to be TRACE_SEES or what the folder's is. */
void trace_name(struct trace *trace, struct text folder, int wd, struct text name);

/* Everything at and below a path. */
void trace_tree(struct trace *trace, const char *path);

/* What a file system is, by the descriptor of something on it. */
must_use enum trace_blind trace_system(int fd);
