#include "assess/host/firewall/lexeme.h"

#include <string.h>

bool lexeme_is(const struct lexeme *token, const char *text)
{
	return (token->kind == LEXEME_WORD || token->kind == LEXEME_MARK) &&
	       text_is(token->text, text);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool is_mark(char c)
{
	return c == '{' || c == '}' || c == ',' || c == ';';
}

/* How long the word at the front is. */
static size_t word_len(struct text text)
{
	size_t len = 0;
	while (len < text.len && !is_space(text.at[len]) && !is_mark(text.at[len]) &&
	       text.at[len] != '\n' && text.at[len] != '"' && text.at[len] != '#')
		len++;
	return len;
}

struct scan {
	struct text rest;
	uint64_t line;
};

static struct text cut(struct scan *scan, size_t len)
{
	struct text part = {scan->rest.at, len};
	scan->rest = (struct text){scan->rest.at + len, scan->rest.len - len};
	return part;
}

/* Space, comments, and line ends behind a backslash. */
static void skip(struct scan *scan)
{
	while (scan->rest.len > 0) {
		const char *at = scan->rest.at;
		const char *end = memchr(at, '\n', scan->rest.len);
		if (is_space(*at)) {
			(void)cut(scan, 1);
		} else if (*at == '#') {
			(void)cut(scan, end ? (size_t)(end - at) : scan->rest.len);
		} else if (*at == '\\' && scan->rest.len > 1 && at[1] == '\n') {
			(void)cut(scan, 2);
			scan->line++;
		} else {
			return;
		}
	}
}

/* False: a quote is not closed on its line. */
static bool read_one(struct scan *scan, struct lexeme *token)
{
	char c = scan->rest.at[0];
	token->line = scan->line;
	if (c == '\n') {
		token->kind = LEXEME_LINE;
		token->text = cut(scan, 1);
		scan->line++;
		return true;
	}
	if (c == '"') {
		(void)cut(scan, 1);
		const char *end = memchr(scan->rest.at, '"', scan->rest.len);
		size_t len = end ? (size_t)(end - scan->rest.at) : 0;
		if (!end || memchr(scan->rest.at, '\n', len))
			return false;
		token->kind = LEXEME_STRING;
		token->text = cut(scan, len);
		(void)cut(scan, 1);
		return true;
	}
	token->text = cut(scan, is_mark(c) ? 1 : word_len(scan->rest));
	token->kind = is_mark(c) || text_is(token->text, "=") || text_is(token->text, ":")
			      ? LEXEME_MARK
			      : LEXEME_WORD;
	return true;
}

bool lexeme_read(struct text text, struct arena *arena, struct lexemes *tokens, uint64_t *line)
{
	struct scan scan = {.rest = text, .line = 1};
	for (skip(&scan); scan.rest.len > 0; skip(&scan)) {
		struct lexeme token = {0};
		*line = tokens->count == LEXEME_COUNT_MAX ? 0 : scan.line;
		if (*line == 0 || !read_one(&scan, &token))
			return false;
		tokens->at = arena_grow(arena, tokens->at, &tokens->room, tokens->count + 1,
					sizeof(*tokens->at));
		tokens->at[tokens->count++] = token;
	}
	return true;
}
