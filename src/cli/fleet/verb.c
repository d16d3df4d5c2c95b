#include "cli/fleet/verb.h"

#include <string.h>

#include "base/buf.h"
#include "os/user/terminal.h"

static int refuse(const struct verb_table *table, const char *word)
{
	struct near near = near_begin(text_of(word ? word : ""));
	scoped(buf_end) struct buf all = {0}, shown = {0};
	for (size_t i = 0; i < table->verb_count; i++) {
		const char *mark = i == 0 ? "" : i + 1 == table->verb_count ? " or " : ", ";
		buf_print(&all, "%s%s", mark, table->verbs[i].name);
		near_try(&near, table->verbs[i].name);
	}
	if (!word)
		return option_wrong(table->command, "say what to do: %s", all.at);
	buf_printable(&shown, near.word, 60);
	if (near.best)
		return option_wrong(table->command, "no \"%s\" here; did you mean \"%s\"?",
				    shown.at, near.best);
	return option_wrong(table->command, "no \"%s\" here, only %s", shown.at ? shown.at : "",
			    all.at);
}

static const struct verb *find(const struct verb_table *table, const char *word)
{
	for (size_t i = 0; word && i < table->verb_count; i++)
		if (strcmp(word, table->verbs[i].name) == 0)
			return &table->verbs[i];
	return NULL;
}

/* The verb, and argc and argv its operands; NULL: it has said what is wrong. */
static const struct verb *choose(const struct verb_table *table, int *argc, char ***argv)
{
	const char *word = *argc > 0 ? **argv : NULL;
	const struct verb *verb = find(table, word);
	if (verb) {
		(*argc)--;
		(*argv)++;
	} else {
		verb = table->otherwise;
	}
	if (verb && *argc >= verb->least && (verb->most < 0 || *argc <= verb->most))
		return verb;
	if (verb)
		option_wrong(table->command, "%s takes %s", verb->name,
			     verb->operands ? verb->operands : "nothing more");
	else
		refuse(table, word);
	return NULL;
}

int verb_main(const struct verb_table *table, struct session *session, int argc, char **argv)
{
	struct err err = {0};
	int status;
	if (!option_read(table->command, table->rows, table->row_count, &argc, &argv, &status))
		return status;
	const struct verb *verb = choose(table, &argc, &argv);
	if (!verb)
		return 2;
	if (!remote_open(session->program, &session->remote, &err))
		return command_fail(&err);
	status = verb->run(session, argc, argv);
	remote_end(&session->remote);
	return status;
}

bool verb_confirm(const struct command *command, const struct session *session, const char *what,
		  int *status)
{
	scoped(buf_end) struct buf shown = {0};
	if (session->yes)
		return true;
	buf_printable(&shown, text_of(what), 400);
	switch (terminal_ask("%s; go on?", shown.at)) {
	case TERMINAL_YES:
		return true;
	case TERMINAL_NO:
		command_say("nothing was changed");
		*status = 0;
		return false;
	case TERMINAL_NOBODY:
		*status = option_wrong(command, "%s; without a terminal to ask on, give --yes",
				       shown.at);
		return false;
	}
	must(false);
}
