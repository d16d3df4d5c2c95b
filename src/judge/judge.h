/* judge.h: the walls that whoever judges puts around itself, shared by `muster` and `muster-agent`.
 *
 * After judge_enter this process can read files and answer on descriptors that it already has: it
 * cannot open for writing, make sockets, start or trace processes; a try ends it (SIGSYS) or is
 * refused (EACCES). */
#pragma once
#include "assess/engine/gather.h"

struct judge_walls {
	unsigned landlock_abi; /* 0: the kernel has none */
	bool seccomp;
};

/* root: the folder that may be read ("/": all of it). The gather must have been made before (it
 * holds the root open). ERR_SYSTEM when a wall that the kernel offers could not be put up: then
 * nothing may be judged. */
must_use bool judge_enter(const char *root, struct judge_walls *walls, struct err *err);

/* The same for one who also watches what is judged (os/watch, made before): /proc may be read, too,
 * which tells who made a change. What is judged still lies below root. */
must_use bool judge_enter_watching(const char *root, struct judge_walls *walls, struct err *err);
