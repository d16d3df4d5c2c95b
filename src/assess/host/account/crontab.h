/* crontab.h: one line of crontab(5) or anacrontab(5), taken apart.
 *
 * What a line is, cron decides as here: a variable (NAME = value) before a job. A line that is
 * neither is malformed: Debian's cron then passes over the whole file. */
#pragma once
#include "base/text.h"

enum crontab_kind {
	CRONTAB_JOB,
	CRONTAB_VARIABLE,
	CRONTAB_MALFORMED,
};

enum crontab_form {
	CRONTAB_USER,    /* a user's own: five fields or @word, command */
	CRONTAB_SYSTEM,  /* /etc/crontab, cron.d: the user's name before the command */
	CRONTAB_ANACRON, /* days (or @word), minutes of delay, name, command */
};

struct crontab_line {
	struct text schedule; /* "17 * * * *", "@daily"; of anacron "7 10" */
	struct text user;     /* of CRONTAB_SYSTEM */
	struct text name;     /* of a variable, of a job of anacron's */
	struct text command;  /* of a job */
};

/* A line that is neither empty nor a comment; texts are lent from it. */
must_use enum crontab_kind crontab_parse(struct text line, enum crontab_form form,
					 struct crontab_line *out);

/* Whether run-parts takes a file with this name: letters, digits, _ and -. */
must_use bool crontab_is_script(struct text name);
