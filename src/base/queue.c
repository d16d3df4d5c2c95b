#include "base/queue.h"

#include <pthread.h>
#include <time.h>

#include "base/mem.h"

struct lock {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
};

struct queue {
	struct lock *lock;
	size_t limit, first, count; /* things[first] is the oldest of count; they wrap at limit */
	bool closed;
	void *things[];
};

struct lock *lock_new(void)
{
	struct lock *lock = mem_new(1, sizeof(*lock));
	pthread_condattr_t attr;
	must(pthread_condattr_init(&attr) == 0);
	must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
	must(pthread_mutex_init(&lock->mutex, NULL) == 0);
	must(pthread_cond_init(&lock->changed, &attr) == 0);
	pthread_condattr_destroy(&attr);
	return lock;
}

void lock_take(struct lock *lock)
{
	must(pthread_mutex_lock(&lock->mutex) == 0);
}

void lock_give(struct lock *lock)
{
	must(pthread_mutex_unlock(&lock->mutex) == 0);
}

void lock_free(struct lock **lock)
{
	if (!*lock)
		return;
	pthread_cond_destroy(&(*lock)->changed);
	pthread_mutex_destroy(&(*lock)->mutex);
	mem_free(lock);
}

static struct timespec deadline(int wait_ms)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += wait_ms / 1000;
	at.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

/* False when the deadline (NULL: none) has passed. */
static bool wait_until(struct lock *lock, const struct timespec *at)
{
	if (!at)
		return pthread_cond_wait(&lock->changed, &lock->mutex) == 0;
	return pthread_cond_timedwait(&lock->changed, &lock->mutex, at) == 0;
}

void lock_wait(struct lock *lock, int wait_ms)
{
	struct timespec at = {0};
	if (wait_ms >= 0)
		at = deadline(wait_ms);
	(void)wait_until(lock, wait_ms >= 0 ? &at : NULL);
}

void lock_wake(struct lock *lock)
{
	pthread_cond_broadcast(&lock->changed);
}

struct queue *queue_new(size_t limit)
{
	must(limit > 0);
	struct queue *queue = mem_new(1, sizeof(*queue) + limit * sizeof(queue->things[0]));
	queue->lock = lock_new();
	queue->limit = limit;
	return queue;
}

bool queue_give(struct queue *queue, void *thing)
{
	must(thing);
	lock_take(queue->lock);
	while (!queue->closed && queue->count == queue->limit)
		(void)wait_until(queue->lock, NULL);
	bool given = !queue->closed;
	if (given) {
		queue->things[(queue->first + queue->count) % queue->limit] = thing;
		queue->count++;
		lock_wake(queue->lock);
	}
	lock_give(queue->lock);
	return given;
}

size_t queue_take(struct queue *queue, void **things, size_t limit, int wait_ms)
{
	struct timespec at = {0};
	if (wait_ms >= 0)
		at = deadline(wait_ms);
	lock_take(queue->lock);
	while (queue->count == 0 && !queue->closed)
		if (!wait_until(queue->lock, wait_ms >= 0 ? &at : NULL))
			break;
	size_t taken = 0;
	for (; taken < limit && queue->count > 0; taken++) {
		things[taken] = queue->things[queue->first];
		queue->first = (queue->first + 1) % queue->limit;
		queue->count--;
	}
	if (taken > 0)
		lock_wake(queue->lock);
	lock_give(queue->lock);
	return taken;
}

size_t queue_count(struct queue *queue)
{
	lock_take(queue->lock);
	size_t count = queue->count;
	lock_give(queue->lock);
	return count;
}

bool queue_is_closed(struct queue *queue)
{
	lock_take(queue->lock);
	bool closed = queue->closed;
	lock_give(queue->lock);
	return closed;
}

void queue_close(struct queue *queue)
{
	lock_take(queue->lock);
	queue->closed = true;
	lock_wake(queue->lock);
	lock_give(queue->lock);
}

void queue_free(struct queue **queue)
{
	if (!*queue)
		return;
	must((*queue)->count == 0);
	lock_free(&(*queue)->lock);
	mem_free(queue);
}
