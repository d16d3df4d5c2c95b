#include <string.h>

#include "assess/command/shell/shell.h"

/* The words that one word becomes, while it is put together. */
struct field {
	struct shell *shell;
	struct text *at;
	size_t room, count;
	struct buf text, pattern; /* pattern: the same, what is quoted escaped, for wildcards */
	bool there;               /* also when it is empty: "" is a word */
	bool wild, split;
};

static void end_field(struct field *field)
{
	buf_end(&field->text);
	buf_end(&field->pattern);
	mem_free(&field->at);
}

static void give_up(struct shell *shell)
{
	shell->unknown = true;
}

static void add_word(struct field *field, struct text word)
{
	if (field->count >= SHELL_WORDS_MAX || arena_left(field->shell->arena) < word.len + 65536) {
		give_up(field->shell);
		return;
	}
	field->at = mem_grow(field->at, &field->room, field->count + 1, sizeof(*field->at));
	field->at[field->count++] = arena_text(field->shell->arena, word);
}

/* The paths that the pattern matches, or the word itself where there are none. */
static void add_matches(struct field *field)
{
	struct shell *shell = field->shell;
	struct text pattern = buf_view(&field->pattern), word = buf_view(&field->text);
	const struct text *paths;
	size_t count;
	struct err err = {0};
	if (!is_absolute(pattern)) { /* of a folder that nobody knows */
		if (text_is(word, "*"))
			give_up(shell);
		add_word(field, word);
		return;
	}
	if (!shell->call->gather) {
		add_word(field, word);
		return;
	}
	if (text_find(pattern, TEXT("**"), &(size_t){0})) {
		give_up(shell);
		return;
	}
	if (!gather_glob(shell->call->gather, pattern, &paths, &count, &err)) {
		shell->failed = native_fail(
			shell->said->answer,
			arena_text(gather_arena(shell->call->gather), text_of(err.text)));
		return;
	}
	for (size_t i = 0; i < count; i++)
		add_word(field, paths[i]);
	if (count == 0)
		add_word(field, word);
}

static void end_word(struct field *field)
{
	if (field->there && field->wild && field->split)
		add_matches(field);
	else if (field->there)
		add_word(field, buf_view(&field->text));
	buf_clear(&field->text);
	buf_clear(&field->pattern);
	field->there = field->wild = false;
}

static void put_char(struct field *field, char c, bool quoted)
{
	buf_char(&field->text, c);
	if (quoted && c && strchr("*?[\\", c))
		buf_char(&field->pattern, '\\');
	buf_char(&field->pattern, c);
	field->wild |= !quoted && (c == '*' || c == '?' || c == '[');
	field->there = true;
}

/* What came out of a variable or a command: unquoted it is split at white space. */
static void put_value(struct field *field, struct text value, bool quoted)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];
		if (field->split && !quoted && (c == ' ' || c == '\t' || c == '\n'))
			end_word(field);
		else
			put_char(field, c, quoted);
	}
	field->there |= quoted;
}

/* What a command prints, without the line ends behind it. */
static void put_command(struct field *field, const struct shell_piece *piece,
			struct shell_stream stream)
{
	struct shell *shell = field->shell;
	scoped(buf_end) struct buf out = {0};
	struct shell_stream inner = {.out = &out, .err = stream.err, .input = stream.input};
	shell->status = 0;
	if (piece->inner)
		shell_run(shell, piece->inner, inner);
	shell->exits = false; /* it was the inner shell that ended */
	struct text text = buf_view(&out);
	while (text.len > 0 && text.at[text.len - 1] == '\n')
		text.len--;
	if (text.len > 0 && memchr(text.at, 0, text.len))
		give_up(shell);   /* each shell has its own way with NUL */
	if (!shell->call->gather) /* whatever it would print, a path is likely */
		text = TEXT("/x");
	put_value(field, text, piece->quoted);
}

static void put_pieces(struct field *field, const struct shell_word *word,
		       struct shell_stream stream)
{
	for (const struct shell_piece *piece = word->pieces; piece && !shell_is_over(field->shell);
	     piece = piece->next) {
		switch (piece->kind) {
		case PIECE_TEXT:
			for (size_t i = 0; i < piece->text.len; i++)
				put_char(field, piece->text.at[i], piece->quoted);
			field->there |= piece->quoted;
			break;
		case PIECE_VARIABLE:
			put_value(field, shell_get(field->shell, piece->text), piece->quoted);
			break;
		case PIECE_COMMAND:
			put_command(field, piece, stream);
			break;
		}
	}
}

ssize_t shell_expand(struct shell *shell, const struct shell_word *words, struct text **argv,
		     struct shell_stream stream)
{
	scoped(end_field) struct field field = {.shell = shell, .split = true};
	for (const struct shell_word *word = words; word && !shell_is_over(shell);
	     word = word->next) {
		put_pieces(&field, word, stream);
		end_word(&field);
	}
	if (shell_is_over(shell) || arena_left(shell->arena) < field.count * sizeof(**argv) + 65536)
		return -1;
	*argv = arena_get(shell->arena, field.count + 1, sizeof(**argv));
	if (field.count > 0)
		memcpy(*argv, field.at, field.count * sizeof(**argv));
	return (ssize_t)field.count;
}

struct text shell_expand_one(struct shell *shell, const struct shell_word *word,
			     struct shell_stream stream)
{
	scoped(end_field) struct field field = {.shell = shell};
	put_pieces(&field, word, stream);
	if (arena_left(shell->arena) < field.text.len + 65536)
		give_up(shell);
	return shell_is_over(shell) ? TEXT("") : arena_text(shell->arena, buf_view(&field.text));
}
