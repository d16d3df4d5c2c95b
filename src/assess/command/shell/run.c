#include <inttypes.h>
#include <string.h>

#include "assess/command/shell/shell.h"

bool shell_is_over(const struct shell *shell)
{
	return shell->unknown || shell->failed || shell->exits;
}

static void buf_free(void *buf)
{
	struct buf *it = buf;
	buf_end(it);
	mem_free(&it);
}

void shell_set(struct shell *shell, struct text name, struct text value)
{
	struct buf *copy = mem_new(1, sizeof(*copy));
	buf_text(copy, value);
	void *before = map_put(shell->variables, name, copy);
	if (before)
		buf_free(before);
}

struct text shell_get(const struct shell *shell, struct text name)
{
	if (text_is(name, "?")) {
		char *out = arena_print(shell->arena, "%d", shell->status);
		return text_of(out);
	}
	const struct buf *value = map_get(shell->variables, name);
	if (value)
		return buf_view(value);
	return shell->call->gather ? TEXT("") : TEXT("/x");
}

/* -------- one command -------- */

static void not_found(struct shell *shell, struct text program, struct shell_stream stream)
{
	bool path = memchr(program.at, '/', program.len) != NULL;
	if (shell->bash)
		buf_print(stream.err, "%.*s: line 1: %.*s: %s\n", TEXT_ARG(shell->name),
			  TEXT_ARG(program),
			  path ? "No such file or directory" : "command not found");
	else
		buf_print(stream.err, "%.*s: 1: %.*s: not found\n", TEXT_ARG(shell->name),
			  TEXT_ARG(program));
	shell->status = 127;
}

/* A program that nobody here knows: when the host doesn't have it, that is the answer. */
static void run_unknown(struct shell *shell, struct text program, struct shell_stream stream)
{
	bool failed = false;
	if (!shell->call->gather) {
		shell->unknown = true;
		return;
	}
	scoped(said_end) struct said said = said_begin(shell->call, shell->said->answer);
	if (program_find(&said, program, false, &failed) || failed)
		shell->unknown = !failed;
	else
		not_found(shell, program, stream);
	shell->failed |= failed;
}

static void run_native(struct shell *shell, const struct text *argv, size_t argc,
		       struct shell_stream stream)
{
	struct native_answer own;
	struct text input = *stream.input;
	struct native_call call = {
		.gather = shell->call->gather, .argv = argv, .argc = argc, .input = &input};
	if (argc > NATIVE_WORDS_MAX || !native_run(&call, &own)) {
		run_unknown(shell, argv[0], stream);
		return;
	}
	shell->status = own.exit;
	if (!shell->call->gather)
		return;
	if (own.drained)
		*stream.input = (struct text){input.at + input.len, 0};
	shell->said->answer->secret |= own.secret;
	switch (own.outcome) {
	case NATIVE_PRINTED:
		if (stream.out->len + own.out.len > 2u * NATIVE_PRINTED_MAX)
			shell->failed = native_fail(shell->said->answer,
						    TEXT("it would print more than 16 MiB"));
		buf_text(stream.out, own.out);
		buf_text(stream.err, own.err);
		break;
	case NATIVE_NO_PROGRAM:
		not_found(shell, argv[0], stream);
		break;
	case NATIVE_NOT_APPLICABLE:
	case NATIVE_ERROR:
		shell->said->answer->outcome = own.outcome;
		shell->said->answer->reason = own.reason;
		shell->failed = true;
		break;
	}
}

static void assign(struct shell *shell, const struct shell_word *words, struct shell_stream stream)
{
	for (; words && !shell_is_over(shell); words = words->next) {
		struct text rest = shell_expand_one(shell, words, stream), name;
		if (shell_is_over(shell) || !text_next(&rest, '=', &name))
			return;
		/* these change how the rest is read or found */
		shell->unknown |= text_is(name, "IFS") || text_is(name, "PATH");
		shell_set(shell, name, rest.at ? rest : TEXT(""));
	}
}

static bool is_locale(const struct shell_word *words)
{
	for (; words; words = words->next) {
		struct text text = words->pieces->text;
		if (!text_starts(text, "LC_ALL=") && !text_starts(text, "LANG="))
			return false;
	}
	return true;
}

static void run_simple(struct shell *shell, const struct shell_node *node,
		       struct shell_stream stream)
{
	struct text *argv;
	if (++shell->steps > SHELL_STEPS_MAX) {
		shell->failed = native_fail(shell->said->answer, TEXT("more than 20000 commands"));
		return;
	}
	ssize_t argc = shell_expand(shell, node->words, &argv, stream);
	if (argc < 0)
		return;
	if (argc == 0) {
		if (!node->words)
			shell->status = 0; /* unless a command in the value has another */
		assign(shell, node->assigned, stream);
		return;
	}
	if (node->assigned && !is_locale(node->assigned)) {
		shell->unknown = true;
		return;
	}
	if (!shell_builtin(shell, argv, (size_t)argc, stream))
		run_native(shell, argv, (size_t)argc, stream);
}

/* -------- streams -------- */

