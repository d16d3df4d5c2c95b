#include "assess/policy/action/term.h"

#include <string.h>

bool term_is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("_.-", c));
}

bool term_is_plain(struct text value)
{
	static const char *const keywords[] = {"and", "or", "not"};
	for (size_t i = 0; i < array_len(keywords); i++)
		if (text_is_alike(value, text_of(keywords[i])))
			return false;
	for (size_t i = 0; i < value.len; i++)
		if (!term_is_word(value.at[i]))
			return false;
	return value.len > 0;
}

void term_put_value(struct buf *out, struct text value)
{
	if (term_is_plain(value)) {
		buf_text(out, value);
		return;
	}
	buf_char(out, '"');
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] == '"' || value.at[i] == '\\')
			buf_char(out, '\\');
		buf_char(out, value.at[i]);
	}
	buf_char(out, '"');
}

/* One character of an expression, taken literally; a slash would end it. */
static void put_literal(struct buf *out, char c)
{
	if (c != '\0' && strchr("\\^$.[]|()?*+{}/", c))
		buf_char(out, '\\');
	buf_char(out, c);
}

/* A LIKE pattern: `%` any run, `_` one character, `\` takes the next literally. */
void term_put_like_regex(struct buf *out, struct text like)
{
	bool open = like.len > 0 && like.at[0] == '%', end = false;
	buf_cstr(out, open ? "/" : "/^");
	for (size_t i = 0; i < like.len; i++) {
		if (like.at[i] == '\\' && i + 1 < like.len) {
			put_literal(out, like.at[++i]);
		} else if (like.at[i] == '_') {
			buf_char(out, '.');
		} else if (like.at[i] == '%') {
			bool first = i == 0;
			while (i + 1 < like.len && like.at[i + 1] == '%')
				i++;
			end = i + 1 == like.len;
			buf_cstr(out, first || end ? "" : ".*");
		} else {
			put_literal(out, like.at[i]);
		}
	}
	buf_cstr(out, end ? "/" : "$/");
}

void term_put_like_word(struct buf *out, struct text like)
{
	for (size_t i = 0; i < like.len; i++) {
		bool literal = like.at[i] == '\\' && i + 1 < like.len;
		char c = like.at[literal ? ++i : i];
		if (!literal && c == '%') {
			while (i + 1 < like.len && like.at[i + 1] == '%')
				i++;
			buf_char(out, '*');
		} else if (!literal && c == '_') {
			buf_char(out, '?');
		} else {
			buf_cstr(out, term_is_word(c) ? "" : "\\");
			buf_char(out, c);
		}
	}
}

bool term_is_every_like(struct text like)
{
	for (size_t i = 0; i < like.len; i++)
		if (like.at[i] != '%')
			return false;
	return like.len > 0;
}

void term_put_exact_regex(struct buf *out, struct text value)
{
	buf_cstr(out, "/^");
	for (size_t i = 0; i < value.len; i++)
		put_literal(out, value.at[i]);
	buf_cstr(out, "$/");
}

bool term_put_regex(struct buf *out, struct text pattern)
{
	size_t backslashes = 0;
	buf_char(out, '/');
	for (size_t i = 0; i < pattern.len; i++) {
		bool escaped = backslashes % 2 == 1;
		backslashes = pattern.at[i] == '\\' ? backslashes + 1 : 0;
		if (pattern.at[i] == '/' && !escaped)
			buf_char(out, '\\');
		buf_char(out, pattern.at[i]);
	}
	buf_char(out, '/');
	return backslashes % 2 == 0;
}
