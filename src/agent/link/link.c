#include "agent/link/link.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/enrol/renewal.h"
#include "agent/link/runs.h"
#include "agent/link/status.h"
#include "agent/link/wire.h"
#include "agent/post.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/time.h"
#include "net/self.h"
#include "os/folder.h"

#define CLOCK_APART_MAX_US                                                    \
	(60 * TIME_SECOND_US) /* told when the server's clock is further away \
			       */
#define FACTS_ARENA_MAX (256u * 1024)
#define LOOK_WAIT_MS 100 /* what changes along with facts comes first */

struct link {
	const struct link_start *start;
	struct loop *loop;
	struct post *monitor;
	struct runs *runs;
	struct tls_context *tls, *next_tls; /* next: from the next connection on; NULL: the same */
	struct renewal *renewal;
	struct wire *wire;
	bool welcome;     /* the server has let us in */
	unsigned attempt; /* since it last did */
	struct loop_timer *retry, *write_status, *look, *say_facts;
	struct buf said;       /* the facts that the server has; JSON */
	int64_t facts_seen_us; /* when they were looked at last; monotonic */
	struct link_status status;
	char told[ERR_TEXT_SIZE]; /* the last reason why there is no connection */
	int exit;
};

static void stop(struct link *link, int status)
{
	link->exit = status;
	loop_stop(link->loop);
}

/* --- status --- */

static void write_status(struct link *link)
{
	struct err err = {0};
	runs_status(link->runs, &link->status);
	if (link->status.error[0] == '\0' && link->status.connection != CONNECTION_UP)
		snprintf(link->status.error, sizeof(link->status.error), "%s", link->told);
	if (!status_write(link->start->spool, &link->status, &err))
		log_write(LOG_WARN, "link", "%s", err.text);
}

static void status_due(void *data)
{
	struct link *link = data;
	link->write_status = NULL;
	write_status(link);
}

static void status_changed(struct link *link)
{
	if (!link->write_status)
		link->write_status = loop_after(link->loop, LINK_STATUS_MS, status_due, link);
}

/* Told at once, when it is new: whoever asks shall see it. */
static void be(struct link *link, enum connection connection)
{
	if (link->status.connection == connection && link->status.since_us > 0)
		return;
	link->status.since_us = time_now_us();
	link->status.connection = connection;
	loop_cancel(&link->write_status);
	write_status(link);
}

/* --- connecting --- */

static void connect_now(void *data);

static void down(void *data, const struct err *err)
{
	struct link *link = data;
	wire_free(&link->wire);
	if (link->welcome || strcmp(link->told, err->text) != 0)
		log_write(LOG_WARN, "link", "no connection: %s", err->text);
	snprintf(link->told, sizeof(link->told), "%s", err->text);
	link->welcome = false;
	loop_cancel(&link->say_facts);
	be(link, CONNECTION_DOWN);
	int64_t ms = LINK_RETRY_MIN_MS;
	for (unsigned i = 0; i < link->attempt && ms < LINK_RETRY_MAX_MS; i++)
		ms *= 2;
	ms = ms < LINK_RETRY_MAX_MS ? ms : LINK_RETRY_MAX_MS;
	uint32_t chance;
	random_fill(&chance, sizeof(chance));
	ms = ms / 2 + (int64_t)chance % (ms / 2 + 1);
	link->attempt++;
	loop_cancel(&link->retry);
	link->retry = loop_after(link->loop, ms, connect_now, link);
}

static bool send_json(struct link *link, enum message_type type, const struct json *json,
		      struct err *err)
{
	struct buf text = {0};
	json_write(json, &text);
	bool done = wire_send(link->wire, type, buf_view(&text), err);
	buf_end(&text);
	return done;
}

