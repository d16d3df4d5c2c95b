/* renewal.h: the agent's certificate is replaced before it ends.
 *
 * When less than a third of its life is left, the link asks over its connection for one of a new
 * key. The old one stays good until its end, so nothing hurries and nothing can be lost: whatever
 * is on the disk after a crash, the server knows. Neither clock nor connection are here: time is
 * handed in, and what is to be said is handed out. */
#pragma once
#include "agent/identity.h"
#include "format/json.h"
#include "net/tls/tls.h"

#define RENEWAL_LOOK_MS 3600000                    /* so often the link looks */
#define RENEWAL_APART_US (INT64_C(3600) * 1000000) /* between two requests */

struct renewal;

/* identity is lent. ERR_INPUT: its certificate cannot be read. */
must_use struct renewal *renewal_new(const struct identity *identity, struct err *err);

/* Whether it is time to ask: body then receives what RENEW says, with a key made now. */
must_use bool renewal_ask(struct renewal *renewal, int64_t now_us, struct buf *body, bool *asks,
			  struct err *err);

/* Takes what RENEWED says: *pair receives key and certificate, *context what the next connection
 * uses; both are the caller's. ERR_REFUSED, ERR_INPUT: it was not asked for, or is no certificate
 * of this agent's by its CA with that key, or has ended; then nothing has changed. */
must_use bool renewal_take(struct renewal *renewal, const struct json *answer, int64_t now_us,
			   struct buf *pair, struct tls_context **context, struct err *err);

void renewal_free(struct renewal **renewal);
