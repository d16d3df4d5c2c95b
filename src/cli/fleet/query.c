#include <string.h>

#include "cli/fleet/remote.h"
#include "cli/fleet/show.h"

#define LIMIT_DEFAULT 1000
#define LIMIT_MAX 1000000

static const struct {
	const char *name, *path;
	void (*show)(const struct program *program, const char *format, const struct json *list);
} collections[] = {
	{"hosts", "/api/v1/hosts", show_hosts},
	{"items", "/api/v1/items", show_items},
};

/* Its place among collections, or their number. */
static size_t find(const char *name)
{
	size_t i = 0;
	while (i < array_len(collections) && strcmp(name, collections[i].name) != 0)
		i++;
	return i;
}

static int run(const struct program *program, int argc, char **argv)
{
	struct err err = {0};
	struct remote remote;
	const char *format = NULL, *limit_text = NULL;
	uint64_t limit = LIMIT_DEFAULT;
	int status;
	const struct option_row rows[] = {
		{.name = "limit",
		 .value = "N",
		 .help = "how many at most (default: 1000)",
		 .text = &limit_text},
		SHOW_FORMAT_ROW(format),
	};
	if (!option_read(&command_query, rows, array_len(rows), &argc, &argv, &status))
		return status;
	size_t which = argc > 0 ? find(argv[0]) : array_len(collections);
	if (which == array_len(collections) || argc > 2)
		return option_wrong(&command_query,
				    "give hosts or items, and then a query in one word");
	if (limit_text && !text_to_u64(text_of(limit_text), 1, LIMIT_MAX, &limit))
		return option_wrong(&command_query, "--limit is a number from 1 to %d", LIMIT_MAX);
	if (!remote_open(program, &remote, &err))
		return command_fail(&err);
	scoped(json_free) struct json *list = json_new_list();
	bool done = remote_list(&remote, collections[which].path, argc == 2 ? argv[1] : NULL, limit,
				list, &err);
	remote_end(&remote);
	if (!done)
		return command_fail(&err);
	collections[which].show(program, format, list);
	return 0;
}

const struct command command_query = {
	"query", "query items|hosts [QUERY] [--limit N] [--format FORMAT]",
	"What the server knows: current items, or hosts.",
	"muster query items 'status:fail and policy.level:high'", run};
