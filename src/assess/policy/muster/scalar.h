/* scalar.h: a text written as a scalar of YAML, so that a reader of YAML 1.1 or 1.2 gets the same
 * text back. */
#pragma once
#include "base/buf.h"

/* On one line: bare where nothing can be mistaken, else in quotes. Bytes that are not UTF-8 become
 * U+FFFD. */
void scalar_put(struct text text, struct buf *out);

/* Behind "key: ", for texts that may have several lines: these as a block, `indent` columns deep;
 * others as scalar_put has them. Ends the line. */
void scalar_put_lines(struct text text, unsigned indent, struct buf *out);

/* "KEY: ", behind so many columns. */
void scalar_put_key(const char *key, unsigned indent, struct buf *out);

/* "[a, b]" on one line; a lone one without the brackets, where `lone`. */
void scalar_put_list(const struct text *list, size_t count, bool lone, struct buf *out);
