/* ties.h: which checks depend on which names, both as numbers: what a change concerns.
 *
 * A tie takes 20 bytes; there are at most TIES_MAX. */
#pragma once
#include "base/base.h"

#define TIES_MAX 4000000

struct ties;

must_use struct ties *ties_new(void);
void ties_free(struct ties **ties);

/* The check depends on these names from here on, and on no others (each once in the list). `gone`
 * is told each name that nobody depends on any more. False beyond TIES_MAX: then it depends on
 * nothing. */
typedef void (*ties_fn)(void *data, uint32_t number);
must_use bool ties_put(struct ties *ties, uint32_t check, const uint32_t *names, size_t count,
		       ties_fn gone, void *data);

/* No check depends on anything any more. */
void ties_clear(struct ties *ties, ties_fn gone, void *data);

/* Visits the checks that depend on the name. */
void ties_each(const struct ties *ties, uint32_t name, ties_fn each, void *data);
