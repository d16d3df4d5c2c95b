/* xtables.h: matches of iptables that nftables carries along as they are: their binary form. */
#pragma once
#include "base/buf.h"

/* What a match asks, in lists apart by spaces: ports as "22", "!22", "1000-2000", states by name.
 */
struct xtables_match {
	struct buf ports, source_ports, states;
	bool understood; /* nothing else is asked */
};
void xtables_end(struct xtables_match *match);

/* name: "tcp", "udp", "multiport", "state", "conntrack", "comment" are understood. */
void xtables_read(struct text name, unsigned revision, struct text info,
		  struct xtables_match *match);
