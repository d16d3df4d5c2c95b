/* report.h: items for people and for other programs: a table, JSON, NDJSON.
 *
 * A report is fed one item after the other and written in pieces: what report_item and report_end
 * append to `out` is to be written as it is. The table comes at the end, because its columns are as
 * wide as what they hold. */
#pragma once
#include "base/buf.h"
#include "model/item.h"

enum report_format { REPORT_TABLE, REPORT_JSON, REPORT_NDJSON };

struct report_config {
	enum report_format format;
	size_t width; /* of the table, in columns; 0: as wide as needs be */
	bool colour;
	bool targets; /* the table has a column of targets: items of several hosts */
};

/* What stands above an item in the table; all may be empty. */
struct report_place {
	struct text statement;
	struct text explain; /* lines for people, below the item */
};

must_use bool report_read_format(struct text text, enum report_format *format);

struct report;
must_use struct report *report_new(const struct report_config *config);
void report_free(struct report **report);

/* Notes an item (copied as far as needed). */
void report_item(struct report *report, const struct item *item, const struct report_place *place,
		 struct buf *out);
/* The end: the table and its summary, or the closing bracket. */
void report_end(struct report *report, struct buf *out);

/* "system: Root must not log in over the network.", or "system" alone: what stands above items. */
void report_put_heading(struct text policy, struct text statement, struct buf *out);

/* "31 pass, 4 fail, 2 not applicable": the counts that are not zero. */
void report_put_counts(const struct tally *tally, struct buf *out);
