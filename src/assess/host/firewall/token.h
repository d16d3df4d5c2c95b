/* token.h: the words of a ruleset in nftables' language (nft(8)). */
#pragma once
#include "base/mem.h"

#define TOKEN_COUNT_MAX 500000

enum token_kind {
	TOKEN_WORD,
	TOKEN_STRING, /* text without its quotes */
	TOKEN_MARK,   /* { } , or ; and = : that stand alone */
	TOKEN_LINE,   /* the end of one */
};

struct token {
	enum token_kind kind;
	struct text text; /* lent */
	uint64_t line;
};

struct tokens {
	struct token *at;
	size_t room, count;
};

/* Comments are left out; a backslash at the end joins lines. False: *line has a quote that is not
 * closed; 0: there are more than TOKEN_COUNT_MAX. */
must_use bool token_read(struct text text, struct arena *arena, struct tokens *tokens,
			 uint64_t *line);

must_use bool token_is(const struct token *token, const char *text); /* a word or mark */
