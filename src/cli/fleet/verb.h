/* verb.h: commands that are several: "agent list", "agent revoke". One table drives which there are
 * and what they take.
 *
 * What such a command works on is its own struct, whose first member is a struct session. */
#pragma once
#include "cli/fleet/remote.h"
#include "cli/option.h"

struct session {
	const struct program *program;
	struct remote remote; /* open while a verb runs */
	const char *format;   /* of --format; NULL: a table */
	bool yes;             /* of --yes */
};

struct verb {
	const char *name;
	int least, most;      /* operands behind the verb; most -1: any number */
	const char *operands; /* for the usage error: "a host's name or id" */
	int (*run)(void *session, int argc, char **argv); /* argv begins with the operands */
};

struct verb_table {
	const struct command *command;
	const struct verb *verbs;
	size_t verb_count;
	const struct option_row *rows;
	size_t row_count;
	const struct verb *otherwise; /* when no verb is named ("require QUERY LEVEL"); or NULL */
};

#define VERB_YES_ROW(session, what)                                                   \
	{                                                                             \
		.name = "yes", .help = what " without asking", .flag = &(session).yes \
	}

/* Reads the options, finds the server, does what the verb does; the exit status. */
must_use int verb_main(const struct verb_table *table, struct session *session, int argc,
		       char **argv);

/* Before something is destroyed; `what` says what becomes of it: "the token \"board\" ends". True
 * with --yes, or when the person at the terminal says so. Else it has said why not, and *status is
 * the exit status: 0 when the person says no, 2 where there is nobody to ask. */
must_use bool verb_confirm(const struct command *command, const struct session *session,
			   const char *what, int *status);
