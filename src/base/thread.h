/* thread.h: a thread of the process's own, for what blocks or computes; it is told to end through a
 * queue or lock. */
#pragma once
#include "base/err.h"

struct thread;

/* Calls run(data) in a new thread; name (15 bytes are shown by ps -L). ERR_SYSTEM when there can be
 * no more. */
must_use struct thread *thread_start(const char *name, void (*run)(void *data), void *data,
				     struct err *err);

void thread_join(struct thread **thread); /* waits until run has returned; NULL is fine */
