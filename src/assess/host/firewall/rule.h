/* rule.h: a rule of a packet filter, or a chain of rules, by what it means, whatever wrote it.
 *
 * What a rule asks of a packet is a list each: the packet has one of the members; "!22" is what it
 * may not have, "1024-65535" and ">1023" are ranges, "@name" is a set of that name. What has no
 * list of its own is told as text in `conditions`: a rule without any list takes every packet. */
#pragma once
#include "base/buf.h"
#include "base/mem.h"

#define FIREWALL_RULES_MAX 100000
#define FIREWALL_PARTS_MAX 10000 /* members of one list */

struct firewall_list {
	struct text *at;
	size_t room, count;
};

struct firewall_rule {
	bool is_chain;
	struct text family, table, chain; /* "inet", "filter", "input" */
	/* Of a chain that packets come to: "input", "drop", "filter" or "nat". */
	struct text hook, policy, type;
	struct firewall_list protocols, sources, destinations, ports, source_ports, interfaces,
		out_interfaces, states, conditions;
	struct text verdict; /* "accept", "drop", "reject", "jump" …; "continue": it only looks */
	struct text target;  /* of jump and goto: the chain */
	bool logs;
	struct text comment, text, path;
	uint64_t line;
};

struct firewall { /* chains, then rules in their order */
	struct arena *arena;
	struct firewall_rule *at;
	size_t room, count;
};

/* NULL: there are FIREWALL_RULES_MAX. */
must_use struct firewall_rule *firewall_add(struct firewall *firewall);

/* The text is copied; what is beyond FIREWALL_PARTS_MAX is left out, with "…" in its place. */
void firewall_put(struct firewall *firewall, struct firewall_list *list, struct text text);

/* The name of a protocol above IP: "tcp"; the number as text where it has none. */
must_use struct text firewall_protocol(struct arena *arena, unsigned number);
