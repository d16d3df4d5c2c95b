#include "base/mem.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

test(adds_and_multiplies_without_overflow)
{
	size_t result = 7;
	assert_true(size_add(1, 2, &result));
	assert_int_equal(result, 3);
	assert_false(size_add(SIZE_MAX, 1, &result));
	assert_false(size_mul(SIZE_MAX / 2, 3, &result));
	assert_int_equal(result, 3); /* untouched */
}

test(grows_with_zeroed_room)
{
	size_t room = 0;
	unsigned char *list = NULL;
	for (size_t count = 0; count < 1000; count++) {
		list = mem_grow(list, &room, count + 1, 1);
		assert_int_equal(list[count], 0);
		list[count] = 0xff;
	}
	mem_free(&list);
	assert_null(list);
}

test(arena_hands_out_aligned_zeroed_memory)
{
	scoped(arena_free) struct arena *arena = arena_new(1 << 22);
	for (size_t size = 1; size < 3000; size += 7) {
		unsigned char *memory = arena_get(arena, 1, size);
		assert_int_equal((uintptr_t)memory % 16, 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(memory[i], 0);
		memset(memory, 0xff, size);
	}
	char *big = arena_get(arena, 1, 1 << 20);
	char *small = arena_print(arena, "%s-%d", "x", 5);
	big[0] = 1;
	assert_string_equal(small, "x-5");
}

test(arena_goes_back_to_a_mark)
{
	static const size_t sizes[] = {1, 100, 5000, 40, 1 << 20, 70000, 3};
	scoped(arena_free) struct arena *arena = arena_new(1 << 23);
	arena_rewind(arena, arena_mark(arena)); /* of an arena that holds nothing */
	for (size_t before = 0; before < array_len(sizes); before++) {
		char *kept = arena_copy(arena, "kept", 4);
		struct arena_mark mark = arena_mark(arena);
		size_t used = arena_used(arena);
		for (size_t i = 0; i < array_len(sizes); i++) {
			unsigned char *memory = arena_get(arena, 1, sizes[i]);
			for (size_t at = 0; at < sizes[i]; at++)
				assert_int_equal(memory[at], 0);
			memset(memory, 0xff, sizes[i]);
		}
		arena_rewind(arena, mark);
		assert_int_equal(arena_used(arena), used);
		assert_string_equal(kept, "kept");
		memset(arena_get(arena, 1, sizes[before]), 0xff, sizes[before]);
	}
	size_t used = arena_used(arena);
	for (int i = 0; i < 1000; i++) { /* it is the same room again: the ceiling holds */
		struct arena_mark mark = arena_mark(arena);
		memset(arena_get(arena, 1, 100000), 1, 100000);
		arena_rewind(arena, mark);
	}
	assert_int_equal(arena_used(arena), used);
}

test(arena_zeroes_what_was_used_before)
{
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	struct arena_mark mark = arena_mark(arena);
	for (int i = 0; i < 3; i++) {
		size_t room = 0;
		unsigned char *list = NULL;
		for (size_t count = 0; count < 3000; count++) {
			list = arena_grow(arena, list, &room, count + 1, 1);
			assert_int_equal(list[count], 0);
			list[count] = 0xff;
		}
		for (size_t at = 3000; at < room; at++)
			assert_int_equal(list[at], 0);
		assert_string_equal(arena_copy(arena, "x\0y", 3), "x");
		arena_rewind(arena, mark);
	}
}

static void rewind_another(void *arg unused)
{
	struct arena *arena = arena_new(100000), *other = arena_new(100);
	char *memory = arena_get(arena, 1, 10), *strange = arena_get(other, 1, 10);
	memory[0] = strange[0] = 1;
	arena_rewind(arena, arena_mark(other));
}

test(arena_counts_what_is_left)
{
	scoped(arena_free) struct arena *arena = arena_new(1000);
	assert_int_equal(arena_left(arena), 1000);
	char *copy = arena_copy(arena, "abc", 3);
	assert_string_equal(copy, "abc");
	assert_int_equal(arena_used(arena), 16);
	assert_int_equal(arena_left(arena), 984);
}

static void ask_too_much(void *arg unused)
{
	struct arena *arena = arena_new(100);
	char *memory = arena_get(arena, 1, 101);
	memory[0] = 1;
}

static void ask_beyond_counting(void *arg unused)
{
	char *memory = mem_new(SIZE_MAX, 2);
	memory[0] = 1;
}

/* What the system has no more of is no mistake of ours: it has a status that can be told. */
test(ends_with_its_own_status_when_there_is_no_more)
{
#ifdef MUSTER_SANITIZED
	unit_skip("sanitizers end the process themselves");
#endif
	int status = 0;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(null, STDERR_FILENO);
		char *memory = mem_new(1, SIZE_MAX / 4);
		_exit(memory ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), MEM_EXIT);
}

test(ends_the_process_beyond_its_ceiling)
{
	assert_true(unit_aborts(ask_too_much, NULL));
	assert_true(unit_aborts(ask_beyond_counting, NULL));
	assert_true(unit_aborts(rewind_another, NULL));
}
