#include <string.h>

#include "assess/setting/block/block.h"

static const char *const nothing[] = {NULL};

const struct block_rules nginx_rules = {.adding = nothing, .apart = nothing};

/* Where one stands in a file. */
struct source {
	struct text path, rest;
	uint64_t line;
};

struct words {
	struct text *at;
	size_t count, room;
	uint64_t line; /* of the first */
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip(struct source *source, size_t len)
{
	for (size_t i = 0; i < len; i++)
		source->line += source->rest.at[i] == '\n';
	source->rest = (struct text){source->rest.at + len, source->rest.len - len};
}

static void skip_space(struct source *source)
{
	while (source->rest.len > 0) {
		size_t len = 0;
		if (source->rest.at[0] == '#')
			while (len < source->rest.len && source->rest.at[len] != '\n')
				len++;
		else if (is_space(source->rest.at[0]))
			len = 1;
		if (len == 0)
			return;
		skip(source, len);
	}
}

/* What a backslash and the character behind it are. */
static void put_escaped(struct buf *word, char c)
{
	static const char from[] = "trn\"'\\", to[] = "\t\r\n\"'\\";
	const char *found = c ? strchr(from, c) : NULL;
	if (!found)
		buf_char(word, '\\');
	buf_char(word, found ? to[found - from] : c);
}

/* Whether a word ends at this byte: at its quote, or at white space, `;` and `{` (not of `${`). */
static bool is_end(struct text rest, size_t at, char quote)
{
	char c = rest.at[at];
	if (quote)
		return c == quote;
	return is_space(c) || c == ';' || (c == '{' && (at == 0 || rest.at[at - 1] != '$'));
}

/* False: a quote has no end. */
static bool cut_word(struct source *source, struct buf *word)
{
	struct text rest = source->rest;
	char quote = rest.at[0] == '"' || rest.at[0] == '\'' ? rest.at[0] : 0;
	size_t at = quote ? 1 : 0;
	for (; at < rest.len && !is_end(rest, at, quote); at++)
		if (rest.at[at] == '\\' && at + 1 < rest.len)
			put_escaped(word, rest.at[++at]);
		else
			buf_char(word, rest.at[at]);
	if (quote && at == rest.len)
		return false;
	skip(source, at + (quote ? 1 : 0));
	return true;
}

/* Words up to what ends them, which is returned: `;` `{` `}`, or 0 at the end of the text. */
static bool read_words(struct block_reading *reading, struct source *source, struct words *words,
		       char *end)
{
	struct arena *arena = gather_arena(reading->gather);
	*words = (struct words){0};
	for (skip_space(source); source->rest.len > 0; skip_space(source)) {
		char c = source->rest.at[0];
		if (c == ';' || c == '{' || c == '}') {
			*end = c;
			skip(source, 1);
			return true;
		}
		scoped(buf_end) struct buf word = {0};
		if (words->count == 0)
			words->line = source->line;
		if (words->count == SETTING_WORDS_MAX)
			return err_set(reading->err, ERR_LIMIT, "more than %d words",
				       SETTING_WORDS_MAX);
		if (!cut_word(source, &word))
			return err_set(reading->err, ERR_INPUT,
				       "a quote has no end: nginx does not start so");
		words->at = arena_grow(arena, words->at, &words->room, words->count + 1,
				       sizeof(*words->at));
		words->at[words->count++] = arena_text(arena, buf_view(&word));
	}
	*end = 0;
	return true;
}

/* A block of Lua is no block of ours: up to the brace that closes it. */
static void skip_lua(struct source *source)
{
	for (unsigned open = 1; source->rest.len > 0 && open > 0; skip(source, 1)) {
		open += source->rest.at[0] == '{';
		open -= source->rest.at[0] == '}';
	}
}

static bool read_file(struct block_reading *reading, struct text path);

static bool include(struct block_reading *reading, const struct words *words)
{
	const struct text *paths;
	size_t count;
	if (words->count != 2)
		return true;
	if (reading->includes == BLOCK_INCLUDE_MAX)
		return err_set(reading->err, ERR_LIMIT, "include goes deeper than %d files",
			       BLOCK_INCLUDE_MAX);
	if (!block_glob(reading, words->at[1], &paths, &count))
		return false;
	reading->includes++;
	for (size_t i = 0; i < count; i++)
		if (!read_file(reading, paths[i]))
			return false;
	reading->includes--;
	return true;
}

/* The words, as they would stand on one line. */
static struct text join(struct block_reading *reading, const struct words *words)
{
	scoped(buf_end) struct buf line = {0};
	for (size_t i = 0; i < words->count && line.len < 2 * ITEM_EVIDENCE_TEXT_MAX; i++) {
		buf_cstr(&line, i > 0 ? " " : "");
		buf_text(&line, words->at[i]);
	}
	return arena_text(gather_arena(reading->gather), buf_view(&line));
}

static bool take_words(struct block_reading *reading, struct source *source,
		       const struct words *words, char end)
{
	if (words->count == 0)
		return true;
	if (end == ';' && text_is(words->at[0], "include"))
		return include(reading, words);
	struct evidence where = {source->path, words->line, join(reading, words)};
	struct block *block = block_add(reading, words->at, words->count, where);
	if (!block)
		return false;
	if (end == '{' && text_ends(words->at[0], "_by_lua_block")) {
		skip_lua(source);
		return true;
	}
	return end != '{' || block_open(reading, block);
}

static bool close_block(struct block_reading *reading, const struct block *top)
{
	if (reading->at == top)
		return err_set(reading->err, ERR_INPUT,
			       "a } closes nothing: nginx does not start so");
	reading->at = reading->at->parent;
	reading->depth--;
	return true;
}

static bool read_text(struct block_reading *reading, struct source *source)
{
	const struct block *top = reading->at;
	struct words words;
	char end = ';';
	while (end != 0) {
		if (!read_words(reading, source, &words, &end) ||
		    !take_words(reading, source, &words, end) ||
		    (end == '}' && !close_block(reading, top)))
			return false;
	}
	return reading->at == top ||
	       err_set(reading->err, ERR_INPUT, "a block has no end: nginx does not start so");
}

/* Recursion through include ends at BLOCK_INCLUDE_MAX. */
static bool read_file(struct block_reading *reading, struct text path)
{
	struct source source = {.path = path, .line = 1};
	if (!block_file(reading, path, &source.rest))
		return false;
	return !source.rest.at || read_text(reading, &source) ||
	       err_add(reading->err, "%.*s:%zu", TEXT_ARG(path), (size_t)source.line);
}

const struct block *nginx_read(struct gather *gather, struct text path, struct err *err)
{
	return block_load(gather, "nginx", path, read_file, err);
}
