/* queue.h: a bounded queue of pointers between threads; all locks of the programs live here.
 *
 * Full queues push back: queue_give waits. queue_close ends both sides: takers
 * get what is left and then false. Also here: a lock for the few places where two threads share a
 * table. */
#pragma once
#include "base/base.h"

struct queue;

must_use struct queue *queue_new(size_t limit); /* above 0 */

/* Hands the pointer over (the queue's, then the taker's); waits while it is full. False when it is
 * closed: still the caller's. */
must_use bool queue_give(struct queue *queue, void *thing);

/* Up to limit things, waiting at most wait_ms (-1: for ever) for the first. 0: none came, or closed
 * and empty (queue_is_closed tells). */
must_use size_t queue_take(struct queue *queue, void **things, size_t limit, int wait_ms);

must_use size_t queue_count(struct queue *queue);
must_use bool queue_is_closed(struct queue *queue);
void queue_close(struct queue *queue);
void queue_free(struct queue **queue); /* must be empty: whoever gives last takes the rest */

struct lock;
must_use struct lock *lock_new(void);
void lock_take(struct lock *lock);
void lock_give(struct lock *lock);
void lock_free(struct lock **lock);
/* Waits (the lock taken) until another thread calls lock_wake, or wait_ms are over (-1: for ever).
 */
void lock_wait(struct lock *lock, int wait_ms);
void lock_wake(struct lock *lock); /* all who wait; the lock taken */
