/* loop.h: one event loop a process: descriptors and timers, by epoll.
 *
 * A callback takes under 5 ms. Timers are one-shot; nothing ticks while nothing is due. Signals
 * come as descriptors (loop_signals). Not thread-safe, but loop_wake may be called from any thread.
 */
#pragma once
#include "base/err.h"

struct loop;
struct loop_timer;
typedef void (*loop_fn)(
	void *data, unsigned events); /* LOOP_READ, LOOP_WRITE; LOOP_GONE: peer hung up or error */
typedef void (*loop_timer_fn)(void *data);

enum { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_GONE = 4 };

must_use struct loop *loop_new(struct err *err);
void loop_free(
	struct loop **loop); /* timers end uncalled; descriptors that were watched stay open */

must_use bool loop_add(struct loop *loop, int fd, unsigned events, loop_fn ready, void *data,
		       struct err *err);
void loop_change(struct loop *loop, int fd, unsigned events);
void loop_remove(struct loop *loop,
		 int fd); /* before closing it; also within a callback; not watched: nothing */

/* One shot after after_ms (0: at the next turn); the handle is good until it fires (`due` should
 * forget it) or is cancelled (which sets it to NULL; NULL is fine). */
struct loop_timer *loop_after(struct loop *loop, int64_t after_ms, loop_timer_fn due, void *data);
void loop_cancel(struct loop_timer **timer);

/* Blocks these signals in the thread (call it before others start) and calls back with the number
 * of each that comes; once a loop. */
must_use bool loop_signals(struct loop *loop, const int *signals, size_t count,
			   void (*got)(void *data, int signal), void *data, struct err *err);

/* Any thread: `wake` is called in the loop's thread soon (several calls may be one). */
must_use bool loop_on_wake(struct loop *loop, void (*wake)(void *data), void *data,
			   struct err *err);
void loop_wake(struct loop *loop);

must_use bool loop_run(struct loop *loop, struct err *err); /* until loop_stop; can be run again */
void loop_stop(struct loop *loop);
