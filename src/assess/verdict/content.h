/* content.h: text that expressions are searched in, line by line, with the lines that matched.
 *
 * A line ends at "\n" (a "\r" before it belongs to the end, unless a test is `bare`); the last one
 * needs none. A line may be as long as the file; NUL and invalid UTF-8 are ordinary bytes. */
#pragma once
#include "assess/policy/test.h"

struct content {
	struct text path; /* for evidence */
	struct text text;
};

/* Visits the lines; *at begins at 0, *number at 0 and counts from 1. */
must_use bool content_next(const struct content *content, size_t *at, uint64_t *number,
			   struct text *line);

/* How many lines match (at most `limit` are looked for; 0: all); the first of them go to *evidence
 * entries (room of ITEM_EVIDENCE_MAX), their number to *evidence_count. REGEX_RAN_AWAY: not
 * decided. */
must_use enum regex_answer content_search(const struct content *content, struct regex *regex,
					  uint64_t limit, uint64_t *matches,
					  struct evidence *evidence, size_t *evidence_count);

/* What a test on content comes to: the lines that fulfil it (of no_line: that must not). */
struct content_found {
	uint64_t matches;
	struct evidence lines[ITEM_EVIDENCE_MAX];
	size_t count;
	struct text broken; /* why it can't be known */
};

/* False: it can't be known, and found->broken says why. Lines are asked in their order, and the
 * conditions of one in theirs: what comes after the one that decides can't spoil it. */
must_use bool content_ask(const struct content *content, const struct content_test *test,
			  struct content_found *found);

/* Of what was found. */
must_use bool content_is_met(const struct content_test *test, const struct content_found *found);
