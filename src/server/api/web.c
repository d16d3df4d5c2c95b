#include "server/api/web.h"

#include "base/log.h"
#include "base/queue.h"
#include "base/thread.h"
#include "base/time.h"
#include "server/api/call.h"
#include "server/api/files.h"
#include "server/api/route.h"

#define TICK_MS 1000
#define QUIET_TICKS 5
#define PACE_MS 40 /* what is published meanwhile reaches the streams together */

struct web {
	struct web_state state;
	struct http *http;
	struct thread *pacer;
	struct lock *lock; /* over the two below, and to wake the pacer */
	bool published, stopping;
};

/* Any thread, for every message: it only notes that there is something. */
static void on_publish(void *data)
{
	struct web *web = data;
	lock_take(web->lock);
	if (!web->published)
		lock_wake(web->lock);
	web->published = true;
	lock_give(web->lock);
}

/* Waits until something was published or a tick is over. */
static void wait_turn(struct web *web, bool *stopping, bool *published)
{
	int64_t end_us = time_span_us() + TICK_MS * INT64_C(1000);
	lock_take(web->lock);
	while (!web->stopping && !web->published && time_span_us() < end_us)
		lock_wait(web->lock, (int)((end_us - time_span_us()) / 1000) + 1);
	*stopping = web->stopping;
	*published = web->published;
	web->published = false;
	lock_give(web->lock);
}

/* Lets messages gather, so that many are one wake of all streams. */
static void gather(struct web *web)
{
	int64_t end_us = time_span_us() + PACE_MS * INT64_C(1000);
	lock_take(web->lock);
	while (!web->stopping && time_span_us() < end_us)
		lock_wait(web->lock, (int)((end_us - time_span_us()) / 1000) + 1);
	lock_give(web->lock);
}

/* Streams are woken at once for the first message, then PACE_MS apart; without messages every
 * QUIET_TICKS, to say that they live, and every tick where somebody waits for the end of an action.
 */
static void run_pacer(void *data)
{
	struct web *web = data;
	int64_t ticked_us = time_span_us();
	unsigned ticks = 0;
	bool stopping, published;
	for (wait_turn(web, &stopping, &published); !stopping;
	     wait_turn(web, &stopping, &published)) {
		if (time_span_us() - ticked_us >= TICK_MS * INT64_C(1000)) {
			ticked_us = time_span_us();
			ticks++;
			http_tick(web->http, ticked_us);
		}
		if (published || atomic_load(&web->state.waiters) > 0 || ticks % QUIET_TICKS == 0)
			http_wake(web->http);
		if (!published)
			continue;
		gather(web);
		if (atomic_load(&web->state.waiters) > 0)
			http_wake(
				web->http); /* an answer is complete a moment after its last item */
	}
}

/* Within what the process may open: libmicrohttpd spins where it can't take a connection. */
static unsigned connections_max(const struct web_config *config)
{
	if (config->connections == 0 || config->connections > WEB_CONNECTIONS_MAX)
		return WEB_CONNECTIONS_MAX;
	return config->connections < WEB_THREADS ? WEB_THREADS : (unsigned)config->connections;
}

static bool open_parts(struct web *web, const struct web_config *config, struct err *err)
{
	struct http_config http = {
		.listen = config->listen,
		.key_pem = config->key_pem,
		.cert_pem = config->cert_pem,
		.taker = {route_begin, route_handle, route_refuse, &web->state},
		.threads = WEB_THREADS,
		.connections = connections_max(config),
		.connections_address = WEB_CONNECTIONS_ADDRESS_MAX,
	};
	web->http = http_start(&http, err);
	if (!web->http)
		return false;
	web->pacer = thread_start("pacer", run_pacer, web, err);
	return web->pacer;
}

struct web *web_start(const struct web_config *config, struct err *err)
{
	struct web *web = mem_new(1, sizeof(*web));
	web->state.fleet = config->fleet;
	web->state.port = config->port;
	web->state.store = config->store;
	web->state.stream = config->stream;
	web->state.files = config->files;
	web->state.stream_base = time_now_us();
	web->state.guard = guard_new();
	web->lock = lock_new();
	if (!open_parts(web, config, err)) {
		web_stop(&web);
		return NULL;
	}
	stream_on_publish(config->stream, on_publish, web);
	return web;
}

const char *web_address(const struct web *web)
{
	return http_address(web->http);
}

bool web_reload(struct web *web, struct text key_pem, struct text cert_pem, struct err *err)
{
	return http_reload(web->http, key_pem, cert_pem, err);
}

void web_stop(struct web **web)
{
	if (!*web)
		return;
	stream_on_publish((*web)->state.stream, NULL, NULL);
	lock_take((*web)->lock);
	(*web)->stopping = true;
	lock_wake((*web)->lock);
	lock_give((*web)->lock);
	thread_join(&(*web)->pacer);
	http_stop(&(*web)->http);
	files_close(&(*web)->state.files);
	guard_free(&(*web)->state.guard);
	lock_free(&(*web)->lock);
	mem_free(web);
}
