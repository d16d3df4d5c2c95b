/* route.h: the routes of the main table, by /proc/net/route and /proc/net/ipv6_route.
 *
 * What the kernel keeps for itself (this host's own addresses, anycast, "no route") is left out.
 * Other tables, which rules choose, are not told by /proc. */
#pragma once
#include "assess/engine/gather.h"
#include "format/quantity.h"

struct route {
	struct address destination; /* a prefix of 128 - bits of all: the default route */
	struct address gateway;
	bool six, has_gateway, rejects, up;
	int64_t metric;
	struct text interface; /* lent from the table; empty: none */
	uint64_t line;
};

/* A line of the table; *skip: the kernel's own. False: it is none. */
must_use bool route_parse_four(struct text line, struct route *route);
must_use bool route_parse_six(struct text line, struct route *route, bool *skip);

/* Each route of both tables, until `each` returns false; a kernel without IPv6 has none of its.
 * path is the table's. GATHER_FAILED: *why. */
typedef bool (*route_fn)(void *data, const char *path, const struct route *route);
must_use enum gather_answer route_each(struct gather *gather, route_fn each, void *data,
				       struct text *why);
must_use bool route_is_default(const struct route *route);
