#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/fleet/show.h"
#include "cli/fleet/verb.h"
#include "os/user/operand.h"

#define FILE_MAX (4u * 1024 * 1024) /* as large as a document may be */

struct job {
	struct session session;
	const char *as;
	bool dry_run;
};

/* "/etc/p/system.yaml" is known as "system". */
static struct text name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct text name = text_of(slash ? slash + 1 : path);
	const char *dot = strrchr(name.at, '.');
	if (dot && dot > name.at)
		name.len = (size_t)(dot - name.at);
	return name;
}

/* What the server found wrong in a document, a line each, as muster lint says it. */
static void say_errors(const char *path, const struct json *errors)
{
	for (size_t i = 0; i < json_count(errors); i++) {
		const struct json *error = json_at(errors, i);
		scoped(buf_end) struct buf shown = {0};
		buf_printable(&shown, json_text(error, "detail"), 1000);
		command_say("%s:%" PRId64 ":%" PRId64 ": %s", path, json_int(error, "line", 1),
			    json_int(error, "column", 1), shown.at ? shown.at : "");
	}
}

static int refuse(const char *path, const struct remote_answer *answer)
{
	struct err err = {0};
	const struct json *errors = json_get(answer->json, "errors");
	if (json_count(errors) > 0) {
		say_errors(path, errors);
		return 2;
	}
	remote_refuse(answer, &err);
	err_add(&err, "%s", path);
	return command_fail(&err);
}

static int say_conflicts(const char *path, const struct json *conflicts)
{
	for (size_t i = 0; i < json_count(conflicts); i++) {
		const struct json *conflict = json_at(conflicts, i);
		scoped(buf_end) struct buf text = {0}, shown = {0};
		if (json_kind(conflict) == JSON_TEXT)
			buf_text(&text, json_as_text(conflict));
		else
			json_write(conflict, &text);
		buf_printable(&shown, buf_view(&text), 1000);
		command_say("%s: %s", path, shown.at);
	}
	return json_count(conflicts) > 0 ? 2 : 0;
}

static int push(void *data, int argc, char **argv)
{
	struct err err = {0};
	struct job *job = data;
	struct remote_answer answer;
	scoped(buf_end) struct buf text = {0};
	(void)argc;
	struct text name = job->as ? text_of(job->as) : name_of(argv[0]);
	if (strcmp(argv[0], "-") == 0 && !job->as)
		return option_wrong(&command_policy, "standard input has no name; give --as NAME");
	if (!operand_read(argv[0], FILE_MAX, &text, &err))
		return command_fail(&err);
	if (!text_is_utf8(buf_view(&text))) {
		command_say("cannot push %s: it is not UTF-8 text", argv[0]);
		return 2;
	}
	scoped(json_free) struct json *body = json_new_object();
	json_put_text(body, "name", name);
	json_put_text(body, "text", buf_view(&text));
	json_put_bool(body, "dry_run", job->dry_run);
	if (!remote_ask(&job->session.remote, "POST", "/api/v1/policies", body, &answer, &err))
		return command_fail(&err);
	int status = 0;
	if (answer.status != 200)
		status = refuse(argv[0], &answer);
	else if (!show_json(job->session.format, answer.json))
		printf("%.*s: %zu checks, %s %" PRId64 " hosts%s\n", TEXT_ARG(name),
		       json_count(json_get(answer.json, "checks")),
		       job->dry_run ? "would be assigned to" : "assigned to",
		       json_int(answer.json, "hosts", 0),
		       job->dry_run ? "; nothing was changed" : "");
	if (status == 0)
		status = say_conflicts(argv[0], json_get(answer.json, "conflicts"));
	remote_answer_end(&answer);
	return status;
}

