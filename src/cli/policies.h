/* policies.h: the policies that a command was told to use: found, read, loaded; what is wrong with
 * them is said.
 *
 * A name is a file, or a folder: every *.yaml, *.yml, *.json and *.xml below it that is a policy
 * (files there that are something else are passed over). One that can't be used is said and left
 * out; the others stay. */
#pragma once
#include "assess/policy/policy.h"
#include "cli/option.h"
#include "report/report.h"

#define POLICIES_FILES_MAX 1000
#define POLICIES_DEPTH_MAX 8 /* folders below a folder */

struct policies_file {
	const char *path; /* as it is shown: what was named, and the way below it */
	struct text text;
	struct arena *arena;
	bool found; /* in a folder, not named */
	struct findings findings;
	size_t first, count; /* of its policies in the list */
};

struct policies_set { /* zeroed to begin with; ended with policies_set_end */
	struct policies_file *files;
	size_t count, room;
	struct policies policies;
	int status; /* the exit status that what went wrong asks for */
};

/* Reads the files; without any name, those below program->policies. */
void policies_read(struct policies_set *set, const struct program *program, char **names,
		   size_t count);

/* Loads them all; findings are kept with each file. A check that stands in two files is an error of
 * the second. */
void policies_load(struct policies_set *set);

/* Says each error as "muster: cannot read policy, FILE:LINE:COLUMN: …". */
void policies_say_errors(const struct policies_set *set);

/* What a report shows of a check beyond its items; made in the arena or lent by the policy. */
void policies_put_place(struct arena *arena, const struct policy *policy, const struct check *check,
			struct report_place *place);
/* Whether every ref of --only is there: 0, else says which is not, and returns 2. */
must_use int policies_want(const struct policies_set *set, const struct option_list *only);

void policies_set_end(struct policies_set *set);
