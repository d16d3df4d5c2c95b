#include "report/escape.h"
#include "report/form.h"
#include "report/style.h"

/* One page that needs nothing else: no script, no other file; the filter is a matter of style. */

#define MINUTE_LEN 16 /* "2026-11-24T08:14" */

static void put_element(struct buf *out, const char *name, struct text text)
{
	buf_print(out, "<%s>", name);
	escape_html(text, out);
	buf_print(out, "</%s>", name);
}

/* -------- the head -------- */

/* Each status that there is has a button that hides the others. */
static void put_filter_rules(const struct tally *tally, struct buf *out)
{
	for (size_t i = 0; i < FORM_STATUSES; i++) {
		const char *name = status_name(form_statuses[i]);
		buf_print(out, ".%s .status b{color:var(--%s)}\n", name, name);
		if (form_count(tally, form_statuses[i]) == 0)
			continue;
		buf_print(out,
			  "#show-%s:checked~main .item:not(.%s),"
			  "#show-%s:checked~main tbody:not(.has-%s),"
			  "#show-%s:checked~main .policy:not(.has-%s){display:none}\n",
			  name, name, name, name, name, name);
	}
	buf_cstr(out, "#show-all:checked~.filter [for=show-all]");
	for (size_t i = 0; i < FORM_STATUSES; i++) {
		const char *name = status_name(form_statuses[i]);
		buf_print(out, ",#show-%s:checked~.filter [for=show-%s]", name, name);
	}
	buf_cstr(out, "{color:var(--on);background:var(--accent);border-color:var(--accent)}\n"
		      ".pick:focus-visible~.filter{outline:2px solid var(--accent);"
		      "outline-offset:4px}\n");
}

static void put_head(const struct keep *keep, struct text subject, struct buf *out)
{
	buf_cstr(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		      "<meta http-equiv=\"Content-Security-Policy\" "
		      "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
		      "<title>Compliance of ");
	escape_html(subject, out);
	buf_cstr(out, "</title>\n<style>\n");
	buf_cstr(out, style_sheet);
	put_filter_rules(&keep->tally, out);
	buf_cstr(out, "</style>\n</head>\n<body>\n");
}

/* -------- the sums -------- */

static void put_title(const struct report_config *config, const struct keep *keep,
		      struct text subject, struct buf *out)
{
	buf_cstr(out, "<header>\n<h1>Compliance of ");
	escape_html(subject, out);
	buf_cstr(out, "</h1>\n<p class=\"meta\">");
	if (keep->first) {
		char at[TIME_TEXT_SIZE];
		time_put(keep->first->at_us, at);
		at[10] = ' ';
		buf_print(out, "%.*s UTC · ", MINUTE_LEN, at);
	}
	buf_cstr(out, "Muster " MUSTER_VERSION "</p>\n<p class=\"achieved\">");
	if (!config->targets)
		buf_print(out, "Achieved level: <strong>%s</strong> · ",
			  level_name(tally_achieved(&keep->tally)));
	report_put_counts(&keep->tally, out);
	buf_cstr(out, "</p>\n");
	if (keep->left_out > 0) {
		buf_cstr(out, "<p class=\"left-out\">");
		form_put_left_out(keep, out);
		buf_cstr(out, "</p>\n");
	}
	buf_cstr(out, "</header>\n");
}

static void put_sum(const struct report_config *config, const struct keep *keep,
		    const struct keep_section *section, struct buf *out)
{
	buf_cstr(out, "<tr>");
	if (config->targets)
		put_element(out, "td", section->target);
	put_element(out, "td", section->policy);
	put_element(out, "td", text_of(level_name(tally_achieved(&section->tally))));
	for (size_t i = 0; i < FORM_STATUSES; i++) {
		unsigned count = form_count(&section->tally, form_statuses[i]);
		if (form_count(&keep->tally, form_statuses[i]) > 0)
			buf_print(out, "<td class=\"n%s\">%u</td>", count > 0 ? "" : " zero",
				  count);
	}
	buf_cstr(out, "</tr>\n");
}

