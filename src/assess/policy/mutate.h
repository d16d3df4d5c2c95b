/* mutate.h: a test broken on purpose, in every way that an author could have got it wrong.
 *
 * A check's examples are good when each of these mutants gives another answer for one of them.
 * Mutants share what they do not change with the test that they come from. */
#pragma once
#include "assess/policy/policy.h"

#define MUTANTS_MAX 2000 /* of one test; what is beyond is not made */

struct mutant {
	const struct test *test;
	struct text what; /* "without the matcher mode at_most 0640" */
};

struct mutants {
	struct arena *arena;
	struct mutant *list;
	size_t count, room;
	struct policies *policies; /* owns the expressions and queries that are made */
};

/* Adds the mutants of a test, in the order of its text. */
void mutate_test(struct mutants *mutants, const struct test *test);
