#include <stdio.h>
#include <string.h>

#include "assess/verdict/decide.h"
#include "assess/verdict/mask.h"
#include "cli/option.h"
#include "cli/probes.h"
#include "format/json.h"
#include "judge/assist.h"
#include "judge/judge.h"
#include "os/output.h"
#include "report/grid.h"

#define OWN_OPTIONS 2 /* beside the probe's parameters */
#define ARENA_MAX (16u * 1024 * 1024)

/* One investigation of this host. */
struct inquiry {
	const struct probe *probe;
	const char *subject, *root, *format;
	struct option_list *values; /* one a parameter */
	struct arena *arena;
	struct policies owner; /* of the expressions and the query */
	struct gather *gather;
	struct assist *assist;
	size_t width; /* of the terminal; asked for before the walls */
	bool colour;
};

static void end_inquiry(struct inquiry *inquiry)
{
	for (size_t i = 0; inquiry->values && i < inquiry->probe->param_count; i++)
		option_list_end(&inquiry->values[i]);
	mem_free(&inquiry->values);
	gather_free(&inquiry->gather);
	assist_free(&inquiry->assist);
	policies_end(&inquiry->owner);
	arena_free(&inquiry->arena);
}

/* -------- what was asked, as a policy would write it -------- */

static struct doc *scalar(struct inquiry *inquiry, struct text text)
{
	struct doc *doc = arena_get(inquiry->arena, 1, sizeof(*doc));
	*doc = (struct doc){.plain = true, .text = arena_text(inquiry->arena, text)};
	return doc;
}

static struct doc *make(struct inquiry *inquiry, enum doc_kind kind, size_t room)
{
	struct doc *doc = arena_get(inquiry->arena, 1, sizeof(*doc));
	*doc = (struct doc){.kind = kind};
	doc->items = arena_get(inquiry->arena, room, sizeof(struct doc *));
	doc->keys = arena_get(inquiry->arena, room, sizeof(struct doc *));
	return doc;
}

/* The values of one parameter: one alone, a list, or of a map each as NAME=VALUE. */
static struct doc *read_values(struct inquiry *inquiry, const struct probe_param *param,
			       const struct option_list *list)
{
	bool map = param->kind == PARAM_MAP;
	if (!map && list->count == 1)
		return scalar(inquiry, text_of(list->at[0]));
	struct doc *doc = make(inquiry, map ? DOC_MAP : DOC_LIST, list->count);
	for (size_t i = 0; i < list->count; i++) {
		struct text value = text_of(list->at[i]), name = {0};
		if (map && text_next(&value, '=', &name))
			doc->keys[i] = scalar(inquiry, name);
		doc->items[i] = scalar(inquiry, value);
	}
	doc->count = list->count;
	return doc;
}

static const struct test *read_question(struct inquiry *inquiry, int *status)
{
	const struct probe *probe = inquiry->probe;
	struct findings findings = {.arena = inquiry->arena};
	struct doc *doc = make(inquiry, DOC_MAP, 1 + probe->param_count);
	doc->keys[0] = scalar(inquiry, text_of(probe->name));
	doc->items[0] = scalar(inquiry, text_of(inquiry->subject));
	doc->count = 1;
	for (size_t i = 0; i < probe->param_count; i++) {
		if (inquiry->values[i].count == 0)
			continue;
		doc->keys[doc->count] = scalar(inquiry, text_of(probe->params[i].name));
		doc->items[doc->count++] = read_values(inquiry, &probe->params[i],
						       &inquiry->values[i]);
	}
	struct test *test = policy_read_test(doc, inquiry->arena, &inquiry->owner, &findings);
	for (size_t i = 0; i < findings.count; i++)
		*status = option_wrong(&command_run, "%.*s", TEXT_ARG(findings.list[i].what));
	for (size_t i = 0; test && i < probe->field_count; i++)
		if (!probe->fields[i].costly)
			test->call.fields |= UINT64_C(1) << i;
	return test;
}

/* -------- what was found -------- */