/* What judge and watch saw, and the addresses, which only we can. */
static struct json *all_facts(const struct link *link)
{
	struct arena *arena = arena_new(FACTS_ARENA_MAX);
	struct text *addresses = NULL;
	size_t count = 0;
	struct json *facts = runs_facts(link->runs) ? json_copy(runs_facts(link->runs))
						    : json_new_object();
	struct json *list = json_new_list();
	self_addresses(arena, &addresses, &count);
	for (size_t i = 0; i < count; i++)
		json_add_text(list, addresses[i]);
	json_put(facts, "addresses", list);
	json_put(facts, "watch", runs_watch_facts(link->runs));
	json_put_cstr(facts, "name", link->start->identity->name);
	arena_free(&arena);
	return facts;
}

/* All of them, as the server will know them. */
static struct json *take_facts(struct link *link)
{
	struct json *facts = all_facts(link);
	buf_clear(&link->said);
	json_write(facts, &link->said);
	link->facts_seen_us = time_span_us();
	return facts;
}

/* Says them anew, when they are others. */
static void say_facts(void *data)
{
	struct link *link = data;
	struct err err = {0};
	struct buf before = link->said;
	struct json *body = json_new_object();
	link->say_facts = NULL;
	link->said = (struct buf){0};
	json_put(body, "facts", take_facts(link));
	if (!text_is_equal(buf_view(&before), buf_view(&link->said)) &&
	    !send_json(link, MESSAGE_FACTS, body, &err))
		down(link, &err);
	json_free(&body);
	buf_end(&before);
}

static void facts_changed(void *data)
{
	struct link *link = data;
	int64_t wait_us = link->facts_seen_us + LINK_FACTS_MS * INT64_C(1000) - time_span_us();
	int64_t wait_ms = wait_us / 1000 > LOOK_WAIT_MS ? wait_us / 1000 : LOOK_WAIT_MS;
	if (link->welcome && !link->say_facts)
		link->say_facts = loop_after(link->loop, wait_ms, say_facts, link);
}

static void up(void *data)
{
	struct link *link = data;
	struct err err = {0};
	struct json *hello = json_new_object();
	json_put(hello, "facts", take_facts(link));
	json_put_cstr(hello, "trust", "server");
	json_put(hello, "documents", json_copy(runs_documents(link->runs)->held));
	if (!send_json(link, MESSAGE_HELLO, hello, &err))
		down(link, &err);
	json_free(&hello);
}

/* Sends what is in the spool, as far as window and socket take it. */
static void pump(struct link *link)
{
	struct err err = {0};
	struct buf body = {0};
	struct spool *spool = runs_spool(link->runs);
	bool done = true;
	while (done && link->welcome && wire_unsent(link->wire) < LINK_UNSENT_MAX) {
		buf_clear(&body);
		done = spool_batch(spool, &body, &err);
		if (!done || body.len == 0)
			break;
		done = wire_send(link->wire, MESSAGE_ITEMS, buf_view(&body), &err);
	}
	buf_end(&body);
	if (!done)
		down(link, &err);
}

static void sent(void *data)
{
	pump(data);
}

/* --- the certificate --- */

static void look_at_certificate(struct link *link)
{
	struct err err = {0};
	bool asks = false;
	struct buf body = {0};
	if (!renewal_ask(link->renewal, time_now_us(), &body, &asks, &err) ||
	    (asks && !wire_send(link->wire, MESSAGE_RENEW, buf_view(&body), &err)))
		log_write(LOG_WARN, "link", "cannot ask for a new certificate: %s", err.text);
	buf_end(&body);
}

static void look_due(void *data)
{
	struct link *link = data;
	link->look = loop_after(link->loop, RENEWAL_LOOK_MS, look_due, link);
	if (link->welcome)
		look_at_certificate(link);
}

/* The monitor keeps it, since the folder is root's. A bad one is the server's mistake; what we have
 * is still good. */
static void take_renewed(struct link *link, const struct json *json)
{
	struct err err = {0};
	struct buf pair = {0};
	struct tls_context *next = NULL;
	bool done = renewal_take(link->renewal, json, time_now_us(), &pair, &next, &err) &&
		    post_send(link->monitor, TALK_PAIR, buf_view(&pair), &err);
	if (done) {
		tls_context_free(&link->next_tls);
		link->next_tls = take(&next);
		log_write(LOG_INFO, "link", "this agent has a new certificate");
	} else
		log_write(LOG_WARN, "link", "no new certificate: %s", err.text);
	tls_context_free(&next);
	if (pair.at)
		explicit_bzero(pair.at, pair.len);
	buf_end(&pair);
}

