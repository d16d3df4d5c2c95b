#include <inttypes.h>

#include "report/escape.h"
#include "report/form.h"

/* What both usual schemas of this format take (Ant's, as its users wrote it down, and Jenkins's):
 * attributes that one of them demands are always there, and nothing that either refuses. */

#define TIMESTAMP_LEN                                                               \
	19 /* "2026-11-24T08:14:04": these schemas know neither fractions nor zones \
	    */

static void put_attribute(struct buf *out, const char *name, struct text value)
{
	buf_print(out, " %s=\"", name);
	escape_xml(value, out);
	buf_char(out, '"');
}

static void put_property(struct buf *out, const char *name, struct text value)
{
	if (value.len == 0)
		return;
	buf_print(out, "      <property name=\"%s\" value=\"", name);
	escape_xml(value, out);
	buf_cstr(out, "\"/>\n");
}

static void put_seconds(struct buf *out, int64_t span_us)
{
	span_us = span_us > 0 ? span_us : 0;
	buf_print(out, " time=\"%" PRId64 ".%06" PRId64 "\"", span_us / TIME_SECOND_US,
		  span_us % TIME_SECOND_US);
}

/* -------- a test case -------- */

static void put_line(struct buf *out, const char *title, struct text text)
{
	if (text.len == 0)
		return;
	buf_print(out, "%s: ", title);
	struct text line;
	for (bool first = true; text_next(&text, '\n', &line); first = false) {
		if (!first)
			buf_cstr(out, "\n  ");
		escape_xml(line, out);
	}
	buf_char(out, '\n');
}

static void put_evidence(struct buf *out, const struct evidence *evidence)
{
	scoped(buf_end) struct buf found = {0};
	form_put_source(evidence, &found);
	if (evidence->text.len > 0) {
		buf_cstr(&found, found.len > 0 ? ": " : "");
		buf_text(&found, evidence->text);
	}
	put_line(out, "found", buf_view(&found));
}

/* What whoever reads the failure needs to mend it. */
static void put_details(struct buf *out, const struct keep_row *row)
{
	scoped(buf_end) struct buf frameworks = {0}, by = {0};
	form_put_frameworks(&row->place, &frameworks);
	form_put_actor(&row->item, &by);
	put_line(out, "reason", row->item.reason);
	put_line(out, "changed", buf_view(&by));
	put_line(out, "where", row->item.check.location);
	for (size_t i = 0; i < row->item.evidence_count; i++)
		put_evidence(out, &row->item.evidence[i]);
	put_line(out, "statement", row->place.statement);
	put_line(out, "why it matters", row->place.rationale);
	put_line(out, "how to mend it", row->place.remediation);
	put_line(out, "level", text_of(level_name(row->item.policy.level)));
	put_line(out, "frameworks", buf_view(&frameworks));
	put_line(out, "explained", row->place.explain);
	put_line(out, "item", text_of(row->item.id));
}

/* What a status is here; NULL: passed. */
static const char *outcome(enum status status)
{
	static const char *const outcomes[STATUS_COUNT] = {
		[STATUS_FAIL] = "failure",           [STATUS_ERROR] = "error",
		[STATUS_UNKNOWN] = "error",          [STATUS_PENDING] = "error",
		[STATUS_NOT_APPLICABLE] = "skipped", [STATUS_WAIVED] = "skipped",
	};
	return outcomes[status];
}

