/* lexeme.h: the words of a ruleset in nftables' language (nft(8)). */
#pragma once
#include "base/mem.h"

#define LEXEME_COUNT_MAX 500000

enum lexeme_kind {
	LEXEME_WORD,
	LEXEME_STRING, /* text without its quotes */
	LEXEME_MARK,   /* { } , or ; and = : that stand alone */
	LEXEME_LINE,   /* the end of one */
};

struct lexeme {
	enum lexeme_kind kind;
	struct text text; /* lent */
	uint64_t line;
};

struct lexemes {
	struct lexeme *at;
	size_t room, count;
};

/* Comments are left out; a backslash at the end joins lines. False: *line has a quote that is not
 * closed; 0: there are more than LEXEME_COUNT_MAX. */
must_use bool lexeme_read(struct text text, struct arena *arena, struct lexemes *tokens,
			  uint64_t *line);

must_use bool lexeme_is(const struct lexeme *token, const char *text); /* a word or mark */
