/* terminal.h: the person at the keyboard, and what they are asked. */
#pragma once
#include "base/buf.h"

#define TERMINAL_SECRET_MAX 4096

/* One line of standard input, without its end: from a person after the prompt, unseen; else what is
 * there. ERR_INPUT: it is empty, ERR_LIMIT: too long, ERR_REFUSED: the person gave up (Ctrl-C). */
must_use bool terminal_secret(const char *prompt, struct buf *secret, struct err *err);

enum terminal_answer { TERMINAL_NO, TERMINAL_YES, TERMINAL_NOBODY /* no terminal to ask on */ };

/* Asks "QUESTION [y/N] " where standard input is a terminal. */
must_use enum terminal_answer terminal_ask(const char *question, ...) format_like(1, 2);
