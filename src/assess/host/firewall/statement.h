/* statement.h: one rule in nftables' language, read from its words: for nftfile.c. */
#pragma once
#include "assess/host/firewall/rule.h"
#include "assess/host/firewall/lexeme.h"
#include "base/map.h"

#define STATEMENT_VALUES_MAX 10000 /* of one expression */

struct statement_values { /* of define, and the elements of sets */
	struct text *at;
	size_t room, count;
};

struct statement_names {
	struct arena *arena;
	struct map *values; /* "$name", "@name" to struct statement_values */
};

/* Reads `{ a, b }`, `a`, `a, b`, `$name` from *at on, and moves it behind. False: there is none, or
 * it is not understood. */
must_use bool statement_read_values(const struct statement_names *names,
				    const struct lexeme *tokens, size_t count, size_t *at,
				    struct statement_values *values);

/* Fills in the rule, firewall's last; a verdict map makes a rule of each of its elements. False: it
 * is not understood. *full: there are FIREWALL_RULES_MAX. */
must_use bool statement_parse(const struct statement_names *names, const struct lexeme *tokens,
			      size_t count, struct firewall *firewall, bool *full);
