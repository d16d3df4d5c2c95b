/* target.h: the target of an action, which hosts it is for, as a host query.
 *
 * Actions name their targets by an OS word (`linux`) or by a condition in the SQL of MIG's table of
 * agents (`environment->>'ident' ILIKE '%ubuntu%' AND mode='daemon'`). The forms that are common
 * become a query of our own (query/query.h); every other is an error that shows the query to write
 * instead, and a target may be such a query as well. Queries don't tell case apart, so LIKE and
 * ILIKE are one here. What can't be otherwise for whoever runs a check (status='online',
 * mode='daemon') holds. */
#pragma once
#include "base/mem.h"

#define TARGET_LEN_MAX 8192
#define TARGET_DEPTH_MAX 32  /* parentheses and NOTs inside each other */
#define TARGET_TERMS_MAX 500 /* conditions, and members of IN */

/* *query, in the arena: "*" when every host is meant. ERR_INPUT and ERR_LIMIT texts begin with
 * "column N: ". */
must_use bool target_read(struct text target, struct arena *arena, struct text *query,
			  struct err *err);
