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
}
