/* yard.h: for tests: a fleet over the memory store, and agents that connect to it over loopback. */
#pragma once
#include "agent.h"
#include "model/item.h"
#include "net/link/token.h"
#include "server/fleet/fleet.h"

struct yard {
	struct buf ca_key, ca_cert, key, cert;
	struct store *store;
	struct stream *stream;
	struct fleet *fleet;
	const char *address;
	struct err err;
};

extern const char yard_policy[]; /* for Debian: checks a (low) and b (medium) */

/* Each fails the test where it cannot. */
void yard_open(struct yard *yard);
void yard_close(struct yard *yard);
must_use struct token yard_make_token(struct yard *yard);
void yard_enrol(struct yard *yard, struct agent *agent, const char *name);
void yard_join(struct yard *yard, struct agent *agent);
void yard_push(struct yard *yard, const char *text);
/* One item of yard_policy; id: NULL for the right one. */
void yard_put_item(struct json *list, const struct agent *agent, const char *ref, const char *id);
/* Takes the list. Returns once it is acknowledged. */
void yard_send_items(struct yard *yard, struct agent *agent, int64_t seq, struct json *list);
