/* policy.h: policies of every format, read into one form: check -> test tree -> probe and matchers.
 *
 * policy_load finds out what a text is (Muster YAML, action JSON) and reads it; importers are
 * translators into this form, and there is one evaluator (engine/engine.h). All memory is the
 * arena's. */
#pragma once
#include <limits.h>

#include "assess/probe/probe.h"
#include "format/doc.h"
#include "format/regex.h"
#include "model/level.h"
#include "query/query.h"

#define POLICY_CHECKS_MAX 10000
#define POLICY_TESTS_MAX 100000 /* leaves over all checks */
#define POLICY_TEST_DEPTH_MAX 16

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

enum content_kind { CONTENT_REGEX, CONTENT_NO_REGEX, CONTENT_LINES };

struct content_test { /* on a row's content */
	enum content_kind kind;
	struct text pattern;
	struct regex *regex;
	uint64_t at_least, at_most; /* of lines: how many may match */
};

enum rows_kind { ROWS_EVERY, ROWS_SOME, ROWS_NO, ROWS_ONLY };

struct rows_test { /* on the rows of a table probe */
	enum rows_kind kind;
	const struct matcher *matchers; /* all must hold of a row */
	size_t count;
};

enum test_kind { TEST_ALL, TEST_ANY, TEST_NONE, TEST_PROBE };

struct test {
	enum test_kind kind;
	unsigned line, column;
	struct test **tests; /* of all, any, none */
	size_t test_count;
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

struct check {
	struct text ref, statement, name, description, rationale, remediation, part;
	enum level level;
	struct {
		struct text key;
		const struct text *ids;
		size_t count;
	} * frameworks;
	size_t framework_count;
	const struct test *when; /* NULL: always */
	const struct test *test;
	struct text location; /* where the format fixes it (action JSON); at NULL: the deciding
				 test's path */
	bool location_found;  /* the path of a row that passes goes before `location` */
	const struct doc *pass, *fail; /* lists of fixtures, or NULL */
	unsigned line, column;
};

struct statement {
	struct text key, text;
	unsigned line, column;
};

struct policy {
	struct text name, url, target_text;
	struct query *target; /* NULL: every host */
	const struct statement *statements;
	size_t statement_count;
	const struct check *checks;
	size_t check_count;
};

/* In words, what the check makes specific; empty: nothing is said. */
must_use struct text policy_statement(const struct policy *policy, const struct check *check);

/* What lint says; errors make a policy unusable, warnings don't. Collected, so that one reading
 * tells all. */
#define POLICY_FINDINGS_MAX 100
struct finding {
	unsigned line, column;
	bool warning;
	struct text what; /* "unknown key \"tets\"; did you mean \"test\"?" */
};
struct findings {
	struct arena *arena;
	struct finding *list;
	size_t count, room, errors, warnings;
};
void findings_add(struct findings *findings, bool warning, unsigned line, unsigned column,
		  const char *text, ...) format_like(5, 6);

enum policy_format { POLICY_NONE, POLICY_MUSTER, POLICY_ACTION };

/* What the text is by its content; POLICY_NONE: no policy (a file in a folder that is something
 * else). */
must_use enum policy_format policy_format(struct text text);

/* Zeroed to begin with. Regexes and queries that were made for them end with policies_end. */
struct policies {
	struct policy *list;
	size_t count, room;
	struct regex **regexes;
	size_t regex_count, regex_room;
	struct query **queries;
	size_t query_count, query_room;
};

/* Adds all policies of a file to those that are there. False when findings holds an error: then
 * nothing of the file was added. The arena must have POLICY_ARENA_MAX left. */
#define POLICY_ARENA_MAX (DOC_ARENA_MAX + 64u * 1024 * 1024)
must_use bool policy_load(struct text text, struct arena *arena, struct policies *policies,
			  struct findings *findings);
void policies_end(struct policies *policies);

/* An investigation: what the map {PROBE: SUBJECT, PARAMETER: VALUE, …} asks, read as a test of a
 * policy would be. NULL after findings, whose places are the nodes'. `policies` owns what is made
 * for it. */
must_use struct test *policy_read_test(const struct doc *doc, struct arena *arena,
				       struct policies *policies, struct findings *findings);

/* Calls prepare of the probes that their tests ask, each once: before the walls. */
void policies_prepare(const struct policies *policies);
