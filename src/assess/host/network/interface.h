/* interface.h: the network interfaces: by /proc/net/dev, what sysfs says of each, and their
 * addresses.
 *
 * IPv6 addresses are listed by interface. Of IPv4's /proc tells which are this host's, and which
 * networks are reached directly through which interface: an address belongs where its network does,
 * the narrowest of several. */
#pragma once
#include "assess/engine/gather.h"

#define INTERFACE_COUNT_MAX 10000
#define INTERFACE_NETWORKS_MAX 10000 /* that are reached directly */

struct interface {
	struct text name;
	uint32_t index, flags; /* IFF_UP … */
	int64_t mtu;
	struct text mac, state, kind; /* kind: "ethernet", "bridge" … */
	struct text *addresses;
	size_t room, address_count;
	uint64_t line; /* of /proc/net/dev */
};

#define INTERFACE_UP 0x1
#define INTERFACE_LOOPBACK 0x8
#define INTERFACE_PROMISCUOUS 0x100

struct interfaces {
	struct interface *at;
	size_t count;
};

/* Once a run. GATHER_FAILED: *why. */
must_use enum gather_answer interface_read(struct gather *gather,
					   const struct interfaces **interfaces, struct text *why);

/* Fills in the addresses of all. GATHER_FAILED: they can't be read, or one belongs nowhere that
 * /proc tells. */
must_use enum gather_answer interface_read_addresses(struct gather *gather, struct text *why);

/* NULL: none has it. */
must_use const struct interface *interface_find(const struct interfaces *interfaces,
						uint32_t index);
