#include <string.h>

#include "assess/command/run.h"
#include "assess/command/split.h"
#include "assess/engine/ask.h"
#include "assess/probe/answer.h"
#include "assess/probe/software/rpm.h"
#include "assess/probe/table.h"
#include "assess/verdict/content.h"

#define SHOWN_MAX 200 /* bytes of a command in a reason */
#define CHECK_ARENA_MAX (1024u * 1024)

static const struct probe_param params[] = {
	{.name = "timeout",
	 .help = "how long the command may run, where it is run",
	 .example = "30s",
	 .fallback = "10s",
	 .kind = PARAM_SPAN,
	 .min = TIME_SECOND_US,
	 .max = RUN_SPAN_US_MAX},
};

enum field { FIELD_STDOUT, FIELD_STDERR, FIELD_EXIT, FIELD_COUNT };

static const struct probe_field fields[] = {
	{"stdout", "what it prints, without the line ends behind it", "644", .type = VALUE_TEXT,
	 .subject = true},
	{"stderr", "its complaints, likewise", "command not found", .type = VALUE_TEXT},
	{"exit", "its exit status", "0", .type = VALUE_INT},
};

static bool check(const struct probe_call *call, struct err *err)
{
	const struct text *argv;
	size_t argc;
	scoped(arena_free) struct arena *arena = arena_new(CHECK_ARENA_MAX);
	return command_split(call->subject, arena, &argv, &argc, err);
}

/* Only where a native answer asks is anybody started to be asked: whether the line names such a
 * program, also inside of a shell's words. */
static bool asks_now(const struct probe_call *call)
{
	struct text rest = call->subject, word, part = {0};
	while (text_word(&rest, &word)) {
		while (text_next(&word, '/', &part))
			;
		while (part.len > 0 && strchr("\"'($`", part.at[0]))
			part = (struct text){part.at + 1, part.len - 1};
		if (native_asks(&part, 1))
			return true;
	}
	return false;
}

/* -------- what it prints -------- */

static struct value shown(struct text text)
{
	while (text.len > 0 && text.at[text.len - 1] == '\n')
		text.len--;
	return value_text(VALUE_TEXT, text);
}

static void put(struct rows *rows, const struct native_answer *native)
{
	struct arena *arena = gather_arena(rows->gather);
	struct text command = rows->call->subject;
	struct value *values = rows_add(rows, (struct evidence){.path = command});
	if (!values)
		return;
	values[FIELD_STDOUT] = shown(native->out);
	values[FIELD_STDERR] = shown(native->err);
	values[FIELD_EXIT] = (struct value){.type = VALUE_INT, .number = native->exit};
	rows->answer->text_denied |= native->secret;
	if (rows->call->content) {
		struct content *content = arena_get(arena, 1, sizeof(*content));
		scoped(buf_end) struct buf both = {0};
		*content = (struct content){.path = command, .text = native->out};
		if (native->err.len > 0) {
			buf_text(&both, native->out);
			buf_text(&both, native->err);
			content->text = arena_text(arena, buf_view(&both));
		}
		rows->at[rows->count - 1].content = content;
	}
	rows_give(rows);
}

/* -------- who says it -------- */

static void skip(struct rows *rows, struct text why)
{
	struct text command = rows->call->subject;
	size_t len = text_cut(command, SHOWN_MAX);
	answer_skip(rows->gather, rows->answer,
		    print_text(rows->gather,
			       "needs the command \"%.*s%s\", which has no native answer; %.*s",
			       (int)len, command.at, len < command.len ? "…" : "", TEXT_ARG(why)));
}

static void run_for_real(struct rows *rows, const struct run *run)
{
	struct text answer, why, question;
	struct native_answer native = {.outcome = NATIVE_ERROR};
	if (!gather_is_running(rows->gather)) {
		skip(rows, TEXT("below a root nothing is run"));
		return;
	}
	if (!run_ask(run, gather_arena(rows->gather), &question)) {
		skip(rows, TEXT("its line is too long, or has a line end, to be run"));
		return;
	}
	switch (gather_ask(rows->gather, question, &answer, &why)) {
	case GATHER_OK:
		if (run_told(answer, &native) && native.outcome == NATIVE_PRINTED)
			put(rows, &native);
		else if (native.outcome == NATIVE_NO_PROGRAM)
			answer_skip(rows->gather, rows->answer,
				    print_text(rows->gather, "%.*s is not installed",
					       (int)text_cut(run->argv[0], SHOWN_MAX),
					       run->argv[0].at));
		else
			answer_fail(rows->gather, rows->answer,
				    TEXT("what the command printed can't be read"));
		break;
	case GATHER_MISSING:
		skip(rows, text_is(why, ASK_NOBODY) ? TEXT("--allow-commands runs it") : why);
		break;
	case GATHER_FAILED:
		answer_fail(rows->gather, rows->answer, why);
		break;
	}
}

/* What the example of a policy says that it prints. */
static bool is_in_example(struct rows *rows, const struct run *run, struct native_answer *native)
{
	struct arena *arena = gather_arena(rows->gather);
	struct text answer, line = command_join(run->argv, run->argc, arena);
	return gather_ask_example(rows->gather, line, &answer) && run_told(answer, native);
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct run it = {.span_us = call_number(call, "timeout", 10 * TIME_SECOND_US)};
	struct native_answer native;
	struct err err = {0};
	if (!command_split(call->subject, gather_arena(gather), &it.argv, &it.argc, &err)) {
		answer_fail(gather, answer, text_of(err.text));
		return;
	}
	if (is_in_example(&rows, &it, &native)) {
		put(&rows, &native);
		return;
	}
	struct native_call native_call = {.gather = gather, .argv = it.argv, .argc = it.argc};
	if (!native_run(&native_call, &native)) {
		run_for_real(&rows, &it);
		return;
	}
	switch (native.outcome) {
	case NATIVE_PRINTED:
		put(&rows, &native);
		break;
	case NATIVE_NO_PROGRAM:
	case NATIVE_NOT_APPLICABLE:
		answer_skip(gather, answer, native.reason);
		break;
	case NATIVE_ERROR:
		answer_fail(gather, answer, native.reason);
		break;
	}
}

const struct probe probe_command = {
	.name = "command",
	.help = "what a command prints: told from the facts where that is known, else run where "
		"that is allowed",
	.subject_help = "the command and its arguments, as a list or as one line; no shell",
	.subject_example = "[stat, -c, \"%a %U\", /etc/passwd]",
	.params = params,
	.param_count = array_len(params),
	.fields = fields,
	.field_count = FIELD_COUNT,
	.content = true,
	.words = true,
	.reads = "what the command would read; where that is allowed (--allow-commands, at an "
		 "agent /etc/muster/commands), it is run: without a shell, nothing on its "
		 "standard input, an empty environment, 1 MiB of output",
	.privilege = "what the command takes",
	.cost = "that of the facts; of one that is run, its own",
	.asks = "exe fds audit-rules audit-status audit-features nftables listeners",
	.asks_now = asks_now,
	.check = check,
	.prepare = rpm_prepare,
	.run = run,
};
