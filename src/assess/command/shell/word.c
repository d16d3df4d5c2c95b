#include "assess/command/shell/parser.h"

#include <string.h>

void *parser_refuse(struct parser *parser)
{
	parser->bad = true;
	return NULL;
}

char parser_look(const struct parser *parser, size_t ahead)
{
	size_t at = parser->at + ahead;
	return at < parser->text.len ? parser->text.at[at] : '\0';
}

bool parser_is_end(const struct parser *parser)
{
	return parser->bad || parser->at >= parser->text.len;
}

void parser_skip_blanks(struct parser *parser)
{
	for (;;) {
		char c = parser_look(parser, 0);
		if (c == ' ' || c == '\t') {
			parser->at++;
		} else if (c == '\\' && parser_look(parser, 1) == '\n') {
			parser->at += 2;
		} else if (c == '#') {
			while (parser_look(parser, 0) && parser_look(parser, 0) != '\n')
				parser->at++;
		} else {
			return;
		}
	}
}

void parser_skip_lines(struct parser *parser)
{
	for (parser_skip_blanks(parser); parser_look(parser, 0) == '\n'; parser_skip_blanks(parser))
		parser->at++;
}

/* -------- words -------- */

struct draft {
	struct parser *parser;
	struct shell_piece *first, **end;
	struct buf text; /* not yet a piece */
	bool quoted;
};

static struct shell_piece *add_piece(struct draft *draft, enum shell_piece_kind kind)
{
	struct shell_piece *piece = arena_get(draft->parser->arena, 1, sizeof(*piece));
	piece->kind = kind;
	piece->quoted = draft->quoted;
	*draft->end = piece;
	draft->end = &piece->next;
	return piece;
}

static void end_text(struct draft *draft, bool even_empty)
{
	if (draft->text.len == 0 && !even_empty)
		return;
	struct shell_piece *piece = add_piece(draft, PIECE_TEXT);
	piece->text = arena_text(draft->parser->arena, buf_view(&draft->text));
	buf_clear(&draft->text);
}

bool parser_is_name(char c, bool first)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (!first && c >= '0' && c <= '9');
}

/* A dollar sign alone; before what would be a parameter of the shell's it is not understood. */
static void put_dollar(struct draft *draft)
{
	struct parser *parser = draft->parser;
	char c = parser_look(parser, 1);
	if (c && strchr("0123456789#@*$!-'\"(", c) && !(draft->quoted && c == '"')) {
		parser_refuse(parser);
		return;
	}
	buf_char(&draft->text, '$');
	parser->at++;
}

static void parse_variable(struct draft *draft)
{
	struct parser *parser = draft->parser;
	bool braces = parser_look(parser, 1) == '{';
	size_t from = 1 + braces, len = 0;
	while (parser_is_name(parser_look(parser, from + len), len == 0))
		len++;
	if (parser_look(parser, from) == '?')
		len = 1;
	if (len == 0 && !braces) {
		put_dollar(draft);
		return;
	}
	if (len == 0 || (braces && parser_look(parser, from + len) != '}')) {
		parser_refuse(parser);
		return;
	}
	end_text(draft, false);
	add_piece(draft, PIECE_VARIABLE)->text = (struct text){parser->text.at + parser->at + from,
							       len};
	parser->at += from + len + braces;
}

static void parse_command(struct draft *draft)
{
	struct parser *parser = draft->parser;
	if (parser_look(parser, 2) == '(' || ++parser->depth > SHELL_DEPTH_MAX) {
		parser_refuse(parser); /* arithmetic */
		return;
	}
	parser->at += 2;
	end_text(draft, false);
	struct shell_piece *piece = add_piece(draft, PIECE_COMMAND);
	piece->inner = parser_list(parser);
	parser->depth--;
	if (parser_look(parser, 0) != ')')
		parser_refuse(parser);
	parser->at++;
}

/* `…`: a backslash in it stands for $, ` or itself. */
static void parse_backquotes(struct draft *draft)
{
	struct parser *parser = draft->parser;
	scoped(buf_end) struct buf inside = {0};
	for (parser->at++; !parser_is_end(parser) && parser_look(parser, 0) != '`'; parser->at++) {
		char next = parser_look(parser, 1);
		if (parser_look(parser, 0) == '\\' &&
		    (next == '$' || next == '`' || next == '\\' || (draft->quoted && next == '"')))
			parser->at++;
		buf_char(&inside, parser_look(parser, 0));
	}
	if (parser_is_end(parser) || ++parser->depth > SHELL_DEPTH_MAX) {
		parser_refuse(parser);
		return;
	}
	parser->at++;
	end_text(draft, false);
	struct parser inner = *parser;
	inner.text = arena_text(parser->arena, buf_view(&inside));
	inner.at = 0;
	struct shell_piece *piece = add_piece(draft, PIECE_COMMAND);
	piece->inner = parser_list(&inner);
	parser->bad |= inner.bad || inner.at < inner.text.len;
	parser->depth--;
}

