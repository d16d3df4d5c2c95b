/* test.h: a test as the evaluator knows it, whatever format it was written in.
 *
 * A test is a group (all, any, none) or a leaf: one probe, and what must hold of its rows. Policy
 * readers make them (compile.c, action/, sca/), verdict/ decides them, mutate.c breaks them. All
 * memory is the policy's arena. */
#pragma once
#include <limits.h>

#include "assess/probe/probe.h"
#include "format/regex.h"
#include "model/level.h"
#include "query/query.h"

enum matcher_kind {
	MATCH_EQUALS,
	MATCH_NOT_EQUALS,
	MATCH_ONE_OF,
	MATCH_NONE_OF,
	MATCH_AT_LEAST,
	MATCH_AT_MOST,
	MATCH_MATCHES,
	MATCH_NOT_MATCHES,
	MATCH_CONTAINS,
	MATCH_EXCLUDES,
	MATCH_ONLY,
	MATCH_EXISTS,
};

#define MATCH_ROW                                                                      \
	UINT_MAX /* as a field: whether there is a row at all; only `exists` asks that \
		  */

struct matcher { /* on the value of one field */
	enum matcher_kind kind;
	unsigned field;             /* index in the probe's fields, or MATCH_ROW */
	const struct value *values; /* what it is compared with; one, or the list's members */
	size_t count;
	struct regex *regex; /* of matches and not_matches */
	bool truth;          /* of exists */
};

enum line_kind { LINE_MATCHES, LINE_EQUALS, LINE_NUMBER };

/* One condition on one line. */
struct line_test {
	enum line_kind kind;
	bool negated;        /* not_matches, not_equals, no_number */
	struct text pattern; /* of equals: the whole line, without its end */
	struct regex *regex; /* of matches and number; NULL: nothing can be known, see `broken` */
	int64_t least, most; /* of number: bounds of what the expression's first group captures */
	bool differs;        /* of number: it is not `least`, and `most` does not count */
	struct text
		broken; /* why it can't be decided where the expression matches; at NULL: it can */
};

enum content_kind {
	CONTENT_REGEX,
	CONTENT_NO_REGEX,
	CONTENT_LINES,
	CONTENT_LINE,    /* some line fulfils all conditions */
	CONTENT_NO_LINE, /* no line does */
	CONTENT_EMPTY,   /* there is nothing at all, or (truth: false) there is something */
	CONTENT_WHOLE,   /* all of it, without line ends at both ends, is `pattern` */
};

struct content_test { /* on a row's content */
	enum content_kind kind;
	struct text pattern; /* of line and no_line: their conditions as text */
	struct regex *regex;
	uint64_t at_least, at_most;         /* of lines: how many may match */
	const struct line_test *conditions; /* of line and no_line */
	size_t condition_count;
	bool truth;   /* of empty */
	bool bare;    /* a line ends at "\n" alone: a "\r" before it belongs to the line */
	bool trimmed; /* line ends at both ends of the content do not count */
};

enum rows_kind { ROWS_EVERY, ROWS_SOME, ROWS_NO, ROWS_ONLY };

struct rows_test { /* on the rows of a table probe */
	enum rows_kind kind;
	const struct matcher *matchers; /* all must hold of a row */
	size_t count;
};

/* TEST_FIXED is for importers: what can't be asked (fixed: not_applicable) or is known beforehand,
 * with its reason. */
enum test_kind { TEST_ALL, TEST_ANY, TEST_NONE, TEST_PROBE, TEST_FIXED };

struct test {
	enum test_kind kind;
	unsigned line, column;
	const struct test
		*when;    /* where this does not pass, the test is not_applicable; NULL: always */
	struct text rule; /* as another format writes it (SCA: "f:/etc/x -> r:y"); at NULL: none */
	struct text conditions; /* of a leaf with a rule: what it came to, for --explain */
	struct test **tests;    /* of all, any, none */
	size_t test_count;
	/* of TEST_FIXED */
	enum status fixed;
	struct text why;
	/* of TEST_PROBE */
	struct probe_call call;
	struct query *query; /* of a table probe */
	const struct matcher *matchers;
	size_t matcher_count;
	const struct content_test *contents;
	size_t content_count;
	const struct rows_test *rows;
	size_t rows_count;
	bool has_count;
	uint64_t count_at_least, count_at_most;
	bool any_row; /* holds when one row does (action JSON: at least one file), else every row
			 must */
	bool any_row_shown; /* evidence also names the rows that did not hold, when some did (action
			       JSON) */
	const char *evidence_field; /* whose value stands as text in a row's evidence; NULL: none */
	struct text shown; /* the test as text, for check.test.value: "PermitRootLogin equals no" */
	struct text
		shown_type; /* for check.test.type: the probe's name, or "regex" for a lone regex */
};

/* "regex", "no_line": the word under which policies write it. */
must_use const char *content_word(enum content_kind kind);
