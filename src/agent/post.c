#include "agent/post.h"

#include "base/mem.h"

#define MESSAGES_MAX 64 /* a turn, so that others get theirs */

struct post {
	struct post_config config;
	struct channel *channel;
	bool closed;
	bool busy, ended; /* within ready; post_free was called meanwhile */
};

static void end(struct post *post)
{
	if (post->channel)
		loop_remove(post->config.loop, channel_fd(post->channel));
	channel_free(&post->channel);
}

void post_free(struct post **post)
{
	struct post *one = *post;
	if (!one)
		return;
	*post = NULL;
	if (one->busy) {
		one->ended = true;
		return;
	}
	end(one);
	mem_free(&one);
}

static void close_post(struct post *post, const struct err *err)
{
	if (post->closed || post->ended)
		return;
	post->closed = true;
	end(post);
	post->config.calls->closed(post->config.data, err);
}

/* Sends what waits; the loop tells when more can go. */
static bool flush(struct post *post, struct err *err)
{
	bool empty = false;
	if (!channel_flush(post->channel, &empty, err))
		return false;
	loop_change(post->config.loop, channel_fd(post->channel),
		    LOOP_READ | (empty ? 0u : LOOP_WRITE));
	return true;
}

static void receive(struct post *post)
{
	for (int i = 0; i < MESSAGES_MAX && !post->closed && !post->ended; i++) {
		struct err err = {0};
		struct channel_message message;
		switch (roles_receive(post->channel, post->config.them, post->config.us, &message,
				      &err)) {
		case CHANNEL_GOT:
			post->config.calls->got(post->config.data, &message);
			break;
		case CHANNEL_NOTHING:
			return;
		case CHANNEL_CLOSED:
		case CHANNEL_BROKEN:
			close_post(post, &err);
			return;
		}
	}
}

static void ready(void *data, unsigned events)
{
	struct post *post = data;
	struct err err = {0};
	post->busy = true;
	if (events & LOOP_WRITE && !flush(post, &err))
		close_post(post, &err);
	if (events & (LOOP_READ | LOOP_GONE))
		receive(post);
	post->busy = false;
	if (post->ended) {
		end(post);
		mem_free(&post);
	}
}

struct post *post_new(const struct post_config *config, struct err *err)
{
	struct channel *channel = channel_new(config->fd);
	struct post *post = mem_new(1, sizeof(*post));
	*post = (struct post){.config = *config, .channel = channel};
	if (loop_add(config->loop, config->fd, LOOP_READ, ready, post, err))
		return post;
	channel_free(&post->channel);
	mem_free(&post);
	return NULL;
}

bool post_send(struct post *post, enum talk talk, struct text body, struct err *err)
{
	if (post->closed)
		return err_set(err, ERR_SYSTEM, "another process of ours has ended");
	return channel_send(post->channel, talk, body, -1, err) && flush(post, err);
}

bool post_send_run(struct post *post, enum talk talk, const struct talk_run *run, int fd,
		   struct err *err)
{
	if (post->closed)
		return err_set(err, ERR_SYSTEM, "another process of ours has ended");
	return roles_send_run(post->channel, talk, run, fd, err) && flush(post, err);
}
