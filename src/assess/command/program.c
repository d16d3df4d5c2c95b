#include "assess/command/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* -------- options -------- */

struct reading {
	const struct native_call *call;
	const struct program_option *options;
	size_t count, at;
	struct program_args *args;
};

static bool take_option(struct reading *reading, size_t option, struct text rest, bool has_rest)
{
	struct program_args *args = reading->args;
	args->given[option]++;
	if (!reading->options[option].takes)
		return true;
	if (!has_rest) {
		if (reading->at + 1 >= reading->call->argc)
			return false;
		rest = reading->call->argv[++reading->at];
	}
	args->values[option] = rest;
	return true;
}

static bool take_long(struct reading *reading, struct text word)
{
	struct text rest = {word.at + 2, word.len - 2}, name;
	bool has_rest = memchr(rest.at, '=', rest.len) != NULL;
	if (!text_next(&rest, '=', &name))
		return false;
	for (size_t i = 0; i < reading->count; i++)
		if (reading->options[i].name && text_is(name, reading->options[i].name))
			return (reading->options[i].takes || !has_rest) &&
			       take_option(reading, i, rest, has_rest);
	return false;
}

static bool take_letters(struct reading *reading, struct text word)
{
	for (size_t at = 1; at < word.len; at++) {
		size_t option = 0;
		while (option < reading->count && reading->options[option].letter != word.at[at])
			option++;
		if (option == reading->count)
			return false;
		struct text rest = {word.at + at + 1, word.len - at - 1};
		if (!take_option(reading, option, rest, rest.len > 0))
			return false;
		if (reading->options[option].takes)
			break;
	}
	return true;
}

bool program_read_args(const struct native_call *call, const struct program_option *options,
		       size_t count, struct program_args *args)
{
	must(count <= PROGRAM_OPTIONS_MAX && call->argc <= NATIVE_ARGS_MAX);
	*args = (struct program_args){0};
	struct reading reading = {call, options, count, 0, args};
	bool words = false;
	for (reading.at = 1; reading.at < call->argc; reading.at++) {
		struct text word = call->argv[reading.at];
		bool good = true;
		if (words || word.len < 2 || word.at[0] != '-')
			args->words[args->word_count++] = word;
		else if (text_is(word, "--"))
			words = true;
		else
			good = word.at[1] == '-' ? take_long(&reading, word)
						 : take_letters(&reading, word);
		if (!good)
			return false;
	}
	return true;
}

/* -------- the program -------- */

static bool is_program(const struct native_call *call, const char *path)
{
	struct gather_stat stat;
	struct text why;
	return gather_stat(call->gather, text_of(path), true, &stat, &why) == GATHER_OK &&
	       stat.kind == GATHER_FILE && (stat.mode & 0111);
}

bool program_is_here(const struct native_call *call, struct native_answer *answer)
{
	static const char *const folders[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
					      "/usr/bin",        "/sbin",          "/bin"};
	struct arena *arena = gather_arena(call->gather);
	struct text name = call->argv[0];
	if (name.len > 0 && name.at[0] == '/') {
		if (is_program(call, arena_copy(arena, name.at, name.len)))
			return true;
	} else {
		for (size_t i = 0; i < array_len(folders); i++)
			if (is_program(call,
				       arena_print(arena, "%s/%.*s", folders[i], TEXT_ARG(name))))
				return true;
	}
	answer->outcome = NATIVE_NO_PROGRAM;
	answer->reason = text_of(arena_print(arena, "%.*s is not installed", TEXT_ARG(name)));
	return false;
}

bool program_is_live(const struct native_call *call, struct native_answer *answer, const char *what)
{
	if (gather_is_running(call->gather))
		return true;
	program_skip(call, answer, "%s: that needs the running system", what);
	return false;
}

bool program_end(const struct native_call *call, struct native_answer *answer,
		 const struct buf *out, const struct buf *err, int exit)
{
	answer->exit = exit;
	answer->err = arena_text(gather_arena(call->gather), buf_view(err));
	return native_print(call, answer, out) || true;
}

static struct text print_reason(const struct native_call *call, const char *text, va_list list)
	format_like(2, 0);

static struct text print_reason(const struct native_call *call, const char *text, va_list list)
{
	char reason[ERR_TEXT_SIZE];
	int len = vsnprintf(reason, sizeof(reason), text, list);
	must(len >= 0);
	struct text whole = {reason, strlen(reason)};
	return arena_text(gather_arena(call->gather),
			  (struct text){reason, text_cut(whole, whole.len)});
}

bool program_skip(const struct native_call *call, struct native_answer *answer, const char *text,
		  ...)
{
	va_list list;
	va_start(list, text);
	struct text reason = print_reason(call, text, list);
	va_end(list);
	return native_skip(answer, reason);
}

bool program_fail(const struct native_call *call, struct native_answer *answer, const char *text,
		  ...)
{
	va_list list;
	va_start(list, text);
	struct text reason = print_reason(call, text, list);
	va_end(list);
	return native_fail(answer, reason);
}
