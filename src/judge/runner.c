/* The helper runs what the probe `command` has no native answer for, where a person said so
 * (--allow-commands): one argument vector, no shell, with a limit on time and output.
 *
 * It has no walls, since what it runs may need anything: it is never started for a policy's sake,
 * and an agent's monitor starts none. */
#include "judge/runner.h"

#include "assess/command/run.h"
#include "judge/helper.h"
#include "os/child.h"

#define AT_ONCE 4
#define WAIT_MS (45 * 1000) /* a longer time-out of a policy ends here */
#define ARENA_MAX (1024u * 1024)
#define SHOWN_MAX 200 /* bytes of a program's name */

static enum gather_answer fail(struct buf *text, const char *program, const char *why)
{
	buf_clear(text);
	buf_print(text, "\"%.*s\" %s", (int)text_cut(text_of(program), SHOWN_MAX), program, why);
	return GATHER_FAILED;
}

static enum gather_answer tell(const char *name, struct program_end end, const struct buf *out,
			       const struct buf *errors, struct buf *text)
{
	struct native_answer answer = {.outcome = NATIVE_PRINTED,
				       .out = buf_view(out),
				       .err = buf_view(errors),
				       .exit = end.status};
	switch (end.how) {
	case PROGRAM_ENDED:
		run_tell(&answer, text);
		return GATHER_OK;
	case PROGRAM_KILLED:
		return fail(text, name, "was killed by a signal");
	case PROGRAM_MISSING:
		answer.outcome = NATIVE_NO_PROGRAM;
		run_tell(&answer, text);
		return GATHER_OK;
	case PROGRAM_TOO_SLOW:
		return fail(text, name, "took too long, and was killed");
	case PROGRAM_TOO_LOUD:
		return fail(text, name, "printed more than 1 MiB, and was killed");
	case PROGRAM_UNWANTED:
		return fail(text, name, "was killed, for nobody waits for it any more");
	}
	never("a program that ended in no way");
}

enum gather_answer runner_run(const struct program *program, struct buf *text)
{
	struct err err = {0};
	struct program_end end;
	scoped(buf_end) struct buf out = {0}, errors = {0};
	if (!program_run(program, &out, &errors, &end, &err))
		return fail(text, program->argv[0], err.text);
	return tell(program->argv[0], end, &out, &errors, text);
}

/* -------- the helper -------- */

static bool enter(struct err *err)
{
	return child_stay_bound(err);
}

static bool takes(struct text question)
{
	struct run run;
	struct err err = {0};
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	return run_read(question, arena, &run, &err);
}

static enum gather_answer serve(struct text question, struct buf *text)
{
	struct run run;
	struct err err = {0};
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	must(run_read(question, arena, &run, &err));
	const char **argv = arena_get(arena, run.argc + 1, sizeof(*argv));
	for (size_t i = 0; i < run.argc; i++)
		argv[i] = arena_copy(arena, run.argv[i].at, run.argv[i].len);
	int64_t span_ms = run.span_us / 1000;
	const struct program program = {
		.argv = argv,
		.span_ms = (int)(span_ms < WAIT_MS ? span_ms : WAIT_MS),
		.limit = RUNNER_PRINTED_MAX,
	};
	return runner_run(&program, text);
}

const struct helper helper_runner = {
	.name = "runner",
	.words = "run",
	.at_once = AT_ONCE,
	.wait_ms = WAIT_MS + 1000,
	.enter = enter,
	.takes = takes,
	.serve = serve,
};
