#include "agent/judge/sitting.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/time.h"
#include "os/child.h"
#include "unit.h"

struct scene {
	struct loop *loop;
	struct sitting *sitting;
	struct talk_run end;
	unsigned ends;
};

static void take_end(void *owner, const struct talk_run *end)
{
	struct scene *scene = owner;
	scene->end = *end;
	scene->ends++;
	sitting_free(&scene->sitting); /* as the monitor does */
	loop_stop(scene->loop);
}

static struct talk_run sit(int (*run)(void *data), int time_ms, size_t memory)
{
	struct err err = {0};
	struct scene scene = {.loop = loop_new(&err)};
	const struct sitting_config config = {.loop = scene.loop,
					      .run = run,
					      .time_ms = time_ms,
					      .memory = memory,
					      .ended = take_end,
					      .owner = &scene};
	assert_non_null(scene.loop);
	scene.sitting = sitting_new(&config, &err);
	assert_non_null(scene.sitting);
	assert_true(loop_run(scene.loop, &err));
	assert_int_equal(scene.ends, 1);
	loop_free(&scene.loop);
	return scene.end;
}

static int do_well(void *data unused)
{
	return 0;
}

static int do_badly(void *data unused)
{
	return 7;
}

static int die(void *data unused)
{
	(void)!kill(getpid(), SIGTERM);
	return 0;
}

static int hang(void *data unused)
{
	for (volatile bool waits = true; waits;)
		child_pause(1000);
	return 0;
}

static int turn_in_circles(void *data unused)
{
	for (volatile unsigned count = 1; count > 0;)
		count |= 1;
	return 0;
}

static int take_memory(void *data unused)
{
	size_t room = 0;
	char *list = NULL;
	for (size_t need = 1; need < (size_t)64 << 20; need *= 2) {
		list = mem_grow(list, &room, need, 1);
		memset(list, 1, room);
	}
	mem_free(&list);
	return 0;
}

/* Small pieces, as the engine takes them. */
static int take_pieces(void *data unused)
{
	struct arena *arena = arena_new((size_t)1 << 30);
	for (size_t i = 0; i < 100000; i++)
		memset(arena_get(arena, 1, 1000), 1, 1000);
	arena_free(&arena);
	return 0;
}

#define MIB ((size_t)1024 * 1024)

test(an_end_is_told_with_its_reason)
{
	static const struct {
		int (*run)(void *data);
		int how, status;
		const char *reason;
	} rows[] = {
		{do_well, CHILD_EXITED, 0, ""},
		{do_badly, CHILD_EXITED, 7, "the judge ended with status 7"},
		{die, CHILD_KILLED, SIGTERM, "the judge was killed by SIGTERM"},
	};
	for (size_t i = 0; i < array_len(rows); i++) {
		struct talk_run end = sit(rows[i].run, 20000, 512 * MIB);
		assert_int_equal(end.how, rows[i].how);
		assert_int_equal(end.status, rows[i].status);
		assert_string_equal(end.reason, rows[i].reason);
	}
}

test(one_that_takes_too_long_is_killed)
{
	int (*const runs[])(void *) = {hang, turn_in_circles};
	for (size_t i = 0; i < array_len(runs); i++) {
		int64_t began_us = time_span_us();
		struct talk_run end = sit(runs[i], 50, 512 * MIB);
		assert_int_equal(end.how, CHILD_KILLED);
		assert_int_equal(end.status, SIGKILL);
		assert_string_equal(end.reason, "the judge took longer than 0.05 s");
		assert_true(time_span_us() - began_us >= 50000);
	}
}

test(the_time_that_one_has_is_its_own)
{
	struct talk_run end = sit(do_well, 60000, 512 * MIB);
	assert_string_equal(end.reason, "");
	end = sit(hang, 200, 512 * MIB);
	assert_string_equal(end.reason, "the judge took longer than 0.2 s");
}

test(one_that_wants_too_much_memory_ends_and_says_so)
{
	int (*const runs[])(void *) = {take_memory, take_pieces};
#ifdef MUSTER_SANITIZED
	unit_skip("sanitizers keep memory of their own, so there is no limit");
#endif
	for (size_t i = 0; i < array_len(runs); i++) {
		struct talk_run end = sit(runs[i], 20000, 24 * MIB);
		assert_string_equal(end.reason, "the judge needed more than 24 MiB of memory");
		assert_int_equal(end.how, CHILD_EXITED);
		end = sit(runs[i], 20000, 512 * MIB); /* the limit it was, not the judge */
		assert_string_equal(end.reason, "");
	}
}

test(freeing_it_kills_it_without_a_word)
{
	struct err err = {0};
	struct scene scene = {.loop = loop_new(&err)};
	const struct sitting_config config = {.loop = scene.loop,
					      .run = hang,
					      .time_ms = 60000,
					      .memory = 512 * MIB,
					      .ended = take_end,
					      .owner = &scene};
	scene.sitting = sitting_new(&config, &err);
	assert_non_null(scene.sitting);
	sitting_free(&scene.sitting);
	assert_null(scene.sitting);
	assert_int_equal(scene.ends, 0);
	loop_free(&scene.loop);
}
