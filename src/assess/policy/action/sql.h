/* sql.h: the words of a condition in SQL, one after the other. */
#pragma once
#include "base/mem.h"

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_TEXT, TOKEN_MARK };

struct token {
	enum token_kind kind;
	size_t at;        /* the byte that it begins at */
	struct text text; /* of TOKEN_TEXT without its quotes */
};

struct sql { /* zeroed but for text, arena and err to begin with */
	struct text text;
	size_t at;
	struct token token; /* the next one, after sql_next */
	struct arena *arena;
	struct err *err;
};

/* False: it is neither a word, a 'text', nor a mark; ERR_INPUT "column N: …". */
must_use bool sql_next(struct sql *sql);
must_use bool sql_is_word(const struct sql *sql, const char *word); /* in either case */
must_use bool sql_is_mark(const struct sql *sql, const char *mark);
