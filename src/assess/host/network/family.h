/* family.h: the kernel's tables of sockets whose ends are no IP addresses, by proc(5): unix, packet
 * and netlink.
 *
 * The kernel writes the path of a unix socket as its owner chose it, line ends included. What then
 * looks like no line is taken as more of that path; what looks like one can't be told from a real
 * one. */
#pragma once
#include "assess/engine/gather.h"

enum family { FAMILY_UNIX, FAMILY_PACKET, FAMILY_NETLINK };

struct family_socket {
	enum family family;
	const char *type, *state;     /* "stream", "listening"; NULL: none */
	uint32_t protocol, interface; /* of packet (EtherType, index; 0: all), of netlink */
	struct text path;             /* of unix; one in the abstract namespace begins with @ */
	bool has_uid;
	uint32_t uid;
	uint64_t inode, line;
};

must_use const char *family_path(enum family family);   /* "/proc/net/unix" */
must_use const char *family_name(enum family family);   /* "unix" */
must_use const char *family_netlink(uint32_t protocol); /* "route"; NULL: no such */

/* Each line of the table, until `each` returns false. GATHER_MISSING: the kernel has no such
 * sockets. GATHER_FAILED: *why. */
typedef bool (*family_fn)(void *data, const struct family_socket *socket);
must_use enum gather_answer family_each(struct gather *gather, enum family family, family_fn each,
					void *data, struct text *why);
