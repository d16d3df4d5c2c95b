#include <stdio.h>

#include "cli/option.h"
#include "cli/fleet/remote.h"
#include "os/user/desktop.h"

static int run(const struct program *program, int argc, char **argv)
{
	struct err err = {0}, ignored = {0};
	struct remote remote;
	bool print = false;
	int status;
	const struct option_row rows[] = {
		{.name = "print", .help = "only print the link", .flag = &print},
	};
	if (!option_read(&command_open, rows, array_len(rows), &argc, &argv, &status))
		return status;
	if (argc > 0)
		return option_wrong(&command_open, "it takes no operands");
	if (!remote_open(program, &remote, &err))
		return command_fail(&err);
	scoped(json_free) struct json *link = remote_call(&remote, "POST", "/api/v1/links", NULL,
							  &err);
	remote_end(&remote);
	if (!link)
		return command_fail(&err);
	struct text url = json_text(link, "url");
	printf("%.*s\n", TEXT_ARG(url));
	if (!print && program->display && !desktop_open(url.at, &ignored))
		command_say("%s; open the link yourself, within a minute", ignored.text);
	return 0;
}

const struct command command_open = {
	"open", "open [--print]",
	"print a link that signs you in to the dashboard, once, within a minute; and open it",
	"muster open --print", run};
