/* run.h: how the probe `command` asks for what has no native answer: the words of the question and
 * of its answer (ask.h).
 *
 * A question is "run MILLISECONDS LINE", its line split as split.h says; an answer is
 * "EXIT BYTES BYTES\n", then so many bytes of standard output and of standard error, or
 * "no program\n" where there is none of that name. */
#pragma once
#include "assess/command/native.h"

#define RUN_SPAN_US_MAX (600 * TIME_SECOND_US)

struct run {
	const struct text *argv;
	size_t argc;
	int64_t span_us; /* a second to RUN_SPAN_US_MAX */
};

/* False: longer than a question may be, or it holds a line end. */
must_use bool run_ask(const struct run *run, struct arena *arena, struct text *question);
must_use bool run_read(struct text question, struct arena *arena, struct run *run, struct err *err);

/* The answer to it, of out, err and exit; the outcome is NATIVE_PRINTED or NATIVE_NO_PROGRAM. */
void run_tell(const struct native_answer *answer, struct buf *out);
must_use bool run_told(struct text told, struct native_answer *answer); /* texts are lent */
