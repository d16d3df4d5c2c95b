#include "server/fleet/conn.h"

#include <string.h>

#include "base/log.h"
#include "net/listen.h"

#define READS_A_TURN 8  /* records, then others come first */
#define LEAVING_MS 5000 /* how long the last words may take */

static void on_ready(void *data, unsigned events);

struct conn *conn_new(struct hub *hub, int fd, const char *peer, struct err *err)
{
	struct conn *conn = mem_new(1, sizeof(*conn));
	conn->hub = hub;
	conn->fd = fd;
	conn->peer = mem_text(peer);
	conn->tls = tls_new(hub->tls, fd, NULL, err);
	if (!conn->tls)
		conn_free(&conn);
	return conn;
}

void conn_free(struct conn **conn)
{
	tls_free(&(*conn)->tls);
	buf_end(&(*conn)->in);
	buf_end(&(*conn)->out);
	mem_free(&(*conn)->peer);
	mem_free(conn);
}

/* The host is offline, if no other connection of its has come meanwhile. */
static void detach(struct conn *conn)
{
	struct fleet *fleet = conn->hub->fleet;
	lock_take(fleet->lock);
	struct host *host = conn->host[0] ? roster_find(fleet, conn->host) : NULL;
	bool was_online = host && host->serial == conn->serial;
	if (was_online) {
		host->serial = 0;
		host->last_seen_us = time_now_us();
		fleet->online--;
	}
	lock_give(fleet->lock);
	if (was_online)
		fleet_tell_host(fleet, conn->host);
}

void conn_end(struct conn *conn)
{
	struct hub *hub = conn->hub;
	loop_remove(hub->loop, conn->fd);
	loop_cancel(&conn->deadline);
	hub_forget(hub, conn);
	detach(conn);
	tls_shut(conn->tls);
	int fd = conn->fd;
	conn_free(&conn);
	listen_close(&fd);
}

static void drop(struct conn *conn, const char *why)
{
	char shown[LOG_VALUE_SIZE];
	conn->hub->fleet->figures.dropped++;
	log_write(LOG_WARN, "hub", "connection dropped, peer=%s agent=%s: %s", conn->peer,
		  conn->host[0] ? conn->host : "-", log_value(text_of(why), shown));
	conn_end(conn);
}

static void on_deadline(void *data)
{
	struct conn *conn = data;
	conn->deadline = NULL;
	if (conn->closing)
		conn_end(conn);
	else
		drop(conn, "it did not say hello in time");
}

static void wait_for(struct conn *conn, unsigned events)
{
	if (conn->paused)
		events &= ~(unsigned)LOOP_READ;
	if (events == conn->waits)
		return;
	conn->waits = events;
	loop_change(conn->hub->loop, conn->fd, events);
}

bool conn_start(struct conn *conn, struct err *err)
{
	conn->waits = LOOP_READ;
	if (!loop_add(conn->hub->loop, conn->fd, LOOP_READ, on_ready, conn, err))
		return false;
	conn->deadline = loop_after(conn->hub->loop, FLEET_DEADLINE_MS, on_deadline, conn);
	return true;
}

/* --- sending --- */

/* False: the connection has ended. */
static bool flush(struct conn *conn)
{
	struct err err = {0};
	while (conn->sent < conn->out.len) {
		size_t len = 0;
		struct text rest = {conn->out.at + conn->sent, conn->out.len - conn->sent};
		enum tls_want want = tls_write(conn->tls, rest, &len, &err);
		if (want == TLS_WANTS_WRITE || want == TLS_WANTS_READ) {
			wait_for(conn, LOOP_READ | (want == TLS_WANTS_WRITE ? LOOP_WRITE : 0));
			return true;
		}
		if (want != TLS_DONE) {
			conn_end(conn);
			return false;
		}
		conn->sent += len;
	}
	buf_end(&conn->out);
	conn->sent = 0;
	if (conn->closing) /* it hangs up when it has read that, or the deadline ends it */
		tls_shut(conn->tls);
	wait_for(conn, LOOP_READ);
	return true;
}

