#include <stdio.h>

#include "cli/fleet/show.h"
#include "cli/fleet/verb.h"

struct job {
	struct session session;
	const char *role, *name;
};

static const char *const roles[] = {"viewer", "operator", "investigator", "admin", "intake", NULL};

static int create(void *data, int argc, char **argv)
{
	struct err err = {0};
	struct job *job = data;
	(void)argc, (void)argv;
	if (!job->role)
		return option_wrong(&command_token, "create needs --role");
	scoped(buf_end) struct buf name = {0};
	scoped(json_free) struct json *body = json_new_object();
	buf_cstr(&name, job->name ? job->name : job->role);
	json_put_text(body, "name", buf_view(&name));
	json_put_cstr(body, "role", job->role);
	scoped(json_free) struct json *token = remote_call(&job->session.remote, "POST",
							   "/api/v1/tokens", body, &err);
	if (!token)
		return command_fail(&err);
	if (!show_json(job->session.format, token))
		printf("%.*s\n", TEXT_ARG(json_text(token, "token")));
	return 0;
}

static int list(void *data, int argc, char **argv)
{
	static const struct grid_column columns[] = {{"NAME", GRID_CUT, false},
						     {"ROLE", GRID_STAYS, false},
						     {"CREATED", GRID_STAYS, false},
						     {"USED", GRID_STAYS, false},
						     {"ID", GRID_STAYS, false}};
	struct err err = {0};
	struct job *job = data;
	(void)argc, (void)argv;
	scoped(json_free) struct json *page = remote_call(&job->session.remote, "GET",
							  "/api/v1/tokens", NULL, &err);
	if (!page)
		return command_fail(&err);
	const struct json *tokens = json_get(page, "data");
	if (show_json(job->session.format, tokens))
		return 0;
	scoped(grid_free) struct grid *grid = grid_new(columns, array_len(columns));
	for (size_t i = 0; i < json_count(tokens); i++) {
		const struct json *token = json_at(tokens, i);
		grid_row(grid);
		show_member(grid, token, "name", GRID_PLAIN);
		show_member(grid, token, "role", GRID_PLAIN);
		show_ago(grid, token, "created");
		show_ago(grid, token, "last_used");
		show_member(grid, token, "id", GRID_FAINT);
	}
	show_grid(job->session.program, grid);
	return 0;
}

static int revoke(void *data, int argc, char **argv)
{
	struct err err = {0};
	struct job *job = data;
	const struct json *token = NULL;
	(void)argc;
	scoped(json_free) struct json *page = remote_call(&job->session.remote, "GET",
							  "/api/v1/tokens", NULL, &err);
	if (!page)
		return command_fail(&err);
	const struct json *tokens = json_get(page, "data");
	for (size_t i = 0; i < json_count(tokens) && !token; i++)
		if (text_is(json_text(json_at(tokens, i), "id"), argv[0]) ||
		    text_is(json_text(json_at(tokens, i), "name"), argv[0]))
			token = json_at(tokens, i);
	if (!token) {
		command_say("no token has the name or id \"%.60s\"; see \"muster token list\"",
			    argv[0]);
		return 2;
	}
	int status;
	scoped(buf_end) struct buf what = {0};
	buf_print(&what, "the token \"%.*s\" ends, with the sessions that came of it",
		  TEXT_ARG(json_text(token, "name")));
	if (!verb_confirm(&command_token, &job->session, what.at, &status))
		return status;
	scoped(buf_end) struct buf path = {0};
	buf_print(&path, "/api/v1/tokens/%.*s", TEXT_ARG(json_text(token, "id")));
	scoped(json_free) struct json *done = remote_call(&job->session.remote, "DELETE", path.at,
							  NULL, &err);
	return done ? 0 : command_fail(&err);
}

static int run(const struct program *program, int argc, char **argv)
{
	static const struct verb verbs[] = {{"create", 0, 0, NULL, create},
					    {"list", 0, 0, NULL, list},
					    {"revoke", 1, 1, "a token's name or id", revoke}};
	struct job job = {.session.program = program};
	const struct option_row rows[] = {
		{.name = "role",
		 .value = "ROLE",
		 .help = "viewer, operator, investigator, admin or intake",
		 .choices = roles,
		 .text = &job.role},
		{.name = "name",
		 .value = "NAME",
		 .help = "what the token is called (default: its role)",
		 .text = &job.name},
		VERB_YES_ROW(job.session, "revoke"),
		SHOW_FORMAT_ROW(job.session.format),
	};
	const struct verb_table table = {.command = &command_token,
					 .verbs = verbs,
					 .verb_count = array_len(verbs),
					 .rows = rows,
					 .row_count = array_len(rows)};
	return verb_main(&table, &job.session, argc, argv);
}

const struct command command_token = {
	"token",
	"token create --role ROLE [--name NAME]\ntoken list [--format FORMAT]\n"
	"token revoke NAME|ID [--yes]",
	"who may do what with the server: tokens, shown once, stored hashed",
	"muster token create --role viewer --name board", run};
