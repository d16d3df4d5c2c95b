#include "report/form.h"
#include "report/grid.h"

static const enum grid_ink inks[STATUS_COUNT] = {
	[STATUS_PASS] = GRID_GOOD,    [STATUS_FAIL] = GRID_BAD,
	[STATUS_ERROR] = GRID_BAD,    [STATUS_NOT_APPLICABLE] = GRID_FAINT,
	[STATUS_WAIVED] = GRID_WARN,  [STATUS_UNKNOWN] = GRID_WARN,
	[STATUS_PENDING] = GRID_WARN,
};

static void add_heading(struct grid *grid, const struct keep_section *section,
			const struct keep_group *group)
{
	scoped(buf_end) struct buf heading = {0};
	report_put_heading(section->policy, group->statement, &heading);
	grid_heading(grid, buf_view(&heading));
}

/* A line below an item's reason. */
static void add_below(const struct report_config *config, struct grid *grid, struct text line)
{
	size_t before = config->targets ? 5 : 4;
	grid_row(grid);
	for (size_t i = 0; i < before; i++)
		grid_cell(grid, TEXT(""), GRID_PLAIN);
	grid_cell(grid, line, GRID_FAINT);
}

static void add_row(const struct report_config *config, struct grid *grid,
		    const struct keep_row *row)
{
	const struct item *item = &row->item;
	struct text explain = row->place.explain, line;
	grid_row(grid);
	grid_cell(grid, text_of(form_status(item->status)), inks[item->status]);
	grid_cell(grid, text_of(level_name(item->policy.level)), GRID_PLAIN);
	if (config->targets)
		grid_cell(grid, item->target, GRID_PLAIN);
	grid_cell(grid, item->check.ref, GRID_PLAIN);
	grid_cell(grid, item->check.name, GRID_PLAIN);
	grid_cell(grid, item->reason, GRID_PLAIN);
	if (item->by) {
		scoped(buf_end) struct buf by = {0};
		form_put_actor(item, &by);
		add_below(config, grid, buf_view(&by));
	}
	while (text_next(&explain, '\n', &line))
		add_below(config, grid, line);
}

static void fill(const struct report_config *config, const struct keep *keep, struct grid *grid)
{
	for (const struct keep_section *section = keep->first; section; section = section->next)
		for (const struct keep_group *group = section->first; group; group = group->next) {
			add_heading(grid, section, group);
			for (const struct keep_row *row = group->first; row; row = row->next)
				add_row(config, grid, row);
		}
}

void table_write(const struct report_config *config, const struct keep *keep, struct buf *out)
{
	unsigned items = form_count_all(&keep->tally);
	struct grid_column columns[6] = {{.title = "STATUS"}, {.title = "LEVEL"}};
	size_t count = 2;
	if (items == 0)
		return;
	if (config->targets)
		columns[count++] = (struct grid_column){.title = "HOST", .shrinks = GRID_CUT};
	columns[count++] = (struct grid_column){.title = "REF"};
	columns[count++] = (struct grid_column){.title = "CHECK", .shrinks = GRID_WRAPS};
	columns[count++] = (struct grid_column){.title = "REASON", .shrinks = GRID_WRAPS};
	scoped(grid_free) struct grid *grid = grid_new(columns, count);
	fill(config, keep, grid);
	grid_write(grid, config->width, config->colour, out);
	if (keep->left_out > 0) {
		buf_char(out, '\n');
		form_put_left_out(keep, out);
		buf_char(out, '\n');
	}
	buf_print(out, "\n%u item%s: ", items, items == 1 ? "" : "s");
	report_put_counts(&keep->tally, out);
	if (!config->targets)
		buf_print(out, "\nachieved level: %s", level_name(tally_achieved(&keep->tally)));
	buf_char(out, '\n');
}

static void put_status(enum status status, bool colour, struct buf *out)
{
	static const char *const codes[STATUS_COUNT] = {
		[STATUS_PASS] = "\033[32m",    [STATUS_FAIL] = "\033[31m",
		[STATUS_ERROR] = "\033[31m",   [STATUS_NOT_APPLICABLE] = "\033[2m",
		[STATUS_WAIVED] = "\033[33m",  [STATUS_UNKNOWN] = "\033[33m",
		[STATUS_PENDING] = "\033[33m",
	};
	buf_print(out, "%s%s%s", colour ? codes[status] : "", form_status(status),
		  colour ? "\033[0m" : "");
}

static void put_change(const struct report_change *change, bool colour, struct buf *out)
{
	const struct item *item = change->item;
	char at[TIME_TEXT_SIZE];
	time_put(item->at_us, at);
	buf_print(out, "%.8sZ  ", at + sizeof("2026-11-24T") - 1);
	if (!change->first && change->from != item->status) {
		put_status(change->from, colour, out);
		buf_cstr(out, " → ");
	}
	put_status(item->status, colour, out);
	buf_print(out, "  %s  ", level_name(item->policy.level));
	buf_printable(out, item->policy.name, 100);
	buf_char(out, '/');
	buf_printable(out, item->check.ref, 100);
	buf_cstr(out, "  ");
	buf_printable(out, item->check.name, 200);
	buf_cstr(out, ": ");
	buf_printable(out, item->reason, 1000);
}

/* Who, behind ", "; with the command line where the line has room for it. */
static void put_actor(const struct report_change *change, bool colour, struct buf *out)
{
	const struct actor *by = change->item->by;
	scoped(buf_end) struct buf plain = {0}, whole = {0};
	put_change(change, false, &plain);
	actor_put_whole(by, &whole);
	size_t width = grid_width(buf_view(&plain)) + 2 + grid_width(buf_view(&whole));
	buf_print(out, "%s, ", colour ? "\033[2m" : "");
	if (change->width == 0 || width <= change->width)
		buf_text(out, buf_view(&whole));
	else
		actor_put(by, out);
	buf_cstr(out, colour ? "\033[0m" : "");
}

void report_put_change(const struct report_change *change, bool colour, struct buf *out)
{
	put_change(change, colour, out);
	if (change->item->by)
		put_actor(change, colour, out);
	buf_char(out, '\n');
}