static void parse_dollar(struct draft *draft)
{
	if (parser_look(draft->parser, 1) == '(')
		parse_command(draft);
	else
		parse_variable(draft);
}

/* At the end of the line, with nothing else wrong before, the shell says so and runs nothing. */
static void leave_open(struct parser *parser, char quote)
{
	if (!parser->bad)
		parser->open = quote;
	parser_refuse(parser);
}

static void parse_double(struct draft *draft)
{
	struct parser *parser = draft->parser;
	end_text(draft, false);
	draft->quoted = true;
	for (parser->at++; !parser_is_end(parser) && parser_look(parser, 0) != '"';) {
		char c = parser_look(parser, 0), next = parser_look(parser, 1);
		if (c == '$') {
			parse_dollar(draft);
		} else if (c == '`') {
			parse_backquotes(draft);
		} else if (c == '\\' && next == '\n') {
			parser->at += 2;
		} else {
			bool escaped = c == '\\' && next && strchr("$`\"\\", next);
			buf_char(&draft->text, escaped ? next : c);
			parser->at += escaped ? 2 : 1;
		}
	}
	if (parser_is_end(parser))
		leave_open(parser, '"');
	parser->at++;
	end_text(draft, true);
	draft->quoted = false;
}

static void parse_single(struct draft *draft)
{
	struct parser *parser = draft->parser;
	end_text(draft, false);
	draft->quoted = true;
	for (parser->at++; !parser_is_end(parser) && parser_look(parser, 0) != '\''; parser->at++)
		buf_char(&draft->text, parser_look(parser, 0));
	if (parser_is_end(parser))
		leave_open(parser, '\'');
	parser->at++;
	end_text(draft, true);
	draft->quoted = false;
}

static void parse_backslash(struct draft *draft)
{
	struct parser *parser = draft->parser;
	char next = parser_look(parser, 1);
	parser->at += 2;
	if (parser->at > parser->text.len) {
		parser_refuse(parser);
		return;
	}
	if (next == '\n')
		return;
	end_text(draft, false);
	draft->quoted = true;
	buf_char(&draft->text, next);
	end_text(draft, false);
	draft->quoted = false;
}

bool parser_ends_word(char c)
{
	return c == '\0' || strchr(" \t\n;&|()<>", c);
}

static void end_draft(struct draft *draft)
{
	buf_end(&draft->text);
}

/* {a,b} and {1..9}, which bash makes several words of. */
static bool is_brace_list(const struct parser *parser)
{
	for (size_t i = 1;
	     !parser_ends_word(parser_look(parser, i)) && parser_look(parser, i) != '}'; i++)
		if (parser_look(parser, i) == ',' ||
		    (parser_look(parser, i) == '.' && parser_look(parser, i + 1) == '.'))
			return true;
	return false;
}

/* One piece of a word, by how it begins. */
static void parse_piece(struct draft *draft)
{
	struct parser *parser = draft->parser;
	char c = parser_look(parser, 0);
	switch (c) {
	case '"':
		parse_double(draft);
		break;
	case '\'':
		parse_single(draft);
		break;
	case '\\':
		parse_backslash(draft);
		break;
	case '$':
		parse_dollar(draft);
		break;
	case '`':
		parse_backquotes(draft);
		break;
	default:
		if (c == '{' && parser->bash && is_brace_list(parser))
			parser_refuse(parser);
		buf_char(&draft->text, c);
		parser->at++;
		break;
	}
}

struct shell_word *parser_word(struct parser *parser)
{
	scoped(end_draft) struct draft draft = {.parser = parser};
	draft.end = &draft.first;
	size_t from = parser->at;
	if (parser_look(parser, 0) == '~')
		return parser_refuse(parser);
	while (!parser_is_end(parser) && !parser_ends_word(parser_look(parser, 0)))
		parse_piece(&draft);
	end_text(&draft, false);
	if (parser->bad || parser->at == from)
		return parser_refuse(parser);
	struct shell_word *word = arena_get(parser->arena, 1, sizeof(*word));
	word->pieces = draft.first;
	return word;
}
