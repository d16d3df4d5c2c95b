#include "cli/fleet/show.h"
#include "cli/fleet/verb.h"
#include "model/level.h"

static int list(void *data, int argc, char **argv)
{
	static const struct grid_column columns[] = {{"QUERY", GRID_CUT, false},
						     {"LEVEL", GRID_STAYS, false},
						     {"SINCE", GRID_STAYS, false},
						     {"BY", GRID_CUT, false}};
	struct err err = {0};
	struct session *session = data;
	(void)argc, (void)argv;
	scoped(json_free) struct json *page = remote_call(&session->remote, "GET",
							  "/api/v1/requirements", NULL, &err);
	if (!page)
		return command_fail(&err);
	const struct json *requirements = json_get(page, "data");
	if (show_json(session->format, requirements))
		return 0;
	scoped(grid_free) struct grid *grid = grid_new(columns, array_len(columns));
	for (size_t i = 0; i < json_count(requirements); i++) {
		grid_row(grid);
		show_member(grid, json_at(requirements, i), "query", GRID_PLAIN);
		show_member(grid, json_at(requirements, i), "level", GRID_PLAIN);
		show_ago(grid, json_at(requirements, i), "since");
		show_member(grid, json_at(requirements, i), "by", GRID_PLAIN);
	}
	show_grid(session->program, grid);
	return 0;
}

static const struct json *find(const struct json *requirements, const char *query)
{
	for (size_t i = 0; i < json_count(requirements); i++)
		if (text_is(json_text(json_at(requirements, i), "query"), query))
			return json_at(requirements, i);
	return NULL;
}

static int take_away(void *data, int argc, char **argv)
{
	struct err err = {0};
	struct session *session = data;
	int status;
	(void)argc;
	scoped(buf_end) struct buf path = {0}, what = {0};
	scoped(json_free) struct json *page = remote_call(&session->remote, "GET",
							  "/api/v1/requirements", NULL, &err);
	if (!page)
		return command_fail(&err);
	const struct json *found = find(json_get(page, "data"), argv[0]);
	if (!found) {
		buf_printable(&what, text_of(argv[0]), 100);
		command_say("nothing is required of \"%s\"; see \"muster require list\"",
			    what.at ? what.at : "");
		return 2;
	}
	buf_print(&what, "hosts that match \"%.100s\" need no longer meet %.*s", argv[0],
		  TEXT_ARG(json_text(found, "level")));
	if (!verb_confirm(&command_require, session, what.at, &status))
		return status;
	buf_cstr(&path, "/api/v1/requirements?query=");
	remote_escape(&path, text_of(argv[0]));
	scoped(json_free) struct json *done = remote_call(&session->remote, "DELETE", path.at, NULL,
							  &err);
	return done ? 0 : command_fail(&err);
}

static int set(void *data, int argc, char **argv)
{
	struct err err = {0};
	struct session *session = data;
	enum level level;
	(void)argc;
	if (!level_read(text_of(argv[1]), &level))
		return option_wrong(&command_require,
				    "\"%.60s\" is no level: low, medium, high or maximum", argv[1]);
	scoped(json_free) struct json *body = json_new_object();
	json_put_cstr(body, "query", argv[0]);
	json_put_cstr(body, "level", argv[1]);
	scoped(json_free) struct json *made = remote_call(&session->remote, "POST",
							  "/api/v1/requirements", body, &err);
	if (!made)
		return command_fail(&err);
	(void)!show_json(session->format, made);
	return 0;
}

static int run(const struct program *program, int argc, char **argv)
{
	static const struct verb verbs[] = {{"list", 0, 0, NULL, list},
					    {"remove", 1, 1, "a query", take_away}};
	static const struct verb otherwise = {
		"it", 2, 2, "a query and a level, list, or remove and a query", set};
	struct session session = {.program = program};
	const struct option_row rows[] = {
		VERB_YES_ROW(session, "remove"),
		SHOW_FORMAT_ROW(session.format),
	};
	const struct verb_table table = {.command = &command_require,
					 .verbs = verbs,
					 .verb_count = array_len(verbs),
					 .rows = rows,
					 .row_count = array_len(rows),
					 .otherwise = &otherwise};
	return verb_main(&table, &session, argc, argv);
}

const struct command command_require = {
	"require",
	"require QUERY LEVEL\nrequire list [--format FORMAT]\nrequire remove QUERY [--yes]",
	"the level that hosts must meet", "muster require 'tags.role:web' high", run};
