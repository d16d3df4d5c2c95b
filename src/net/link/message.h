/* message.h: the protocol of agent and server: length-prefixed messages, each a JSON object.
 *
 * On the wire: 4 bytes length (big-endian, of what follows), 1 byte type, the JSON. Over TLS 1.3,
 * ALPN muster/1. A connection without a client certificate may only send ENROLL. The table in
 * message.c says of each type who sends it and how long it may be; anything else ends the
 * connection. */
#pragma once
#include "base/buf.h"
#include "format/json.h"

#define MESSAGE_MAX (16u * 1024 * 1024)
#define MESSAGE_HEAD 5

enum message_type {
	MESSAGE_ENROLL = 1, /* a>s {"token","name","csr","facts"} */
	MESSAGE_ENROLLED,   /* s>a {"agent","certificate","ca"} */
	MESSAGE_HELLO,      /* a>s {"facts","trust","documents":[{"name","revision","sha256"}]} */
	MESSAGE_WELCOME,    /* s>a {"agent","now"} */
	MESSAGE_ASSIGN,     /* s>a {"documents":[{"name","revision","sha256","text"?}]}: all that is
			       assigned; text is left out where the agent's HELLO had that sha256 */
	MESSAGE_CHECK, /* s>a {"action","expires","target","policies":[{"name","text"}]}: empty:
			  what is assigned */
	MESSAGE_ITEMS, /* a>s {"seq","items":[ITEM…],"done":{"action"}?}: done: that run is complete
			  ("" the assigned) */
	MESSAGE_ACK,   /* s>a {"seq"}: all up to seq is durable */
	MESSAGE_PING,    /* both, {} */
	MESSAGE_PONG,    /* both, {} */
	MESSAGE_LEAVE,   /* a>s {}: the agent goes for good */
	MESSAGE_REFUSED, /* s>a {"reason","final":bool}: and closes; final: do not come back
			    (revoked) */
	MESSAGE_RENEW,   /* a>s {"csr"}: of a new key; a certificate for the same agent, please */
	MESSAGE_RENEWED, /* s>a {"certificate"} */
	MESSAGE_FACTS,   /* a>s {"facts"}: all of them, as in HELLO, when they have changed since */
	MESSAGE_DECLINED, /* a>s {"action","reason","now"}: that CHECK will have no answer; now: by
			     the agent's clock */
};

enum message_side { MESSAGE_FROM_AGENT = 1, MESSAGE_FROM_SERVER = 2, MESSAGE_FROM_BOTH = 3 };

struct message {
	enum message_type type;
	struct text body; /* JSON, lent */
};

must_use const char *message_name(enum message_type type); /* "unknown" for what is none */
must_use size_t message_limit(enum message_type type);     /* bytes of JSON it may have */

/* Appends one message; the body is within message_limit. */
void message_put(struct buf *out, enum message_type type, const struct json *body);
void message_put_text(struct buf *out, enum message_type type, struct text body); /* JSON already */

/* Looks at the front of what was received: true with *whole set when a message is complete (*used
 * bytes), true without when more is needed; false: ERR_INPUT, ERR_LIMIT, ERR_REFUSED (the
 * connection must end). Type and length are judged by the head alone, so nothing is collected that
 * would be refused. from: who is allowed to say it; enrolled: whether the peer has shown a
 * certificate. */
must_use bool message_get(struct text received, enum message_side from, bool enrolled,
			  struct message *message, size_t *used, bool *whole, struct err *err);
