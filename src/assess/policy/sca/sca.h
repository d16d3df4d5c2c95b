/* sca.h: what the parts of the reader of Wazuh's SCA policies (CONTRACT 4.3) share; nobody else
 * needs it.
 *
 * A rule becomes a test (struct test, with `rule` the rule's own text) on the probe that knows the
 * same: `f:` file, `d:` file and files, `p:` processes, `c:` command. What Wazuh calls found, not
 * found and invalid is pass, fail and not_applicable of that test: where there is no such file its
 * `when` says so, and a check has error_skips. `not` is a `none` around it.
 *
 *	sca.c       the document: policy, requirements, checks
 *	about.c     levels and frameworks of a check
 *	variable.c  $names in rules
 *	rule.c      a rule's kind, place and pattern; its test
 *	pattern.c   what stands behind the arrow, as tests on content or expressions on names
 *	advice.c    what lint says of rules that can't do what they seem to
 *
 * Wazuh goes on after most mistakes, so they are warnings here; docs/sca.md has the whole table. */
#pragma once
#include "assess/policy/load.h"
#include "base/buf.h"
#include "base/map.h"

#define SCA_VARIABLES_MAX 100
#define SCA_RULE_MAX 65536   /* bytes, variables put in; a longer rule is not judged */
#define SCA_FILES_MAX 1000   /* of one rule's list */
#define SCA_TERMS_MAX 100    /* joined by && */
#define SCA_PROCESS_MAX 4096 /* bytes of a process that is looked for; none has a longer name */
#define SCA_ARENA_SPARE (8u * 1024 * 1024) /* with less left, the policy is refused */
#define SCA_LEVELS 3                       /* CIS levels 1 and 2, and none */

enum variable_state { VARIABLE_NEW, VARIABLE_OPEN, VARIABLE_DONE, VARIABLE_WRONG };

struct sca_variable {
	struct text name, value; /* value: with the variables that it holds, once it is DONE */
	const struct doc *at;
	enum variable_state state;
};

struct sca {
	struct loader *loader;
	struct sca_variable *variables; /* longest name first */
	size_t variable_count;
	enum level levels[SCA_LEVELS]; /* 0: a check without a CIS level */
	struct map *expressions;       /* by pattern: struct sca_expression */
	struct query *all, *entries;   /* of files: everything; neither folder nor link */
	struct query *processes;
	struct map *whens; /* by type and path: what a rule's file or folder must be */
	bool full;         /* said so */
};

/* Compiled once for all rules that have it. */
struct sca_expression {
	struct text pattern;
	struct regex *regex; /* NULL: it is none, why says so */
	struct text why;
};

/* -------- variable.c -------- */

/* False after a finding: a variable that holds itself. */
must_use bool variable_read(struct sca *sca, const struct doc *doc);
/* The rule with its variables put in; false after a warning: it would be too long. */
must_use bool variable_put(struct sca *sca, const struct doc *at, struct text *rule);

/* -------- about.c -------- */

/* `muster: { levels: { 1: …, 2: …, none: … } }`, which Wazuh passes over. */
void about_read_options(struct sca *sca, const struct doc *doc);
void about_read_compliance(struct sca *sca, const struct doc *doc, struct check *check);

/* -------- rule.c -------- */

struct rule {
	const struct doc *at;
	struct text text; /* as it is written */
	char kind;        /* f d p c, or r */
	bool negated;     /* `not` in front */
	struct text place;
	bool has_pattern;
	struct text pattern;
};

enum rule_answer {
	RULE_TEST,
	RULE_DROPPED, /* Wazuh leaves this rule out and judges the others, after a warning */
	RULE_BROKEN,  /* Wazuh leaves the whole check out, after a warning */
};
must_use enum rule_answer rule_read(struct sca *sca, const struct doc *doc, struct test **test);

/* False after a finding, once: no more rules fit into this policy. */
must_use bool rule_has_room(struct sca *sca, const struct doc *at);
/* A test that is not_applicable (or `fixed`) for this reason. */
must_use struct test *rule_fixed(struct sca *sca, const struct doc *at, enum status fixed,
				 const char *why, ...) format_like(4, 5);
must_use struct test *rule_group(struct sca *sca, const struct doc *at, enum test_kind kind,
				 struct test **tests, size_t count);

/* -------- pattern.c -------- */

/* What must hold of content: of a file's lines, or of what a command printed. */
void pattern_read(struct sca *sca, const struct rule *rule, struct text pattern, bool command,
		  struct content_list *list);

/* What must hold of a file's name, for the parameters `name` and `no_name` of files. False: *why
 * says why nothing can. */
struct pattern_names {
	struct text names[SCA_TERMS_MAX], others[SCA_TERMS_MAX];
	size_t name_count, other_count;
};
must_use bool pattern_read_name(struct sca *sca, struct text pattern, struct pattern_names *names,
				struct text *why);

must_use const struct sca_expression *pattern_expression(struct sca *sca, struct text pattern);
must_use bool pattern_is_expression(struct text pattern); /* begins with r: !r: n: or !n: */
/* Cuts off what stands before the next " && "; false at the end. */
must_use bool pattern_next(struct text *rest, struct text *term);
/* Splits at the first " -> ". False: there is none. */
must_use bool pattern_split(struct text text, struct text *before, struct text *behind);

/* -------- advice.c -------- */

void advice_rule(struct sca *sca, const struct rule *rule);
