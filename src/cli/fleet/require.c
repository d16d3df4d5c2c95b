#include <stdio.h>
#include <string.h>

#include "cli/fleet/remote.h"
#include "cli/fleet/show.h"
#include "model/level.h"
#include "os/user/terminal.h"

struct job {
	const struct program *program;
	struct remote *remote;
	const char *format;
	bool yes;
};

static int list(struct job *job)
{
	static const struct grid_column columns[] = {{"QUERY", GRID_CUT, false},
						     {"LEVEL", GRID_STAYS, false},
						     {"SINCE", GRID_STAYS, false},
						     {"BY", GRID_CUT, false}};
	struct err err = {0};
	scoped(json_free) struct json *page = remote_call(job->remote, "GET",
							  "/api/v1/requirements", NULL, &err);
	if (!page)
		return command_fail(&err);
	const struct json *requirements = json_get(page, "data");
	if (show_json(job->format, requirements))
		return 0;
	scoped(grid_free) struct grid *grid = grid_new(columns, array_len(columns));
	for (size_t i = 0; i < json_count(requirements); i++) {
		grid_row(grid);
		show_member(grid, json_at(requirements, i), "query", GRID_PLAIN);
		show_member(grid, json_at(requirements, i), "level", GRID_PLAIN);
		show_ago(grid, json_at(requirements, i), "since");
		show_member(grid, json_at(requirements, i), "by", GRID_PLAIN);
	}
	show_grid(job->program, grid);
	return 0;
}

static int take_away(struct job *job, const char *query)
{
	struct err err = {0};
	scoped(buf_end) struct buf path = {0};
	if (!job->yes && !terminal_agrees("Require nothing of these hosts any more?"))
		return 0;
	buf_cstr(&path, "/api/v1/requirements?query=");
	remote_escape(&path, text_of(query));
	scoped(json_free) struct json *done = remote_call(job->remote, "DELETE", path.at, NULL,
							  &err);
	return done ? 0 : command_fail(&err);
}

static int set(struct job *job, const char *query, const char *level)
{
	struct err err = {0};
	scoped(json_free) struct json *body = json_new_object();
	json_put_cstr(body, "query", query);
	json_put_cstr(body, "level", level);
	scoped(json_free) struct json *made = remote_call(job->remote, "POST",
							  "/api/v1/requirements", body, &err);
	if (!made)
		return command_fail(&err);
	(void)!show_json(job->format, made);
	return 0;
}

static int run_one(struct job *job, int argc, char **argv)
{
	if (argc == 1)
		return list(job);
	if (strcmp(argv[0], "remove") == 0)
		return take_away(job, argv[1]);
	return set(job, argv[0], argv[1]);
}

/* 0, or 2 after it has said what is wrong. */
static int check(int argc, char **argv)
{
	enum level level;
	if (argc == 1 && strcmp(argv[0], "list") == 0)
		return 0;
	if (argc != 2)
		return option_wrong(&command_require,
				    "give a query and a level, list, or remove and a query");
	if (strcmp(argv[0], "remove") == 0 || level_read(text_of(argv[1]), &level))
		return 0;
	return option_wrong(&command_require, "\"%.60s\" is no level: low, medium, high or maximum",
			    argv[1]);
}

static int run(const struct program *program, int argc, char **argv)
{
	struct err err = {0};
	struct remote remote;
	struct job job = {.program = program, .remote = &remote};
	int status;
	const struct option_row rows[] = {
		{.name = "yes", .help = "remove without asking", .flag = &job.yes},
		SHOW_FORMAT_ROW(job.format),
	};
	if (!option_read(&command_require, rows, array_len(rows), &argc, &argv, &status))
		return status;
	status = check(argc, argv);
	if (status != 0)
		return status;
	if (!remote_open(program, &remote, &err))
		return command_fail(&err);
	status = run_one(&job, argc, argv);
	remote_end(&remote);
	return status;
}

const struct command command_require = {
	"require",
	"require QUERY LEVEL\nrequire list [--format FORMAT]\nrequire remove QUERY [--yes]",
	"The level that hosts must meet.", "muster require 'tags.role:web' high", run};
