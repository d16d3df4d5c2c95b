/* A command line up to the first line end, and behind it what its files hold and what comes through
 * the pipe: split, understood or not, and answered on a small host. */
#include "assess/command/native.h"
#include "assess/command/run.h"
#include "assess/command/split.h"
#include "assess/engine/fixture.h"

#include "fuzz.h"

#define ARENA_MAX (1024u * 1024)

static void add(struct fixture *fixture, const char *path, enum gather_kind kind, struct text text,
		uint32_t mode)
{
	struct err err = {0};
	const struct fixture_file file = {.path = text_of(path),
					  .kind = kind,
					  .content = text,
					  .mode = mode,
					  .uid = mode & 7,
					  .gid = mode & 070,
					  .mtime_us = INT64_C(1700000000123456)};
	must(fixture_add(fixture, &file, &err) || text.len > FIXTURE_BYTES_MAX / 2);
}

static void furnish(struct fixture *fixture, struct text content)
{
	static const char *const paths[] = {
		"/f",         "/d/a",        "/d/e/b.conf",    "/etc/passwd",
		"/etc/group", "/etc/shadow", "/etc/localtime", "/etc/default/useradd"};
	for (size_t i = 0; i < array_len(paths); i++)
		add(fixture, paths[i], GATHER_FILE, content, 0644);
	add(fixture, "/d/l", GATHER_LINK, TEXT("/d"), 0777);
	add(fixture, "/d/loop", GATHER_LINK, TEXT("loop"), 0777);
	add(fixture, "/d/gone", GATHER_LINK, TEXT("nowhere"), 0777);
	add(fixture, "/d/p", GATHER_FIFO, TEXT(""), 0600);
	add(fixture, "/dev/null", GATHER_CHAR, TEXT(""), 0666);
	add(fixture, "/usr/bin/ls", GATHER_FILE, TEXT("x"), 04755);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text rest = {(const char *)bytes, len}, line;
	const struct text *argv;
	size_t argc;
	struct err err = {0};
	struct native_answer answer, told;
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	(void)!run_told(rest, &told);
	if (!text_next(&rest, '\n', &line) || !command_split(line, arena, &argv, &argc, &err))
		return 0;
	struct text joined = command_join(argv, argc, arena);
	const struct text *again;
	size_t count;
	must(command_split(joined, arena, &again, &count, &err) && count == argc);
	for (size_t i = 0; i < argc; i++)
		must(text_is_equal(argv[i], again[i]));

	struct text content = rest.at ? rest : TEXT("");
	bool known = native_knows(argv, argc);
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	furnish(fixture, content);
	const struct gather_config config = {.running = true, .now_us = INT64_C(1800000000000000)};
	scoped(gather_free) struct gather *gather = fixture_gather(fixture, &config);
	const struct native_call call = {
		.gather = gather, .argv = argv, .argc = argc, .input = &content};
	if (!native_run(&call, &answer))
		return 0;
	must(answer.outcome == NATIVE_PRINTED || answer.reason.len > 0);
	must(answer.out.len <= NATIVE_PRINTED_MAX && answer.exit >= 0 && answer.exit <= 255);
	(void)known;
	return 0;
}
