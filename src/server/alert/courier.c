#include "server/alert/courier.h"

#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "format/json.h"
#include "net/fetch.h"
#include "net/mail.h"
#include "os/folder.h"
#include "os/powers.h"
#include "server/alert/way.h"

#define PLACE "courier"
#define ALL_WAIT_MS (3 * COURIER_TRIES * (COURIER_SPAN_MS + 5000))

enum { SAY_ALERT = 1, SAY_DONE };

static const char *const readable[] = {
	"/etc/hosts",    "/etc/resolv.conf", "/etc/host.conf", "/etc/nsswitch.conf",
	"/etc/gai.conf", "/etc/services",    "/etc/ssl",       "/usr/share/ca-certificates"};

/* -------- in the courier -------- */

static bool put_walls(struct err *err)
{
	struct powers_path paths[array_len(readable)];
	size_t count = 0;
	unsigned abi;
	for (size_t i = 0; i < array_len(readable); i++) {
		struct err none = {0};
		int fd = folder_open_path(readable[i], &none);
		if (fd >= 0)
			paths[count++] = (struct powers_path){.fd = fd, .rights = POWERS_READ};
	}
	bool done = powers_wall_paths(paths, count, true, &abi, err);
	for (size_t i = 0; i < count; i++)
		folder_close(&paths[i].fd);
#ifndef MUSTER_SANITIZED /* sanitizers make system calls of their own */
	done = done && powers_wall_calls(POWERS_CALLS_SERVER, err); /* the resolver has a thread */
#endif
	return done;
}

/* Each way is tried by itself: one that fails holds back no other. */
static void deliver(const struct courier_ways *ways, const struct courier_alert *alert,
		    struct buf *failed)
{
	for (size_t i = 0; ways_all[i].name; i++) {
		struct err err = {0};
		bool done = !ways_all[i].is_set(ways);
		for (int try = 0; try < COURIER_TRIES && !done; try++) {
			if (try > 0)
				child_pause(try == 1 ? 1000 : 5000);
			done = ways_all[i].send(ways, alert, &err);
		}
		if (!done)
			buf_print(failed, "%s%s: %s", failed->len > 0 ? "; " : "", ways_all[i].name,
				  err.text);
	}
}

static bool answer(const struct courier_ways *ways, struct channel *channel, struct text body,
		   struct err *err)
{
	scoped(json_free) struct json *json = json_parse(body, err);
	if (!json)
		return false;
	struct courier_alert alert = {.subject = json_text(json, "subject"),
				      .body = json_text(json, "body"),
				      .json = json_text(json, "json"),
				      .bad = json_truth(json, "bad", false)};
	scoped(buf_end) struct buf failed = {0};
	deliver(ways, &alert, &failed);
	return channel_send(channel, SAY_DONE, buf_view(&failed), -1, err);
}

struct role {
	const struct courier_ways *ways;
	int fd;
};

static int live(void *data)
{
	const struct role *role = data;
	struct err err = {0};
	struct channel_message message;
	struct channel *channel = channel_new(role->fd);
	if (!ways_prepare(role->ways, &err) ||
	    !powers_become("_musterd", POWERS_UID_SERVER, NULL, &err) || !powers_lock(&err) ||
	    !child_stay_bound(&err) || !put_walls(&err)) {
		log_write(LOG_ERROR, PLACE, "%s", err.text);
		return 1;
	}
	for (;;) {
		(void)!channel_wait(channel, false, -1);
		enum channel_answer got = channel_receive(channel, &message, &err);
		if (got == CHANNEL_NOTHING)
			continue;
		if (got != CHANNEL_GOT || message.type != SAY_ALERT ||
		    message.body.len > 8 * COURIER_TEXT_MAX ||
		    !answer(role->ways, channel, message.body, &err))
			break;
	}
	channel_free(&channel);
	return 0;
}

/* -------- in the server -------- */

bool courier_has_ways(const struct courier_ways *ways)
{
	for (size_t i = 0; ways_all[i].name; i++)
		if (ways_all[i].is_set(ways))
			return true;
	return false;
}

bool courier_check(const struct courier_ways *ways, struct err *err)
{
	for (size_t i = 0; ways_all[i].name; i++)
		if (!ways_all[i].check(ways, err))
			return false;
	return true;
}

bool courier_start(struct courier *courier, const struct courier_ways *ways, struct err *err)
{
	int fds[2];
	if (!channel_pair(fds, err))
		return false;
	struct role role = {.ways = ways, .fd = fds[1]};
	bool done = child_start(&courier->child, live, &role, &fds[1], 1, err);
	folder_close(&fds[1]);
	if (done)
		courier->channel = channel_new(fds[0]);
	else
		folder_close(&fds[0]);
	return done;
}

void courier_end(struct courier *courier)
{
	if (!courier->channel)
		return;
	channel_free(&courier->channel); /* it ends by that */
	child_finish(&courier->child, 500);
}

static bool flush(struct channel *channel, struct err *err)
{
	bool empty = false;
	while (!empty) {
		if (!channel_flush(channel, &empty, err))
			return false;
		if (!empty && !channel_wait(channel, true, COURIER_SPAN_MS))
			return err_set(err, ERR_SYSTEM, "the courier does not listen");
	}
	return true;
}

bool courier_send(struct courier *courier, const struct courier_alert *alert, struct err *err)
{
	scoped(buf_end) struct buf text = {0};
	scoped(json_free) struct json *json = json_new_object();
	struct channel_message message = {0};
	json_put_text(json, "subject", alert->subject);
	json_put_text(json, "body", alert->body);
	json_put_text(json, "json", alert->json);
	json_put_bool(json, "bad", alert->bad);
	json_write(json, &text);
	if (!channel_send(courier->channel, SAY_ALERT, buf_view(&text), -1, err) ||
	    !flush(courier->channel, err))
		return false;
	enum channel_answer got = CHANNEL_NOTHING;
	while (got == CHANNEL_NOTHING) {
		if (!channel_wait(courier->channel, false, ALL_WAIT_MS))
			return err_set(err, ERR_SYSTEM, "the courier does not answer");
		got = channel_receive(courier->channel, &message, err);
	}
	if (got == CHANNEL_CLOSED)
		return err_set(err, ERR_SYSTEM, "the courier has ended; restart musterd");
	if (got != CHANNEL_GOT)
		return false;
	if (message.body.len == 0)
		return true;
	return err_set(err, ERR_SYSTEM, "%.*s", TEXT_ARG(message.body));
}
