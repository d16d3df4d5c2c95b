#include "server/fleet/fleet.h"

#include <string.h>

#include "net/link/token.h"
#include "net/tls/tls.h"
#include "server/fleet/inner.h"

static void make_parts(struct fleet *fleet, const struct fleet_config *config)
{
	fleet->config = *config;
	fleet->agent_days = config->agent_days > 0 ? config->agent_days : FLEET_AGENT_DAYS;
	fleet->port = config->port;
	fleet->store = config->store;
	fleet->stream = config->stream;
	fleet->lock = lock_new();
	fleet->putting = lock_new();
	fleet->pushing = lock_new();
	fleet->summing = lock_new();
	fleet->due = lock_new();
	fleet->waivers_due = true;
	fleet->by_id = map_new();
	fleet->read = queue_new(FLEET_QUEUE_MAX);
	fleet->written = queue_new(FLEET_QUEUE_MAX);
	buf_text(&fleet->ca_key, config->ca_key_pem);
	buf_text(&fleet->ca_cert, config->ca_cert_pem);
}

/* HOST:PORT for enrolment tokens: a port that was picked is known only now. */
static void name_address(struct fleet *fleet, const char *shown_host)
{
	const char *listens = hub_address(fleet->hub), *port = strrchr(listens, ':');
	struct buf address = {0};
	bool is_v6 = shown_host && strchr(shown_host, ':');
	if (shown_host)
		buf_print(&address, is_v6 ? "[%s]%s" : "%s%s", shown_host, port);
	else
		buf_cstr(&address, listens);
	size_t len = address.len < sizeof(fleet->address) ? address.len
							  : sizeof(fleet->address) - 1;
	memcpy(fleet->address, address.at, len);
	buf_end(&address);
}

static bool load(struct fleet *fleet, struct err *err)
{
	return tls_fingerprint(buf_view(&fleet->ca_cert), fleet->ca_fingerprint, err) &&
	       library_load(fleet, err) && requirements_load(fleet, err) &&
	       waivers_load(fleet, err) && roster_load(fleet, err) && changes_load(fleet, err);
}

static bool start_threads(struct fleet *fleet, struct err *err)
{
	fleet->writer = thread_start("writer", writer_run, fleet, err);
	fleet->intake = fleet->writer ? thread_start("intake", intake_run, fleet, err) : NULL;
	fleet->clerk = fleet->intake ? thread_start("clerk", clerk_run, fleet, err) : NULL;
	return fleet->clerk && hub_start(fleet->hub, err);
}

struct fleet *fleet_start(const struct fleet_config *config, struct err *err)
{
	struct fleet *fleet = mem_new(1, sizeof(*fleet));
	make_parts(fleet, config);
	fleet->hub = hub_open(fleet, err);
	if (fleet->hub && load(fleet, err)) {
		name_address(fleet, config->shown_host);
		if (start_threads(fleet, err))
			return fleet;
	}
	fleet_stop(&fleet);
	return NULL;
}

/* What came in before is written and acknowledged, as far as connections last. */
static void stop_threads(struct fleet *fleet)
{
	if (fleet->hub)
		hub_stop(fleet->hub);
	queue_close(fleet->read);
	if (!fleet->intake)
		queue_close(fleet->written);
	thread_join(&fleet->intake);
	thread_join(&fleet->writer);
	lock_take(fleet->due);
	fleet->stopping = true;
	lock_wake(fleet->due);
	lock_give(fleet->due);
	thread_join(&fleet->clerk);
}

void fleet_stop(struct fleet **stopped)
{
	struct fleet *fleet = *stopped;
	if (!fleet)
		return;
	stop_threads(fleet);
	hub_close(&fleet->hub);
	roster_end(fleet);
	library_end(fleet);
	waivers_end(fleet);
	for (size_t i = 0; i < FLEET_CHANGES_KEPT; i++)
		mem_free(&fleet->changes[i].json);
	json_free(&fleet->summary);
	queue_free(&fleet->read);
	queue_free(&fleet->written);
	lock_free(&fleet->lock);
	lock_free(&fleet->putting);
	lock_free(&fleet->pushing);
	lock_free(&fleet->summing);
	lock_free(&fleet->due);
	if (fleet->ca_key.at)
		explicit_bzero(fleet->ca_key.at, fleet->ca_key.len);
	buf_end(&fleet->ca_key);
	buf_end(&fleet->ca_cert);
	mem_free(stopped);
}

bool fleet_renew(struct fleet *fleet, struct text key_pem, struct text cert_pem, struct err *err)
{
	return hub_reload(fleet->hub, key_pem, cert_pem, err);
}

void fleet_set(struct fleet *fleet, int64_t keep_us, int agent_days)
{
	must(agent_days >= 0 && agent_days <= FLEET_AGENT_DAYS_MAX);
	lock_take(fleet->due);
	fleet->config.keep_us = keep_us;
	fleet->agent_days = agent_days > 0 ? agent_days : FLEET_AGENT_DAYS;
	lock_give(fleet->due);
}

const char *fleet_address(const struct fleet *fleet)
{
	return hub_address(fleet->hub);
}

bool fleet_enrolment(struct fleet *fleet, int64_t uses, int64_t ttl_us, struct buf *word,
		     int64_t *expires_us, struct err *err)
{
	struct token token = {0};
	struct store_token kept = {.kind = TOKEN_ENROL,
				   .name = TEXT("enrolment"),
				   .created_us = time_now_us(),
				   .uses_left = uses};
	random_put_id(kept.id);
	random_put_id(token.secret);
	token_hash(token.secret, kept.hash);
	memcpy(token.fingerprint, fleet->ca_fingerprint, sizeof(token.fingerprint));
	memcpy(token.address, fleet->address, strnlen(fleet->address, TOKEN_ADDRESS_MAX));
	kept.expires_us = kept.created_us + ttl_us;
	bool done = token_make(&token, word, err) &&
		    fleet->port->token_add(fleet->store, &kept, err);
	explicit_bzero(&token, sizeof(token));
	if (done)
		*expires_us = kept.expires_us;
	return done;
}
