#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assess/host/process.h"
#include "judge/assist.h"
#include "os/powers.h"
#include "unit.h"

static struct assist *start(struct arena **arena)
{
	struct err err = {0};
	*arena = arena_new(1 << 20);
	struct assist *assist = assist_new(1u << HELPER_PROCREADER, &err);
	assert_non_null(assist);
	return assist;
}

static enum gather_answer ask(struct assist *assist, struct arena *arena, const char *question,
			      struct text *text)
{
	struct asker asker = assist_asker(assist);
	struct text answer = {0}, why = {0};
	enum gather_answer how = asker.ask(asker.data, text_of(question), arena, &answer, &why);
	*text = how == GATHER_OK ? answer : why;
	return how;
}

test(tells_the_program_of_a_process)
{
	struct arena *arena;
	struct text text;
	char path[4096] = "";
	if (powers_landlock_abi() == 0)
		skip();
	scoped(assist_free) struct assist *assist = start(&arena);
	assert_true(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
	assert_int_equal(ask(assist, arena, unit_text("exe %d", (int)getpid()), &text), GATHER_OK);
	assert_true(text_is(text, path));
	arena_free(&arena);
}

test(tells_the_sockets_of_a_process)
{
	struct arena *arena;
	struct text text;
	struct stat stat;
	int ends[2];
	size_t at;
	if (powers_landlock_abi() == 0)
		skip();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(fstat(ends[0], &stat), 0);
	scoped(assist_free) struct assist *assist = start(&arena);
	assert_int_equal(ask(assist, arena, unit_text("fds %d", (int)getpid()), &text), GATHER_OK);
	assert_true(text_find(
		text, text_of(unit_text("%lu %d\n", (unsigned long)stat.st_ino, ends[0])), &at));
	close(ends[0]);
	close(ends[1]);
	arena_free(&arena);
}

test(a_process_that_has_ended_has_nothing)
{
	struct arena *arena;
	struct text text;
	if (powers_landlock_abi() == 0)
		skip();
	scoped(assist_free) struct assist *assist = start(&arena);
	assert_int_equal(ask(assist, arena, "exe 2147483647", &text), GATHER_OK);
	assert_int_equal(text.len, 0);
	assert_int_equal(ask(assist, arena, "fds 2147483647", &text), GATHER_OK);
	assert_int_equal(text.len, 0);
	arena_free(&arena);
}

test(anything_but_its_few_questions_ends_it)
{
	static const char *const questions[] = {
		"exe",      "exe ",       "exe 0",          "exe -1",  "exe 1 ",
		"exe self", "exe 1/../2", "exe 2147483648", "fds 1\n", "fds 0x1",
	};
	struct text text;
	if (powers_landlock_abi() == 0)
		skip();
	for (size_t i = 0; i < array_len(questions); i++) {
		struct arena *arena;
		scoped(assist_free) struct assist *assist = start(&arena);
		assert_int_equal(ask(assist, arena, questions[i], &text), GATHER_FAILED);
		assert_true(text_is(text, "procreader: what the judge asks is no question"));
		assert_int_equal(ask(assist, arena, "exe 1", &text), GATHER_FAILED);
		arena_free(&arena);
	}
}

test(does_not_start_where_there_is_no_landlock)
{
	struct arena *arena;
	struct text text;
	powers_clamp_landlock(0);
	scoped(assist_free) struct assist *assist = start(&arena);
	powers_clamp_landlock(UINT32_MAX); /* the helper has its own */
	assert_int_equal(ask(assist, arena, "exe 1", &text), GATHER_FAILED);
	assert_true(
		text_is(text, "procreader: it does not start where the kernel has no Landlock"));
	arena_free(&arena);
}

test(processes_ask_it)
{
	struct err err = {0};
	struct text exe, why;
	struct gather_config config = {.running = true};
	if (powers_landlock_abi() == 0)
		skip();
	scoped(assist_free) struct assist *assist = assist_new(1u << HELPER_PROCREADER, &err);
	struct gather *gather = gather_new(&config, &err);
	gather_set_asker(gather, assist_asker(assist));
	struct process none = {.pid = INT32_MAX};
	assert_int_equal(process_exe(gather, &none, &exe, &why), GATHER_MISSING);
	gather_free(&gather);
}
