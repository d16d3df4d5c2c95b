#include "agent/judge/commands.h"

#include <string.h>

#include "assess/command/split.h"
#include "base/map.h"
#include "os/user/kept.h"

#define ARENA_MAX (8u * 1024 * 1024) /* the words of a list twice, and their pointers */
#define USER "user="

struct commands {
	struct arena *arena;
	struct map *by_words; /* to struct command */
	size_t count;
};

static bool wrong(struct err *err, enum err_kind kind, const char *path, unsigned line,
		  const char *what)
{
	return err_set(err, kind, "%s:%u: %s", path, line, what);
}

/* A line that would not mean what it looks like: NULL when there is nothing odd. */
static const char *odd(struct text line)
{
	bool quoted = false;
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.at[i];
		if (c == '\t')
			return "a tab does not end a word; write a space";
		if (c < ' ' || c == 127)
			return "a control character; no command of a policy holds one";
		if (c == '\\' && ++i == line.len)
			return "a backslash with nothing behind it";
		quoted ^= c == '"';
	}
	return quoted ? "a quote is not closed" : NULL;
}

static bool is_name(struct text name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	if (name.len == 0 || name.len > COMMANDS_USER_MAX || name.at[0] == '-')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] == '\0' || !strchr(letters, name.at[i]))
			return false;
	return true;
}

/* Takes "user=NAME" from the front of the line. */
static bool take_user(struct commands *commands, struct text *line, struct command *command)
{
	struct text word;
	if (!text_starts(*line, USER))
		return true;
	(void)!text_next(line, ' ', &word);
	const struct text name = {word.at + strlen(USER), word.len - strlen(USER)};
	if (!is_name(name))
		return false;
	command->user = arena_copy(commands->arena, name.at, name.len);
	return true;
}

static void keep_words(struct commands *commands, struct command *command, const struct text *argv,
		       size_t argc)
{
	scoped(buf_end) struct buf words = {0};
	const char **kept = arena_get(commands->arena, argc + 1, sizeof(*kept));
	for (size_t i = 0; i < argc; i++) {
		kept[i] = argv[i].at; /* the arena has put a NUL behind it */
		buf_text(&words, argv[i]);
		buf_char(&words, '\0');
	}
	command->argv = kept;
	command->words = arena_text(commands->arena, buf_view(&words));
}

static bool add_line(struct commands *commands, struct text line, struct command *command,
		     const char *path, struct err *err)
{
	const struct text *argv;
	size_t argc;
	struct err why = {0};
	const char *what = odd(line);
	if (what)
		return wrong(err, ERR_INPUT, path, command->line, what);
	if (commands->count == COMMANDS_MAX)
		return err_set(err, ERR_LIMIT, "%s:%u: more than %d commands", path, command->line,
			       COMMANDS_MAX);
	if (!take_user(commands, &line, command))
		return wrong(err, ERR_INPUT, path, command->line,
			     "\"user=\" wants the name of a user: user=postgres COMMAND");
	if (!command_split(line, commands->arena, &argv, &argc, &why))
		return why.kind == ERR_LIMIT ? wrong(err, ERR_LIMIT, path, command->line, why.text)
					     : wrong(err, ERR_INPUT, path, command->line,
						     "there is no command; write its words here");
	keep_words(commands, command, argv, argc);
	const struct command *before = map_get(commands->by_words, command->words);
	if (before)
		return err_set(err, ERR_INPUT, "%s:%u: the same command stands in line %u already",
			       path, command->line, before->line);
	map_put(commands->by_words, command->words, command);
	commands->count++;
	return true;
}

struct commands *commands_new(struct text list, const char *path, struct err *err)
{
	struct text line;
	unsigned number = 0;
	struct commands *commands = mem_new(1, sizeof(*commands));
	bool done = list.len <= COMMANDS_SIZE_MAX ||
		    err_set(err, ERR_LIMIT, "%s: it has more than %u bytes", path,
			    COMMANDS_SIZE_MAX);
	commands->arena = arena_new(ARENA_MAX);
	commands->by_words = map_new();
	while (done && text_next(&list, '\n', &line)) {
		number++;
		line = text_trim(line);
		if (line.len == 0 || line.at[0] == '#')
			continue;
		struct command *command = arena_get(commands->arena, 1, sizeof(*command));
		*command = (struct command){.line = number};
		done = add_line(commands, line, command, path, err);
	}
	if (!done)
		commands_free(&commands);
	return commands;
}

struct commands *commands_load(const char *path, struct err *err)
{
	bool found;
	scoped(buf_end) struct buf list = {0};
	if (!kept_read(path, COMMANDS_SIZE_MAX, &list, &found, err))
		return NULL;
	return commands_new(buf_view(&list), path, err);
}

size_t commands_count(const struct commands *commands)
{
	return commands->count;
}

const struct command *commands_find(const struct commands *commands, struct text words)
{
	return map_get(commands->by_words, words);
}

void commands_free(struct commands **commands)
{
	if (!*commands)
		return;
	map_free(&(*commands)->by_words);
	arena_free(&(*commands)->arena);
	mem_free(commands);
}
