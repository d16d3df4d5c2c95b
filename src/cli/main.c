#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cli/option.h"
#include "os/output.h"

static const struct command *const commands[] = {
	&command_check,  &command_watch,   &command_lint,   &command_test,  &command_probes,
	&command_run,    &command_convert, &command_login,  &command_open,  &command_agent,
	&command_policy, &command_require, &command_waiver, &command_token, &command_query,
};

/* In --help: the first of each group, and what it is called. */
static const struct {
	const struct command *first;
	const char *title;
} groups[] = {
	{&command_check, "this host (check: the fleet, too, with -t)"},
	{&command_login, "the fleet, by way of its server"},
};

void command_say(const char *text, ...)
{
	va_list args;
	va_start(args, text);
	fputs("muster: ", stderr);
	vfprintf(stderr, text, args);
	fputc('\n', stderr);
	va_end(args);
}

int command_fail(const struct err *err)
{
	command_say("%s", err->text);
	return err_exit(err);
}

static const char *set(const char *name)
{
	const char *value = getenv(name);
	return value && *value ? value : NULL;
}

static struct program read_environment(void)
{
	struct program program = {
		.url = set("MUSTER_URL"),
		.token = set("MUSTER_TOKEN"),
		.ca = set("MUSTER_CA"),
		.home = set("HOME"),
		.config_home = set("XDG_CONFIG_HOME"),
		.policies = set("MUSTER_POLICIES"),
		.display = set("WAYLAND_DISPLAY"),
		.no_color = set("NO_COLOR") != NULL,
	};
	if (!program.display)
		program.display = set("DISPLAY");
	if (!program.policies)
		program.policies = MUSTER_POLICIES_DIR;
	return program;
}

static int print_help(void)
{
	printf("Example: muster check\n\nUsage: muster COMMAND [ARGUMENT]...\n"
	       "check hosts against their security policies\n\n");
	for (size_t i = 0; i < array_len(commands); i++) {
		for (size_t j = 0; j < array_len(groups); j++)
			if (groups[j].first == commands[i])
				printf("%s%s:\n", j > 0 ? "\n" : "", groups[j].title);
		printf("  %-10s %s\n", commands[i]->name, commands[i]->help);
	}
	printf("\n\"muster COMMAND --help\" says more; "
	       "\"muster --version\" says which muster this is.\n");
	return 0;
}

static int refuse(const char *word)
{
	struct near near = near_begin(text_of(word));
	scoped(buf_end) struct buf shown = {0};
	buf_printable(&shown, near.word, 60);
	for (size_t i = 0; i < array_len(commands); i++)
		near_try(&near, commands[i]->name);
	near_try(&near, "--help");
	near_try(&near, "--version");
	if (near.best)
		command_say("no command \"%s\"; did you mean \"%s\"?", shown.at, near.best);
	else
		command_say("no command \"%s\"; see \"muster --help\"", shown.at ? shown.at : "");
	return 2;
}

static int run_command(int argc, char **argv)
{
	struct program program = read_environment();
	for (size_t i = 0; i < array_len(commands); i++)
		if (strcmp(argv[0], commands[i]->name) == 0)
			return commands[i]->run(&program, argc, argv);
	return refuse(argv[0]);
}

static int run(int argc, char **argv)
{
	if (argc < 2) {
		command_say("say what to do, for example \"muster check\"; see \"muster --help\"");
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    (strcmp(argv[1], "help") == 0 && argc == 2))
		return print_help();
	if (strcmp(argv[1], "--version") == 0) {
		printf("muster %s\n", MUSTER_VERSION);
		return 0;
	}
	if (strcmp(argv[1], "help") == 0) { /* "help check" is "check --help" */
		char option[] = "--help", *words[] = {argv[2], option, NULL};
		return run_command(2, words);
	}
	return run_command(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int status = run(argc, argv);
	bool failed = fflush(stdout) != 0 || ferror(stdout) != 0;
	if (failed && status < 3 && !output_is_gone(OUTPUT_STANDARD)) {
		command_say("cannot write to standard output");
		status = 3;
	}
	return status;
}
