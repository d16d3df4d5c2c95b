/* table.h: items as a table for people: under their policies and statements, aligned, within a width.
 *
 * What does not fit is wrapped in the last column (the reason), never cut in the middle of the table. Everything from
 * outside is made printable. */
#pragma once
#include "base/buf.h"
#include "model/item.h"

#define TABLE_WIDTH_MIN 40
#define TABLE_WIDTH_DEFAULT 100 /* where there is no terminal that says */

struct table_row {
	const struct item *item;
	struct text policy;    /* a heading: items of one policy stand together */
	struct text statement; /* the general policy in words, or its key; at NULL: none */
	struct text remediation; /* shown for what fails; at NULL: none */
	struct text explain;   /* whole lines, shown below; empty: none */
};

struct table_config {
	unsigned width;
	bool colour;
};

/* Rows as they come, one policy after the other; within a policy each statement is one group, in the order of its first
 * row. Ends with a line of counts. */
void table_print(struct buf *out, const struct table_row *rows, size_t count,
		 const struct table_config *config);