/* --- what the server says --- */

static void take_welcome(struct link *link, const struct json *json)
{
	int64_t server_us = 0, now_us = time_now_us();
	if (time_read(json_text(json, "now"), &server_us) &&
	    (server_us - now_us > CLOCK_APART_MAX_US || now_us - server_us > CLOCK_APART_MAX_US))
		log_write(LOG_WARN, "link", "this clock and the server's differ, seconds=%" PRId64,
			  (now_us - server_us) / TIME_SECOND_US);
	log_write(LOG_INFO, "link", "connected, server=%s port=%u",
		  link->start->identity->server.host, link->start->identity->server.port);
	link->welcome = true;
	link->attempt = 0;
	link->told[0] = '\0';
	be(link, CONNECTION_UP);
	spool_rewind(runs_spool(link->runs));
	look_at_certificate(link);
	pump(link);
	facts_changed(link); /* since the hello */
}

static bool take_ack(struct link *link, const struct json *json, struct err *err)
{
	int64_t seq = json_int(json, "seq", -1);
	if (seq < 0)
		return err_set(err, ERR_INPUT, "the server acknowledges nothing");
	if (!spool_acknowledge(runs_spool(link->runs), (uint64_t)seq, err))
		return false;
	pump(link);
	status_changed(link);
	return true;
}

static void take_refused(struct link *link, const struct json *json)
{
	struct err err = {0};
	struct buf reason = {0};
	buf_printable(&reason, json_text(json, "reason"), 200);
	buf_cstr(&reason, "");
	err_set(&err, ERR_REFUSED, "the server refuses this agent: %s", reason.at);
	buf_end(&reason);
	if (!json_truth(json, "final", false)) {
		down(link, &err);
		return;
	}
	log_write(LOG_ERROR, "link", "%s; it will not come back", err.text);
	snprintf(link->told, sizeof(link->told), "%s", err.text);
	be(link, CONNECTION_REFUSED);
	stop(link, LINK_EXIT_REFUSED);
}

static void got(void *data, const struct message *message)
{
	struct link *link = data;
	struct err err = {0};
	struct json *json = json_parse(message->body, &err);
	bool done = json != NULL;
	switch (message->type) {
	case MESSAGE_WELCOME:
		take_welcome(link, json);
		break;
	case MESSAGE_ASSIGN:
		done = done && runs_assign(link->runs, json_get(json, "documents"), &err);
		break;
	case MESSAGE_CHECK:
		runs_check(link->runs, message->body);
		break;
	case MESSAGE_ACK:
		done = done && take_ack(link, json, &err);
		break;
	case MESSAGE_REFUSED:
		take_refused(link, json);
		break;
	case MESSAGE_RENEWED:
		take_renewed(link, json);
		break;
	case MESSAGE_ENROLL:
	case MESSAGE_ENROLLED:
	case MESSAGE_HELLO:
	case MESSAGE_ITEMS:
	case MESSAGE_PING:
	case MESSAGE_PONG:
	case MESSAGE_LEAVE:
	case MESSAGE_RENEW:
	case MESSAGE_FACTS:
	case MESSAGE_DECLINED:
		done = err_set(&err, ERR_INPUT, "the server says \"%s\"",
			       message_name(message->type));
		break;
	}
	json_free(&json);
	if (!done)
		down(link, &err);
}

static const struct wire_calls wire_calls = {up, got, sent, down};

static void connect_now(void *data)
{
	struct link *link = data;
	struct err err = {0};
	link->retry = NULL;
	if (link->next_tls) {
		tls_context_free(&link->tls);
		link->tls = take(&link->next_tls);
	}
	link->wire = wire_new(&(struct wire_config){.loop = link->loop,
						    .tls = link->tls,
						    .address = &link->start->identity->server,
						    .attempt = link->attempt,
						    .enrolled = true,
						    .calls = &wire_calls,
						    .data = link},
			      &err);
	if (!link->wire)
		down(link, &err);
}

