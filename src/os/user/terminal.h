/* terminal.h: the person at the keyboard: how wide their terminal is, and what they are asked. */
#pragma once
#include "base/buf.h"

#define TERMINAL_SECRET_MAX 4096

enum terminal_stream { TERMINAL_IN, TERMINAL_OUT, TERMINAL_ERR };
must_use bool terminal_is(enum terminal_stream stream);

must_use size_t terminal_columns(void); /* of standard output; 0: it is no terminal */

/* One line of standard input, without its end: from a person after the prompt, unseen; else what is
 * there. ERR_INPUT: it is empty, ERR_LIMIT: too long, ERR_REFUSED: the person gave up (Ctrl-C). */
must_use bool terminal_secret(const char *prompt, struct buf *secret, struct err *err);

/* Asks "QUESTION [y/N] " where standard input is a terminal; a script, which has nobody to ask, has
 * made up its mind. */
must_use bool terminal_agrees(const char *question);
