/* child.h: processes of our own: a fork that runs one of our functions, watched by a descriptor.
 *
 * Children share our pages and start nothing else. The child keeps standard input, output and error
 * and the descriptors that it is given; everything else is closed. Signals that the parent blocked
 * stay blocked. When the parent dies, the child is killed. Call from the one thread that a process
 * has. */
#pragma once
#include "base/err.h"

#define CHILD_KEEP_MAX 8 /* descriptors that a child is given */

struct child {
	pid_t pid;
	int pidfd; /* readable when the child has ended; -1: none */
};

enum child_how { CHILD_RUNS, CHILD_EXITED, CHILD_KILLED };

struct child_end {
	enum child_how how;
	int status; /* exit status, or the signal that killed it */
};

/* Runs run(data) in a child; what it returns is the exit status. keep: what it may use, as it is.
 */
must_use bool child_start(struct child *child, int (*run)(void *data), void *data, const int *keep,
			  size_t keep_count, struct err *err);

/* To be called by a child that changed its user: that undoes "killed when the parent dies". */
must_use bool child_stay_bound(struct err *err);

/* To be called by a child: after ms from now it is killed (SIGALRM). */
must_use bool child_limit(int ms, struct err *err);

/* Whether it has ended, and how; reaps it then, and closes the descriptor. */
must_use struct child_end child_look(struct child *child);

/* Waits up to wait_ms for the end; then kills it. For a program's own end. */
struct child_end child_finish(struct child *child, int wait_ms);

void child_kill(const struct child *child); /* SIGKILL; child_look tells when it is over */

/* The name of a signal ("SIGSYS"), or "signal". */
must_use const char *child_signal_name(int signal);

/* The signals by which a program is asked to end (SIGTERM, SIGINT, SIGHUP), for loop_signals. */
#define CHILD_STOPS 3
extern const int child_stops[CHILD_STOPS];

/* For a program's main: writing to what nobody reads is an error, not the end (SIGPIPE). */
void child_outlive_pipes(void);

/* For a program without a loop that waits for another one to end. */
void child_pause(int ms);
