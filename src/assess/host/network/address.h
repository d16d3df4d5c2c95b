/* address.h: the addresses of this host, by the kernel's own tables.
 *
 * The kernel lists them all by netlink, which is asked of rulereader (engine/ask.h). Where nobody
 * may ask, /proc/net/if_inet6 has the IPv6 ones with their interfaces, and /proc/net/fib_trie those
 * of IPv4, without. */
#pragma once
#include "assess/engine/gather.h"
#include "format/quantity.h"

#define ADDRESS_COUNT_MAX 20000

struct host_address {
	struct address address; /* prefix 128 */
	uint32_t index;         /* of its interface; 0: that is not told */
};

struct host_addresses {
	struct host_address *at;
	size_t room, count;
};

/* Adds what a table holds; *line is the first that is not what it should be, 0: there are more than
 * ADDRESS_COUNT_MAX. */
must_use bool address_parse_six(struct text table, struct arena *arena,
				struct host_addresses *addresses, uint64_t *line);
must_use bool address_parse_trie(struct text table, struct arena *arena,
				 struct host_addresses *addresses, uint64_t *line);

/* Messages of RTM_NEWADDR; *line is 1 or, of more than ADDRESS_COUNT_MAX, 0. */
must_use bool address_parse_messages(struct text bytes, struct arena *arena,
				     struct host_addresses *addresses, uint64_t *line);

/* All, once a run. A kernel without IPv6 has none of its. */
must_use enum gather_answer address_read(struct gather *gather,
					 const struct host_addresses **addresses, struct text *why);

/* "192.0.2.1"; of a network "192.0.2.0/24", "0.0.0.0/0". */
must_use struct text address_show(const struct address *address, struct arena *arena);
must_use bool address_is_four(const struct address *address); /* IPv4's, mapped or a network */
must_use struct address address_of_four(const unsigned char bytes[static 4], unsigned prefix);
