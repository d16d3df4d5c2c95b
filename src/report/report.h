/* report.h: items for people and for other programs: a table, JSON, NDJSON, JUnit's XML, SARIF, one
 * page of HTML, Markdown.
 *
 * A report is fed one item after the other and written in pieces: what report_item and report_end
 * append to `out` is to be written as it is. All but JSON and NDJSON come at the end, because what
 * they begin with tells of all items: they keep them until then, within REPORT_KEPT_MAX. */
#pragma once
#include "base/buf.h"
#include "model/item.h"

/* Bytes of items that are kept: some 200,000. Those beyond are counted; the report says how many
 * it leaves out. */
#define REPORT_KEPT_MAX (256u * 1024 * 1024)

enum report_format {
	REPORT_TABLE,
	REPORT_JSON,
	REPORT_NDJSON,
	REPORT_JUNIT,
	REPORT_SARIF,
	REPORT_HTML,
	REPORT_MARKDOWN,
};

struct report_config {
	enum report_format format;
	size_t width; /* of the table, in columns; 0: as wide as needs be */
	bool colour;
	bool targets; /* items of several hosts: the table has a column of targets */
};

/* What is known of an item's check beyond the item; all may be empty. */
struct report_place {
	struct text statement;
	struct text rationale, remediation;
	const struct tag *frameworks; /* what the check answers to: {cis-debian12, 5.1.20} */
	size_t framework_count;
	struct text explain; /* lines for people, below the item */
};

must_use bool report_read_format(struct text text, enum report_format *format);

/* The formats' names, for --help and for the choices of an option; ends with NULL. */
extern const char *const report_formats[];
#define REPORT_FORMATS "table (default), json, ndjson, junit, sarif, html or markdown"

/* Whether the format shows what a report_place holds. */
must_use bool report_wants_place(enum report_format format);

struct report;
must_use struct report *report_new(const struct report_config *config);
void report_free(struct report **report);

/* Notes an item (copied as far as needed). */
void report_item(struct report *report, const struct item *item, const struct report_place *place,
		 struct buf *out);
/* The end: all of it, its summary, or the closing bracket. */
void report_end(struct report *report, struct buf *out);

/* "system: Root must not log in over the network.", or "system" alone: what stands above items. */
void report_put_heading(struct text policy, struct text statement, struct buf *out);

/* "31 pass, 4 fail, 2 not applicable": the counts that are not zero. */
void report_put_counts(const struct tally *tally, struct buf *out);

/* One line on a change of an item, for people: when (UTC), which check, from what to what, why, and
 * by whom, as far as that is known. */
struct report_change {
	const struct item *item;
	enum status from; /* the same as the item's: its reason or evidence is another */
	bool first;       /* there was none before */
	size_t width; /* in columns; whoever's command line goes beyond is left out. 0: no end */
};
void report_put_change(const struct report_change *change, bool colour, struct buf *out);
