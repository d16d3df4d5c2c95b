/* wire.h: one connection to the server: TCP, TLS and whole messages, over the loop.
 *
 * What comes is told by calls. A connection that does not come up within WIRE_UP_MS, or from which
 * nothing is heard for WIRE_SILENCE_MS although it was asked, is down. wire_free may be called
 * within the calls. */
#pragma once
#include "net/dial.h"
#include "net/link/message.h"
#include "net/tls/tls.h"
#include "os/loop.h"

#define WIRE_UP_MS 20000
#define WIRE_PING_MS 300000   /* asks after so long without a word */
#define WIRE_SILENCE_MS 60000 /* and waits so long for the answer */
#define WIRE_UNSENT_MAX \
	(8u * 1024 * 1024) /* bytes that wait to be sent: beyond, wire_send says ERR_BUSY */

struct wire;

struct wire_calls {
	void (*up)(void *data);
	void (*got)(void *data, const struct message *message); /* all but PING and PONG; lent */
	void (*sent)(void *data); /* everything that waited is with the kernel */
	/* Once, the last call; wire_free is still to be called. ERR_BUSY: the server closed it in
	 * good order. */
	void (*down)(void *data, const struct err *err);
};

struct wire_config {
	struct loop *loop;
	struct tls_context *tls; /* lent for as long as the wire lives */
	const struct dial_address *address;
	unsigned attempt;
	bool enrolled; /* we show a certificate */
	const struct wire_calls *calls;
	void *data;
};

must_use struct wire *wire_new(const struct wire_config *config, struct err *err);
void wire_free(struct wire **wire);

must_use bool wire_send(struct wire *wire, enum message_type type, struct text body,
			struct err *err);
must_use size_t wire_unsent(const struct wire *wire); /* bytes */