static bool send_bytes(struct conn *conn, struct text bytes, bool close)
{
	if (conn->closing)
		return true;
	if (conn->sent > 0) {
		buf_drop(&conn->out, conn->sent);
		conn->sent = 0;
	}
	if (conn->out.len + bytes.len > FLEET_OUT_MAX) {
		drop(conn, "it does not take what it is sent");
		return false;
	}
	buf_text(&conn->out, bytes);
	if (close) {
		conn->closing = true;
		loop_cancel(&conn->deadline);
		conn->deadline = loop_after(conn->hub->loop, LEAVING_MS, on_deadline, conn);
	}
	return flush(conn);
}

void conn_send(struct conn *conn, struct text bytes, bool close)
{
	(void)!send_bytes(conn, bytes, close);
}

void conn_admit(struct conn *conn)
{
	conn->admitted = true;
	loop_cancel(&conn->deadline);
}

/* --- what it says --- */

/* Refuses it, for good when `final`; false: it may have ended. */
static bool refuse(struct conn *conn, const char *reason, bool final)
{
	struct letter letter = {0};
	conn->hub->fleet->figures.refused++;
	log_write(LOG_WARN, "hub", "agent refused, peer=%s name=%s: %s", conn->peer,
		  tls_peer_name(conn->tls), reason);
	hub_refuse(&letter, reason, final);
	(void)!send_bytes(conn, buf_view(&letter.bytes), true);
	buf_end(&letter.bytes);
	return false;
}

/* Hands it on to those who may take their time. */
static bool give_job(struct conn *conn, enum job_kind kind, struct text body)
{
	struct fleet *fleet = conn->hub->fleet;
	struct job *job = mem_new(1, sizeof(*job));
	job->kind = kind;
	job->serial = conn->serial;
	job->peer = mem_text(conn->peer);
	memcpy(job->host, conn->host, sizeof(job->host));
	buf_text(&job->body, body);
	fleet->job_bytes += body.len;
	if (!queue_give(fleet->read, job)) { /* we are stopping */
		fleet->job_bytes -= body.len;
		job_free(&job);
	}
	if (fleet->job_bytes >= FLEET_QUEUE_BYTES_MAX ||
	    queue_count(fleet->read) >= FLEET_QUEUE_MAX / 2)
		conn->hub->paused = true;
	return true;
}

static bool say_hello(struct conn *conn, struct text body)
{
	struct fleet *fleet = conn->hub->fleet;
	const char *name = tls_peer_name(conn->tls);
	if (conn->host[0])
		return refuse(conn, "it has said hello already", false);
	lock_take(fleet->lock);
	const struct host *host = roster_find(fleet, name);
	bool known = host != NULL; /* TLS has seen to it that the certificate is our CA's */
	bool revoked = known && host->revoked_us != 0;
	if (known)
		memcpy(conn->host, host->id, sizeof(conn->host));
	lock_give(fleet->lock);
	if (!known)
		return refuse(conn, "this agent is unknown here; enrol it again", true);
	if (revoked)
		return refuse(conn, "this agent was revoked", true);
	return give_job(conn, JOB_HELLO, body);
}

/* It costs us a signature: not more often than anybody needs. */
static bool renew(struct conn *conn, struct text body)
{
	int64_t now_us = time_span_us();
	if (conn->renewed_us != 0 && now_us - conn->renewed_us < FLEET_RENEW_US)
		return refuse(conn, "it has had a new certificate just now", false);
	conn->renewed_us = now_us;
	return give_job(conn, JOB_RENEW, body);
}

static bool pong(struct conn *conn)
{
	struct buf out = {0};
	message_put_text(&out, MESSAGE_PONG, TEXT("{}"));
	bool lives = send_bytes(conn, buf_view(&out), false);
	buf_end(&out);
	return lives;
}

