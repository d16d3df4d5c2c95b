/* network.h: what the probes of the network share: HOST:PORT, the question, the answer.
 *
 * They look at nothing themselves: netprobe does (src/vantage/vantage.h has the form of questions
 * and answers), and what it says is input like any other. Under --root they don't apply: another
 * system's network can't be seen from here. */
#pragma once
#include "assess/engine/ask.h"
#include "assess/probe/answer.h"
#include "format/json.h"

/* Of the parameter "timeout", which each has. */
#define NETWORK_TIMEOUT_MIN_US (TIME_SECOND_US / 10)
#define NETWORK_TIMEOUT_MAX_US (30 * TIME_SECOND_US)

/* A name or an address, without brackets, as it can stand in a question. */
must_use bool network_is_host(struct text host);

/* HOST:PORT, an address of IPv6 in brackets; where there is a default port (else 0) also HOST. */
must_use bool network_is_place(struct text place, uint16_t default_port);

/* Whether the subject is a place. */
must_use bool network_check(const struct probe_call *call, uint16_t default_port, struct err *err);

/* "WORD HOST:PORT {…}": how gets the timeout, and is ended. False: no place, or longer than
 * ASK_QUESTION_MAX; network_refuse answers so. */
must_use bool network_question(const struct probe_call *call, const char *word, struct text place,
			       uint16_t default_port, struct json *how, struct buf *question);

bool network_refuse(struct gather *gather, struct text place, struct probe_answer *answer);

/* Asks. NULL: the probe's answer is there (not applicable, error). Else an object, the caller's
 * to free. */
must_use struct json *network_ask(struct gather *gather, const struct buf *question,
				  struct probe_answer *answer);
