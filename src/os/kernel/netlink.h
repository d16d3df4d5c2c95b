/* netlink.h: what the kernel lists by netlink: audit's rules, the ruleset of nftables, and
 * the sockets that listen.
 *
 * A few fixed requests, none of which changes anything. The answers are the kernel's messages as
 * they came, with their headers, up to the one that ends a list; nobody here reads more of them
 * than those headers. */
#pragma once
#include "base/buf.h"

#define NETLINK_NAME_MAX 255 /* bytes of the name of a table or a set */
#define NETLINK_WAIT_MS 5000 /* for the next message */

enum netlink_request {
	NETLINK_AUDIT_RULES,
	NETLINK_AUDIT_STATUS,
	NETLINK_AUDIT_FEATURES,
	NETLINK_NFT_TABLES,
	NETLINK_NFT_CHAINS,
	NETLINK_NFT_RULES,
	NETLINK_NFT_ELEMENTS, /* of one set */
	NETLINK_LISTENERS4,   /* sockets of TCP that listen, by IPv4 or IPv6 */
	NETLINK_LISTENERS6,
};

struct netlink_set {
	uint8_t family;
	struct text table, name; /* 1..NETLINK_NAME_MAX bytes without NUL */
};

struct netlink { /* -1: that socket could not be made, *_why says why */
	int audit, netfilter, sockets;
	struct err audit_why, netfilter_why, sockets_why;
};

/* Makes the sockets, which a process may use after it lost the right to make any. */
void netlink_open(struct netlink *netlink);

enum netlink_answer {
	NETLINK_OK,
	NETLINK_REFUSED, /* the kernel has no such thing, or not for us: *err says which */
	NETLINK_FAILED,
};

/* set: of NETLINK_NFT_ELEMENTS, else NULL. ERR_LIMIT: more than limit bytes. */
must_use enum netlink_answer netlink_list(const struct netlink *netlink,
					  enum netlink_request request,
					  const struct netlink_set *set, size_t limit,
					  struct buf *out, struct err *err);
void netlink_close(struct netlink *netlink);
