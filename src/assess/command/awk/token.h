/* token.h: an awk program while it is read, token by token; between token.c and read.c. */
#pragma once
#include "assess/command/awk/awk.h"

enum token { T_END, T_NUMBER, T_STRING, T_NAME, T_CALLED, T_WORD, T_SIGN, T_LINE };

struct lexer {
	struct awk_program *program;
	struct text text;
	size_t at;
	unsigned depth;
	bool bad, no_greater;
	/* the token at hand */
	enum token token;
	struct text word; /* of names, and of words and signs as they are written */
	struct buf string;
	double number;
	bool (*is_function)(struct text word); /* whether a name is one of awk's own */
};

void *lexer_refuse(struct lexer *lexer);                           /* makes it bad; NULL */
must_use char lexer_look(const struct lexer *lexer, size_t ahead); /* NUL at the end */
void lexer_next(struct lexer *lexer);
must_use bool lexer_is_sign(const struct lexer *lexer, const char *sign);
must_use bool lexer_is_word(const struct lexer *lexer, const char *word);
bool lexer_take(struct lexer *lexer, const char *sign); /* goes on when it is the sign */
void lexer_expect(struct lexer *lexer, const char *sign);
void lexer_skip_lines(struct lexer *lexer);