static struct text plain(const struct inquiry *inquiry, const struct value *value)
{
	bool bare = value->type == VALUE_TEXT && value->text.at;
	if (value->type == VALUE_LIST && value->count == 0)
		return TEXT(""); /* a cell of a table is no sentence */
	struct text text = bare ? value->text : value_show(value, inquiry->arena);
	return mask_text(text, inquiry->arena);
}

static void put_value(const struct inquiry *inquiry, struct json *json, const char *name,
		      const struct value *value)
{
	if (value->type == VALUE_NONE)
		return;
	if (value->type == VALUE_BOOL) {
		json_put_bool(json, name, value->number != 0);
		return;
	}
	if (value->type == VALUE_INT || value->type == VALUE_SIZE) {
		json_put_int(json, name, value->number);
		return;
	}
	if (value->type != VALUE_LIST) {
		json_put_text(json, name, plain(inquiry, value));
		return;
	}
	struct json *list = json_new_list();
	for (size_t i = 0; i < value->count; i++)
		json_add_text(list, mask_text(value->list[i], inquiry->arena));
	json_put(json, name, list);
}

static void print_json(const struct inquiry *inquiry, const struct probe_row *const *rows,
		       size_t count, struct buf *out)
{
	bool array = strcmp(inquiry->format, "json") == 0;
	buf_cstr(out, array ? "[" : "");
	for (size_t i = 0; i < count; i++) {
		scoped(json_free) struct json *json = json_new_object();
		for (size_t j = 0; j < inquiry->probe->field_count; j++)
			put_value(inquiry, json, inquiry->probe->fields[j].name,
				  &rows[i]->values[j]);
		buf_cstr(out, array && i > 0 ? ",\n" : "");
		json_write(json, out);
		buf_cstr(out, array ? "" : "\n");
	}
	buf_cstr(out, array ? "]\n" : "");
}

static bool is_filled(const struct probe_row *const *rows, size_t count, size_t field)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i]->values[field].type != VALUE_NONE)
			return true;
	return false;
}

/* The columns that hold something, the first of them, as many as there is room for. */
static void print_table(const struct inquiry *inquiry, const struct probe_row *const *rows,
			size_t count, struct buf *out)
{
	struct grid_column columns[GRID_COLUMNS_MAX];
	size_t fields[GRID_COLUMNS_MAX], used = 0;
	for (size_t i = 0; i < inquiry->probe->field_count && used < GRID_COLUMNS_MAX; i++) {
		if (!is_filled(rows, count, i))
			continue;
		columns[used] = (struct grid_column){.title = inquiry->probe->fields[i].name,
						     .shrinks = GRID_WRAPS};
		fields[used++] = i;
	}
	if (used == 0)
		return;
	scoped(grid_free) struct grid *grid = grid_new(columns, used);
	for (size_t i = 0; i < count; i++) {
		grid_row(grid);
		for (size_t j = 0; j < used; j++) {
			const struct value *value = &rows[i]->values[fields[j]];
			bool none = value->type == VALUE_NONE;
			grid_cell(grid, none ? TEXT("") : plain(inquiry, value), GRID_PLAIN);
		}
	}
	grid_write(grid, inquiry->width, inquiry->colour, out);
}

static int print_rows(const struct inquiry *inquiry, const struct test *test,
		      const struct probe_answer *answer)
{
	const struct probe_row **rows = arena_get(gather_arena(inquiry->gather), answer->count,
						  sizeof(*rows));
	scoped(buf_end) struct buf out = {0};
	struct err err = {0};
	size_t count = 0;
	bool gone;
	for (size_t i = 0; i < answer->count; i++)
		if (!test->query ||
		    decide_selects(test, &answer->rows[i], gather_began_us(inquiry->gather)))
			rows[count++] = &answer->rows[i];
	if (strcmp(inquiry->format, "table") == 0)
		print_table(inquiry, rows, count, &out);
	else
		print_json(inquiry, rows, count, &out);
	if (count == 0 && answer->reason.at)
		command_say("%.*s", TEXT_ARG(answer->reason));
	if (!output_write(OUTPUT_STANDARD, buf_view(&out), &gone, &err))
		return gone ? 0 : command_fail(&err);
	return 0;
}

