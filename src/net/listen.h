/* listen.h: TCP connections in: a port of our own, nonblocking, and who has come. */
#pragma once
#include "base/text.h"

#define LISTEN_ADDRESS_SIZE 64 /* "[2001:db8:…]:65535" and a NUL */

/* "127.0.0.1:8444", "[::1]:8444", "*:8444" (all addresses of both families); port 0 picks one.
 * `shown` receives where it really listens. ERR_INPUT: no address; ERR_SYSTEM: the port is taken,
 * or the address is not this machine's. -1: err. */
must_use int listen_open(const char *address, char shown[static LISTEN_ADDRESS_SIZE],
			 struct err *err);

/* The next connection, nonblocking, small messages going out at once, dead peers noticed within
 * minutes; -1 with ERR_BUSY: nobody waits; ERR_LIMIT: no more descriptors; ERR_SYSTEM. peer: the
 * address alone. */
must_use int listen_accept(int fd, char peer[static LISTEN_ADDRESS_SIZE], struct err *err);

void listen_close(int *fd); /* of both; -1 afterwards */
