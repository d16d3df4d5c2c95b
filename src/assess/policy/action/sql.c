#include "assess/policy/action/sql.h"

#include <string.h>

#include "assess/policy/action/term.h"

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool refuse(struct sql *sql, size_t at, const char *what, const char *instead)
{
	return err_set(sql->err, ERR_INPUT, "column %zu: %s; %s", at + 1, what, instead);
}

static bool read_quoted(struct sql *sql)
{
	struct text text = sql->text;
	char *out = arena_get(sql->arena, text.len - sql->at + 1, 1);
	size_t len = 0, at = sql->at + 1;
	for (; at < text.len; at++) {
		if (text.at[at] == '\'' && (at + 1 == text.len || text.at[at + 1] != '\''))
			break;
		at += text.at[at] == '\''; /* two stand for one */
		out[len++] = text.at[at];
	}
	if (at >= text.len)
		return refuse(sql, sql->at, "this quote is not closed", "put another ' behind it");
	sql->token = (struct token){TOKEN_TEXT, sql->at, {out, len}};
	sql->at = at + 1;
	return true;
}

bool sql_next(struct sql *sql)
{
	static const char *const marks[] = {"->>", "!~*", "!~", "~*", "~", "!=", "<>", "<=",
					    ">=",  "<",   ">",  "=",  "(", ")",  ","};
	struct text text = sql->text;
	while (sql->at < text.len && is_space(text.at[sql->at]))
		sql->at++;
	size_t from = sql->at;
	struct text rest = {text.at + from, text.len - from};
	sql->token = (struct token){TOKEN_END, from, {"", 0}};
	if (rest.len == 0)
		return true;
	if (rest.at[0] == '\'')
		return read_quoted(sql);
	for (size_t i = 0; i < array_len(marks); i++)
		if (text_starts(rest, marks[i])) {
			sql->at += strlen(marks[i]);
			sql->token = (struct token){TOKEN_MARK, from, text_of(marks[i])};
			return true;
		}
	while (sql->at < text.len && term_is_word(text.at[sql->at])) {
		struct text behind = {text.at + sql->at, text.len - sql->at};
		if (text_starts(behind, "->>"))
			break;
		sql->at++;
	}
	if (sql->at == from)
		return refuse(sql, from, "this is no word, 'text' or comparison",
			      "write a host query, such as os:linux and name:web*");
	sql->token = (struct token){TOKEN_WORD, from, {text.at + from, sql->at - from}};
	return true;
}

bool sql_is_word(const struct sql *sql, const char *word)
{
	return sql->token.kind == TOKEN_WORD && text_is_alike(sql->token.text, text_of(word));
}

bool sql_is_mark(const struct sql *sql, const char *mark)
{
	return sql->token.kind == TOKEN_MARK && text_is(sql->token.text, mark);
}
