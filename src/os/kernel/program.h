/* program.h: another program, run once and without a shell: its words, what it prints, how it ends.
 *
 * It has the user and the rights of whoever runs it, nothing to read on its standard input, a PATH
 * and no other environment, and a session of its own, which is killed whole when it ends, when its
 * time is over, when it prints too much, or when nobody wants to know any more. */
#pragma once
#include "base/buf.h"

#define PROGRAM_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define PROGRAM_WORDS_MAX 256

enum program_how {
	PROGRAM_ENDED,    /* status is its exit status */
	PROGRAM_KILLED,   /* status is the signal */
	PROGRAM_MISSING,  /* there is no such program, or it can't be started */
	PROGRAM_TOO_SLOW, /* killed by us */
	PROGRAM_TOO_LOUD, /* likewise */
	PROGRAM_UNWANTED, /* likewise, for its asker is gone */
};

struct program_end {
	enum program_how how;
	int status;
};

struct program {
	const char *const *argv; /* ends with NULL */
	int span_ms;
	size_t limit;       /* bytes that it may print, both together */
	const char *folder; /* that it begins in; NULL: the caller's */
	/* A socket whose other end is whoever wants to know: once that is closed, the program is
	 * killed. 0: none. */
	int asker;
};

/* What it prints is added to out and errors. False: the machine had no process or pipe for it. */
must_use bool program_run(const struct program *program, struct buf *out, struct buf *errors,
			  struct program_end *end, struct err *err);
