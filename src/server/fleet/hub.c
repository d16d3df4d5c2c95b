#include "base/log.h"
#include "net/listen.h"
#include "server/fleet/conn.h"

#define ACCEPTS_A_TURN 64
#define PAUSE_MS 100 /* without descriptors: until it is tried again */

/* --- letters --- */

void hub_refuse(struct letter *letter, const char *reason, bool final)
{
	scoped(json_free) struct json *body = json_new_object();
	json_put_cstr(body, "reason", reason);
	json_put_bool(body, "final", final);
	message_put(&letter->bytes, MESSAGE_REFUSED, body);
	letter->close = true;
}

void hub_post(struct hub *hub, struct letter *letter)
{
	if (letter->serial == 0 || (letter->bytes.len == 0 && !letter->close && !letter->admit)) {
		buf_end(&letter->bytes);
		return;
	}
	struct letter *posted = mem_new(1, sizeof(*posted));
	*posted = *letter;
	posted->next = NULL;
	letter->bytes = (struct buf){0};
	lock_take(hub->posting);
	*hub->last = posted;
	hub->last = &posted->next;
	lock_give(hub->posting);
	loop_wake(hub->loop);
}

static bool has_room(struct hub *hub)
{
	return hub->fleet->job_bytes < FLEET_QUEUE_BYTES_MAX / 2 &&
	       queue_count(hub->fleet->read) < FLEET_QUEUE_MAX / 4;
}

void hub_drained(struct hub *hub)
{
	if (hub->paused && has_room(hub))
		loop_wake(hub->loop);
}

static void deliver(struct hub *hub, struct letter *letter)
{
	struct conn *conn = hub_conn(hub, letter->serial);
	if (conn) {
		if (letter->admit)
			conn_admit(conn);
		conn_send(conn, buf_view(&letter->bytes), letter->close);
	}
	buf_end(&letter->bytes);
	mem_free(&letter);
}

static void exchange_context(struct hub *hub, struct tls_context *coming)
{
	tls_context_free(&hub->former[hub->former_at]);
	hub->former[hub->former_at] = hub->tls;
	hub->former_at = (hub->former_at + 1) % HUB_FORMER;
	hub->tls = coming;
}

static void on_wake(void *data)
{
	struct hub *hub = data;
	lock_take(hub->posting);
	struct tls_context *coming = hub->coming;
	hub->coming = NULL;
	struct letter *letter = hub->first;
	hub->first = NULL;
	hub->last = &hub->first;
	bool stopping = hub->stopping;
	lock_give(hub->posting);
	if (coming)
		exchange_context(hub, coming);
	while (letter) {
		struct letter *next = letter->next;
		deliver(hub, letter);
		letter = next;
	}
	if (hub->paused && has_room(hub)) {
		hub->paused = false;
		for (size_t i = 0; i < hub->slot_count; i++)
			if (hub->slots[i])
				conn_resume(hub->slots[i]);
	}
	if (stopping)
		loop_stop(hub->loop);
}

/* --- connections --- */

struct conn *hub_conn(struct hub *hub, uint64_t serial)
{
	size_t slot = (size_t)(serial % FLEET_CONNECTIONS_MAX);
	struct conn *conn = slot < hub->slot_count ? hub->slots[slot] : NULL;
	return conn && conn->serial == serial ? conn : NULL;
}

/* A serial that was never used, whose rest by FLEET_CONNECTIONS_MAX is its slot. */
static bool take_slot(struct hub *hub, struct conn *conn)
{
	size_t slot = hub->slot_count;
	if (hub->free_count > 0)
		slot = hub->free_slots[--hub->free_count];
	else if (slot == hub->limit)
		return false;
	else
		hub->slots = mem_grow(hub->slots, &hub->slot_room, ++hub->slot_count,
				      sizeof(struct conn *));
	conn->serial = ++hub->generation * FLEET_CONNECTIONS_MAX + slot;
	hub->slots[slot] = conn;
	return true;
}

void hub_forget(struct hub *hub, struct conn *conn)
{
	size_t slot = (size_t)(conn->serial % FLEET_CONNECTIONS_MAX);
	hub->slots[slot] = NULL;
	hub->free_slots = mem_grow(hub->free_slots, &hub->free_room, hub->free_count + 1,
				   sizeof(*hub->free_slots));
	hub->free_slots[hub->free_count++] = slot;
}

static void on_pause_over(void *data)
{
	struct hub *hub = data;
	hub->pause = NULL;
	loop_change(hub->loop, hub->fd, LOOP_READ);
}

