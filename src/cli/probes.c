#include "cli/probes.h"

#include <inttypes.h>
#include <stdio.h>

#include "assess/command/native.h"
#include "assess/probe/probe.h"
#include "cli/option.h"
#include "cli/schema.h"
#include "os/output.h"
#include "report/grid.h"

static const char *const param_kinds[] = {
	[PARAM_TEXT] = "text",        [PARAM_WORD] = "word", [PARAM_BOOL] = "true or false",
	[PARAM_INT] = "number",       [PARAM_SIZE] = "size", [PARAM_SPAN] = "duration",
	[PARAM_REGEX] = "expression", [PARAM_MAP] = "map",   [PARAM_LIST] = "text or list",
};

struct page {
	size_t width;
	bool colour;
	struct buf out;
};

static void end_page(struct page *page)
{
	buf_end(&page->out);
}

static void put_grid(struct page *page, struct grid *grid)
{
	grid_write(grid, page->width, page->colour, &page->out);
}

static void put_cell(struct grid *grid, const char *text)
{
	grid_cell(grid, text_of(text ? text : ""), GRID_PLAIN);
}

static void put_list(struct page *page)
{
	static const struct grid_column columns[] = {{"PROBE", GRID_STAYS, false},
						     {"YIELDS", GRID_STAYS, false},
						     {"--root", GRID_STAYS, false},
						     {"WHAT IT LOOKS AT", GRID_WRAPS, false}};
	scoped(grid_free) struct grid *grid = grid_new(columns, array_len(columns));
	for (size_t i = 0; probes[i]; i++) {
		grid_row(grid);
		put_cell(grid, probes[i]->name);
		put_cell(grid, probes[i]->table ? "rows" : "values");
		put_cell(grid, probes[i]->live ? "no" : "yes");
		put_cell(grid, probes[i]->help);
	}
	put_grid(page, grid);
	buf_cstr(&page->out,
		 "\n\"muster probes NAME\" says all of one; \"muster probes --schema\" is for "
		 "editors.\n");
}

/* What a parameter may be: its choices, its range, or its kind. */
static void put_kind(struct grid *grid, const struct probe_param *param)
{
	scoped(buf_end) struct buf kind = {0};
	buf_cstr(&kind, param->kind == PARAM_WORD ? "" : param_kinds[param->kind]);
	for (size_t i = 0; param->kind == PARAM_WORD && param->choices[i]; i++)
		buf_print(&kind, "%s%s", i > 0 ? " | " : "", param->choices[i]);
	if (param->kind == PARAM_SPAN && param->max != 0)
		buf_print(&kind, ", %g s to %g s", (double)param->min / TIME_SECOND_US,
			  (double)param->max / TIME_SECOND_US);
	else if (param->min != 0 || param->max != 0)
		buf_print(&kind, ", %" PRId64 " to %" PRId64, param->min, param->max);
	grid_cell(grid, buf_view(&kind), GRID_PLAIN);
}

static void put_params(struct page *page, const struct probe *probe)
{
	static const struct grid_column columns[] = {{"PARAMETER", GRID_STAYS, false},
						     {"IS", GRID_WRAPS, false},
						     {"DEFAULT", GRID_STAYS, false},
						     {"EXAMPLE", GRID_STAYS, false},
						     {"MEANING", GRID_WRAPS, false}};
	scoped(grid_free) struct grid *grid = grid_new(columns, array_len(columns));
	size_t shown = 0;
	for (size_t i = 0; i < probe->param_count; i++) {
		const struct probe_param *param = &probe->params[i];
		if (param->internal)
			continue;
		shown++;
		grid_row(grid);
		put_cell(grid, param->name);
		put_kind(grid, param);
		put_cell(grid, param->required ? "required" : param->fallback);
		put_cell(grid, param->example);
		put_cell(grid, param->help);
	}
	if (shown > 0)
		buf_char(&page->out, '\n');
	put_grid(page, grid);
}

static void put_fields(struct page *page, const struct probe *probe)
{
	const struct grid_column columns[] = {{probe->table ? "FIELD" : "VALUE", GRID_STAYS, false},
					      {"IS A", GRID_STAYS, false},
					      {"EXAMPLE", GRID_CUT, false},
					      {"MEANING", GRID_WRAPS, false}};
	scoped(grid_free) struct grid *grid = grid_new(columns, array_len(columns));
	for (size_t i = 0; i < probe->field_count; i++) {
		const struct probe_field *field = &probe->fields[i];
		grid_row(grid);
		put_cell(grid, field->name);
		put_cell(grid, value_type_name(field->type));
		put_cell(grid, field->example);
		put_cell(grid, field->help);
	}
	buf_char(&page->out, '\n');
	put_grid(page, grid);
}

