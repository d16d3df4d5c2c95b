#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "cli/fleet/show.h"
#include "cli/fleet/verb.h"

#define LIST_MAX 100000

struct job {
	struct session session;
	const char *uses, *ttl;
};

static int list(void *data, int argc, char **argv)
{
	struct err err = {0};
	struct job *job = data;
	scoped(json_free) struct json *hosts = json_new_list();
	if (!remote_list(&job->session.remote, "/api/v1/hosts", argc > 0 ? argv[0] : NULL, LIST_MAX,
			 hosts, &err))
		return command_fail(&err);
	show_hosts(job->session.program, job->session.format, hosts);
	return 0;
}

static void show_counts(struct grid *grid, const struct json *counts)
{
	void *state = NULL;
	struct text key;
	const struct json *value;
	scoped(buf_end) struct buf line = {0};
	while (json_next(counts, &state, &key, &value))
		if (json_as_int(value, 0) > 0)
			buf_print(&line, "%s%" PRId64 " %.*s", line.len > 0 ? ", " : "",
				  json_as_int(value, 0), TEXT_ARG(key));
	grid_row(grid);
	grid_cell(grid, TEXT("checks"), GRID_PLAIN);
	grid_cell(grid, line.len > 0 ? buf_view(&line) : TEXT("none yet"), GRID_PLAIN);
}

static void show_one(const struct program *program, const struct json *host)
{
	static const struct grid_column columns[] = {{"FIELD", GRID_STAYS, false},
						     {"VALUE", GRID_WRAPS, false}};
	scoped(grid_free) struct grid *grid = grid_new(columns, array_len(columns));
	void *state = NULL;
	struct text key;
	const struct json *value;
	while (json_next(host, &state, &key, &value)) {
		scoped(buf_end) struct buf text = {0};
		if (text_is(key, "counts")) {
			show_counts(grid, value);
			continue;
		}
		if (json_kind(value) == JSON_TEXT)
			buf_text(&text, json_as_text(value));
		else if (json_kind(value) != JSON_NULL)
			json_write(value, &text);
		grid_row(grid);
		grid_cell(grid, key, GRID_PLAIN);
		grid_cell(grid, text.len > 0 ? buf_view(&text) : TEXT("-"), GRID_PLAIN);
	}
	show_grid(program, grid);
}

static int show(void *data, int argc, char **argv)
{
	struct err err = {0};
	struct job *job = data;
	(void)argc;
	scoped(json_free) struct json *host = remote_host(&job->session.remote, argv[0], &err);
	if (!host)
		return command_fail(&err);
	if (!show_json(job->session.format, host))
		show_one(job->session.program, host);
	return 0;
}

static int token(void *data, int argc, char **argv)
{
	struct err err = {0};
	struct job *job = data;
	uint64_t uses = 1;
	int64_t ttl_us = 3600 * TIME_SECOND_US;
	(void)argc, (void)argv;
	if (job->uses && !text_to_u64(text_of(job->uses), 1, 100000, &uses))
		return option_wrong(&command_agent, "--uses is a number from 1 to 100000");
	if (job->ttl && (!time_read_span(text_of(job->ttl), &ttl_us) || ttl_us < TIME_SECOND_US))
		return option_wrong(&command_agent, "--ttl is a span, such as 30m, 1h or 7d");
	scoped(json_free) struct json *body = json_new_object();
	json_put_int(body, "uses", (int64_t)uses);
	json_put_int(body, "ttl_s", ttl_us / TIME_SECOND_US);
	scoped(json_free) struct json *made = remote_call(&job->session.remote, "POST",
							  "/api/v1/enrolments", body, &err);
	if (!made)
		return command_fail(&err);
	if (!show_json(job->session.format, made))
		printf("%.*s\n", TEXT_ARG(json_text(made, "token")));
	return 0;
}

