/* statement.h: the general policies, in words, that checks make specific: what stands above items.
 *
 * They are joined to items by policy and ref, as an item does not carry its statement. */
#pragma once
#include "assess/policy/policy.h"
#include "cli/fleet/remote.h"

#define STATEMENTS_MAX (64u * 1024 * 1024) /* bytes of them; those beyond are not shown */

struct statements;

must_use struct statements *statements_new(void);
void statements_free(struct statements **statements);

/* Those of policies that are at hand. */
void statements_add(struct statements *statements, const struct policies *policies);
/* Those of all documents of the server; what is there already stays. */
must_use bool statements_fetch(struct statements *statements, const struct remote *remote,
			       struct err *err);

/* Empty: the check is not known, or has none. */
must_use struct text statements_find(const struct statements *statements, struct text policy,
				     struct text ref);
