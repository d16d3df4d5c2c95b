/* split.h: one line of a policy into the words of a command, without a shell.
 *
 * The rules are those by which Wazuh's agent starts the command of a `c:` rule: words end at spaces
 * (no other white space), double quotes hold spaces together and go away, a backslash stands for
 * the character behind it, inside quotes too. Nothing else has a meaning: single quotes, $, * and |
 * stay in the word. */
#pragma once
#include "base/mem.h"

#define COMMAND_LINE_MAX                                                        \
	65536 /* bytes; more: ERR_LIMIT, as are more than NATIVE_ARGS_MAX words \
	       */

/* ERR_INPUT: there is no word, or a NUL in one. Texts are in the arena. */
must_use bool command_split(struct text line, struct arena *arena, const struct text **argv,
			    size_t *argc, struct err *err);

/* The line that splits into these words. */
must_use struct text command_join(const struct text *argv, size_t argc, struct arena *arena);
