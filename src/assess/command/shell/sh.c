#include <string.h>

#include "assess/command/shell/shell.h"
#include "assess/command/table.h"

static void free_variables(struct map **variables)
{
	size_t at = 0;
	struct text name;
	for (void *value; map_next(*variables, &at, &name, &value);) {
		struct buf *buf = value;
		buf_end(buf);
		mem_free(&buf);
	}
	map_free(variables);
}

/* What a shell says of a quote that does not end: dash's words, and bash's. */
static bool complain(const struct native_call *call, struct native_answer *answer, bool bash,
		     char quote)
{
	struct text name = call->argv[call->argc > 3 ? 3 : 0];
	if (!call->gather)
		return true;
	scoped(said_end) struct said said = said_begin(call, answer);
	buf_text(&said.err, name);
	if (bash)
		buf_print(&said.err,
			  ": -c: line 1: unexpected EOF while looking for matching `%c'\n", quote);
	else
		buf_cstr(&said.err, ": 1: Syntax error: Unterminated quoted string\n");
	said.exit = 2;
	return said_give(&said);
}

/* Runs it; with a host, what is said becomes the answer. False: it can't be told. */
static bool run_line(const struct native_call *call, struct native_answer *answer, bool bash,
		     const struct shell_node *node)
{
	scoped(arena_free) struct arena *words = arena_new(SHELL_ARENA_MAX);
	scoped(free_variables) struct map *variables = map_new();
	scoped(said_end) struct said said = said_begin(call, answer);
	struct text input = call->input ? *call->input : TEXT("");
	struct shell shell = {
		.call = call,
		.said = &said,
		.arena = call->gather ? gather_arena(call->gather) : words,
		.variables = variables,
		.name = call->argv[call->argc > 3 ? 3 : 0],
		.bash = bash,
	};
	shell_run(&shell, node, (struct shell_stream){&said.out, &said.err, &input});
	answer->drained = call->input && input.len < call->input->len;
	if (shell.unknown)
		return false;
	if (!call->gather || shell.failed)
		return true;
	said.exit = shell.status;
	said.full |= said.out.len > NATIVE_PRINTED_MAX;
	return said_give(&said);
}

/* sh -c LINE [NAME [WORD]…]: the words behind it are $0, $1 …, which are not understood in it, but
 * for the name, which messages begin with. */
static bool answer_shell(const struct native_call *call, struct native_answer *answer, bool bash)
{
	struct shell_node *node = NULL;
	char open;
	if (call->argc < 3 || !text_is(call->argv[1], "-c"))
		return false;
	struct text line = call->argv[2];
	scoped(arena_free) struct arena *arena = arena_new(SHELL_ARENA_MAX);
	if (!shell_parse(line, bash, arena, &node, &open))
		return open && !memchr(line.at, '\n', line.len) &&
		       complain(call, answer, bash, open);
	if (call->gather && !has_room(call->gather, 0))
		return native_fail(answer,
				   TEXT("this run has read as much as it may keep in memory "
					"(512 MiB)"));
	return !node || run_line(call, answer, bash, node);
}

static bool answer_sh(const struct native_call *call, struct native_answer *answer)
{
	return answer_shell(call, answer, false);
}

static bool answer_bash(const struct native_call *call, struct native_answer *answer)
{
	return answer_shell(call, answer, true);
}

/* -------- xargs -------- */

#define XARGS_WORDS_MAX 10000

static const struct option_word options[] = {
	{'r', "no-run-if-empty", false}, {'0', "null", false}, {'n', "max-args", true},
	{'I', "replace", true},          {0, NULL, false},
};

struct xargs {
	const struct native_call *call;
	struct said *said;
	struct text replace;
	bool null, not_if_empty, bad, failed;
	int64_t most; /* 0: as many as there are */
	const struct text *argv;
	size_t argc;
};

static void run_with(struct xargs *xargs, const struct text *argv, size_t argc)
{
	struct native_answer own;
	struct native_call call = {.gather = xargs->call->gather, .argv = argv, .argc = argc};
	if (!native_run(&call, &own)) {
		xargs->bad = true;
		return;
	}
	if (!call.gather)
		return;
	xargs->said->answer->secret |= own.secret;
	if (own.outcome == NATIVE_NO_PROGRAM) {
		buf_print(&xargs->said->err, "xargs: %.*s: No such file or directory\n",
			  TEXT_ARG(argv[0]));
		xargs->said->exit = 127;
	} else if (own.outcome != NATIVE_PRINTED) {
		xargs->failed = true;
		xargs->said->answer->outcome = own.outcome;
		xargs->said->answer->reason = own.reason;
	} else {
		said_text(xargs->said, own.out);
		buf_text(&xargs->said->err, own.err);
		if (own.exit != 0)
			xargs->said->exit = 123;
	}
}

/* The next word of the input; without -0 quotes and backslashes would mean something. */
static bool next_item(struct xargs *xargs, struct text *input, struct text *item)
{
	if (xargs->null)
		return text_next(input, '\0', item);
	if (xargs->replace.at) {
		while (text_next(input, '\n', item))
			if (text_trim(*item).len > 0)
				return true;
		return false;
	}
	return text_word(input, item);
}

