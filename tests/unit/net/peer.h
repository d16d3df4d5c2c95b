/* peer.h: for tests of servers: a CA with a certificate for this machine, and a client that may
 * misbehave. */
#pragma once
#include "base/buf.h"

struct identity {
	struct buf ca_key, ca_cert, key, cert; /* PEM */
};
void identity_make(struct identity *identity); /* for localhost, 127.0.0.1 and ::1 */
void identity_end(struct identity *identity);

struct peer;                                                                  /* a TLS connection */
struct peer *peer_open(const char *address, const struct identity *identity); /* "127.0.0.1:1234" */
void peer_send(struct peer *peer, const char *text);
/* Reads until `until` has come, or the other side ends; false then, or after 5 s. All that came is
 * in seen. */
bool peer_sees(struct peer *peer, const char *until);
const char *peer_seen(const struct peer *peer);
void peer_forget(struct peer *peer); /* what was seen */
void peer_close(struct peer **peer);

int plain_open(const char *address); /* without TLS; blocking */
