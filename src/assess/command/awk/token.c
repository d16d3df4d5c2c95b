#include "assess/command/awk/token.h"

#include <stdlib.h>
#include <string.h>

void *lexer_refuse(struct lexer *lexer)
{
	lexer->bad = true;
	return NULL;
}

/* -------- tokens -------- */

char lexer_look(const struct lexer *lexer, size_t ahead)
{
	size_t at = lexer->at + ahead;
	return at < lexer->text.len ? lexer->text.at[at] : '\0';
}

static bool is_name(char c, bool first)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (!first && c >= '0' && c <= '9');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void read_string(struct lexer *lexer)
{
	static const char letters[] = "abfnrtv\\\"/", codes[] = "\a\b\f\n\r\t\v\\\"/";
	buf_clear(&lexer->string);
	for (lexer->at++; lexer_look(lexer, 0) != '"'; lexer->at++) {
		char c = lexer_look(lexer, 0), next = lexer_look(lexer, 1);
		if (!c || c == '\n') {
			lexer_refuse(lexer);
			return;
		}
		if (c == '\\') {
			const char *known = next ? strchr(letters, next) : NULL;
			if (!next || is_digit(next)) {
				lexer_refuse(lexer);
				return;
			}
			if (known) {
				c = codes[known - letters];
			} else {
				buf_char(&lexer->string, '\\');
				c = next;
			}
			lexer->at++;
		}
		buf_char(&lexer->string, c);
	}
	lexer->at++;
	lexer->token = T_STRING;
}

static void read_digits(struct lexer *lexer)
{
	char digits[32];
	size_t len = 0;
	while (len < sizeof(digits) - 1 &&
	       (is_digit(lexer_look(lexer, len)) || lexer_look(lexer, len) == '.')) {
		digits[len] = lexer_look(lexer, len);
		len++;
	}
	digits[len] = '\0';
	if (lexer_look(lexer, len) == 'e' || lexer_look(lexer, len) == 'x' ||
	    len == sizeof(digits) - 1)
		lexer_refuse(lexer);
	lexer->number = strtod(digits, NULL);
	lexer->at += len;
	lexer->token = T_NUMBER;
}

static void read_word(struct lexer *lexer)
{
	static const char *const words[] = {"BEGIN", "END",  "print", "printf", "if",
					    "else",  "next", "exit",  "in"};
	static const char *const refused[] = {
		"while", "for",      "do", "getline", "function", "func",   "delete",  "return",
		"break", "continue", "RS", "RSTART",  "RLENGTH",  "SUBSEP", "ENVIRON", "nextfile"};
	size_t len = 0;
	while (is_name(lexer_look(lexer, len), len == 0))
		len++;
	lexer->word = (struct text){lexer->text.at + lexer->at, len};
	lexer->at += len;
	size_t blanks = 0;
	while (lexer->is_function(lexer->word) && lexer_look(lexer, blanks) == ' ')
		blanks++;
	lexer->token = lexer_look(lexer, blanks) == '(' ? T_CALLED : T_NAME;
	for (size_t i = 0; i < array_len(words); i++)
		if (text_is(lexer->word, words[i]))
			lexer->token = T_WORD;
	for (size_t i = 0; i < array_len(refused); i++)
		if (text_is(lexer->word, refused[i]))
			lexer_refuse(lexer);
}

static void read_sign(struct lexer *lexer)
{
	static const char *const signs[] = {"&&", "||", "==", "!=", "<=", ">=", "!~",
					    "++", "--", "+=", "-=", "*=", "/=", "%="};
	size_t len = 1;
	for (size_t i = 0; i < array_len(signs); i++)
		if (lexer_look(lexer, 0) == signs[i][0] && lexer_look(lexer, 1) == signs[i][1])
			len = 2;
	if (!strchr("{}()[];,+-*/%!<>=~?:$&|", lexer_look(lexer, 0)) ||
	    lexer_look(lexer, 0) == '\0')
		lexer_refuse(lexer);
	lexer->word = (struct text){lexer->text.at + lexer->at, len};
	if (text_is(lexer->word, "&") || text_is(lexer->word, "|"))
		lexer_refuse(lexer);
	lexer->at += len;
	lexer->token = T_SIGN;
}

/* Blanks, comments, and lines that go on. */
static void skip(struct lexer *lexer)
{
	for (;;) {
		char c = lexer_look(lexer, 0);
		if (c == '\\' && lexer_look(lexer, 1) == '\n')
			lexer->at += 2;
		else if (c == ' ' || c == '\t' || c == '\r')
			lexer->at++;
		else if (c == '#')
			while (lexer_look(lexer, 0) && lexer_look(lexer, 0) != '\n')
				lexer->at++;
		else
			return;
	}
}

void lexer_next(struct lexer *lexer)
{
	skip(lexer);
	char c = lexer_look(lexer, 0);
	lexer->word = TEXT("");
	if (lexer->at >= lexer->text.len) {
		lexer->token = T_END;
	} else if (c == '\n') {
		lexer->at++;
		lexer->token = T_LINE;
	} else if (c == '"') {
		read_string(lexer);
	} else if (is_digit(c) || (c == '.' && is_digit(lexer_look(lexer, 1)))) {
		read_digits(lexer);
	} else if (is_name(c, true)) {
		read_word(lexer);
	} else {
		read_sign(lexer);
	}
}

bool lexer_is_sign(const struct lexer *lexer, const char *sign)
{
	return lexer->token == T_SIGN && text_is(lexer->word, sign);
}

bool lexer_is_word(const struct lexer *lexer, const char *word)
{
	return lexer->token == T_WORD && text_is(lexer->word, word);
}

bool lexer_take(struct lexer *lexer, const char *sign)
{
	if (!lexer_is_sign(lexer, sign))
		return false;
	lexer_next(lexer);
	return true;
}

void lexer_expect(struct lexer *lexer, const char *sign)
{
	if (!lexer_take(lexer, sign))
		lexer_refuse(lexer);
}

void lexer_skip_lines(struct lexer *lexer)
{
	while (lexer->token == T_LINE)
		lexer_next(lexer);
}