/* One after the other: 2>&1 >/dev/null is not >/dev/null 2>&1. False: nothing is run. */
static bool redirect(struct shell *shell, const struct shell_redirect *list,
		     struct shell_stream *stream, struct buf *nothing, struct text *content)
{
	for (; list; list = list->next) {
		struct buf **to = list->fd == 2 ? &stream->err : &stream->out;
		const char *fault;
		struct text path;
		switch ((int)list->kind) {
		case REDIRECT_NULL:
			*to = nothing;
			break;
		case REDIRECT_BOTH:
			stream->out = stream->err = nothing;
			break;
		case REDIRECT_JOIN:
			*to = list->to == 2 ? stream->err : stream->out;
			break;
		default:
			path = shell_expand_one(shell, list->word, *stream);
			*content = TEXT("");
			if (shell_is_over(shell))
				return false;
			shell->unknown |= !is_absolute(path);
			stream->input = content;
			if (!shell->call->gather || shell->unknown)
				break;
			enum look look = look_read(shell->said, path, content, &fault);
			shell->failed |= look == LOOK_FAILED;
			if (look == LOOK_OK)
				break;
			buf_print(stream->err,
				  shell->bash ? "%.*s: line 1: %.*s: %s\n"
					      : "%.*s: 1: cannot open %.*s: %s\n",
				  TEXT_ARG(shell->name), TEXT_ARG(path),
				  shell->bash ? fault : "No such file");
			shell->status = shell->bash ? 1 : 2;
			return false;
		}
	}
	return true;
}

/* -------- the tree -------- */

static void run_pipe(struct shell *shell, const struct shell_node *node, struct shell_stream stream)
{
	scoped(buf_end) struct buf between = {0};
	struct shell_stream left = stream, right = stream;
	left.out = &between;
	shell_run(shell, node->left, left);
	shell->exits = false; /* each side is a shell of its own */
	if (shell->unknown || shell->failed)
		return;
	struct arena *arena = shell->arena;
	if (arena_left(arena) < between.len + 65536) {
		shell->unknown = true;
		return;
	}
	/* answers may point into it: it lives as long as they do */
	struct text input = arena_text(arena, buf_view(&between));
	right.input = &input;
	shell_run(shell, node->right, right);
	shell->exits = false;
}

static void run_while(struct shell *shell, const struct shell_node *node,
		      struct shell_stream stream)
{
	int last = 0;
	for (;;) {
		size_t steps = shell->steps;
		shell_run(shell, node->left, stream);
		if (shell_is_over(shell) || (shell->call->gather && shell->status != 0))
			break;
		shell_run(shell, node->right, stream);
		last = shell->status;
		if (shell_is_over(shell) || !shell->call->gather)
			break;
		shell->steps = shell->steps > steps ? shell->steps : steps + 1;
		if (shell->steps > SHELL_STEPS_MAX) {
			shell->failed = native_fail(shell->said->answer,
						    TEXT("more than 20000 commands"));
			break;
		}
	}
	shell->status = shell->exits ? shell->status : last;
}

static void run_for(struct shell *shell, const struct shell_node *node, struct shell_stream stream)
{
	struct text *argv;
	ssize_t argc = shell_expand(shell, node->words, &argv, stream);
	shell->status = 0;
	for (ssize_t i = 0; i < argc && !shell_is_over(shell); i++) {
		shell_set(shell, node->name, argv[i]);
		shell_run(shell, node->right, stream);
	}
}

/* Without a host, whatever may be run is looked at. */
static void run_both(struct shell *shell, const struct shell_node *node, bool second,
		     struct shell_stream stream)
{
	shell_run(shell, node->left, stream);
	if (shell_is_over(shell))
		return;
	if (!shell->call->gather || (shell->status == 0) == second)
		shell_run(shell, node->right, stream);
}

static void run_if(struct shell *shell, const struct shell_node *node, struct shell_stream stream)
{
	shell_run(shell, node->left, stream);
	if (shell_is_over(shell))
		return;
	bool holds = shell->status == 0;
	shell->status = 0;
	if (holds || !shell->call->gather)
		shell_run(shell, node->right, stream);
	if ((!holds || !shell->call->gather) && node->otherwise && !shell_is_over(shell))
		shell_run(shell, node->otherwise, stream);
}

static void run_kind(struct shell *shell, const struct shell_node *node, struct shell_stream stream)
{
	switch (node->kind) {
	case SHELL_SIMPLE:
		run_simple(shell, node, stream);
		break;
	case SHELL_PIPE:
		run_pipe(shell, node, stream);
		break;
	case SHELL_AND:
	case SHELL_OR:
		run_both(shell, node, node->kind == SHELL_AND, stream);
		break;
	case SHELL_THEN:
		shell_run(shell, node->left, stream);
		if (!shell_is_over(shell))
			shell_run(shell, node->right, stream);
		break;
	case SHELL_NOT:
		shell_run(shell, node->left, stream);
		shell->status = shell->status == 0;
		break;
	case SHELL_GROUP:
		shell_run(shell, node->left, stream);
		break;
	case SHELL_SUBSHELL:
		shell_run(shell, node->left, stream);
		shell->exits = false;
		break;
	case SHELL_IF:
		run_if(shell, node, stream);
		break;
	case SHELL_WHILE:
		run_while(shell, node, stream);
		break;
	case SHELL_FOR:
		run_for(shell, node, stream);
		break;
	}
	if (!shell->call->gather)
		shell->exits = false;
}

void shell_run(struct shell *shell, const struct shell_node *node, struct shell_stream stream)
{
	scoped(buf_end) struct buf nothing = {0};
	struct text content;
	if (redirect(shell, node->redirects, &stream, &nothing, &content))
		run_kind(shell, node, stream);
}
