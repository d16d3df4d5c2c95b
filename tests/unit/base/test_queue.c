#include "base/queue.h"

#include <pthread.h>

#include "unit.h"

test(keeps_order)
{
	int things[2];
	void *taken[4];
	scoped(queue_free) struct queue *queue = queue_new(2);
	assert_true(queue_give(queue, &things[0]));
	assert_true(queue_give(queue, &things[1]));
	assert_int_equal(queue_count(queue), 2);
	assert_int_equal(queue_take(queue, taken, 4, 0), 2);
	assert_ptr_equal(taken[0], &things[0]);
	assert_ptr_equal(taken[1], &things[1]);
	assert_int_equal(queue_take(queue, taken, 4, 0), 0);
}

static void *give_many(void *data)
{
	static int things[1000];
	for (size_t i = 0; i < array_len(things); i++)
		if (!queue_give(data, &things[i]))
			return NULL;
	queue_close(data);
	return things;
}

test(pushes_back_between_threads_and_ends)
{
	pthread_t giver;
	void *taken[7], *first = NULL;
	size_t count = 0, now;
	scoped(queue_free) struct queue *queue = queue_new(4);
	assert_int_equal(pthread_create(&giver, NULL, give_many, queue), 0);
	while ((now = queue_take(queue, taken, 7, -1)) > 0) {
		assert_true(now <= 4 && queue_count(queue) <= 4);
		first = first ? first : taken[0];
		assert_ptr_equal((int *)taken[0], (int *)first + count);
		count += now;
	}
	assert_int_equal(count, 1000);
	assert_true(queue_is_closed(queue));
	assert_false(queue_give(queue, &count));
	pthread_join(giver, NULL);
}
