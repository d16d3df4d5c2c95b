/* terminal.h: the person at the keyboard, and what they are asked. */
#pragma once
#include "base/buf.h"

#define TERMINAL_SECRET_MAX 4096

/* One line of standard input, without its end: from a person after the prompt, unseen; else what is
 * there. ERR_INPUT: it is empty, ERR_LIMIT: too long, ERR_REFUSED: the person gave up (Ctrl-C). */
must_use bool terminal_secret(const char *prompt, struct buf *secret, struct err *err);

/* Asks "QUESTION [y/N] " where standard input is a terminal; a script, which has nobody to ask, has
 * made up its mind. */
must_use bool terminal_agrees(const char *question);
