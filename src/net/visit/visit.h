/* visit.h: visits to other hosts: a connection with a deadline, never to a link-local address.
 *
 * For looking at what others serve. Whoever answers there is a stranger: nothing here waits longer
 * than until the deadline (monotonic clock, time_span_us). Link-local addresses (169.254.0.0/16,
 * fe80::/10, also where IPv6 maps or translates IPv4) are never contacted: clouds keep the secrets
 * of their machines there. Names are resolved by the system's resolver. */
#pragma once
#include "net/dial.h"

#define VISIT_ADDRESSES_MAX 8 /* of one name; the others are not tried */
#define VISIT_SHOWN_SIZE 46   /* of an address as text, with its NUL */

enum visit_answer {
	VISIT_OPEN,
	VISIT_CLOSED,      /* it says so: connection refused */
	VISIT_SILENT,      /* nothing came until the deadline */
	VISIT_UNREACHABLE, /* the network says so: no way there */
	VISIT_UNKNOWN,     /* err: the name does not resolve, link-local, the system */
};

struct visit {
	int fd; /* nonblocking; -1: none */
	int64_t until_us;
	char address[VISIT_SHOWN_SIZE]; /* the one that answered */
};

/* Connects by TCP to all addresses at once; the first that answers is visited. Answers open when
 * one is open, else what says most: closed, silent, unreachable. The visit is the caller's to
 * close, whatever the answer. */
must_use enum visit_answer visit_tcp(const struct dial_address *address, int64_t until_us,
				     struct visit *visit, struct err *err);
/* A UDP socket that talks with the first address alone. */
must_use enum visit_answer visit_udp(const struct dial_address *address, int64_t until_us,
				     struct visit *visit, struct err *err);

/* Until it can be read, or (to_write) written, or has failed; false: the deadline has come. */
must_use bool visit_wait(const struct visit *visit, bool to_write);

must_use bool visit_send(const struct visit *visit, struct text text, struct err *err);

/* What came, up to size bytes, once something did. VISIT_OPEN with *len 0: the other side has ended
 * it. VISIT_CLOSED: reset or refused. */
must_use enum visit_answer visit_receive(const struct visit *visit, void *bytes, size_t size,
					 size_t *len, struct err *err);

void visit_close(struct visit *visit);

/* Whether an address (as text) is link-local. */
must_use bool visit_is_link_local(const char *address);
