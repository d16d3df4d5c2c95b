#include "os/loop.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "unit.h"

struct trace { /* what was called, a letter each */
	struct loop *loop;
	char seen[32];
	size_t count;
	size_t stop_at; /* ends the loop after so many */
	int fd, other;
	struct loop_timer *timer;
};

static void note(struct trace *trace, char what)
{
	assert_true(trace->count + 1 < sizeof(trace->seen));
	trace->seen[trace->count++] = what;
	if (trace->count == trace->stop_at)
		loop_stop(trace->loop);
}

static struct loop *make(struct trace *trace)
{
	struct err err = {0};
	trace->loop = loop_new(&err);
	assert_non_null(trace->loop);
	return trace->loop;
}

static void run(struct trace *trace)
{
	struct err err = {0};
	assert_true(loop_run(trace->loop, &err));
}

static void note_a(void *data)
{
	note(data, 'a');
}

static void note_b(void *data)
{
	note(data, 'b');
}

static void note_c(void *data)
{
	note(data, 'c');
}

test(timers_fire_in_order_of_time_then_of_making)
{
	struct trace trace = {.stop_at = 4};
	scoped(loop_free) struct loop *loop = make(&trace);
	loop_after(loop, 6, note_c, &trace);
	loop_after(loop, 1, note_a, &trace);
	loop_after(loop, 0, note_b, &trace);
	loop_after(loop, 0, note_c, &trace);
	run(&trace);
	assert_string_equal(trace.seen, "bcac");
}

test(a_timer_is_never_early)
{
	struct trace trace = {.stop_at = 1};
	scoped(loop_free) struct loop *loop = make(&trace);
	int64_t begin_us = time_span_us();
	loop_after(loop, 5, note_a, &trace);
	run(&trace);
	assert_true(time_span_us() - begin_us >= 5000);
}

test(a_cancelled_timer_does_not_fire)
{
	struct trace trace = {.stop_at = 2};
	scoped(loop_free) struct loop *loop = make(&trace);
	struct loop_timer *timer = loop_after(loop, 1, note_b, &trace);
	loop_after(loop, 0, note_a, &trace);
	loop_after(loop, 3, note_c, &trace);
	loop_cancel(&timer);
	assert_null(timer);
	loop_cancel(&timer);
	run(&trace);
	assert_string_equal(trace.seen, "ac");
}

test(many_timers_keep_their_order)
{
	enum { COUNT = 500 };
	struct trace trace = {0};
	scoped(loop_free) struct loop *loop = make(&trace);
	struct loop_timer *timers[COUNT];
	for (size_t i = 0; i < COUNT; i++)
		timers[i] = loop_after(loop, (int64_t)(i * 7919 % COUNT) + 100000, note_b, &trace);
	for (size_t i = 0; i < COUNT; i += 2)
		loop_cancel(&timers[i]);
	for (size_t i = COUNT - 1; i < COUNT; i -= 2)
		loop_cancel(&timers[i]);
	trace.stop_at = 1;
	loop_after(loop, 0, note_a, &trace);
	run(&trace);
	assert_string_equal(trace.seen, "a");
}

static void again(void *data)
{
	struct trace *trace = data;
	loop_after(trace->loop, 0, again, trace);
	note(trace, 't');
}

static void on_read(void *data, unsigned events)
{
	struct trace *trace = data;
	char byte;
	if (events & LOOP_READ && read(trace->fd, &byte, 1) == 1)
		note(trace, byte);
	else if (events & LOOP_GONE || events & LOOP_READ)
		note(trace, '!');
}

test(a_timer_that_starts_itself_at_once_lets_descriptors_in)
{
	int ends[2];
	struct err err = {0};
	struct trace trace = {.stop_at = 6};
	scoped(loop_free) struct loop *loop = make(&trace);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "xy", 2), 2);
	trace.fd = ends[0];
	assert_true(loop_add(loop, ends[0], LOOP_READ, on_read, &trace, &err));
	loop_after(loop, 0, again, &trace);
	run(&trace);
	assert_non_null(strchr(trace.seen, 'x'));
	assert_non_null(strchr(trace.seen, 'y'));
	close(ends[0]);
	close(ends[1]);
}

