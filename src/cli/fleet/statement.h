/* statement.h: what policies say of their checks: the general policy that a check makes specific,
 * in words, and for reports why it matters and how to mend it.
 *
 * They are joined to items by policy and ref, as an item does not carry them. */
#pragma once
#include "assess/policy/policy.h"
#include "cli/fleet/remote.h"
#include "report/report.h"

#define STATEMENTS_MAX (64u * 1024 * 1024) /* bytes of them; those beyond are not shown */

struct statements;

must_use struct statements *statements_new(void);
void statements_free(struct statements **statements);

/* Those of policies that are at hand. */
void statements_add(struct statements *statements, const struct policies *policies);
/* Those of all documents of the server; what is there already stays. */
must_use bool statements_fetch(struct statements *statements, const struct remote *remote,
			       struct err *err);

/* All of it is empty where the check is not known. */
must_use const struct report_place *statements_find(const struct statements *statements,
						    struct text policy, struct text ref);