static void put_sums(const struct report_config *config, const struct keep *keep, struct buf *out)
{
	buf_print(out,
		  "<div class=\"scroll\"><table class=\"sums\">\n<thead><tr>%s"
		  "<th scope=\"col\">Policy</th><th scope=\"col\">Achieved level</th>",
		  config->targets ? "<th scope=\"col\">Host</th>" : "");
	for (size_t i = 0; i < FORM_STATUSES; i++)
		if (form_count(&keep->tally, form_statuses[i]) > 0)
			buf_print(out, "<th scope=\"col\" class=\"n\">%s</th>",
				  form_status(form_statuses[i]));
	buf_cstr(out, "</tr></thead>\n<tbody>\n");
	for (const struct keep_section *section = keep->first; section; section = section->next)
		put_sum(config, keep, section, out);
	buf_cstr(out, "</tbody>\n</table></div>\n");
}

/* -------- the filter -------- */

static void put_filter(const struct keep *keep, struct buf *out)
{
	buf_cstr(out, "<input class=\"pick\" type=\"radio\" name=\"show\" id=\"show-all\" checked "
		      "aria-label=\"show all\">\n");
	for (size_t i = 0; i < FORM_STATUSES; i++)
		if (form_count(&keep->tally, form_statuses[i]) > 0)
			buf_print(out,
				  "<input class=\"pick\" type=\"radio\" name=\"show\" "
				  "id=\"show-%s\" aria-label=\"show only: %s\">\n",
				  status_name(form_statuses[i]), form_status(form_statuses[i]));
	buf_print(out, "<div class=\"filter\">Show <label for=\"show-all\">all %u</label>\n",
		  form_count_all(&keep->tally));
	for (size_t i = 0; i < FORM_STATUSES; i++) {
		unsigned count = form_count(&keep->tally, form_statuses[i]);
		if (count > 0)
			buf_print(out, "<label for=\"show-%s\">%u %s</label>\n",
				  status_name(form_statuses[i]), count,
				  form_status(form_statuses[i]));
	}
	buf_cstr(out, "</div>\n");
}

/* -------- items -------- */

static void put_term(struct buf *out, const char *term, struct text text)
{
	if (text.len == 0)
		return;
	buf_print(out, "<dt>%s</dt>", term);
	put_element(out, "dd", text);
	buf_char(out, '\n');
}

static void put_evidence(const struct item *item, struct buf *out)
{
	if (item->evidence_count == 0)
		return;
	buf_cstr(out, "<dt>What was found</dt><dd><ul>\n");
	for (size_t i = 0; i < item->evidence_count; i++) {
		scoped(buf_end) struct buf source = {0};
		form_put_source(&item->evidence[i], &source);
		buf_cstr(out, "<li>");
		if (source.len > 0)
			put_element(out, "span", buf_view(&source));
		if (item->evidence[i].text.len > 0)
			put_element(out, "code", item->evidence[i].text);
		buf_cstr(out, "</li>\n");
	}
	buf_print(out, "%s</ul></dd>\n", item->truncated ? "<li>… and more</li>" : "");
}

static void put_details(const struct keep_row *row, struct buf *out)
{
	scoped(buf_end) struct buf frameworks = {0}, by = {0};
	form_put_frameworks(&row->place, &frameworks);
	form_put_actor(&row->item, &by);
	buf_cstr(out, "<dl>\n");
	put_evidence(&row->item, out);
	put_term(out, "Changed", buf_view(&by));
	put_term(out, "Why it matters", row->place.rationale);
	put_term(out, "How to mend it", row->place.remediation);
	put_term(out, "Frameworks", buf_view(&frameworks));
	if (row->place.explain.len > 0) {
		buf_cstr(out, "<dt>How it was decided</dt><dd><pre>");
		escape_html(row->place.explain, out);
		buf_cstr(out, "</pre></dd>\n");
	}
	buf_cstr(out, "</dl>\n");
}

static bool has_details(const struct keep_row *row)
{
	return row->item.evidence_count > 0 || row->item.by || row->place.rationale.len > 0 ||
	       row->place.remediation.len > 0 || row->place.framework_count > 0 ||
	       row->place.explain.len > 0;
}

