#include <inttypes.h>
#include <string.h>

#include "assess/command/shell/shell.h"

/* Of both shells: what `command -v` answers with its name alone. */
static const char *const names[] = {"echo", "printf", "test",    "[",    "true", "false",  ":",
				    "cd",   "exit",   "command", "type", "read", "export", "eval",
				    "set",  "unset",  "umask",   "trap", "wait", "kill",   "jobs"};

static bool is_own(struct text name)
{
	for (size_t i = 0; i < array_len(names); i++)
		if (text_is(name, names[i]))
			return true;
	return false;
}

/* There are programs of that name, which do the same. */
static bool is_program(struct text name)
{
	return text_is(name, "echo") || text_is(name, "printf") || text_is(name, "test") ||
	       text_is(name, "[");
}

/* dash's echo: -n alone is an option, and escapes always hold. */
static void echo(struct shell *shell, const struct text *argv, size_t argc,
		 struct shell_stream stream)
{
	bool newline = argc < 2 || !text_is(argv[1], "-n");
	static const char letters[] = "abfnrtv\\", codes[] = "\a\b\f\n\r\t\v\\";
	shell->status = 0;
	for (size_t i = newline ? 1 : 2; i < argc; i++) {
		if (i > (newline ? 1u : 2u))
			buf_char(stream.out, ' ');
		for (size_t j = 0; j < argv[i].len; j++) {
			char c = argv[i].at[j],
			     next = j + 1 < argv[i].len ? argv[i].at[j + 1] : '\0';
			const char *known = c == '\\' && next ? strchr(letters, next) : NULL;
			if (c == '\\' && (next == 'c' || next == '0'))
				shell->unknown = true;
			buf_char(stream.out, known ? codes[known - letters] : c);
			j += known != NULL;
		}
	}
	if (newline)
		buf_char(stream.out, '\n');
}

static void not_found(struct shell *shell, struct text name, bool type, struct shell_stream stream)
{
	shell->status = shell->bash ? 1 : 127;
	if (type && shell->bash)
		buf_print(stream.err, "%.*s: line 1: type: %.*s: not found\n",
			  TEXT_ARG(shell->name), TEXT_ARG(name));
	else if (type)
		buf_print(stream.out, "%.*s: not found\n", TEXT_ARG(name));
}

/* command -v NAME, type NAME */
static void find_command(struct shell *shell, const struct text *argv, size_t argc,
			 struct shell_stream stream)
{
	bool type = text_is(argv[0], "type"), failed = false;
	struct text name = argc > 1 ? argv[argc - 1] : TEXT("");
	shell->unknown |= argc != (type ? 2u : 3u) || (!type && !text_is(argv[1], "-v")) ||
			  text_starts(name, "-");
	shell->status = 0;
	if (!shell->call->gather || shell->unknown)
		return;
	if (is_own(name)) {
		buf_text(stream.out, name);
		buf_cstr(stream.out, type ? " is a shell builtin\n" : "\n");
		return;
	}
	scoped(said_end) struct said said = said_begin(shell->call, shell->said->answer);
	bool found = program_find(&said, name, false, &failed);
	shell->failed |= failed;
	if (found && type)
		buf_print(stream.out, "%.*s is ", TEXT_ARG(name));
	buf_text(stream.out, buf_view(&said.out));
	if (!found)
		not_found(shell, name, type, stream);
}

/* read [-r] NAME…: one line of the input, split at white space. */
static void read_line(struct shell *shell, const struct text *argv, size_t argc,
		      struct shell_stream stream)
{
	size_t at = argc > 1 && text_is(argv[1], "-r") ? 2 : 1;
	struct text line = TEXT("");
	if (at >= argc || text_starts(argv[at], "-")) {
		shell->unknown = true;
		return;
	}
	shell->status = stream.input->len > 0 ? 0 : 1;
	if (stream.input->len > 0 && !text_next(stream.input, '\n', &line))
		shell->status = 1;
	if (at == 1 && line.len > 0 && memchr(line.at, '\\', line.len))
		shell->unknown = true; /* without -r it means something */
	for (; at < argc; at++) {
		struct text word = TEXT("");
		if (at + 1 == argc)
			word = text_trim(line);
		else if (!text_word(&line, &word))
			word = TEXT("");
		shell_set(shell, argv[at], word);
	}
}

static void leave(struct shell *shell, const struct text *argv, size_t argc)
{
	uint64_t status = (uint64_t)shell->status;
	if (argc > 2 || (argc == 2 && !text_to_u64(argv[1], 0, 255, &status))) {
		shell->unknown = true;
		return;
	}
	shell->status = (int)status;
	shell->exits = true;
}

static void unset(struct shell *shell, const struct text *argv, size_t argc)
{
	shell->status = 0;
	for (size_t i = 1; i < argc; i++) {
		if (text_starts(argv[i], "-") || text_is(argv[i], "IFS")) {
			shell->unknown = true;
			return;
		}
		shell_set(shell, argv[i], TEXT(""));
	}
}

static void export(struct shell *shell, const struct text *argv, size_t argc)
{
	shell->status = 0;
	for (size_t i = 1; i < argc; i++) {
		struct text rest = argv[i], name;
		if (text_starts(rest, "-") || !text_next(&rest, '=', &name) ||
		    name.len == argv[i].len || text_is(name, "PATH") || text_is(name, "IFS")) {
			shell->unknown = true;
			return;
		}
		shell_set(shell, name, rest.at ? rest : TEXT(""));
	}
}

bool shell_builtin(struct shell *shell, const struct text *argv, size_t argc,
		   struct shell_stream stream)
{
	if (text_is(argv[0], ":") || text_is(argv[0], "true"))
		shell->status = 0;
	else if (text_is(argv[0], "false"))
		shell->status = 1;
	else if (text_is(argv[0], "echo") && !shell->bash)
		echo(shell, argv, argc, stream);
	else if (text_is(argv[0], "command") || text_is(argv[0], "type"))
		find_command(shell, argv, argc, stream);
	else if (text_is(argv[0], "read"))
		read_line(shell, argv, argc, stream);
	else if (text_is(argv[0], "exit"))
		leave(shell, argv, argc);
	else if (text_is(argv[0], "export"))
		export(shell, argv, argc);
	else if (text_is(argv[0], "unset"))
		unset(shell, argv, argc);
	else if (is_own(argv[0]) && !is_program(argv[0]))
		shell->unknown = true; /* it would do what isn't done here */
	else
		return false;
	return true;
}
