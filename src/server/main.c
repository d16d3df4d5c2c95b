#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "server/admin/config.h"
#include "server/admin/run.h"
#include "server/admin/state.h"

struct options {
	struct run_options run;
	const char *names[STATE_NAMES_MAX + 1];
	size_t name_count;
};

static int say(int status, const char *text, ...) format_like(2, 3);

static int say(int status, const char *text, ...)
{
	va_list args;
	va_start(args, text);
	fputs("musterd: ", stderr);
	vfprintf(stderr, text, args);
	fputc('\n', stderr);
	va_end(args);
	return status;
}

static int init(const struct options *options)
{
	struct err err = {0};
	if (!state_make(options->run.state, options->names, options->name_count, time_now_us(),
			&err))
		return say(err_exit(&err), "init: %s", err.text);
	printf("%s is ready: the CA is %s/ca.pem, the admin's token %s/admin.token\n",
	       options->run.state, options->run.state, options->run.state);
	return 0;
}

static int run(const struct options *options)
{
	struct err err = {0};
	return run_server(&options->run, &err) ? 0 : say(err_exit(&err), "run: %s", err.text);
}

static int config(const struct options *options)
{
	struct config keys;
	scoped(buf_end) struct buf out = {0};
	(void)options;
	config_begin(&keys);
	config_print(&keys, &out);
	fputs(out.at, stdout);
	return 0;
}

enum { WANTS_STATE = 1, TAKES_NAME = 2, TAKES_PORTS = 4 };

static const struct command {
	const char *name, *usage, *help;
	unsigned takes;
	int (*run)(const struct options *options);
} commands[] = {
	{"init", "init --state DIR [--name HOST]…",
	 "make the state folder: a CA, the server's certificate, stores, the admin's token",
	 WANTS_STATE | TAKES_NAME, init},
	{"run", "run --state DIR [--listen ADDR:PORT] [--agents ADDR:PORT] [--config FILE]",
	 "serve people and agents, until SIGTERM; SIGHUP rereads configuration and certificate",
	 WANTS_STATE | TAKES_PORTS, run},
	{"config", "config", "print every key of the configuration with its default and meaning", 0,
	 config},
};

static int print_help(void)
{
	printf("Example: musterd init --state /srv/musterd; musterd run --state /srv/musterd\n\n");
	for (size_t i = 0; i < array_len(commands); i++)
		printf("%s musterd %s\n         %s\n", i == 0 ? "Usage:  " : "        ",
		       commands[i].usage, commands[i].help);
	printf("\n  --state DIR         the server's folder\n"
	       "  --name HOST         a further name or address in the server's certificate\n"
	       "  --listen ADDR:PORT  people's and programs' port (*:8443); port 0 picks one\n"
	       "  --agents ADDR:PORT  agents' port (the next one)\n"
	       "  --config FILE       YAML, see \"musterd config\"\n");
	return 0;
}

static int wrong(const char *text, const char *what)
{
	return say(2, "%s %s; see \"musterd --help\"", text, what);
}

enum { OPTION_STATE = 256, OPTION_NAME, OPTION_LISTEN, OPTION_AGENTS, OPTION_CONFIG, OPTION_HELP };

/* Keeps one option; the exit status, or 0. */
static int keep(const struct command *command, struct options *options, int option)
{
	const struct {
		unsigned takes;
		const char **to;
	} places[] = {
		[OPTION_STATE - OPTION_STATE] = {WANTS_STATE, &options->run.state},
		[OPTION_NAME - OPTION_STATE] = {TAKES_NAME, &options->names[options->name_count]},
		[OPTION_LISTEN - OPTION_STATE] = {TAKES_PORTS, &options->run.listen},
		[OPTION_AGENTS - OPTION_STATE] = {TAKES_PORTS, &options->run.agents},
		[OPTION_CONFIG - OPTION_STATE] = {TAKES_PORTS, &options->run.config},
	};
	if (!(command->takes & places[option - OPTION_STATE].takes))
		return wrong(command->name, "takes no such option");
	if (option == OPTION_NAME && options->name_count == STATE_NAMES_MAX)
		return wrong("--name", "is given too often");
	*places[option - OPTION_STATE].to = optarg;
	options->name_count += option == OPTION_NAME;
	return 0;
}

static int read_options(const struct command *command, int argc, char **argv,
			struct options *options)
{
	static const struct option rows[] = {{"state", required_argument, NULL, OPTION_STATE},
					     {"name", required_argument, NULL, OPTION_NAME},
					     {"listen", required_argument, NULL, OPTION_LISTEN},
					     {"agents", required_argument, NULL, OPTION_AGENTS},
					     {"config", required_argument, NULL, OPTION_CONFIG},
					     {"help", no_argument, NULL, OPTION_HELP},
					     {0}};
	opterr = 0;
	for (int option; (option = getopt_long(argc, argv, ":h", rows, NULL)) != -1;) {
		if (option == OPTION_HELP || option == 'h')
			return print_help(), -1;
		if (option == ':')
			return wrong(argv[optind - 1], "needs a value");
		if (option == '?')
			return wrong(argv[optind - 1], "is no option that there is");
		int status = keep(command, options, option);
		if (status != 0)
			return status;
	}
	if (optind < argc)
		return wrong(argv[optind], "is one word too many");
	if (command->takes & WANTS_STATE && !options->run.state)
		return wrong(command->name, "needs --state DIR");
	return 0;
}

int main(int argc, char **argv)
{
	struct options options = {0};
	const char *word = argc > 1 ? argv[1] : "";
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return print_help();
	if (strcmp(word, "--version") == 0) {
		printf("musterd %s\n", MUSTER_VERSION);
		return 0;
	}
	for (size_t i = 0; i < array_len(commands); i++) {
		if (strcmp(word, commands[i].name) != 0)
			continue;
		int status = read_options(&commands[i], argc - 1, argv + 1, &options);
		return status == -1 ? 0 : status != 0 ? status : commands[i].run(&options);
	}
	return argc > 1 ? wrong(word, "is no command")
			: wrong("say", "what to do: init, run or config");
}
