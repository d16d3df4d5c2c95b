/* agent.h: for tests and benches: an agent that says what it is told to, over TLS; it waits where a
 * real one would not. */
#pragma once
#include "base/buf.h"
#include "net/link/message.h"
#include "net/tls/tls.h"

#define AGENT_WAIT_MS 10000

struct agent {
	int fd;
	char id[33];          /* once it is enrolled */
	struct buf key, cert; /* its own; cert is empty before */
	struct tls_context *context;
	struct tls *tls;
	struct buf in;
	struct text heard; /* the body of the last message, until the next */
	size_t heard_len;  /* bytes of in that it takes */
};

/* Connects and shakes hands, with the certificate where there is one. */
must_use bool agent_connect(struct agent *agent, const char *address, struct text ca_pem,
			    struct err *err);
/* Plain TCP, nothing said. */
must_use bool agent_dial(struct agent *agent, const char *address, struct err *err);
must_use bool agent_send(struct agent *agent, struct text bytes,
			 struct err *err); /* as they are, over TLS */
must_use bool agent_say(struct agent *agent, enum message_type type, struct text body,
			struct err *err);
/* The next message within AGENT_WAIT_MS; ERR_REFUSED: the server has hung up. */
must_use bool agent_hear(struct agent *agent, enum message_type *type, struct err *err);
/* Skips others until one of this type comes. */
must_use bool agent_await(struct agent *agent, enum message_type type, struct err *err);
/* A whole enrolment; the connection is closed afterwards. The key is made where there is none. */
must_use bool agent_enrol(struct agent *agent, const char *address, struct text ca_pem,
			  const char *secret, const char *name, struct err *err);
/* Connects, says hello with no documents, and waits for the welcome. */
must_use bool agent_join(struct agent *agent, const char *address, struct text ca_pem,
			 struct err *err);
/* Of one that has joined: asks for a certificate of a new key, and takes both into use. */
must_use bool agent_renew(struct agent *agent, struct err *err);
void agent_hang_up(struct agent *agent);
void agent_end(struct agent *agent);
