#include "report/escape.h"
#include "report/form.h"

/* For the comment of a merge request: tables as GitHub and GitLab read them. What needs somebody to
 * act comes first, with what to do; the rest is folded away. */

static bool is_wrong(enum status status)
{
	return !status_complies(status) && status != STATUS_NOT_APPLICABLE;
}

static void put_cell(struct text text, struct buf *out)
{
	buf_cstr(out, " ");
	escape_markdown(text, out);
	buf_cstr(out, " |");
}

/* -------- the sums -------- */

static void put_sum(const struct report_config *config, const struct keep *keep,
		    const struct keep_section *section, struct buf *out)
{
	buf_char(out, '|');
	if (config->targets)
		put_cell(section->target, out);
	put_cell(section->policy, out);
	put_cell(text_of(level_name(tally_achieved(&section->tally))), out);
	for (size_t i = 0; i < FORM_STATUSES; i++)
		if (form_count(&keep->tally, form_statuses[i]) > 0)
			buf_print(out, " %u |", form_count(&section->tally, form_statuses[i]));
	buf_char(out, '\n');
}

static void put_sums(const struct report_config *config, const struct keep *keep, struct buf *out)
{
	buf_print(out, "|%s policy | achieved level |", config->targets ? " host |" : "");
	for (size_t i = 0; i < FORM_STATUSES; i++)
		if (form_count(&keep->tally, form_statuses[i]) > 0)
			buf_print(out, " %s |", form_status(form_statuses[i]));
	buf_print(out, "\n|%s --- | --- |", config->targets ? " --- |" : "");
	for (size_t i = 0; i < FORM_STATUSES; i++)
		if (form_count(&keep->tally, form_statuses[i]) > 0)
			buf_cstr(out, " ---: |");
	buf_char(out, '\n');
	for (const struct keep_section *section = keep->first; section; section = section->next)
		put_sum(config, keep, section, out);
}

/* -------- what does not comply -------- */

static void put_found(const struct item *item, struct buf *out)
{
	for (size_t i = 0; i < item->evidence_count; i++) {
		scoped(buf_end) struct buf source = {0};
		form_put_source(&item->evidence[i], &source);
		buf_cstr(out, "<br>");
		escape_code(buf_view(&source), out);
		buf_cstr(out, source.len > 0 && item->evidence[i].text.len > 0 ? " " : "");
		escape_code(item->evidence[i].text, out);
	}
	buf_cstr(out, item->truncated ? "<br>… and more" : "");
}

static void put_actor(const struct item *item, struct buf *out)
{
	scoped(buf_end) struct buf by = {0};
	form_put_actor(item, &by);
	buf_cstr(out, by.len > 0 ? "<br>changed " : "");
	escape_markdown(buf_view(&by), out);
}

static void put_wrong(const struct keep_row *row, struct buf *out)
{
	const struct item *item = &row->item;
	buf_print(out, "| **%s** | %s | ", form_status(item->status),
		  level_name(item->policy.level));
	escape_markdown(item->check.name, out);
	buf_cstr(out, "<br>");
	escape_code(item->check.ref, out);
	buf_cstr(out, " | ");
	escape_markdown(item->reason, out);
	put_found(item, out);
	put_actor(item, out);
	buf_cstr(out, " |");
	put_cell(row->place.remediation, out);
	buf_char(out, '\n');
}

static void put_wrong_group(const struct keep_group *group, struct buf *out)
{
	bool titled = false;
	for (const struct keep_row *row = group->first; row; row = row->next) {
		if (!is_wrong(row->item.status))
			continue;
		if (!titled && group->statement.len > 0) {
			buf_cstr(out, "\n**");
			escape_markdown(group->statement, out);
			buf_cstr(out, "**\n");
		}
		if (!titled)
			buf_cstr(out, "\n| status | level | check | why | how to mend it |\n"
				      "| --- | --- | --- | --- | --- |\n");
		titled = true;
		put_wrong(row, out);
	}
}

static void put_section_title(const struct report_config *config,
			      const struct keep_section *section, struct buf *out)
{
	buf_cstr(out, "\n### ");
	escape_markdown(section->policy, out);
	if (config->targets) {
		buf_cstr(out, " on ");
		escape_markdown(section->target, out);
	}
	buf_cstr(out, "\n");
}

static void put_wrong_section(const struct report_config *config,
			      const struct keep_section *section, struct buf *out)
{
	unsigned wrong = 0;
	for (size_t i = 0; i < FORM_STATUSES; i++)
		wrong += is_wrong(form_statuses[i]) ? form_count(&section->tally, form_statuses[i])
						    : 0;
	if (wrong == 0)
		return;
	put_section_title(config, section, out);
	for (const struct keep_group *group = section->first; group; group = group->next)
		put_wrong_group(group, out);
}

/* -------- the rest -------- */

static void put_calm_group(const struct report_config *config, const struct keep_group *group,
			   enum status status, struct buf *out)
{
	for (const struct keep_row *row = group->first; row; row = row->next) {
		const struct item *item = &row->item;
		if (item->status != status)
			continue;
		buf_char(out, '|');
		if (config->targets)
			put_cell(item->target, out);
		put_cell(item->policy.name, out);
		buf_print(out, " %s | ", level_name(item->policy.level));
		escape_code(item->check.ref, out);
		buf_cstr(out, " |");
		put_cell(item->check.name, out);
		put_cell(item->reason, out);
		buf_char(out, '\n');
	}
}

static void put_calm(const struct report_config *config, const struct keep *keep,
		     enum status status, struct buf *out)
{
	const char *host = config->targets ? " host |" : "",
		   *line = config->targets ? " --- |" : "";
	if (form_count(&keep->tally, status) == 0)
		return;
	buf_print(out,
		  "\n<details><summary>%u %s</summary>\n\n"
		  "|%s policy | level | ref | check | reason |\n"
		  "|%s --- | --- | --- | --- | --- |\n",
		  form_count(&keep->tally, status), form_status(status), host, line);
	for (const struct keep_section *section = keep->first; section; section = section->next)
		for (const struct keep_group *group = section->first; group; group = group->next)
			put_calm_group(config, group, status, out);
	buf_cstr(out, "\n</details>\n");
}

void markdown_write(const struct report_config *config, const struct keep *keep, struct buf *out)
{
	scoped(buf_end) struct buf subject = {0};
	keep_put_subject(keep, &subject);
	buf_cstr(out, "## Compliance of ");
	escape_markdown(subject.len > 0 ? buf_view(&subject) : TEXT("no host"), out);
	buf_cstr(out, "\n\n");
	if (!config->targets)
		buf_print(out, "Achieved level: **%s**. ",
			  level_name(tally_achieved(&keep->tally)));
	report_put_counts(&keep->tally, out);
	buf_cstr(out, ".\n\n");
	put_sums(config, keep, out);
	if (keep->left_out > 0) {
		buf_char(out, '\n');
		form_put_left_out(keep, out);
		buf_char(out, '\n');
	}
	for (const struct keep_section *section = keep->first; section; section = section->next)
		put_wrong_section(config, section, out);
	for (size_t i = 0; i < FORM_STATUSES; i++)
		if (!is_wrong(form_statuses[i]))
			put_calm(config, keep, form_statuses[i], out);
}
