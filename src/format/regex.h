/* regex.h: regular expressions by PCRE2, with limits, so that none can run away.
 *
 * A pattern is compiled once and may be used by one thread at a time. Subjects are bytes: NUL and
 * broken UTF-8 are ordinary. The just-in-time compiler is used where the process may still make
 * memory executable. */
#pragma once
#include "base/text.h"

#define REGEX_PATTERN_MAX 32768  /* bytes */
#define REGEX_MATCH_MAX 10000000 /* steps of one match; more: ERR_LIMIT */
#define REGEX_DEPTH_MAX 10000
#define REGEX_HEAP_KIB_MAX 20480

struct regex;

enum regex_options {
	REGEX_PLAIN = 0,
	REGEX_CASELESS = 1,
	REGEX_LINES = 2, /* ^ and $ also match at line ends within the subject */
	REGEX_RE2 =
		4, /* refuse what RE2 does not have: look-around, back references, possessive, … */
	REGEX_NO_JIT = 8, /* for a pattern that is used once on little */
};

/* ERR_INPUT names the position (from 1) and the reason: `missing ) at character 4 of "a(b"`. */
must_use struct regex *regex_new(struct text pattern, unsigned options, struct err *err);
void regex_free(struct regex **regex);

enum regex_answer { REGEX_NO, REGEX_YES, REGEX_RAN_AWAY };

/* Looks for the first match in subject from byte `from`; begin and end (may be NULL) receive its
 * bytes. */
must_use enum regex_answer regex_find(struct regex *regex, struct text subject, size_t from,
				      size_t *begin, size_t *end);

/* The same from the beginning, with what the first group took: *part is the whole match where the
 * expression has no group or none took part, and at NULL where a later one did but not the first.
 */
must_use enum regex_answer regex_capture(struct regex *regex, struct text subject,
					 struct text *part);