static void put_example(struct page *page, const struct probe *probe)
{
	const char *quote = probe->table ? "'" : "";
	const char *matcher = probe->table                      ? "count: { at_least: 1 }"
			      : probe->content && !probe->words ? "regex: '^root:'"
								: NULL;
	scoped(buf_end) struct buf made = {0};
	for (size_t i = 0; i < probe->field_count && !matcher; i++) {
		const struct probe_field *field = &probe->fields[i];
		if (field->subject)
			buf_print(&made, "equals: %s", field->example);
		else if (made.len == 0 && i + 1 == probe->field_count)
			buf_print(&made, "%s: %s", probe->fields[0].name, probe->fields[0].example);
		if (made.len > 0)
			matcher = made.at;
	}
	buf_print(&page->out, "\ntest: { %s: %s%s%s", probe->name, quote, probe->subject_example,
		  quote);
	for (size_t i = 0; i < probe->param_count; i++)
		if (probe->params[i].required)
			buf_print(&page->out, ", %s: %s", probe->params[i].name,
				  probe->params[i].example);
	buf_print(&page->out, ", %s }\n", matcher ? matcher : "exists: true");
}

static const char content_help[] =
	"regex, no_regex: EXPRESSION     some line, no line matches\n"
	"lines: { matches: EXPRESSION, count: N }\n"
	"line, no_line: [ CONDITION, … ]  some line, no line fulfils all of\n"
	"    { matches: EXPRESSION }, { not_matches: EXPRESSION }, { equals: LINE },\n"
	"    { not_equals: LINE }, { number: 'EXPRESSION (\\d+)', at_least: N, at_most: N }\n"
	"    (or equals, not_equals; no_number: there is no such number on the line)\n"
	"empty: true                     there is nothing in it\n"
	"whole: TEXT                     it is this, but for line ends around it\n";

/* The commands that are told without being run, from the table that tells them. */
static void put_natives(struct page *page)
{
	static const struct grid_column columns[] = {
		{"COMMAND", GRID_STAYS, false},
		{"ARGUMENTS THAT ARE UNDERSTOOD", GRID_WRAPS, false},
		{"READS", GRID_WRAPS, false},
		{"PRINTS", GRID_WRAPS, false}};
	scoped(grid_free) struct grid *grid = grid_new(columns, array_len(columns));
	for (size_t i = 0; natives[i]; i++) {
		grid_row(grid);
		put_cell(grid, natives[i]->program);
		put_cell(grid, natives[i]->forms);
		put_cell(grid, natives[i]->reads);
		put_cell(grid, natives[i]->prints);
	}
	buf_char(&page->out, '\n');
	put_grid(page, grid);
}

static void put_probe(struct page *page, const struct probe *probe)
{
	struct buf *out = &page->out;
	buf_print(out, "%s: %s\n\n", probe->name, probe->help);
	buf_print(out, "%-10s %s, for example %s\n", "subject", probe->subject_help,
		  probe->subject_example);
	buf_print(out, "%-10s %s\n", "reads", probe->reads);
	buf_print(out, "%-10s %s\n", "needs", probe->privilege);
	buf_print(out, "%-10s %s\n", "costs", probe->cost);
	buf_print(out, "%-10s %s\n", "--root",
		  probe->live ? "does not apply: it needs the running system" : "works");
	put_params(page, probe);
	put_fields(page, probe);
	if (probe->content)
		buf_print(out, "\n%s%s", probe->table ? "which files, by what is in them:\n" : "",
			  content_help);
	if (probe->words)
		put_natives(page);
	put_example(page, probe);
}

int probes_refuse(const char *name)
{
	struct near near = near_begin(text_of(name));
	scoped(buf_end) struct buf shown = {0};
	for (size_t i = 0; probes[i]; i++)
		near_try(&near, probes[i]->name);
	buf_printable(&shown, near.word, 60);
	if (near.best)
		command_say("no probe \"%s\"; did you mean \"%s\"?", shown.at, near.best);
	else
		command_say("no probe \"%s\"; \"muster probes\" lists them",
			    shown.at ? shown.at : "");
	return 2;
}

static int print(struct page *page)
{
	struct err err = {0};
	bool gone = false;
	if (!output_write(OUTPUT_STANDARD, buf_view(&page->out), &gone, &err) && !gone)
		return command_fail(&err);
	return 0;
}

static int run(const struct program *program, int argc, char **argv)
{
	bool schema = false;
	const struct option_row rows[] = {
		{"schema", 0, NULL, "a JSON Schema of policies, for editors", NULL, &schema, NULL,
		 NULL},
	};
	int status;
	if (!option_read(&command_probes, rows, array_len(rows), &argc, &argv, &status))
		return status;
	if (argc > 1 || (schema && argc > 0))
		return option_wrong(&command_probes, "name one probe, or none");
	bool terminal = output_is_terminal(OUTPUT_STANDARD);
	scoped(end_page) struct page page = {.width = terminal ? output_width(OUTPUT_STANDARD) : 0,
					     .colour = terminal && !program->no_color};
	if (schema) {
		scoped(json_free) struct json *json = schema_make();
		json_write_pretty(json, &page.out);
		buf_char(&page.out, '\n');
		return print(&page);
	}
	const struct probe *probe = argc == 1 ? probe_find(text_of(argv[0])) : NULL;
	if (argc == 1 && !probe)
		return probes_refuse(argv[0]);
	if (probe)
		put_probe(&page, probe);
	else
		put_list(&page);
	return print(&page);
}

const struct command command_probes = {
	.name = "probes",
	.usage = "probes [NAME]\nprobes --schema",
	.help = "list what can be tested, with parameters, units and examples",
	.example = "muster probes file",
	.run = run,
};
