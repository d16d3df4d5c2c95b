#include "report/report.h"

#include "report/form.h"

/* One row a format. What has no `write` is written as items come. */
static const struct form {
	void (*write)(const struct report_config *config, const struct keep *keep, struct buf *out);
	bool by_host, place; /* sections tell hosts apart; report_place is shown */
} forms[] = {
	[REPORT_TABLE] = {table_write, false, true},
	[REPORT_JSON] = {NULL, false, false},
	[REPORT_NDJSON] = {NULL, false, false},
	[REPORT_JUNIT] = {junit_write, true, true},
	[REPORT_SARIF] = {sarif_write, false, true},
	[REPORT_HTML] = {html_write, true, true},
	[REPORT_MARKDOWN] = {markdown_write, true, true},
};

const char *const report_formats[] = {[REPORT_TABLE] = "table",       [REPORT_JSON] = "json",
				      [REPORT_NDJSON] = "ndjson",     [REPORT_JUNIT] = "junit",
				      [REPORT_SARIF] = "sarif",       [REPORT_HTML] = "html",
				      [REPORT_MARKDOWN] = "markdown", NULL};

static const char *const statuses[STATUS_COUNT] = {
	[STATUS_PASS] = "pass",       [STATUS_FAIL] = "fail",
	[STATUS_ERROR] = "error",     [STATUS_NOT_APPLICABLE] = "not applicable",
	[STATUS_WAIVED] = "waived",   [STATUS_UNKNOWN] = "unknown",
	[STATUS_PENDING] = "pending",
};

struct report {
	struct report_config config;
	const struct form *form;
	struct keep keep;
	size_t items;
};

bool report_read_format(struct text text, enum report_format *format)
{
	for (size_t i = 0; report_formats[i]; i++)
		if (text_is(text, report_formats[i])) {
			*format = (enum report_format)i;
			return true;
		}
	return false;
}

bool report_wants_place(enum report_format format)
{
	return forms[format].place;
}

struct report *report_new(const struct report_config *config)
{
	struct report *report = mem_new(1, sizeof(*report));
	report->config = *config;
	report->form = &forms[config->format];
	keep_init(&report->keep, report->form->by_host);
	return report;
}

void report_free(struct report **report)
{
	if (!*report)
		return;
	keep_end(&(*report)->keep);
	mem_free(report);
}

void report_item(struct report *report, const struct item *item, const struct report_place *place,
		 struct buf *out)
{
	report->items++;
	if (report->form->write) {
		keep_add(&report->keep, item, place);
		return;
	}
	scoped(json_free) struct json *json = item_to_json(item);
	if (report->config.format == REPORT_JSON)
		buf_cstr(out, report->items == 1 ? "[\n" : ",\n");
	json_write(json, out);
	if (report->config.format == REPORT_NDJSON)
		buf_char(out, '\n');
}

void report_end(struct report *report, struct buf *out)
{
	if (report->form->write)
		report->form->write(&report->config, &report->keep, out);
	else if (report->config.format == REPORT_JSON)
		buf_cstr(out, report->items == 0 ? "[]\n" : "\n]\n");
}

void report_put_heading(struct text policy, struct text statement, struct buf *out)
{
	buf_text(out, policy);
	if (statement.len == 0)
		return;
	buf_cstr(out, ": ");
	buf_text(out, statement);
}

void report_put_counts(const struct tally *tally, struct buf *out)
{
	bool first = true;
	for (enum status status = STATUS_PASS; status < STATUS_COUNT; status++) {
		unsigned count = form_count(tally, status);
		if (count == 0)
			continue;
		buf_print(out, "%s%u %s", first ? "" : ", ", count, form_status(status));
		first = false;
	}
}

/* -------- what formats share -------- */

const enum status form_statuses[FORM_STATUSES] = {STATUS_FAIL,    STATUS_ERROR,
						  STATUS_UNKNOWN, STATUS_WAIVED,
						  STATUS_PASS,    STATUS_NOT_APPLICABLE};

const char *form_status(enum status status)
{
	return statuses[status];
}

unsigned form_count(const struct tally *tally, enum status status)
{
	unsigned count = 0;
	for (enum level level = LEVEL_NONE; level < LEVEL_COUNT; level++)
		count += tally->count[level][status];
	return count;
}

unsigned form_count_all(const struct tally *tally)
{
	unsigned count = 0;
	for (enum status status = STATUS_PASS; status < STATUS_COUNT; status++)
		count += form_count(tally, status);
	return count;
}

void form_put_frameworks(const struct report_place *place, struct buf *out)
{
	for (size_t i = 0; i < place->framework_count; i++) {
		if (i > 0)
			buf_cstr(out, ", ");
		buf_text(out, place->frameworks[i].key);
		buf_char(out, ' ');
		buf_text(out, place->frameworks[i].value);
	}
}

void form_put_actor(const struct item *item, struct buf *out)
{
	if (item->by)
		actor_put_whole(item->by, out);
}

void form_put_source(const struct evidence *evidence, struct buf *out)
{
	buf_text(out, evidence->path);
	if (evidence->line > 0)
		buf_print(out, ":%llu", (unsigned long long)evidence->line);
}

bool form_is_url(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] <= ' ' || text.at[i] == 0x7f || text.at[i] == '"' ||
		    text.at[i] == '<' || text.at[i] == '>')
			return false;
	return (text_starts(text, "https://") && text.len > 8) ||
	       (text_starts(text, "http://") && text.len > 7);
}

void form_put_left_out(const struct keep *keep, struct buf *out)
{
	if (keep->left_out > 0)
		buf_print(out,
			  "%zu more items are counted, not shown: a report has room for %u MiB",
			  keep->left_out, REPORT_KEPT_MAX >> 20);
}