/* Asks for something that concerns one host; its new state is the answer. */
static int change(struct job *job, const char *method, const struct json *host, const char *what,
		  const struct json *body)
{
	struct err err = {0};
	scoped(buf_end) struct buf path = {0};
	buf_print(&path, "/api/v1/hosts/%.*s%s", TEXT_ARG(json_text(host, "id")), what);
	scoped(json_free) struct json *now = remote_call(&job->session.remote, method, path.at,
							 body, &err);
	if (!now)
		return command_fail(&err);
	(void)!show_json(job->session.format, now);
	return 0;
}

static int revoke(void *data, int argc, char **argv)
{
	struct err err = {0};
	struct job *job = data;
	(void)argc;
	scoped(json_free) struct json *host = remote_host(&job->session.remote, argv[0], &err);
	if (!host)
		return command_fail(&err);
	int status;
	scoped(buf_end) struct buf what = {0};
	buf_print(&what, "\"%.*s\" is revoked, and must enrol anew to come back",
		  TEXT_ARG(json_text(host, "name")));
	if (!verb_confirm(&command_agent, &job->session, what.at, &status))
		return status;
	return change(job, "DELETE", host, "", NULL);
}

/* KEY=VALUE sets, KEY- takes away. */
static bool read_tag(const char *word, struct json *set, struct json *unset)
{
	struct text rest = text_of(word), key;
	const char *equals = strchr(word, '=');
	if (!equals && text_ends(rest, "-") && rest.len > 1) {
		json_add_text(unset, (struct text){rest.at, rest.len - 1});
		return true;
	}
	if (!equals || equals == word || !text_next(&rest, '=', &key))
		return false;
	scoped(buf_end) struct buf name = {0};
	buf_text(&name, key);
	json_put_text(set, name.at, rest.len > 0 ? rest : TEXT(""));
	return true;
}

static int tag(void *data, int argc, char **argv)
{
	struct err err = {0};
	struct job *job = data;
	scoped(json_free) struct json *body = json_new_object();
	struct json *set = json_new_object(), *unset = json_new_list();
	json_put(body, "set", set);
	json_put(body, "unset", unset);
	for (int i = 1; i < argc; i++)
		if (!read_tag(argv[i], set, unset))
			return option_wrong(&command_agent,
					    "\"%.60s\" is neither KEY=VALUE nor KEY-", argv[i]);
	scoped(json_free) struct json *host = remote_host(&job->session.remote, argv[0], &err);
	return host ? change(job, "POST", host, "/tags", body) : command_fail(&err);
}

static int run(const struct program *program, int argc, char **argv)
{
	static const struct verb verbs[] = {
		{"list", 0, 1, "at most a query", list},
		{"show", 1, 1, "a host's name or id", show},
		{"token", 0, 0, NULL, token},
		{"revoke", 1, 1, "a host's name or id", revoke},
		{"tag", 2, -1, "a host's name or id, then KEY=VALUE or KEY-", tag},
	};
	struct job job = {.session.program = program};
	const struct option_row rows[] = {
		{.name = "uses",
		 .value = "N",
		 .help = "token: how many hosts may enrol with it (default: 1)",
		 .text = &job.uses},
		{.name = "ttl",
		 .value = "SPAN",
		 .help = "token: how long it lasts (default: 1h)",
		 .text = &job.ttl},
		VERB_YES_ROW(job.session, "revoke"),
		SHOW_FORMAT_ROW(job.session.format),
	};
	const struct verb_table table = {.command = &command_agent,
					 .verbs = verbs,
					 .verb_count = array_len(verbs),
					 .rows = rows,
					 .row_count = array_len(rows)};
	return verb_main(&table, &job.session, argc, argv);
}

const struct command command_agent = {
	"agent",
	"agent list [QUERY] [--format FORMAT]\nagent show NAME|ID [--format FORMAT]\n"
	"agent token [--uses N] [--ttl SPAN]\nagent revoke NAME|ID [--yes]\n"
	"agent tag NAME|ID KEY=VALUE|KEY-...",
	"the fleet: when hosts were seen, their system, required and achieved level",
	"muster agent list status:offline", run};
