/* socket.h: the kernel's tables of sockets that have addresses, by proc(5): /proc/net/tcp, udp, raw
 * and their like.
 *
 * They show the network namespace of whoever reads. An IPv4 address that the kernel writes as an
 * IPv6 one (::ffff:192.0.2.1) is told as what it is. */
#pragma once
#include "assess/engine/gather.h"

#define SOCKET_ADDRESS_BYTES 16

struct socket_table {
	const char *path, *proto;
	bool six;            /* of IPv6, which a kernel may be without: then the table is missing */
	const char *depends; /* what the watch calls its sockets; NULL: as the path */
};

struct socket_end {
	unsigned char bytes[SOCKET_ADDRESS_BYTES]; /* 4 of them, or all */
	bool six;
	uint16_t port; /* 0: none */
};

struct socket {
	const struct socket_table *table;
	struct socket_end local, remote;
	unsigned state;          /* SOCKET_ESTABLISHED … */
	uint32_t sent, received; /* bytes that wait */
	uint32_t uid;
	uint64_t inode; /* 0: it belongs to nobody any more */
	uint64_t line;  /* of the table */
};

#define SOCKET_ESTABLISHED 1
#define SOCKET_CLOSED 7 /* of UDP: not connected */
#define SOCKET_LISTENS 10

extern const struct socket_table socket_tcp[]; /* IPv4's and IPv6's; ends with a NULL path */
extern const struct socket_table socket_udp[];
extern const struct socket_table socket_listening[]; /* both, for who wants those that listen */
extern const struct socket_table socket_raw[];       /* raw ones, and ICMP's */

/* Each line of each of these tables, until `each` returns false. GATHER_FAILED: a table can't be
 * read, or a line is not what it should be. */
typedef bool (*socket_fn)(void *data, const struct socket *socket);
must_use enum gather_answer socket_each(struct gather *gather, const struct socket_table *tables,
					socket_fn each, void *data, struct text *why);

/* The same of TCP and then UDP. */
must_use enum gather_answer socket_each_stream(struct gather *gather, socket_fn each, void *data,
					       struct text *why);

/* A line behind the first; false: it is none. Sets all but table and line. */
must_use bool socket_parse(struct text line, struct socket *socket);

must_use bool socket_is_udp(const struct socket *socket);
/* A stream that waits for others, or a socket of UDP that takes from anybody. */
must_use bool socket_listens(const struct socket *socket);
must_use bool socket_is_any(const struct socket_end *end); /* 0.0.0.0 or :: */
must_use struct text socket_address(const struct socket_end *end, struct arena *arena);
must_use const char *socket_state(unsigned state); /* "established"; NULL: no such */
