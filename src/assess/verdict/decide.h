/* decide.h: from a test to a verdict, its reason and its evidence.
 *
 * A leaf is `pass` or `fail`, `error` (it cannot be known) or `not_applicable` (it does not apply
 *here); the latter two come from its probe. Groups decide as three-valued logic does, with the two
 *kinds of not knowing kept apart:
 *
 *	all	the first fail decides; else an error; else what is not applicable; else pass
 *	any	the first pass decides; else an error; else what is not applicable; else fail
 *	none	the first that passes makes it fail; else an error; else what is not applicable;
 *else pass
 *
 * So an error never hides a verdict that the other tests suffice for, and never becomes one. `all`
 *and `none` stop at the test that decides, which becomes the verdict's `decider`; `any` at its
 *first pass.
 *
 * Where a test's own `when` does not pass, the test is not_applicable (an error: an error).
 *
 * Of a value probe every row must fulfil all matchers (with any_row: one row); without a row only
 *`exists: false` holds. Of a table probe the rows that the query and
 * the tests on content select are counted and judged. */
#pragma once
#include "assess/policy/test.h"
#include "assess/verdict/facts.h"
#include "assess/verdict/match.h"
#include "assess/verdict/proof.h"

#define DECIDE_REASON_MAX 400 /* bytes; longer reasons end with an ellipsis */

struct decide {
	struct gather *gather;
	struct facts *facts;
	struct buf *explain; /* receives lines for people; NULL: not asked for */
	unsigned depth;      /* how far the lines are indented */
	unsigned groups;     /* how many all, any, none we are in: then reasons name their file */
};

struct verdict {
	enum status status;
	struct text reason, location;
	const struct test *decider;
	struct proof proof;
};

/* Memory from the gather's arena. */
void decide_test(struct decide *decide, const struct test *test, struct verdict *verdict);

/* leaf.c and rows.c: the verdict of one probe test from its answer. */
void decide_value(struct decide *decide, const struct test *test, const struct probe_answer *answer,
		  struct verdict *verdict);
void decide_rows(struct decide *decide, const struct test *test, const struct probe_answer *answer,
		 struct verdict *verdict);

/* lines.c: whether a row's content fulfils the test, and in words why (in the gather's arena). The
 * lines that decided go to the proof. */
must_use enum holds decide_content(struct decide *decide, const struct content *content,
				   const struct content_test *test, struct proof *proof,
				   struct text *text);

/* Whether a table test's query selects the row. */
must_use bool decide_selects(const struct test *test, const struct probe_row *row, int64_t now_us);

/* What a matcher's value is called in reasons: the setting's key or the subject, and the field. */
must_use struct match_name decide_name(const struct test *test, unsigned field);
must_use struct value decide_field(const struct probe_row *row, unsigned field);