/* Starts who will be asked what the judge may not look at itself. */
static bool prepare_assist(struct inquiry *inquiry, const struct probe_call *call, struct err *err)
{
	unsigned roles = gather_is_running(inquiry->gather) ? assist_needs_of(call) : 0;
	return assist_begin(roles, inquiry->gather, &inquiry->assist, err);
}

static int inquire(struct inquiry *inquiry)
{
	int status = 2;
	struct err err = {0};
	struct judge_walls walls;
	struct probe_answer answer;
	const struct gather_config config = {
		.root = inquiry->root,
		.running = !inquiry->root || strcmp(inquiry->root, "/") == 0,
		.now_us = time_now_us(),
	};
	const struct test *test = read_question(inquiry, &status);
	if (!test)
		return status;
	inquiry->gather = gather_new(&config, &err);
	if (inquiry->probe->prepare)
		inquiry->probe->prepare(inquiry->gather);
	if (!inquiry->gather || !prepare_assist(inquiry, &test->call, &err) ||
	    !judge_enter(inquiry->root ? inquiry->root : "/", &walls, &err))
		return command_fail(&err);
	probe_run(inquiry->gather, &test->call, &answer);
	if (answer.outcome == PROBE_ROWS)
		return print_rows(inquiry, test, &answer);
	command_say("%s%.*s", answer.outcome == PROBE_ERROR ? "" : "does not apply: ",
		    TEXT_ARG(answer.reason));
	return 1;
}

/* The command's own options, and those of the probe's parameters that have no such name. */
static size_t list_options(struct inquiry *inquiry, struct option_row *rows)
{
	static const char *const formats[] = {"table", "json", "ndjson", NULL};
	size_t count = 0;
	rows[count++] = (struct option_row){.name = "root",
					    .value = "DIR",
					    .help = "look at the tree below DIR as if it were /",
					    .text = &inquiry->root};
	rows[count++] = (struct option_row){.name = "format",
					    .value = "FORMAT",
					    .help = "table (default), json or ndjson",
					    .choices = formats,
					    .text = &inquiry->format};
	for (size_t i = 0; inquiry->probe && i < inquiry->probe->param_count; i++) {
		const struct probe_param *param = &inquiry->probe->params[i];
		if (param->internal || strcmp(param->name, "format") == 0 ||
		    count == OPTION_ROWS_MAX)
			continue;
		rows[count++] = (struct option_row){.name = param->name,
						    .value = "VALUE",
						    .help = param->help,
						    .list = &inquiry->values[i]};
	}
	return count;
}

static int run(const struct program *program, int argc, char **argv)
{
	scoped(end_inquiry) struct inquiry inquiry = {.format = "table",
						      .arena = arena_new(ARENA_MAX)};
	struct option_row rows[OPTION_ROWS_MAX];
	const char *name = argc > 1 && argv[1][0] != '-' ? argv[1] : NULL;
	int status;
	if (output_is_terminal(OUTPUT_STANDARD)) {
		inquiry.width = output_width(OUTPUT_STANDARD);
		inquiry.colour = !program->no_color;
	}
	inquiry.probe = name ? probe_find(text_of(name)) : NULL;
	if (name && !inquiry.probe)
		return probes_refuse(name);
	if (inquiry.probe)
		inquiry.values = mem_new(inquiry.probe->param_count, sizeof(*inquiry.values));
	size_t count = list_options(&inquiry, rows);
	if (!option_read(&command_run, rows, count, &argc, &argv, &status))
		return status;
	if (!inquiry.probe)
		return option_wrong(&command_run, "name a probe first, such as users");
	if (argc > 2)
		return option_wrong(&command_run, "one query is enough: \"%.60s\" is too much",
				    argv[2]);
	inquiry.subject = argc > 1 ? argv[1] : inquiry.probe->table ? "*" : "";
	return inquire(&inquiry);
}

const struct command command_run = {
	.name = "run",
	.usage = "run PROBE ['QUERY'] [--PARAMETER VALUE]…",
	.help = "look at this host once: the rows of a probe, selected by a query",
	.example = "muster run users 'uid:0'",
	.run = run,
};
