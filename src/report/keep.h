/* keep.h: items that are kept until a report's end: together by policy and statement, in the order
 * in which the first of each came.
 *
 * A section is what one policy found, on one host where the report tells hosts apart (by_host),
 * else on all of them. Texts are copies. */
#pragma once
#include "report/report.h"

struct keep_row {
	struct item item;
	struct report_place place;
	struct keep_row *next;
};

struct keep_group { /* of one statement */
	struct text statement;
	struct keep_row *first, **end;
	struct keep_group *next;
};

struct keep_section {
	struct text policy, url, target;
	int64_t at_us; /* of its first item */
	struct tally tally;
	struct keep_group *first, **end;
	struct keep_section *next;
};

struct keep {
	struct arena *arena;
	struct map *sections, *groups, *targets;
	struct keep_section *first, **end;
	bool by_host;
	size_t left_out; /* items that there was no room for; `tally` counts them */
	struct tally tally;
};

/* For the caller's own, ended with keep_end. */
void keep_init(struct keep *keep, bool by_host);
void keep_end(struct keep *keep);

/* Copies both. */
void keep_add(struct keep *keep, const struct item *item, const struct report_place *place);

/* "web1", "3 hosts"; empty where there is no item. */
void keep_put_subject(const struct keep *keep, struct buf *out);