static void run_replaced(struct xargs *xargs, struct text item)
{
	struct text argv[NATIVE_ARGS_MAX];
	for (size_t i = 0; i < xargs->argc; i++) {
		scoped(buf_end) struct buf out = {0};
		struct text word = xargs->argv[i];
		size_t at;
		while (text_find(word, xargs->replace, &at)) {
			buf_text(&out, (struct text){word.at, at});
			buf_text(&out, item);
			word = (struct text){word.at + at + xargs->replace.len,
					     word.len - at - xargs->replace.len};
		}
		buf_text(&out, word);
		argv[i] = arena_text(gather_arena(xargs->call->gather), buf_view(&out));
	}
	run_with(xargs, argv, xargs->argc);
}

static void run_each(struct xargs *xargs, struct text input)
{
	struct text item;
	while (!xargs->bad && !xargs->failed && next_item(xargs, &input, &item))
		run_replaced(xargs, text_trim(item));
}

static void run_items(struct xargs *xargs, struct text input)
{
	scoped(mem_free) struct text *argv = NULL;
	size_t room = 0, count = xargs->argc;
	struct text item;
	bool ran = xargs->not_if_empty;
	argv = mem_grow(argv, &room, count, sizeof(*argv));
	memcpy(argv, xargs->argv, count * sizeof(*argv));
	while (!xargs->bad && !xargs->failed && next_item(xargs, &input, &item)) {
		if (count - xargs->argc == XARGS_WORDS_MAX) {
			xargs->failed = native_fail(xargs->said->answer,
						    TEXT("xargs: more than 10000 words"));
			return;
		}
		argv = mem_grow(argv, &room, count + 1, sizeof(*argv));
		argv[count++] = item;
		if (xargs->most > 0 && count - xargs->argc == (size_t)xargs->most) {
			run_with(xargs, argv, count);
			count = xargs->argc;
			ran = true;
		}
	}
	if (!xargs->bad && !xargs->failed && (count > xargs->argc || !ran))
		run_with(xargs, argv, count);
}

static bool read_xargs(const struct native_call *call, struct xargs *xargs)
{
	struct args args = {.call = call, .options = options, .in_order = true};
	struct text value;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		if (letter == ARGS_UNKNOWN ||
		    (letter == 'n' && (!read_number(value, &xargs->most) || xargs->most < 1)))
			return false;
		xargs->null |= letter == '0';
		xargs->not_if_empty |= letter == 'r';
		if (letter == 'I')
			xargs->replace = value;
		if (letter == ARGS_OPERAND) {
			xargs->argv = call->argv + args.at - 1;
			xargs->argc = call->argc - args.at + 1;
			break;
		}
	}
	return xargs->argc > 0 && xargs->argc < NATIVE_ARGS_MAX &&
	       (!xargs->replace.at || xargs->replace.len > 0);
}

/* Without a host: with something in the place of what would be read. */
static bool knows_command(const struct xargs *xargs)
{
	struct text argv[NATIVE_ARGS_MAX];
	size_t argc = xargs->argc;
	for (size_t i = 0; i < argc; i++)
		argv[i] = xargs->replace.at &&
					  text_find(xargs->argv[i], xargs->replace, &(size_t){0})
				  ? TEXT("/x")
				  : xargs->argv[i];
	if (!xargs->replace.at)
		argv[argc++] = TEXT("/x");
	return native_knows(argv, argc);
}

static bool answer_xargs(const struct native_call *call, struct native_answer *answer)
{
	scoped(said_end) struct said said = said_begin(call, answer);
	struct xargs xargs = {.call = call, .said = &said};
	struct text input = call->input ? *call->input : TEXT("");
	if (!read_xargs(call, &xargs) || !knows_command(&xargs))
		return false;
	if (!call->gather)
		return true;
	if (!xargs.null && input.len > 0 &&
	    (memchr(input.at, '"', input.len) || memchr(input.at, '\'', input.len) ||
	     memchr(input.at, '\\', input.len)))
		return native_fail(answer, TEXT("xargs: quotes among what it is to read"));
	answer->drained = true;
	if (xargs.replace.at)
		run_each(&xargs, input);
	else
		run_items(&xargs, input);
	if (xargs.bad)
		return false;
	return xargs.failed || said_give(&said);
}

const struct native native_sh = {
	.program = "sh",
	.forms = "-c LINE [NAME [WORD]…], as Debian's dash reads it: pipes, && || ; & !, ( ) { }, "
		 "if, for, while, quotes, $name, $(…), wildcards, reading from a file, "
		 ">/dev/null, 2>&1",
	.reads = "what the commands in it read",
	.prints = "what they print",
	.answer = answer_sh,
};

const struct native native_bash = {
	.program = "bash",
	.forms = "-c LINE, as sh",
	.reads = "what the commands in it read",
	.prints = "what they print",
	.answer = answer_bash,
};

const struct native native_xargs = {
	.program = "xargs",
	.forms = "[-r] [-0] [-n N] [-I TEXT] COMMAND [WORD]…",
	.reads = "what the command reads",
	.prints = "what the command prints, given the words that came through the pipe",
	.answer = answer_xargs,
};
