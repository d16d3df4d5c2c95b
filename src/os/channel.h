/* channel.h: messages between our own processes: SOCK_SEQPACKET pairs, whole messages, checked
 * lengths.
 *
 * A message has a type, a body of up to CHANNEL_BODY_MAX bytes and at most one descriptor. Bodies
 * larger than a packet go in several packets and arrive as one. What another of our processes sends
 * is input like any other. */
#pragma once
#include "base/buf.h"

#define CHANNEL_PACKET_MAX (64u * 1024)
#define CHANNEL_BODY_MAX (20u * 1024 * 1024)

struct channel_message {
	uint32_t type;
	struct text body; /* lent until the next receive on this channel */
	int fd;           /* -1: none; else the receiver's */
};

struct channel; /* over one end */

must_use bool channel_pair(int fds[2], struct err *err); /* close-on-exec, nonblocking */
must_use struct channel *channel_new(int fd);            /* takes fd */
void channel_free(struct channel **channel);             /* closes it */
must_use int channel_fd(const struct channel *channel);

/* Queues; what does not fit into the socket waits in memory up to CHANNEL_BODY_MAX * 2 (beyond:
 * ERR_BUSY) and goes out with channel_flush (to be called when the socket can be written). fd is
 * duplicated: still the caller's. ERR_LIMIT: the body is too long. After ERR_SYSTEM the channel is
 * of no use any more. */
must_use bool channel_send(struct channel *channel, uint32_t type, struct text body, int fd,
			   struct err *err);
must_use bool channel_flush(struct channel *channel, bool *empty, struct err *err);

/* For a process without a loop: waits until something came, or (to_write) more can be flushed, or
 * the other end is gone. False: wait_ms (-1: for ever) are over. */
must_use bool channel_wait(const struct channel *channel, bool to_write, int wait_ms);

enum channel_answer { CHANNEL_GOT, CHANNEL_NOTHING, CHANNEL_CLOSED, CHANNEL_BROKEN };
/* CHANNEL_CLOSED: the other end is gone, and everything that it sent has been received.
 * CHANNEL_BROKEN: err says how; the channel is of no use any more. */
must_use enum channel_answer channel_receive(struct channel *channel,
					     struct channel_message *message, struct err *err);
