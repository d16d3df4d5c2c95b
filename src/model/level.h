/* level.h: the four levels of a requirement, and what a host achieves of them.
 *
 * A requirement of a level binds every higher one. */
#pragma once
#include "base/text.h"

enum level { LEVEL_NONE, LEVEL_LOW, LEVEL_MEDIUM, LEVEL_HIGH, LEVEL_MAXIMUM };
#define LEVEL_COUNT 5

must_use const char *level_name(enum level level);             /* "none" "low" … */
must_use bool level_read(struct text text, enum level *level); /* low to maximum, not none */

enum status {
	STATUS_PASS,
	STATUS_FAIL,
	STATUS_ERROR,
	STATUS_NOT_APPLICABLE,
	STATUS_WAIVED,
	STATUS_UNKNOWN,
	STATUS_PENDING, /* in summaries only: a first answer is not due yet; never in an item */
};
#define STATUS_COUNT 7

must_use const char *status_name(enum status status);
must_use bool status_read(struct text text, enum status *status); /* those of an item */
must_use bool status_complies(enum status status);                /* pass and waived */

/* How many checks of each level have each status. */
struct tally {
	unsigned count[LEVEL_COUNT][STATUS_COUNT];
};

/* The highest level L, never above the highest that any check has, for which every applicable check
 * of level <= L is pass or waived and there is at least one (CONTRACT 2). not_applicable is never
 * counted; pending does not meet it. */
must_use enum level tally_achieved(const struct tally *tally);
