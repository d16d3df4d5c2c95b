/* vantage.h: what can be seen of other hosts from here: facts, as JSON; never a verdict.
 *
 * A question is one line: a word, HOST:PORT, and a JSON object that says how to look:
 *
 *	reach db1:5432 {"proto":"tcp","timeout":10000}
 *
 * but for "clock", which is about this host, and stands alone. timeout: milliseconds for all of it,
 *VANTAGE_TIMEOUT_MIN_MS to VANTAGE_TIMEOUT_MAX_MS. What the words mean is in their headers
 *(reach.h). Each answer has "state": open, closed (it refuses), filtered (nothing came within the
 *time), unreachable (the network has no way there); the rest is there only where it is open. */
#pragma once
#include "format/json.h"
#include "net/visit/visit.h"

#define VANTAGE_TIMEOUT_MIN_MS 100
#define VANTAGE_TIMEOUT_MAX_MS 30000

struct vantage_question {
	struct dial_address address;
	const struct json *how;
	int64_t until_us;
};

/* Loads what looking needs, before the walls go up. What is missing then, nobody can look at. */
void vantage_prepare(void);

/* Whether this host has what it takes to answer; else *why says what is missing. */
must_use bool vantage_can(struct text question, const char **why);

/* Answers a question. False: it can't be known, and err says why (a name that doesn't resolve, a
 * link-local address); ERR_INPUT: it is no question. */
must_use bool vantage_answer(struct text question, struct buf *answer, struct err *err);

/* Whether it can be a host's name or address: letters, digits, . : - and _ alone. */
must_use bool vantage_is_name(struct text name);

/* "open", "closed", "filtered", "unreachable" */
must_use const char *vantage_state(enum visit_answer answer);
