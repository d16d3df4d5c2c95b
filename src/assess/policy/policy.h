/* policy.h: policies of every format, read into one form: check -> test tree -> probe and matchers.
 *
 * policy_load finds out what a text is (Muster YAML, action JSON, Wazuh SCA) and reads it;
 * importers are translators into this form, and there is one evaluator (engine/engine.h). All
 * memory is the arena's. */
#pragma once
#include "assess/policy/test.h"
#include "format/doc.h"

#define POLICY_CHECKS_MAX 10000
#define POLICY_TESTS_MAX 100000 /* leaves over all checks */
#define POLICY_TEST_DEPTH_MAX 16

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
	bool error_skips;     /* what can't be known is not_applicable (Wazuh SCA) */
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
	/* Where this does not pass, all checks are not_applicable (Wazuh SCA); NULL: always. */
	const struct test *requirements;
	struct text requirements_name;
	const struct statement *statements;
	size_t statement_count;
	const struct check *checks;
	size_t check_count;
};

/* In words, what the check makes specific; empty: nothing is said. */
must_use struct text policy_statement(const struct policy *policy, const struct check *check);

/* What lint says; errors make a policy unusable, warnings don't. Collected, so that one reading
 * tells all. */
#define POLICY_FINDINGS_MAX 1000
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

enum policy_format { POLICY_NONE, POLICY_MUSTER, POLICY_ACTION, POLICY_SCA };

/* What the text is by its content; POLICY_NONE: no policy (a file in a folder that is something
 * else). */
must_use enum policy_format policy_format(struct text text);

/* Zeroed to begin with. Regexes and queries that were made for them end with policies_end. */
struct policies {
	bool unproven; /* to be set before: examples are read and forgotten (pass and fail are
			  NULL), not tried, as who judges needs neither them nor advice */
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
void policies_prepare(const struct policies *policies, struct gather *gather);
