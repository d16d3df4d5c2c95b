#include "report/report.h"

#include "report/grid.h"

#define ARENA_LIMIT \
	(256u * 1024 * 1024) /* some 500,000 rows; beyond, rows are counted, not shown */
#define ROW_ROOM 4096

/* One row of the table: the texts are copies. */
struct row {
	enum level level;
	enum status status;
	struct text policy, statement, target, ref, name, reason, explain;
};

struct report {
	struct report_config config;
	struct arena *arena;
	struct row *rows;
	size_t count, room, left_out, items;
	struct tally tally;
};

static const struct {
	const char *word;
	enum grid_ink ink;
} statuses[STATUS_COUNT] = {
	[STATUS_PASS] = {"pass", GRID_GOOD},
	[STATUS_FAIL] = {"fail", GRID_BAD},
	[STATUS_ERROR] = {"error", GRID_BAD},
	[STATUS_NOT_APPLICABLE] = {"not applicable", GRID_FAINT},
	[STATUS_WAIVED] = {"waived", GRID_WARN},
	[STATUS_UNKNOWN] = {"unknown", GRID_WARN},
	[STATUS_PENDING] = {"pending", GRID_WARN},
};

bool report_read_format(struct text text, enum report_format *format)
{
	static const char *const names[] = {
		[REPORT_TABLE] = "table", [REPORT_JSON] = "json", [REPORT_NDJSON] = "ndjson"};
	for (size_t i = 0; i < array_len(names); i++)
		if (text_is(text, names[i])) {
			*format = (enum report_format)i;
			return true;
		}
	return false;
}

struct report *report_new(const struct report_config *config)
{
	struct report *report = mem_new(1, sizeof(*report));
	report->config = *config;
	report->arena = arena_new(ARENA_LIMIT);
	return report;
}

void report_free(struct report **report)
{
	if (!*report)
		return;
	arena_free(&(*report)->arena);
	mem_free(&(*report)->rows);
	mem_free(report);
}

static size_t size_of(const struct item *item, const struct report_place *place)
{
	return item->policy.name.len + place->statement.len + item->target.len +
	       item->check.ref.len + item->check.name.len + item->reason.len + place->explain.len;
}

static void keep_row(struct report *report, const struct item *item,
		     const struct report_place *place)
{
	struct arena *arena = report->arena;
	if (arena_left(arena) < size_of(item, place) + ROW_ROOM) {
		report->left_out++;
		return;
	}
	report->rows = mem_grow(report->rows, &report->room, report->count + 1,
				sizeof(*report->rows));
	report->rows[report->count++] = (struct row){
		.level = item->policy.level,
		.status = item->status,
		.policy = arena_text(arena, item->policy.name),
		.statement = arena_text(arena, place->statement),
		.target = arena_text(arena, item->target),
		.ref = arena_text(arena, item->check.ref),
		.name = arena_text(arena, item->check.name),
		.reason = arena_text(arena, item->reason),
		.explain = arena_text(arena, place->explain),
	};
}

void report_item(struct report *report, const struct item *item, const struct report_place *place,
		 struct buf *out)
{
	report->tally.count[item->policy.level][item->status]++;
	report->items++;
	if (report->config.format == REPORT_TABLE) {
		keep_row(report, item, place);
		return;
	}
	scoped(json_free) struct json *json = item_to_json(item);
	if (report->config.format == REPORT_JSON)
		buf_cstr(out, report->items == 1 ? "[\n" : ",\n");
	json_write(json, out);
	if (report->config.format == REPORT_NDJSON)
		buf_char(out, '\n');
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
		unsigned count = 0;
		for (enum level level = LEVEL_NONE; level < LEVEL_COUNT; level++)
			count += tally->count[level][status];
		if (count == 0)
			continue;
		buf_print(out, "%s%u %s", first ? "" : ", ", count, statuses[status].word);
		first = false;
	}
}

/* Rows of one policy and one statement stand together, in the order in which the first of them
 * came. */
static bool is_together(const struct row *a, const struct row *b)
{
	return text_is_equal(a->policy, b->policy) && text_is_equal(a->statement, b->statement);
}

static void add_heading(struct grid *grid, const struct row *row)
{
	scoped(buf_end) struct buf heading = {0};
	report_put_heading(row->policy, row->statement, &heading);
	grid_heading(grid, buf_view(&heading));
}

static void add_row(const struct report *report, struct grid *grid, const struct row *row)
{
	struct text explain = row->explain, line;
	size_t before = report->config.targets ? 5 : 4;
	grid_row(grid);
	grid_cell(grid, text_of(statuses[row->status].word), statuses[row->status].ink);
	grid_cell(grid, text_of(level_name(row->level)), GRID_PLAIN);
	if (report->config.targets)
		grid_cell(grid, row->target, GRID_PLAIN);
	grid_cell(grid, row->ref, GRID_PLAIN);
	grid_cell(grid, row->name, GRID_PLAIN);
	grid_cell(grid, row->reason, GRID_PLAIN);
	while (text_next(&explain, '\n', &line)) {
		grid_row(grid);
		for (size_t i = 0; i < before; i++)
			grid_cell(grid, TEXT(""), GRID_PLAIN);
		grid_cell(grid, line, GRID_FAINT);
	}
}

static void fill(const struct report *report, struct grid *grid)
{
	scoped(mem_free) bool *done = mem_new(report->count, sizeof(*done));
	for (size_t i = 0; i < report->count; i++) {
		if (done[i])
			continue;
		add_heading(grid, &report->rows[i]);
		for (size_t j = i; j < report->count; j++)
			if (!done[j] && is_together(&report->rows[i], &report->rows[j])) {
				add_row(report, grid, &report->rows[j]);
				done[j] = true;
			}
	}
}

static void write_table(struct report *report, struct buf *out)
{
	struct grid_column columns[6] = {{.title = "STATUS"}, {.title = "LEVEL"}};
	size_t count = 2;
	if (report->config.targets)
		columns[count++] = (struct grid_column){.title = "HOST", .shrinks = GRID_CUT};
	columns[count++] = (struct grid_column){.title = "REF"};
	columns[count++] = (struct grid_column){.title = "CHECK", .shrinks = GRID_WRAPS};
	columns[count++] = (struct grid_column){.title = "REASON", .shrinks = GRID_WRAPS};
	scoped(grid_free) struct grid *grid = grid_new(columns, count);
	fill(report, grid);
	grid_write(grid, report->config.width, report->config.colour, out);
	if (report->left_out > 0)
		buf_print(out, "\n%zu more rows are counted, not shown\n", report->left_out);
	buf_print(out, "\n%zu item%s: ", report->items, report->items == 1 ? "" : "s");
	report_put_counts(&report->tally, out);
	if (!report->config.targets)
		buf_print(out, "\nachieved level: %s", level_name(tally_achieved(&report->tally)));
	buf_char(out, '\n');
}

void report_end(struct report *report, struct buf *out)
{
	if (report->config.format == REPORT_JSON)
		buf_cstr(out, report->items == 0 ? "[]\n" : "\n]\n");
	if (report->config.format == REPORT_TABLE && report->items > 0)
		write_table(report, out);
}