static int list(void *data, int argc, char **argv)
{
	static const struct grid_column columns[] = {
		{"NAME", GRID_CUT, false},      {"POLICY", GRID_CUT, false},
		{"REVISION", GRID_STAYS, true}, {"CHECKS", GRID_STAYS, true},
		{"HOSTS", GRID_STAYS, true},    {"TARGET", GRID_CUT, false},
		{"PUSHED", GRID_STAYS, false},  {"BY", GRID_CUT, false}};
	struct err err = {0};
	struct job *job = data;
	(void)argc, (void)argv;
	scoped(json_free) struct json *page = remote_call(&job->session.remote, "GET",
							  "/api/v1/policies", NULL, &err);
	if (!page)
		return command_fail(&err);
	const struct json *documents = json_get(page, "data");
	if (show_json(job->session.format, documents))
		return 0;
	scoped(grid_free) struct grid *grid = grid_new(columns, array_len(columns));
	for (size_t i = 0; i < json_count(documents); i++) {
		const struct json *document = json_at(documents, i);
		struct text target = json_text(document, "target");
		grid_row(grid);
		show_member(grid, document, "name", GRID_PLAIN);
		show_member(grid, document, "policy", GRID_PLAIN);
		show_member(grid, document, "revision", GRID_PLAIN);
		grid_print(grid, GRID_PLAIN, "%zu", json_count(json_get(document, "checks")));
		show_member(grid, document, "hosts", GRID_PLAIN);
		grid_cell(grid, target.len > 0 ? target : TEXT("*"), GRID_PLAIN);
		show_ago(grid, document, "pushed");
		show_member(grid, document, "by", GRID_PLAIN);
	}
	show_grid(job->session.program, grid);
	return 0;
}

static struct json *call_document(struct job *job, const char *method, const char *name,
				  struct err *err)
{
	scoped(buf_end) struct buf path = {0};
	buf_cstr(&path, "/api/v1/policies/");
	remote_escape(&path, text_of(name));
	return remote_call(&job->session.remote, method, path.at, NULL, err);
}

static int show(void *data, int argc, char **argv)
{
	struct err err = {0};
	struct job *job = data;
	(void)argc;
	scoped(json_free) struct json *document = call_document(job, "GET", argv[0], &err);
	if (!document)
		return command_fail(&err);
	struct text text = json_text(document, "text");
	if (!show_json(job->session.format, document) && text.len > 0)
		(void)!fwrite(text.at, 1, text.len, stdout);
	return 0;
}

static int take_away(void *data, int argc, char **argv)
{
	struct err err = {0};
	struct job *job = data;
	(void)argc;
	int status;
	scoped(json_free) struct json *document = call_document(job, "GET", argv[0], &err);
	if (!document)
		return command_fail(&err);
	scoped(buf_end) struct buf what = {0};
	buf_print(&what, "\"%.100s\", %zu checks, is taken away from its %" PRId64 " hosts",
		  argv[0], json_count(json_get(document, "checks")),
		  json_int(document, "hosts", 0));
	if (!verb_confirm(&command_policy, &job->session, what.at, &status))
		return status;
	scoped(json_free) struct json *done = call_document(job, "DELETE", argv[0], &err);
	return done ? 0 : command_fail(&err);
}

static int run(const struct program *program, int argc, char **argv)
{
	static const struct verb verbs[] = {{"push", 1, 1, "a file", push},
					    {"list", 0, 0, NULL, list},
					    {"show", 1, 1, "a document's name", show},
					    {"remove", 1, 1, "a document's name", take_away}};
	struct job job = {.session.program = program};
	const struct option_row rows[] = {
		{.name = "as",
		 .value = "NAME",
		 .help = "push: its name (default: the file's, without ending)",
		 .text = &job.as},
		{.name = "dry-run",
		 .help = "push: only say what would happen",
		 .flag = &job.dry_run},
		VERB_YES_ROW(job.session, "remove"),
		SHOW_FORMAT_ROW(job.session.format),
	};
	const struct verb_table table = {.command = &command_policy,
					 .verbs = verbs,
					 .verb_count = array_len(verbs),
					 .rows = rows,
					 .row_count = array_len(rows)};
	return verb_main(&table, &job.session, argc, argv);
}

const struct command command_policy = {
	"policy",
	"policy push FILE [--as NAME] [--dry-run]\npolicy list [--format FORMAT]\n"
	"policy show NAME [--format FORMAT]\npolicy remove NAME [--yes]",
	"the documents that are assigned to the hosts of their target",
	"muster policy push system.yaml", run};
