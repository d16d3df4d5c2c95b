/* show.h: how commands print what the server answers: tables for people, json and ndjson for
 * scripts. */
#pragma once
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
void show_items(const struct program *program, const char *format, const struct json *items);

/* Cells: a member of an object as it is, and a time as "3 min ago". */
void show_member(struct grid *grid, const struct json *object, const char *key, enum grid_ink ink);
void show_ago(struct grid *grid, const struct json *object, const char *key);
must_use enum grid_ink show_status_ink(struct text status);

/* A verb of a command ("agent list"): its name, how many operands it takes, what it does. */
struct verb {
	const char *name;
	int least, most;      /* operands behind the verb; most -1: any number */
	const char *operands; /* for the usage error: "NAME" */
	int (*run)(void *data, int argc, char **argv);
};
/* 0: argv[0] is one of the verbs, with operands as it takes them; else it has said what is wrong,
 * and returns 2. */
must_use int verb_check(const struct command *command, const struct verb *verbs, size_t count,
			int argc, char **argv);
must_use int verb_run(const struct verb *verbs, int argc, char **argv,
		      void *data); /* after verb_check */
