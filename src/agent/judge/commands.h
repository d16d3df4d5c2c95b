/* commands.h: which commands policies may have run on this host: the list that root keeps.
 *
 *	# what the policy "database" asks for
 *	/usr/sbin/postconf -n
 *	user=postgres psql -tAc "show ssl"
 *
 * A command a line, in the words of policies (assess/command/split.h): words end at spaces, double
 * quotes hold spaces together, a backslash stands for the character behind it, and nothing else has
 * a meaning, so that a line can be taken from a policy as it is. A line that begins with "#" is a
 * comment. "user=NAME" in front says who runs it; else the agent's own user, who has no rights.
 *
 * The monitor reads the list, which is root's, and compares what a judge asks for with it, byte for
 * byte: what is run is the list's own line, and nothing of the judge's. */
#pragma once
#include "base/mem.h"

#define COMMANDS_FILE "/etc/muster/commands" /* where nothing else is said */
#define COMMANDS_SIZE_MAX (256u * 1024)      /* bytes of the file; beyond, nothing of it counts */
#define COMMANDS_MAX 1000                    /* commands in it; likewise */
#define COMMANDS_USER_MAX 32                 /* bytes of a user's name, as useradd(8) takes them */

struct command {
	const char *const *argv; /* ends with NULL */
	struct text words;       /* the same as a judge asks for it: a NUL behind each word */
	const char *user;        /* NULL: the agent's */
	unsigned line;
};

struct commands; /* a handle */

/* Reads a list; `path` is named in what is wrong with it ("FILE:LINE: …", ERR_INPUT, ERR_LIMIT):
 * then no command of it counts. Whether a user is there is asked when it is to run something. */
must_use struct commands *commands_new(struct text list, const char *path, struct err *err);

/* The same from the file, which must be root's own (os/user/kept.h); without one, no command may be
 * run. */
must_use struct commands *commands_load(const char *path, struct err *err);

must_use size_t commands_count(const struct commands *commands);

/* The command of exactly these words; NULL: it is not in the list. */
must_use const struct command *commands_find(const struct commands *commands, struct text words);

void commands_free(struct commands **commands);
