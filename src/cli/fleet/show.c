#include "cli/fleet/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "os/output.h"
#include "report/report.h"

#define ITEM_ARENA_MAX (1u << 20)

const char *const show_formats[] = {"table", "json", "ndjson", NULL};

static void write_out(const struct buf *out)
{
	if (out->len > 0)
		(void)!fwrite(out->at, 1, out->len, stdout);
}

static void put_line(const struct json *json, struct buf *out)
{
	json_write(json, out);
	buf_char(out, '\n');
}

bool show_json(const char *format, const struct json *json)
{
	scoped(buf_end) struct buf out = {0};
	if (!format || strcmp(format, "table") == 0)
		return false;
	bool lines = strcmp(format, "ndjson") == 0, list = json_kind(json) == JSON_LIST;
	if (list && !lines)
		buf_cstr(&out, "[\n");
	for (size_t i = 0; list && i < json_count(json); i++) {
		json_write(json_at(json, i), &out);
		buf_cstr(&out, lines || i + 1 == json_count(json) ? "\n" : ",\n");
	}
	if (!list)
		put_line(json, &out);
	else if (!lines)
		buf_cstr(&out, "]\n");
	write_out(&out);
	return true;
}

void show_grid(const struct program *program, const struct grid *grid)
{
	size_t width = output_width(OUTPUT_STANDARD);
	scoped(buf_end) struct buf out = {0};
	grid_write(grid, width, width > 0 && !program->no_color, &out);
	write_out(&out);
}

void show_member(struct grid *grid, const struct json *object, const char *key, enum grid_ink ink)
{
	const struct json *value = json_get(object, key);
	if (json_kind(value) == JSON_INT)
		grid_print(grid, ink, "%" PRId64, json_as_int(value, 0));
	else
		grid_cell(grid, json_as_text(value), ink);
}

void show_ago(struct grid *grid, const struct json *object, const char *key)
{
	int64_t at_us;
	char ago[TIME_AGO_SIZE];
	if (!time_read(json_text(object, key), &at_us)) {
		grid_cell(grid, TEXT("never"), GRID_FAINT);
		return;
	}
	time_put_ago(at_us, time_now_us(), ago);
	grid_cell(grid, text_of(ago), GRID_PLAIN);
}

enum grid_ink show_status_ink(struct text status)
{
	static const struct {
		const char *word;
		enum grid_ink ink;
	} inks[] = {
		{"pass", GRID_GOOD},
		{"waived", GRID_GOOD},
		{"online", GRID_GOOD},
		{"answered", GRID_GOOD},
		{"fail", GRID_BAD},
		{"error", GRID_BAD},
		{"revoked", GRID_BAD},
		{"unknown", GRID_WARN},
		{"offline", GRID_WARN},
		{"overdue", GRID_WARN},
		{"not_applicable", GRID_FAINT},
	};
	for (size_t i = 0; i < array_len(inks); i++)
		if (text_is(status, inks[i].word))
			return inks[i].ink;
	return GRID_PLAIN;
}

void show_hosts(const struct program *program, const char *format, const struct json *hosts)
{
	static const struct grid_column columns[] = {
		{"NAME", GRID_CUT, false},       {"STATUS", GRID_STAYS, false},
		{"OS", GRID_CUT, false},         {"REQUIRED", GRID_STAYS, false},
		{"ACHIEVED", GRID_STAYS, false}, {"SEEN", GRID_STAYS, false},
		{"AGENT", GRID_STAYS, false},    {"TRUST", GRID_STAYS, false}};
	if (show_json(format, hosts))
		return;
	scoped(grid_free) struct grid *grid = grid_new(columns, array_len(columns));
	for (size_t i = 0; i < json_count(hosts); i++) {
		const struct json *host = json_at(hosts, i);
		struct text required = json_text(host, "required");
		grid_row(grid);
		show_member(grid, host, "name", GRID_PLAIN);
		show_member(grid, host, "status", show_status_ink(json_text(host, "status")));
		show_member(grid, host, "os_name", GRID_PLAIN);
		grid_cell(grid, required.at ? required : TEXT("not required"), GRID_PLAIN);
		show_member(grid, host, "achieved", GRID_PLAIN);
		show_ago(grid, host, "last_seen");
		show_member(grid, host, "agent_version", GRID_PLAIN);
		show_member(grid, host, "trust", GRID_PLAIN);
	}
	show_grid(program, grid);
}

void show_items(const struct program *program, const struct json *items,
		const struct statements *statements)
{
	size_t width = output_width(OUTPUT_STANDARD);
	const struct report_config config = {
		.width = width, .colour = width > 0 && !program->no_color, .targets = true};
	scoped(buf_end) struct buf out = {0};
	scoped(report_free) struct report *report = report_new(&config);
	for (size_t i = 0; i < json_count(items); i++) {
		struct err err = {0};
		struct item item;
		scoped(arena_free) struct arena *arena = arena_new(ITEM_ARENA_MAX);
		if (!item_from_json(json_at(items, i), arena, &item, &err)) {
			command_say("the server sent an item that is none: %s", err.text);
			continue;
		}
		report_item(report, &item,
			    statements_find(statements, item.policy.name, item.check.ref), &out);
	}
	report_end(report, &out);
	write_out(&out);
}
