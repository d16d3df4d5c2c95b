#include "agent/link/wire.h"

#include "base/mem.h"

#define PIECE_SIZE 4096
#define READS_MAX 64 /* pieces a turn, so that others get theirs */

enum stage { DIALLING, SHAKING, UP, DOWN };

struct wire {
	struct wire_config config;
	int fd;
	unsigned events; /* what the loop waits for */
	enum stage stage;
	struct tls *tls;
	struct buf in, out;
	size_t sent; /* bytes of out that are gone */
	struct loop_timer *timer;
	bool asked; /* a PING waits for its answer */
	bool busy;  /* within ready or due: wire_free waits for its end */
	bool ended; /* wire_free was called meanwhile */
};

static void end(struct wire *wire)
{
	loop_cancel(&wire->timer);
	if (wire->fd >= 0)
		loop_remove(wire->config.loop, wire->fd);
	if (wire->tls)
		tls_shut(wire->tls);
	tls_free(&wire->tls);
	dial_close(&wire->fd);
	buf_end(&wire->in);
	buf_end(&wire->out);
}

void wire_free(struct wire **wire)
{
	struct wire *one = *wire;
	if (!one)
		return;
	*wire = NULL;
	if (one->busy) {
		one->ended = true;
		return;
	}
	end(one);
	mem_free(&one);
}

/* Whether the wire still takes part: not down, and not given up by its owner. */
static bool is_alive(const struct wire *wire)
{
	return wire->stage != DOWN && !wire->ended;
}

static void fall(struct wire *wire, const struct err *err)
{
	if (!is_alive(wire))
		return;
	wire->stage = DOWN;
	end(wire);
	wire->config.calls->down(wire->config.data, err);
}

static void wait_for(struct wire *wire, unsigned events)
{
	if (wire->events != events)
		loop_change(wire->config.loop, wire->fd, events);
	wire->events = events;
}

/* --- the clock: first for coming up, then for silence --- */

static void due(void *data);

static void watch_clock(struct wire *wire, int64_t ms)
{
	loop_cancel(&wire->timer);
	wire->timer = loop_after(wire->config.loop, ms, due, wire);
}

static void leave_turn(struct wire *wire)
{
	wire->busy = false;
	if (wire->ended) {
		end(wire);
		mem_free(&wire);
	}
}

static void due(void *data)
{
	struct wire *wire = data;
	struct err err = {0};
	wire->timer = NULL;
	wire->busy = true;
	if (wire->stage == DIALLING || wire->stage == SHAKING)
		err_set(&err, ERR_SYSTEM, "the server does not answer within %d s",
			WIRE_UP_MS / 1000);
	else if (wire->asked)
		err_set(&err, ERR_SYSTEM, "the server has been silent for %d s",
			(WIRE_PING_MS + WIRE_SILENCE_MS) / 1000);
	else if (wire_send(wire, MESSAGE_PING, TEXT("{}"), &err)) {
		wire->asked = true;
		watch_clock(wire, WIRE_SILENCE_MS);
	}
	if (err.kind != ERR_NONE)
		fall(wire, &err);
	leave_turn(wire);
}

/* --- out --- */

static void flush(struct wire *wire)
{
	struct err err = {0};
	bool had = wire->sent < wire->out.len;
	enum tls_want want = TLS_DONE;
	while (want == TLS_DONE && wire->sent < wire->out.len) {
		size_t len = 0;
		struct text rest = {wire->out.at + wire->sent, wire->out.len - wire->sent};
		want = tls_write(wire->tls, rest, &len, &err);
		wire->sent += want == TLS_DONE ? len : 0;
	}
	if (want == TLS_CLOSED)
		err_set(&err, ERR_BUSY, "the server closed the connection");
	if (want == TLS_CLOSED || want == TLS_FAILED) {
		fall(wire, &err);
		return;
	}
	bool empty = wire->sent == wire->out.len;
	if (empty && had) {
		buf_end(&wire->out); /* nothing is kept while idle */
		wire->sent = 0;
	}
	wait_for(wire, LOOP_READ | (empty ? 0u : LOOP_WRITE));
	if (empty && had)
		wire->config.calls->sent(wire->config.data);
}

bool wire_send(struct wire *wire, enum message_type type, struct text body, struct err *err)
{
	if (wire->stage != UP || wire->ended)
		return err_set(err, ERR_BUSY, "not connected to the server");
	if (wire_unsent(wire) > WIRE_UNSENT_MAX)
		return err_set(err, ERR_BUSY, "the server does not keep up");
	if (body.len > message_limit(type))
		return err_set(err, ERR_LIMIT, "message \"%s\" of %zu bytes; at most %zu fit",
			       message_name(type), body.len, message_limit(type));
	message_put_text(&wire->out, type, body);
	wait_for(wire, LOOP_READ | LOOP_WRITE);
	return true;
}