static void put_case(const struct report_config *config, struct buf *out,
		     const struct keep_section *section, const struct keep_row *row)
{
	const struct item *item = &row->item;
	const char *element = outcome(item->status);
	scoped(buf_end) struct buf name = {0}, class = {0}, message = {0};
	buf_text(&name, item->check.ref);
	buf_cstr(&name, " ");
	buf_text(&name, item->check.name);
	if (config->targets) {
		buf_text(&class, section->target);
		buf_char(&class, '.');
	}
	buf_text(&class, section->policy);
	buf_cstr(out, "    <testcase");
	put_attribute(out, "name", buf_view(&name));
	put_attribute(out, "classname", buf_view(&class));
	put_seconds(out, item->duration_us);
	if (!element) {
		buf_cstr(out, "/>\n");
		return;
	}
	if (item->status != STATUS_FAIL)
		buf_print(&message, "%s: ", form_status(item->status));
	buf_text(&message, item->reason);
	buf_print(out, ">\n      <%s", element);
	put_attribute(out, "message", buf_view(&message));
	if (text_is(text_of(element), "skipped")) {
		buf_cstr(out, "/>\n    </testcase>\n");
		return;
	}
	put_attribute(out, "type", text_of(status_name(item->status)));
	buf_char(out, '>');
	put_details(out, row);
	buf_print(out, "</%s>\n    </testcase>\n", element);
}

/* -------- suites -------- */

static void put_counts(struct buf *out, const struct tally *tally)
{
	buf_print(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\"",
		  form_count_all(tally), form_count(tally, STATUS_FAIL),
		  form_count(tally, STATUS_ERROR) + form_count(tally, STATUS_UNKNOWN),
		  form_count(tally, STATUS_NOT_APPLICABLE) + form_count(tally, STATUS_WAIVED));
}

static int64_t spent_us(const struct keep_section *section)
{
	int64_t sum = 0;
	for (const struct keep_group *group = section->first; group; group = group->next)
		for (const struct keep_row *row = group->first; row; row = row->next)
			sum += row->item.duration_us > 0 ? row->item.duration_us : 0;
	return sum;
}

static void put_properties(struct buf *out, const struct keep *keep,
			   const struct keep_section *section)
{
	scoped(buf_end) struct buf counts = {0}, left_out = {0};
	report_put_counts(&section->tally, &counts);
	form_put_left_out(keep, &left_out);
	buf_cstr(out, "    <properties>\n");
	put_property(out, "muster.version", TEXT(MUSTER_VERSION));
	put_property(out, "muster.policy", section->policy);
	put_property(out, "muster.policy.url", section->url);
	put_property(out, "muster.target", section->target);
	put_property(out, "muster.achieved", text_of(level_name(tally_achieved(&section->tally))));
	put_property(out, "muster.counts", buf_view(&counts));
	put_property(out, "muster.left_out", buf_view(&left_out));
	buf_cstr(out, "    </properties>\n");
}

static void put_suite(const struct report_config *config, const struct keep *keep,
		      const struct keep_section *section, unsigned id, struct buf *out)
{
	char at[TIME_TEXT_SIZE];
	time_put(section->at_us, at);
	buf_cstr(out, "  <testsuite");
	put_attribute(out, "name", section->policy);
	put_attribute(out, "package", section->policy);
	buf_print(out, " id=\"%u\"", id);
	put_attribute(out, "hostname",
		      section->target.len > 0 ? section->target : TEXT("localhost"));
	put_attribute(out, "timestamp", (struct text){at, TIMESTAMP_LEN});
	put_counts(out, &section->tally);
	put_seconds(out, spent_us(section));
	buf_cstr(out, ">\n");
	put_properties(out, keep, section);
	for (const struct keep_group *group = section->first; group; group = group->next)
		for (const struct keep_row *row = group->first; row; row = row->next)
			put_case(config, out, section, row);
	buf_cstr(out, "    <system-out></system-out>\n    <system-err>");
	scoped(buf_end) struct buf left_out = {0};
	form_put_left_out(keep, &left_out);
	escape_xml(buf_view(&left_out), out);
	buf_cstr(out, "</system-err>\n  </testsuite>\n");
}

void junit_write(const struct report_config *config, const struct keep *keep, struct buf *out)
{
	unsigned id = 0;
	buf_cstr(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
	for (const struct keep_section *section = keep->first; section; section = section->next)
		put_suite(config, keep, section, id++, out);
	buf_cstr(out, "</testsuites>\n");
}
