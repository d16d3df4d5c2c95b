/* term.h: values of SQL as what stands behind "field:" in a host query.
 *
 * Words keep to letters, digits and "_.-"; all else is quoted, or escaped where wildcards live. */
#pragma once
#include "base/buf.h"

must_use bool term_is_word(char c);
/* Whether it can stand alone: a word, and none that means something in a query. */
must_use bool term_is_plain(struct text value);
void term_put_value(struct buf *out, struct text value);

/* A LIKE pattern: `%` any run, `_` one character, `\\` takes the next literally; as a word with
 * wildcards, or as an expression for fields that hold a sentence. */
must_use bool term_is_every_like(struct text like);
void term_put_like_word(struct buf *out, struct text like);
void term_put_like_regex(struct buf *out, struct text like);

void term_put_exact_regex(struct buf *out, struct text value);
/* A POSIX expression; false when it ends within an escape. */
must_use bool term_put_regex(struct buf *out, struct text pattern);