/* False: the connection has ended, or will say no more. */
static bool take_message(struct conn *conn, const struct message *message)
{
	if (message->type == MESSAGE_ENROLL) {
		if (conn->enrolling || conn->host[0])
			return refuse(conn, "one enrolment a connection", false);
		conn->enrolling = true;
		return give_job(conn, JOB_ENROLL, message->body);
	}
	if (message->type == MESSAGE_HELLO)
		return say_hello(conn, message->body);
	if (!conn->admitted)
		return refuse(conn, "say hello first", false);
	if (message->type == MESSAGE_ITEMS)
		return give_job(conn, JOB_ITEMS, message->body);
	if (message->type == MESSAGE_FACTS)
		return give_job(conn, JOB_FACTS, message->body);
	if (message->type == MESSAGE_DECLINED)
		return give_job(conn, JOB_DECLINED, message->body);
	if (message->type == MESSAGE_LEAVE)
		return give_job(conn, JOB_LEAVE, message->body);
	if (message->type == MESSAGE_RENEW)
		return renew(conn, message->body);
	return message->type == MESSAGE_PING ? pong(conn) : true;
}

/* All whole messages; false: the connection has ended. */
static bool take_messages(struct conn *conn)
{
	size_t at = 0;
	uint64_t serial = conn->serial;
	struct hub *hub = conn->hub;
	for (bool whole = true; whole;) {
		struct err err = {0};
		struct message message;
		size_t used = 0;
		struct text rest = {conn->in.at + at, conn->in.len - at};
		bool has_cert = tls_peer_fingerprint(conn->tls)[0] != '\0';
		if (!message_get(rest, MESSAGE_FROM_AGENT, has_cert, &message, &used, &whole,
				 &err)) {
			drop(conn, err.text);
			return false;
		}
		if (!whole)
			break;
		at += used;
		if (!take_message(conn, &message) && (!hub_conn(hub, serial) || conn->closing))
			return false;
	}
	buf_drop(&conn->in, at);
	if (conn->in.len == 0)
		buf_end(&conn->in);
	return true;
}

static bool shake(struct conn *conn)
{
	struct err err = {0};
	switch (tls_handshake(conn->tls, &err)) {
	case TLS_DONE:
		conn->shaken = true;
		wait_for(conn, LOOP_READ);
		return true;
	case TLS_WANTS_READ:
		wait_for(conn, LOOP_READ);
		return true;
	case TLS_WANTS_WRITE:
		wait_for(conn, LOOP_READ | LOOP_WRITE);
		return true;
	case TLS_CLOSED:
		conn_end(conn);
		return false;
	case TLS_FAILED:
		drop(conn, err.text);
		return false;
	}
	must(!"an answer that TLS does not have");
}

void conn_resume(struct conn *conn)
{
	if (!conn->paused)
		return;
	conn->paused = false;
	wait_for(conn, LOOP_READ | (conn->out.len > 0 ? LOOP_WRITE : 0));
}

static void receive(struct conn *conn)
{
	for (int i = 0; i < READS_A_TURN; i++) {
		struct err err = {0};
		size_t len = 0;
		if (conn->hub->paused) { /* TCP holds the rest until the store is through */
			conn->paused = true;
			wait_for(conn, conn->waits);
			return;
		}
		enum tls_want want = tls_read(conn->tls, conn->hub->scratch, CONN_SCRATCH, &len,
					      &err);
		if (want == TLS_CLOSED || want == TLS_FAILED) {
			conn_end(conn);
			return;
		}
		if (want != TLS_DONE)
			return;
		if (conn->closing)
			continue; /* whatever it still says */
		buf_add(&conn->in, conn->hub->scratch, len);
		if (!take_messages(conn))
			return;
	}
}

static void on_ready(void *data, unsigned events)
{
	struct conn *conn = data;
	if (!conn->shaken && (!shake(conn) || !conn->shaken))
		return;
	if ((events & LOOP_WRITE) && conn->out.len > 0 && !flush(conn))
		return;
	if (events & (LOOP_READ | LOOP_GONE))
		receive(conn);
}
