/* dial.h: TCP connections out: begun without waiting, and noticed when they die.
 *
 * Names are resolved by the system's resolver, which may wait for its answer (seconds); addresses
 * are not looked up. */
#pragma once
#include "base/text.h"

#define DIAL_HOST_SIZE 256 /* bytes of a host name, and a NUL */

struct dial_address {
	char host[DIAL_HOST_SIZE]; /* a name or an address, without brackets */
	uint16_t port;
};

/* "host:port", "192.0.2.7:8444", "[2001:db8::1]:8444". ERR_INPUT says what is wrong. */
must_use bool dial_read(struct text text, struct dial_address *address, struct err *err);

/* Begins to connect: a nonblocking descriptor that can be written when it is connected or has
 * failed. A host with several addresses: `attempt` counts through them. -1: err. */
must_use int dial_start(const struct dial_address *address, unsigned attempt, struct err *err);
must_use bool dial_finish(int fd,
			  struct err *err); /* once it can be written: whether it is connected */
void dial_close(int *fd);                   /* -1 afterwards */
