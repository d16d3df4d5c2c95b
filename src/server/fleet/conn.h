/* conn.h: one agent's connection, and the hub that has them all. Everything here is the hub's
 * thread's alone, but for what stands under `posting`. */
#pragma once
#include "net/tls/tls.h"
#include "os/loop.h"
#include "server/fleet/inner.h"

#define HUB_FORMER \
	8 /* contexts that were replaced; the oldest goes, long after its last handshake */
#define CONN_SCRATCH (17 * 1024) /* a whole TLS record */

struct hub {
	struct fleet *fleet;
	struct loop *loop;
	struct tls_context *tls;
	struct tls_context
		*former[HUB_FORMER]; /* connections that shake hands may still hold on to them */
	size_t former_at;
	int fd; /* listens */
	char address[300];
	struct thread *thread;
	struct conn **slots;
	size_t slot_count, slot_room, limit;
	size_t *free_slots, free_count, free_room;
	uint64_t generation;
	struct loop_timer *pause;
	_Atomic bool paused;  /* connections don't read, as the writer has enough to do */
	struct lock *posting; /* over what follows */
	struct letter *first, **last;
	struct tls_context *coming; /* to be used from the next turn on; NULL: none */
	bool stopping;
	char scratch[CONN_SCRATCH];
};

struct conn {
	struct hub *hub;
	uint64_t serial;
	int fd;
	struct tls *tls;
	char *peer;
	char host[STORE_ID_SIZE]; /* whose hello is on its way or was accepted; "": nobody's */
	struct buf in, out;       /* of a message that is not whole yet; of what is not sent yet */
	size_t sent;              /* of out */
	struct loop_timer *deadline;
	int64_t renewed_us; /* when it last asked for a certificate, on the monotonic clock; 0:
			       never */
	unsigned waits;     /* for LOOP_READ, LOOP_WRITE */
	bool shaken, enrolling, admitted, closing, paused;
};

must_use struct conn *hub_conn(struct hub *hub, uint64_t serial); /* NULL: gone */
void hub_forget(struct hub *hub, struct conn *conn);

must_use struct conn *conn_new(struct hub *hub, int fd, const char *peer, struct err *err);
must_use bool conn_start(struct conn *conn,
			 struct err *err); /* begins to watch it; fd is its own then */
void conn_free(struct conn **conn);        /* of one that was not started */
void conn_admit(struct conn *conn);
void conn_send(struct conn *conn, struct text bytes, bool close);
void conn_resume(struct conn *conn);
void conn_end(struct conn *conn); /* closes and frees it */