/* What asks for somebody to act lies open, the rest can be opened. */
static void put_row(const struct keep_row *row, struct buf *out)
{
	const struct item *item = &row->item;
	bool calm = status_complies(item->status) || item->status == STATUS_NOT_APPLICABLE;
	buf_print(out,
		  "<tr class=\"item %s\" id=\"i%s\"><td class=\"status\"><b>%s</b></td>"
		  "<td class=\"level\">%s</td><td class=\"check\">",
		  status_name(item->status), item->id, form_status(item->status),
		  level_name(item->policy.level));
	escape_html(item->check.name, out);
	put_element(out, "code", item->check.ref);
	buf_cstr(out, "</td><td class=\"why\">");
	if (item->reason.len > 0)
		put_element(out, "p", item->reason);
	if (has_details(row)) {
		buf_cstr(out, calm ? "<details><summary>details</summary>" : "");
		put_details(row, out);
		buf_cstr(out, calm ? "</details>" : "");
	}
	buf_cstr(out, "</td></tr>\n");
}

/* " has-fail has-pass": what a filter may look for. */
static void put_classes(const bool *has, struct buf *out)
{
	for (enum status status = STATUS_PASS; status < STATUS_COUNT; status++)
		if (has[status])
			buf_print(out, " has-%s", status_name(status));
}

static void put_group(const struct keep_group *group, struct buf *out)
{
	bool has[STATUS_COUNT] = {false};
	for (const struct keep_row *row = group->first; row; row = row->next)
		has[row->item.status] = true;
	buf_cstr(out, "<tbody class=\"group");
	put_classes(has, out);
	buf_cstr(out, "\">\n");
	if (group->statement.len > 0) {
		buf_cstr(out, "<tr class=\"statement\"><th colspan=\"4\" scope=\"rowgroup\">");
		escape_html(group->statement, out);
		buf_cstr(out, "</th></tr>\n");
	}
	for (const struct keep_row *row = group->first; row; row = row->next)
		put_row(row, out);
	buf_cstr(out, "</tbody>\n");
}

static void put_section_title(const struct report_config *config,
			      const struct keep_section *section, struct buf *out)
{
	buf_cstr(out, "<h2>");
	if (form_is_url(section->url)) {
		buf_cstr(out, "<a rel=\"noreferrer\" href=\"");
		escape_html(section->url, out);
		buf_cstr(out, "\">");
	}
	escape_html(section->policy, out);
	if (form_is_url(section->url))
		buf_cstr(out, "</a>");
	if (config->targets) {
		buf_cstr(out, " on ");
		escape_html(section->target, out);
	}
	buf_print(out, " <small>achieved level: %s · ",
		  level_name(tally_achieved(&section->tally)));
	report_put_counts(&section->tally, out);
	buf_cstr(out, "</small></h2>\n");
}

static void put_section(const struct report_config *config, const struct keep_section *section,
			struct buf *out)
{
	bool has[STATUS_COUNT] = {false};
	for (enum status status = STATUS_PASS; status < STATUS_COUNT; status++)
		has[status] = form_count(&section->tally, status) > 0;
	buf_cstr(out, "<section class=\"policy");
	put_classes(has, out);
	buf_cstr(out, "\">\n");
	put_section_title(config, section, out);
	buf_cstr(out,
		 "<table class=\"items\">\n<thead><tr><th scope=\"col\" class=\"c1\">Status</th>"
		 "<th scope=\"col\" class=\"c2\">Level</th>"
		 "<th scope=\"col\" class=\"c3\">Check</th>"
		 "<th scope=\"col\">Why</th></tr></thead>\n");
	for (const struct keep_group *group = section->first; group; group = group->next)
		put_group(group, out);
	buf_cstr(out, "</table>\n</section>\n");
}

void html_write(const struct report_config *config, const struct keep *keep, struct buf *out)
{
	scoped(buf_end) struct buf subject = {0};
	keep_put_subject(keep, &subject);
	if (subject.len == 0)
		buf_cstr(&subject, "no host");
	put_head(keep, buf_view(&subject), out);
	put_title(config, keep, buf_view(&subject), out);
	put_sums(config, keep, out);
	put_filter(keep, out);
	buf_cstr(out, "<main>\n");
	for (const struct keep_section *section = keep->first; section; section = section->next)
		put_section(config, section, out);
	buf_cstr(out, "</main>\n</body>\n</html>\n");
}