test(tells_when_the_other_end_is_gone)
{
	int ends[2];
	struct err err = {0};
	struct trace trace = {.stop_at = 2};
	scoped(loop_free) struct loop *loop = make(&trace);
	assert_int_equal(pipe(ends), 0);
	trace.fd = ends[0];
	assert_true(loop_add(loop, ends[0], LOOP_READ, on_read, &trace, &err));
	assert_int_equal(write(ends[1], "z", 1), 1);
	close(ends[1]);
	run(&trace);
	assert_string_equal(trace.seen, "z!");
	close(ends[0]);
}

/* Removes the other descriptor, whose event is already waiting, and puts another under its number.
 */
static void replaces_other(void *data, unsigned events unused)
{
	struct trace *trace = data;
	struct err err = {0};
	int ends[2];
	note(trace, 'r');
	loop_remove(trace->loop, trace->fd);
	loop_remove(trace->loop, trace->other);
	close(trace->other);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[0], trace->other), trace->other);
	assert_true(loop_add(trace->loop, trace->other, LOOP_READ, on_read, trace, &err));
	loop_after(trace->loop, 2, note_a, trace);
}

test(an_event_of_a_removed_descriptor_does_not_reach_its_successor)
{
	int one[2], two[2];
	struct err err = {0};
	struct trace trace = {.stop_at = 2};
	scoped(loop_free) struct loop *loop = make(&trace);
	assert_int_equal(pipe(one), 0);
	assert_int_equal(pipe(two), 0);
	trace.fd = one[0];
	trace.other = two[0];
	assert_true(loop_add(loop, one[0], LOOP_READ, replaces_other, &trace, &err));
	assert_true(loop_add(loop, two[0], LOOP_READ, replaces_other, &trace, &err));
	assert_int_equal(write(one[1], "1", 1), 1);
	assert_int_equal(write(two[1], "2", 1), 1);
	/* whichever comes first removes both: the second must not be called */
	run(&trace);
	assert_string_equal(trace.seen, "ra");
}

static void got_signal(void *data, int number)
{
	note(data, number == SIGUSR1 ? '1' : '2');
}

test(signals_arrive_as_calls)
{
	struct err err = {0};
	struct trace trace = {.stop_at = 2};
	scoped(loop_free) struct loop *loop = make(&trace);
	assert_true(
		loop_signals(loop, (const int[]){SIGUSR1, SIGUSR2}, 2, got_signal, &trace, &err));
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(raise(SIGUSR2), 0);
	run(&trace);
	assert_string_equal(trace.seen, "12");
}

static void *wakes(void *data)
{
	struct trace *trace = data;
	loop_wake(trace->loop);
	return NULL;
}

test(another_thread_wakes_it)
{
	struct err err = {0};
	struct trace trace = {.stop_at = 1};
	pthread_t thread;
	scoped(loop_free) struct loop *loop = make(&trace);
	assert_true(loop_on_wake(loop, note_c, &trace, &err));
	assert_int_equal(pthread_create(&thread, NULL, wakes, &trace), 0);
	run(&trace);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_string_equal(trace.seen, "c");
}

test(says_so_when_a_descriptor_cannot_be_watched)
{
	char path[] = "/tmp/loop.XXXXXX";
	struct err err = {0};
	struct trace trace = {0};
	scoped(loop_free) struct loop *loop = make(&trace);
	int fd = mkstemp(path); /* epoll takes no regular files */
	assert_true(fd >= 0);
	assert_false(loop_add(loop, fd, LOOP_READ, on_read, &trace, &err));
	assert_int_equal(err.kind, ERR_REFUSED);
	close(fd);
	unlink(path);
}
