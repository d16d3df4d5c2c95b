/* text.h: text from outside: a pointer and a length, which may hold NUL and any byte.
 *
 * A struct text is lent: it points into what somebody else owns. Numbers are read from it within
 * bounds, and what is shown to people is made printable first. */
#pragma once
#include "base/err.h"

struct text {
	const char *at;
	size_t len;
};

#define TEXT(literal) ((struct text){"" literal, sizeof(literal) - 1})

/* How to print a text with %.*s: printf("%.*s", TEXT_ARG(text)); for what is known to be printable.
 */
#define TEXT_ARG(text) (int)(text).len, (text).at

must_use struct text text_of(const char *cstr); /* NULL gives an empty one with at == NULL */
must_use bool text_is(struct text text, const char *cstr);
must_use bool text_is_equal(struct text a, struct text b);
must_use bool text_is_alike(struct text a, struct text b); /* without regard to ASCII case */
must_use int text_compare(struct text a, struct text b);   /* by bytes, as memcmp; shorter first */
must_use bool text_starts(struct text text, const char *start);
must_use bool text_ends(struct text text, const char *end);
must_use bool text_find(struct text text, struct text part, size_t *at);

must_use struct text text_trim(struct text text); /* without ASCII white space at both ends */

/* Cuts off and returns what stands before the next mark (all, when there is none); *rest moves
 * behind it. At the end returns false. `while (text_next(&rest, '\n', &line))`. */
must_use bool text_next(struct text *rest, char mark, struct text *part);

/* The next word between white space; false when none is left. */
must_use bool text_word(struct text *rest, struct text *word);

/* A decimal number within bounds, the whole text, no sign but '-' for the signed one, no space. */
must_use bool text_to_u64(struct text text, uint64_t min, uint64_t max, uint64_t *number);
must_use bool text_to_i64(struct text text, int64_t min, int64_t max, int64_t *number);
must_use bool text_to_octal(struct text text, uint64_t max, uint64_t *number);

/* Hex: out has 2 * len + 1 bytes; text_to_hex_bytes wants exactly 2 * len digits. */
void text_put_hex(const void *bytes, size_t len, char *out);
must_use bool text_to_bytes(struct text hex, unsigned char *out, size_t len);

/* How many edits (Damerau: insert, delete, change, swap) lie between two short words; texts above
 * TEXT_NEAR_MAX bytes count as far apart. For "did you mean". */
#define TEXT_NEAR_MAX 64
must_use size_t text_distance(struct text a, struct text b);

/* The known word that is nearest to a wrong one. */
struct near {
	struct text word;
	const char *best; /* NULL: nothing is near */
	size_t far;
};
must_use struct near near_begin(struct text word);
void near_try(struct near *near, const char *known);

/* Whether the bytes are valid UTF-8 (RFC 3629: no surrogates, no overlong forms). */
must_use bool text_is_utf8(struct text text);

/* How many of the first limit bytes end at a whole character of (possibly broken) UTF-8. */
must_use size_t text_cut(struct text text, size_t limit);