static bool begin(struct hub *hub, int fd, const char *peer, struct err *err)
{
	struct conn *conn = conn_new(hub, fd, peer, err);
	if (!conn)
		return false;
	if (!take_slot(hub, conn)) {
		conn_free(&conn);
		return err_set(err, ERR_LIMIT, "there are %zu connections already", hub->limit);
	}
	if (conn_start(conn, err))
		return true;
	hub_forget(hub, conn);
	conn_free(&conn);
	return false;
}

static void on_accept(void *data, unsigned events unused)
{
	struct hub *hub = data;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		struct err err = {0};
		char peer[LISTEN_ADDRESS_SIZE];
		int fd = listen_accept(hub->fd, peer, &err);
		if (fd >= 0 && begin(hub, fd, peer, &err))
			continue;
		listen_close(&fd);
		if (err.kind == ERR_BUSY)
			return;
		log_write(LOG_WARN, "hub", "connection not taken: %s", err.text);
		if (err.kind != ERR_LIMIT || hub->pause)
			continue;
		loop_change(hub->loop, hub->fd, 0);
		hub->pause = loop_after(hub->loop, PAUSE_MS, on_pause_over, hub);
		return;
	}
}

/* --- the thread --- */

static void run(void *data)
{
	struct hub *hub = data;
	struct err err = {0};
	if (!loop_run(hub->loop, &err))
		log_write(LOG_ERROR, "hub", "%s", err.text);
	for (size_t i = 0; i < hub->slot_count; i++)
		if (hub->slots[i])
			conn_end(hub->slots[i]);
}

static struct tls_context *make_context(const struct fleet *fleet, struct text key_pem,
					struct text cert_pem, struct err *err)
{
	const struct tls_setup setup = {.is_server = true,
					.key_pem = key_pem,
					.cert_pem = cert_pem,
					.ca_pem = buf_view(&fleet->ca_cert),
					.alpn = TLS_ALPN_FLEET,
					.ask_client = true};
	return tls_context_new(&setup, err);
}

static bool set_up(struct hub *hub, struct err *err)
{
	struct fleet *fleet = hub->fleet;
	hub->tls = make_context(fleet, fleet->config.key_pem, fleet->config.cert_pem, err);
	hub->fd = hub->tls ? listen_open(fleet->config.agents_address, hub->address, err) : -1;
	hub->loop = hub->fd >= 0 ? loop_new(err) : NULL;
	return hub->loop && loop_on_wake(hub->loop, on_wake, hub, err) &&
	       loop_add(hub->loop, hub->fd, LOOP_READ, on_accept, hub, err);
}

struct hub *hub_open(struct fleet *fleet, struct err *err)
{
	struct hub *hub = mem_new(1, sizeof(*hub));
	hub->fleet = fleet;
	hub->limit = fleet->config.connections;
	if (hub->limit == 0 || hub->limit > FLEET_CONNECTIONS_MAX)
		hub->limit = FLEET_CONNECTIONS_MAX;
	hub->fd = -1;
	hub->posting = lock_new();
	hub->last = &hub->first;
	if (!set_up(hub, err))
		hub_close(&hub);
	return hub;
}

const char *hub_address(const struct hub *hub)
{
	return hub->address;
}

/* The context is exchanged by the hub's thread, at its next turn. */
bool hub_reload(struct hub *hub, struct text key_pem, struct text cert_pem, struct err *err)
{
	struct tls_context *made = make_context(hub->fleet, key_pem, cert_pem, err);
	if (!made)
		return false;
	lock_take(hub->posting);
	struct tls_context *unused_yet = hub->coming;
	hub->coming = made;
	lock_give(hub->posting);
	tls_context_free(&unused_yet);
	loop_wake(hub->loop);
	return true;
}

bool hub_start(struct hub *hub, struct err *err)
{
	hub->thread = thread_start("hub", run, hub, err);
	return hub->thread != NULL;
}

void hub_stop(struct hub *hub)
{
	if (!hub->thread)
		return;
	lock_take(hub->posting);
	hub->stopping = true;
	lock_give(hub->posting);
	loop_wake(hub->loop);
	thread_join(&hub->thread);
}

void hub_close(struct hub **hub)
{
	if (!*hub)
		return;
	for (struct letter *letter = (*hub)->first; letter;) {
		struct letter *next = letter->next;
		buf_end(&letter->bytes);
		mem_free(&letter);
		letter = next;
	}
	mem_free(&(*hub)->slots);
	mem_free(&(*hub)->free_slots);
	if ((*hub)->loop)
		loop_free(&(*hub)->loop);
	listen_close(&(*hub)->fd);
	tls_context_free(&(*hub)->tls);
	tls_context_free(&(*hub)->coming);
	for (size_t i = 0; i < HUB_FORMER; i++)
		tls_context_free(&(*hub)->former[i]);
	lock_free(&(*hub)->posting);
	mem_free(hub);
}
