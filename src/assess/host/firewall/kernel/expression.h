/* expression.h: what a rule of nftables asks and does, read from the expressions that the kernel
 * keeps of it: a small machine with registers that are loaded from the packet and compared. */
#pragma once
#include "assess/host/firewall/kernel/element.h"
#include "assess/host/firewall/rule.h"

/* Who knows more than the rule: each may answer that it does not. */
struct expression_host {
	/* The elements of a set. NULL: they are not told. */
	const struct elements *(*elements)(void *data, struct text name);
	/* The name of an interface by its number; empty: it is not known. */
	struct text (*interface)(void *data, uint32_t index);
	void *data;
};

/* Fills in what rule has beyond table and chain. A verdict map makes a rule of each of its
 * elements, which are added behind it. False: the bytes are not what they should be. *full: there
 * are FIREWALL_RULES_MAX. rule is one of firewall's, its last. */
must_use bool expression_parse(struct text list, const struct expression_host *host,
			       struct firewall *firewall, bool *full);
