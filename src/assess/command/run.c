#include "assess/command/run.h"

#include <inttypes.h>
#include <string.h>

#include "assess/command/split.h"
#include "assess/engine/ask.h"

#define NO_PROGRAM "no program\n"

bool run_ask(const struct run *run, struct arena *arena, struct text *question)
{
	scoped(buf_end) struct buf out = {0};
	struct text line = command_join(run->argv, run->argc, arena);
	buf_print(&out, "run %" PRId64 " ", run->span_us / 1000);
	buf_text(&out, line);
	if (out.len > ASK_QUESTION_MAX || memchr(line.at, '\n', line.len))
		return false;
	*question = arena_text(arena, buf_view(&out));
	return true;
}

bool run_read(struct text question, struct arena *arena, struct run *run, struct err *err)
{
	struct text rest = question, word, span;
	uint64_t span_ms;
	if (!text_next(&rest, ' ', &word) || !text_is(word, "run") ||
	    !text_next(&rest, ' ', &span) ||
	    !text_to_u64(span, 1000, RUN_SPAN_US_MAX / 1000, &span_ms))
		return err_set(err, ERR_INPUT,
			       "not a question for a command: write run "
			       "MILLISECONDS LINE");
	run->span_us = (int64_t)span_ms * 1000;
	return command_split(rest, arena, &run->argv, &run->argc, err);
}

void run_tell(const struct native_answer *answer, struct buf *out)
{
	if (answer->outcome == NATIVE_NO_PROGRAM) {
		buf_cstr(out, NO_PROGRAM);
		return;
	}
	buf_print(out, "%d %zu %zu\n", answer->exit, answer->out.len, answer->err.len);
	buf_text(out, answer->out);
	buf_text(out, answer->err);
}

bool run_told(struct text told, struct native_answer *answer)
{
	struct text head, word;
	uint64_t exit, out_len, err_len;
	if (text_is(told, NO_PROGRAM)) {
		*answer = (struct native_answer){.outcome = NATIVE_NO_PROGRAM};
		return true;
	}
	if (!text_next(&told, '\n', &head) || !text_next(&head, ' ', &word) ||
	    !text_to_u64(word, 0, 255, &exit) || !text_next(&head, ' ', &word) ||
	    !text_to_u64(word, 0, told.len, &out_len) ||
	    !text_to_u64(head, 0, told.len - out_len, &err_len) || out_len + err_len != told.len)
		return false;
	*answer = (struct native_answer){
		.outcome = NATIVE_PRINTED,
		.out = {told.at, (size_t)out_len},
		.err = {told.at + out_len, (size_t)err_len},
		.exit = (int)exit,
	};
	return true;
}