/* --- our own processes --- */

static void runs_changed(void *data)
{
	struct link *link = data;
	if (!link->runs) /* still within runs_new */
		return;
	if (runs_has_begun(link->runs) && !link->wire && !link->retry)
		connect_now(link);
	pump(link);
	status_changed(link);
}

/* What is not sent now is not sent later: the server knows by itself when a check expires. */
static void declined(void *data, struct text action, const char *why)
{
	struct link *link = data;
	struct err err = {0};
	char now[TIME_TEXT_SIZE];
	if (!link->welcome)
		return;
	scoped(json_free) struct json *json = json_new_object();
	time_put(time_now_us(), now);
	json_put_text(json, "action", action);
	json_put_cstr(json, "reason", why);
	json_put_cstr(json, "now", now);
	if (!send_json(link, MESSAGE_DECLINED, json, &err))
		log_write(LOG_WARN, "link", "the server is not told of a check: %s", err.text);
}

static void other_closed(void *data, const struct err *err)
{
	struct link *link = data;
	if (err->kind != ERR_NONE)
		log_write(LOG_ERROR, "link", "%s", err->text);
	stop(link, err->kind != ERR_NONE ? 1 : 0);
}

static void from_monitor(void *data, struct channel_message *message)
{
	struct link *link = data;
	runs_output(link->runs, message->fd);
}

static const struct runs_calls runs_calls = {runs_changed, facts_changed, declined, other_closed};
static const struct post_calls monitor_calls = {from_monitor, other_closed};

static bool prepare(struct link *link, struct err *err)
{
	const struct identity *identity = link->start->identity;
	const struct tls_setup setup = {.key_pem = buf_view(&identity->pair),
					.cert_pem = buf_view(&identity->pair),
					.ca_pem = buf_view(&identity->ca),
					.alpn = TLS_ALPN_FLEET};
	link->loop = loop_new(err);
	if (!link->loop || !roles_enter(ROLE_LINK, link->start->spool, err))
		return false;
	link->tls = tls_context_new(&setup, err);
	link->renewal = link->tls ? renewal_new(identity, err) : NULL;
	if (!link->renewal)
		return err_add(err, "this agent's files");
	link->runs = runs_new(&(struct runs_config){.loop = link->loop,
						    .folder = link->start->spool,
						    .gate = link->start->gate,
						    .watch = link->start->watch,
						    .agent = identity->id,
						    .calls = &runs_calls,
						    .data = link},
			      err);
	link->monitor = post_new(&(struct post_config){.loop = link->loop,
						       .fd = link->start->monitor,
						       .us = ROLE_LINK,
						       .them = ROLE_MONITOR,
						       .calls = &monitor_calls,
						       .data = link},
				 err);
	link->look = loop_after(link->loop, RENEWAL_LOOK_MS, look_due, link);
	return link->runs && link->monitor;
}

static void finish(struct link *link)
{
	loop_cancel(&link->retry);
	loop_cancel(&link->write_status);
	loop_cancel(&link->look);
	loop_cancel(&link->say_facts);
	wire_free(&link->wire);
	if (link->runs && link->status.connection == CONNECTION_UP)
		be(link, CONNECTION_DOWN);
	else if (link->runs)
		write_status(link);
	loop_cancel(&link->write_status);
	runs_free(&link->runs);
	post_free(&link->monitor);
	renewal_free(&link->renewal);
	tls_context_free(&link->next_tls);
	tls_context_free(&link->tls);
	loop_free(&link->loop);
	buf_end(&link->said);
}

int link_run(void *start)
{
	struct err err = {0};
	struct link link = {.start = start};
	bool done = prepare(&link, &err);
	if (done) {
		be(&link, CONNECTION_NEVER);
		runs_begin(link.runs);
		done = loop_run(link.loop, &err);
	}
	if (!done) {
		log_write(LOG_ERROR, "link", "%s", err.text);
		link.exit = 1;
	}
	finish(&link);
	return link.exit;
}
