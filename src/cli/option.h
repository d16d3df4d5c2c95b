/* option.h: the options of a command: one table drives parsing and --help.
 *
 * Options may stand anywhere among the operands; `--` ends them. A usage error is one line that
 * names the option and points to --help, and exit 2. */
#pragma once
#include "cli/command.h"

#define OPTION_ROWS_MAX 24
#define OPTION_LIST_MAX 1000 /* how often one option may be given */

struct option_list { /* zeroed to begin with; ended with option_list_end; texts are argv's */
	const char **at;
	size_t count, room;
};

struct option_row {
	const char *name;           /* "root" */
	char letter;                /* its short form; 0: none */
	const char *value;          /* what follows it, for --help: "DIR"; NULL: it is a flag */
	const char *help;           /* one line, or several apart by newlines */
	const char *const *choices; /* the values that there are, ends with NULL; NULL: any */
	/* Where it goes: exactly one is set. */
	bool *flag;
	const char **text;        /* given twice, the last counts */
	struct option_list *list; /* may be given several times */
};

/* Reads the options away; operands are then in *argv, *argc of them. False when the command is over
 * (--help was printed, or something was wrong and said): *status is the exit status. */
must_use bool option_read(const struct command *command, const struct option_row *rows,
			  size_t count, int *argc, char ***argv, int *status);

/* Says "muster: check: TEXT; see \"muster check --help\""; returns 2. */
int option_wrong(const struct command *command, const char *text, ...) format_like(2, 3);

void option_list_end(struct option_list *list);
