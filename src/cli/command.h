/* command.h: the table of muster's commands, and what main hands to each of them.
 *
 * A command is one file with one row; commands[] in main.c lists them in the order of --help. The
 * row's words are read from `usage` (one line for each form, without "muster", apart by newlines),
 * `help` (one line) and `example`. */
#pragma once
#include "base/text.h"

/* The environment, read by main alone. NULL: not set. */
struct program {
	const char *url, *token, *ca;   /* MUSTER_URL, MUSTER_TOKEN, MUSTER_CA */
	const char *home, *config_home; /* HOME, XDG_CONFIG_HOME */
	const char *policies;           /* the installed baseline, or MUSTER_POLICIES */
	const char *display;            /* DISPLAY or WAYLAND_DISPLAY: there is a desktop */
	bool no_color;                  /* NO_COLOR is set and not empty */
};

struct command {
	const char *name;                   /* "check" */
	const char *usage, *help, *example; /* help: lower case, no full stop */
	/* argv[0] is the command's name. Returns the exit status; messages are written by then. */
	int (*run)(const struct program *program, int argc, char **argv);
};

extern const struct command command_check, command_watch, command_lint, command_test,
	command_probes, command_run, command_convert;
extern const struct command command_login, command_open, command_agent, command_policy,
	command_require, command_waiver, command_token, command_query;

/* Writes "muster: TEXT" to standard error; what comes from outside is made printable by the caller.
 */
void command_say(const char *text, ...) format_like(1, 2);

/* The same with what err says; returns the exit status that its kind stands for (2 or 3). */
must_use int command_fail(const struct err *err);
