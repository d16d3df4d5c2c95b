#include <string.h>

#include "cli/fleet/remote.h"
#include "cli/fleet/show.h"

#define LIMIT_DEFAULT 1000
#define LIMIT_MAX 1000000

struct asked {
	const struct program *program;
	struct remote remote;
	const char *format;
};

static bool print_hosts(const struct asked *asked, const struct json *list, struct err *err)
{
	(void)err;
	show_hosts(asked->program, asked->format, list);
	return true;
}

static bool print_items(const struct asked *asked, const struct json *list, struct err *err)
{
	scoped(statements_free) struct statements *statements = statements_new();
	if (show_json(asked->format, list))
		return true;
	if (!statements_fetch(statements, &asked->remote, err))
		return false;
	show_items(asked->program, list, statements);
	return true;
}

static const struct {
	const char *name, *path;
	bool (*print)(const struct asked *asked, const struct json *list, struct err *err);
} collections[] = {
	{"hosts", "/api/v1/hosts", print_hosts},
	{"items", "/api/v1/items", print_items},
};

/* Its place among collections, or their number. */
static size_t find(const char *name)
{
	size_t i = 0;
	while (i < array_len(collections) && strcmp(name, collections[i].name) != 0)
		i++;
	return i;
}

static int ask(struct asked *asked, size_t which, const char *q, size_t limit)
{
	struct err err = {0};
	scoped(json_free) struct json *list = json_new_list();
	bool done = remote_list(&asked->remote, collections[which].path, q, limit, list, &err) &&
		    collections[which].print(asked, list, &err);
	return done ? 0 : command_fail(&err);
}

static int run(const struct program *program, int argc, char **argv)
{
	struct err err = {0};
	struct asked asked = {.program = program};
	const char *limit_text = NULL;
	uint64_t limit = LIMIT_DEFAULT;
	int status;
	const struct option_row rows[] = {
		{.name = "limit",
		 .value = "N",
		 .help = "how many at most (default: 1000)",
		 .text = &limit_text},
		SHOW_FORMAT_ROW(asked.format),
	};
	if (!option_read(&command_query, rows, array_len(rows), &argc, &argv, &status))
		return status;
	size_t which = argc > 0 ? find(argv[0]) : array_len(collections);
	if (which == array_len(collections) || argc > 2)
		return option_wrong(&command_query,
				    "give hosts or items, and then a query in one word");
	if (limit_text && !text_to_u64(text_of(limit_text), 1, LIMIT_MAX, &limit))
		return option_wrong(&command_query, "--limit is a number from 1 to %d", LIMIT_MAX);
	if (!remote_open(program, &asked.remote, &err))
		return command_fail(&err);
	status = ask(&asked, which, argc == 2 ? argv[1] : NULL, limit);
	remote_end(&asked.remote);
	return status;
}

const struct command command_query = {
	"query", "query items|hosts [QUERY] [--limit N] [--format FORMAT]",
	"what the server knows: current items, or hosts",
	"muster query items 'status:fail and policy.level:high'", run};
