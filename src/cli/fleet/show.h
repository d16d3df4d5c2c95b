/* show.h: how commands print what the server answers: tables for people, json and ndjson for
 * scripts. */
#pragma once
#include "cli/fleet/statement.h"
#include "cli/option.h"
#include "format/json.h"
#include "report/grid.h"

extern const char *const show_formats[]; /* table, json, ndjson */
#define SHOW_FORMAT_ROW(format)                                                                 \
	{                                                                                       \
		.name = "format", .value = "FORMAT", .help = "table (default), json or ndjson", \
		.choices = show_formats, .text = &(format)                                      \
	}

/* Writes a list or one object as json or ndjson; false: format is a table (or NULL), and nothing
 * was written. */
must_use bool show_json(const char *format, const struct json *json);

/* Writes the table to standard output, as wide as the terminal. */
void show_grid(const struct program *program, const struct grid *grid);

void show_hosts(const struct program *program, const char *format, const struct json *hosts);
/* A table, with the statements above their checks. */
void show_items(const struct program *program, const struct json *items,
		const struct statements *statements);

/* Cells: a member of an object as it is, and a time as "3 min ago". */
void show_member(struct grid *grid, const struct json *object, const char *key, enum grid_ink ink);
void show_ago(struct grid *grid, const struct json *object, const char *key);
must_use enum grid_ink show_status_ink(struct text status);
