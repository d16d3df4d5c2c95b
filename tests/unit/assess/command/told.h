/* told.h: how the tests of natives ask one: files (a text that begins with "->" is a link to what
 * follows), a line of words, and what comes out as one text. */
#pragma once
#include "assess/command/native.h"
#include "assess/command/split.h"
#include "assess/engine/fixture.h"
#include "unit.h"

#include <string.h>

#define TOLD_FILES_MAX 40

struct told_file {
	const char *path, *text;
};

struct told {
	struct fixture *fixture;
	struct gather *gather;
};

static inline struct told told_begin(const struct told_file *files, bool running)
{
	struct err err = {0};
	struct told told = {.fixture = fixture_new()};
	for (; files->path; files++) {
		bool link = strncmp(files->text, "->", 2) == 0;
		bool program = strstr(files->path, "bin/") != NULL;
		struct fixture_file file = {.path = text_of(files->path),
					    .kind = link ? GATHER_LINK : GATHER_FILE,
					    .content = text_of(files->text + (link ? 2 : 0)),
					    .mode = program ? 0755 : 0644};
		assert_true(fixture_add(told.fixture, &file, &err));
	}
	told.gather = fixture_gather(
		told.fixture,
		&(struct gather_config){.running = running, .now_us = INT64_C(1800000000000000)});
	return told;
}

static inline void told_end(struct told *told)
{
	gather_free(&told->gather);
	fixture_free(&told->fixture);
}

/* "OUT|ERR|EXIT"; "none: REASON", "skip: REASON", "error: REASON"; "unknown". */
static inline const char *told_line(struct told *told, const char *line)
{
	struct err err = {0};
	struct native_answer answer;
	struct native_call call = {.gather = told->gather};
	struct arena *arena = gather_arena(told->gather);
	assert_true(command_split(text_of(line), arena, &call.argv, &call.argc, &err));
	struct native_call dry = {.argv = call.argv, .argc = call.argc};
	struct native_answer nothing;
	bool known = native_run(&call, &answer);
	assert_int_equal(native_run(&dry, &nothing), known); /* the same without a host */
	if (!known)
		return "unknown";
	switch (answer.outcome) {
	case NATIVE_PRINTED:
		return unit_text("%.*s|%.*s|%d", TEXT_ARG(answer.out), TEXT_ARG(answer.err),
				 answer.exit);
	case NATIVE_NO_PROGRAM:
		return unit_text("none: %.*s", TEXT_ARG(answer.reason));
	case NATIVE_NOT_APPLICABLE:
		return unit_text("skip: %.*s", TEXT_ARG(answer.reason));
	case NATIVE_ERROR:
		return unit_text("error: %.*s", TEXT_ARG(answer.reason));
	}
	return NULL;
}

/* Each line of a table {line, what it says} over the same files; ends with a NULL line. */
struct told_case {
	const char *line, *says;
};

static inline void told_all(const struct told_file *files, bool running,
			    const struct told_case *cases)
{
	struct told told = told_begin(files, running);
	for (; cases->line; cases++) {
		const char *says = told_line(&told, cases->line);
		if (strcmp(says, cases->says) != 0)
			print_message("# %s\n", cases->line);
		assert_string_equal(says, cases->says);
	}
	told_end(&told);
}