size_t wire_unsent(const struct wire *wire)
{
	return wire->out.len - wire->sent;
}

/* --- in --- */

static void take_one(struct wire *wire, const struct message *message)
{
	struct err err = {0};
	wire->asked = false;
	if (message->type == MESSAGE_PING) {
		if (!wire_send(wire, MESSAGE_PONG, TEXT("{}"), &err))
			fall(wire, &err);
	} else if (message->type != MESSAGE_PONG)
		wire->config.calls->got(wire->config.data, message);
}

/* Hands on every whole message that has come. */
static void take_all(struct wire *wire)
{
	size_t at = 0;
	for (bool whole = true; whole && is_alive(wire);) {
		struct err err = {0};
		struct message message = {0};
		size_t used = 0;
		struct text rest = {wire->in.at + at, wire->in.len - at};
		if (!message_get(rest, MESSAGE_FROM_SERVER, wire->config.enrolled, &message, &used,
				 &whole, &err)) {
			fall(wire, &err);
			return;
		}
		if (whole) {
			at += used;
			take_one(wire, &message);
		}
	}
	if (!is_alive(wire))
		return;
	if (at == wire->in.len)
		buf_end(&wire->in);
	else
		buf_drop(&wire->in, at);
}

static void receive(struct wire *wire)
{
	struct err err = {0};
	char piece[PIECE_SIZE];
	size_t len = 0;
	enum tls_want want = TLS_DONE;
	for (int i = 0; i < READS_MAX && want == TLS_DONE; i++) {
		want = tls_read(wire->tls, piece, sizeof(piece), &len, &err);
		if (want == TLS_DONE)
			buf_add(&wire->in, piece, len);
	}
	if (wire->in.len > 0) {
		watch_clock(wire, WIRE_PING_MS);
		take_all(wire);
	}
	if (!is_alive(wire))
		return;
	if (want == TLS_CLOSED)
		err_set(&err, ERR_BUSY, "the server closed the connection");
	if (want == TLS_CLOSED || want == TLS_FAILED)
		fall(wire, &err);
	else if (want == TLS_DONE) /* TLS may hold more than the socket tells of: read on soon */
		wait_for(wire, LOOP_READ | LOOP_WRITE);
}

/* --- coming up --- */

static void shake(struct wire *wire)
{
	struct err err = {0};
	switch (tls_handshake(wire->tls, &err)) {
	case TLS_DONE:
		wire->stage = UP;
		wait_for(wire, LOOP_READ);
		watch_clock(wire, WIRE_PING_MS);
		wire->config.calls->up(wire->config.data);
		return;
	case TLS_WANTS_READ:
		wait_for(wire, LOOP_READ);
		return;
	case TLS_WANTS_WRITE:
		wait_for(wire, LOOP_WRITE);
		return;
	case TLS_CLOSED:
		err_set(&err, ERR_BUSY, "the server closed the connection");
		break;
	case TLS_FAILED:
		break;
	}
	fall(wire, &err);
}

static void begin_tls(struct wire *wire)
{
	struct err err = {0};
	if (dial_finish(wire->fd, &err))
		wire->tls = tls_new(wire->config.tls, wire->fd, NULL, &err);
	if (wire->tls) {
		wire->stage = SHAKING;
		shake(wire);
	} else
		fall(wire, &err);
}

static void ready(void *data, unsigned events)
{
	struct wire *wire = data;
	wire->busy = true;
	if (wire->stage == DIALLING)
		begin_tls(wire);
	else if (wire->stage == SHAKING)
		shake(wire);
	else if (wire->stage == UP) {
		if (events & LOOP_WRITE)
			flush(wire);
		if (is_alive(wire))
			receive(wire);
	}
	leave_turn(wire);
}

struct wire *wire_new(const struct wire_config *config, struct err *err)
{
	int fd = dial_start(config->address, config->attempt, err);
	if (fd < 0)
		return NULL;
	struct wire *wire = mem_new(1, sizeof(*wire));
	*wire = (struct wire){.config = *config, .fd = fd, .events = LOOP_WRITE};
	if (!loop_add(config->loop, fd, LOOP_WRITE, ready, wire, err)) {
		dial_close(&fd);
		mem_free(&wire);
		return NULL;
	}
	watch_clock(wire, WIRE_UP_MS);
	return wire;
}
