/* pattern.h: the regular expressions of grep, sed, awk and find, as PCRE2 understands them.
 *
 * POSIX wants the longest match, PCRE2 takes the first alternative that fits: whether a line
 * matches is the same, what of it matches may not be (pattern_is_ambiguous). */
#pragma once
#include "base/buf.h"
#include "format/regex.h"

#define PATTERN_PIECES_MAX 1000 /* groups within groups, and repetitions; more: not understood */

enum pattern_kind {
	PATTERN_BASIC,    /* grep, sed */
	PATTERN_EXTENDED, /* grep -E, sed -E */
	PATTERN_EMACS,    /* find -regex */
	PATTERN_MAWK,     /* unknown escapes are the character, braces too */
	PATTERN_GAWK,
};

/* False: not understood (an error of the pattern's, or a form that means something else here). */
must_use bool pattern_translate(struct text pattern, enum pattern_kind kind, struct buf *out);
/* Literal text. */
void pattern_quote(struct text text, struct buf *out);

/* Whether what matches may differ, for patterns with alternatives. */
must_use bool pattern_is_ambiguous(struct text translated);
