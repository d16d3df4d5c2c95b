/* sockets.h: the sockets of TCP and UDP as ss and netstat list them. */
#pragma once
#include "assess/command/program.h"
#include "assess/host/network/holder.h"
#include "assess/host/network/socket.h"

#define SOCKETS_MAX 200000

struct sockets_line {
	struct socket socket;         /* sent: of a listener asked for, how many may wait */
	const struct process *holder; /* NULL: none that is seen */
	uint32_t interface;           /* that it is bound to; 0: none, or it isn't told */
	bool own_family;              /* of an IPv6 socket for all addresses: IPv4 is not its own */
};

struct sockets_wish {
	bool tcp, udp, four, six;
	bool listening; /* only what listens, or takes from anybody */
	bool holders;
	bool asks; /* the kernel, for what /proc does not tell of listeners */
};

/* The options that ss and netstat share, at the front of their tables. */
enum sockets_option {
	SOCKETS_TCP,
	SOCKETS_UDP,
	SOCKETS_LISTENING,
	SOCKETS_ALL,
	SOCKETS_NUMERIC,
	SOCKETS_PROCESSES,
	SOCKETS_FOUR,
	SOCKETS_SIX,
	SOCKETS_OPTIONS,
};

/* False: something else than numbers of what listens, or of all, is wanted. */
must_use bool sockets_read_wish(const struct program_args *args, struct sockets_wish *wish);

struct sockets {
	struct sockets_line *at; /* UDP's first, of each IPv4's first, in the kernel's order */
	size_t room, count;
};

/* False: the answer says why. */
must_use bool sockets_read(const struct native_call *call, struct native_answer *answer,
			   const struct sockets_wish *wish, struct sockets *sockets);
