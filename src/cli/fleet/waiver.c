#include <stdio.h>
#include <string.h>

#include "cli/fleet/show.h"
#include "cli/fleet/verb.h"

#define MINUTE_LEN 16 /* 2027-01-31T23:59 */

struct job {
	struct session session;
	const char *hosts, *until, *why;
	bool all;
};

static int add(void *data, int argc, char **argv)
{
	struct err err = {0};
	struct job *job = data;
	const char *slash = strrchr(argv[0], '/');
	(void)argc;
	if (!slash || slash == argv[0] || slash[1] == '\0')
		return option_wrong(&command_waiver, "\"%.60s\" is no check; give POLICY/REF",
				    argv[0]);
	if (!job->hosts || !job->until || !job->why)
		return option_wrong(&command_waiver, "add needs --hosts, --until and --why");
	scoped(json_free) struct json *body = json_new_object();
	json_put_text(body, "policy", (struct text){argv[0], (size_t)(slash - argv[0])});
	json_put_cstr(body, "ref", slash + 1);
	json_put_cstr(body, "hosts", job->hosts);
	json_put_cstr(body, "until", job->until);
	json_put_cstr(body, "why", job->why);
	scoped(json_free) struct json *made = remote_call(&job->session.remote, "POST",
							  "/api/v1/waivers", body, &err);
	if (!made)
		return command_fail(&err);
	if (!show_json(job->session.format, made))
		printf("%.*s\n", TEXT_ARG(json_text(made, "id")));
	return 0;
}

static void show_waiver(struct grid *grid, const struct json *waiver)
{
	scoped(buf_end) struct buf check = {0};
	bool ended = text_is(json_text(waiver, "status"), "ended");
	buf_text(&check, json_text(waiver, "policy"));
	buf_char(&check, '/');
	buf_text(&check, json_text(waiver, "ref"));
	grid_row(grid);
	grid_cell(grid, buf_view(&check), ended ? GRID_FAINT : GRID_PLAIN);
	show_member(grid, waiver, "hosts", GRID_PLAIN);
	struct text when = json_text(waiver, ended ? "ended" : "until");
	when.len = when.len < MINUTE_LEN ? when.len : MINUTE_LEN;
	grid_print(grid, GRID_PLAIN, "%.*sZ", TEXT_ARG(when));
	grid_cell(grid, json_text(waiver, "status"), ended ? GRID_FAINT : GRID_PLAIN);
	show_member(grid, waiver, "by", GRID_PLAIN);
	show_member(grid, waiver, "why", GRID_PLAIN);
	show_member(grid, waiver, "id", GRID_FAINT);
}

/* All pages, those that go on alone unless all are wanted. */
static struct json *fetch_all(struct job *job, struct err *err)
{
	struct json *list = json_new_list();
	scoped(buf_end) struct buf path = {0};
	buf_cstr(&path, "/api/v1/waivers?limit=1000");
	if (!job->all)
		buf_cstr(&path, "&q=status:active");
	for (size_t len = path.len; path.len > 0;) {
		scoped(json_free) struct json *page = remote_call(&job->session.remote, "GET",
								  path.at, NULL, err);
		if (!page) {
			json_free(&list);
			return NULL;
		}
		const struct json *data = json_get(page, "data");
		for (size_t i = 0; i < json_count(data); i++)
			json_add(list, json_copy(json_at(data, i)));
		struct text next = json_text(page, "next");
		path.len = next.len > 0 ? len : 0;
		if (next.len > 0) {
			buf_cstr(&path, "&cursor=");
			remote_escape(&path, next);
		}
	}
	return list;
}

static int list(void *data, int argc, char **argv)
{
	static const struct grid_column columns[] = {
		{"CHECK", GRID_CUT, false},   {"HOSTS", GRID_CUT, false},
		{"UNTIL", GRID_STAYS, false}, {"STATUS", GRID_STAYS, false},
		{"BY", GRID_CUT, false},      {"WHY", GRID_CUT, false},
		{"ID", GRID_STAYS, false}};
	struct err err = {0};
	struct job *job = data;
	(void)argc, (void)argv;
	scoped(json_free) struct json *waivers = fetch_all(job, &err);
	if (!waivers)
		return command_fail(&err);
	if (show_json(job->session.format, waivers))
		return 0;
	scoped(grid_free) struct grid *grid = grid_new(columns, array_len(columns));
	for (size_t i = 0; i < json_count(waivers); i++)
		show_waiver(grid, json_at(waivers, i));
	show_grid(job->session.program, grid);
	return 0;
}

static int end(void *data, int argc, char **argv)
{
	struct err err = {0};
	struct job *job = data;
	int status;
	(void)argc;
	scoped(buf_end) struct buf path = {0}, what = {0};
	buf_cstr(&path, "/api/v1/waivers/");
	remote_escape(&path, text_of(argv[0]));
	scoped(json_free) struct json *waiver = remote_call(&job->session.remote, "GET", path.at,
							    NULL, &err);
	if (!waiver)
		return command_fail(&err);
	if (text_is(json_text(waiver, "status"), "ended"))
		return 0;
	buf_print(&what, "the waiver of %.*s/%.*s ends; what fails counts again",
		  TEXT_ARG(json_text(waiver, "policy")), TEXT_ARG(json_text(waiver, "ref")));
	if (!verb_confirm(&command_waiver, &job->session, what.at, &status))
		return status;
	scoped(json_free) struct json *done = remote_call(&job->session.remote, "DELETE", path.at,
							  NULL, &err);
	return done ? 0 : command_fail(&err);
}

static int run(const struct program *program, int argc, char **argv)
{
	static const struct verb verbs[] = {{"add", 1, 1, "a check: POLICY/REF", add},
					    {"list", 0, 0, NULL, list},
					    {"end", 1, 1, "a waiver's id", end}};
	struct job job = {.session.program = program};
	const struct option_row rows[] = {
		{.name = "hosts",
		 .value = "QUERY",
		 .help = "the hosts on which it may fail",
		 .text = &job.hosts},
		{.name = "until",
		 .value = "DATE",
		 .help = "the last day, or a time (RFC 3339), on which it may",
		 .text = &job.until},
		{.name = "why",
		 .value = "TEXT",
		 .help = "the reason, for others",
		 .text = &job.why},
		{.name = "all", .help = "list those that ended, too", .flag = &job.all},
		VERB_YES_ROW(job.session, "end"),
		SHOW_FORMAT_ROW(job.session.format),
	};
	const struct verb_table table = {.command = &command_waiver,
					 .verbs = verbs,
					 .verb_count = array_len(verbs),
					 .rows = rows,
					 .row_count = array_len(rows)};
	return verb_main(&table, &job.session, argc, argv);
}

const struct command command_waiver = {
	"waiver",
	"waiver add POLICY/REF --hosts QUERY --until DATE --why TEXT\n"
	"waiver list [--all] [--format FORMAT]\nwaiver end ID [--yes]",
	"checks that may fail on some hosts, until a day",
	"muster waiver add system/sysmediumssh1 --hosts name:web1 --until 2027-01-31 --why "
	"'moves to the new image in January'",
	run};
