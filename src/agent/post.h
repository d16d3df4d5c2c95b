/* post.h: a channel to another of our processes, served by the loop: roles_receive in, queued sends
 * out. */
#pragma once
#include "agent/roles.h"
#include "os/loop.h"

struct post;

struct post_calls {
	void (*got)(void *data,
		    struct channel_message *message); /* body lent; a descriptor is the callee's */
	/* The other end is gone, or (err says how) sent what it may not; the last call, post_free
	 * is still to come. */
	void (*closed)(void *data, const struct err *err);
};

struct post_config {
	struct loop *loop;
	int fd; /* taken, also when post_new fails */
	enum role us, them;
	const struct post_calls *calls;
	void *data;
};

must_use struct post *post_new(const struct post_config *config, struct err *err);
void post_free(struct post **post); /* also within the calls */

must_use bool post_send(struct post *post, enum talk talk, struct text body, struct err *err);
must_use bool post_send_run(struct post *post, enum talk talk, const struct talk_run *run, int fd,
			    struct err *err);
