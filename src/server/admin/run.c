#include "server/admin/run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "net/dial.h"
#include "net/tls/tls.h"
#include "os/folder.h"
#include "os/loop.h"
#include "os/user/operand.h"
#include "os/powers.h"
#include "server/admin/config.h"
#include "server/admin/state.h"
#include "server/alert/alert.h"
#include "server/api/web.h"
#include "server/fleet/fleet.h"

#define PLACE "musterd"
#define ARENA_MAX (1024u * 1024)
#define LOOK_MS (24 * 3600 * 1000) /* so often the certificate's end is looked at */
#define PORT_PRIVILEGED 1024       /* below, a port wants a capability */

struct server {
	const struct run_options *options;
	struct arena *arena;
	struct config config;
	const char *agents, *shown_host;
	int64_t keep_us; /* of items; 0: for ever */
	int agent_days;  /* of agents' certificates */
	int folder, store_folder, lock, config_file;
	uint64_t descriptors; /* that we may have; half are the agents', a quarter the people's */
	struct state_keys keys;
	struct loop *loop;
	struct store *store;
	struct stream *stream;
	struct courier_ways ways;
	struct courier courier;
	enum alert_on alert_on;
	struct alerts *alerts;
	struct fleet *fleet;
	struct web *web;
	struct files *files; /* until web has them */
};

/* In the order that nothing is used after it has ended. */
static void end_server(struct server *server)
{
	if (server->web)
		web_stop(&server->web);
	if (server->fleet)
		fleet_stop(&server->fleet);
	alerts_stop(&server->alerts);
	courier_end(&server->courier);
	files_close(&server->files);
	stream_free(&server->stream);
	if (server->store)
		store_embedded.close(&server->store);
	loop_free(&server->loop);
	state_keys_end(&server->keys);
	folder_close(&server->store_folder);
	folder_close(&server->lock);
	folder_close(&server->config_file);
	folder_close(&server->folder);
	arena_free(&server->arena);
}

/* -------- what it is told -------- */

static bool set_log(const struct config *config, struct err *err)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	for (size_t i = 0; i < array_len(names); i++)
		if (text_is(text_of(config->log), names[i])) {
			log_limit((enum log_level)i);
			return true;
		}
	return err_set(err, ERR_INPUT, "log is \"%.50s\"; write debug, info, warn or error",
		       config->log);
}

static bool set_keep(struct server *server, struct err *err)
{
	const char *keep = server->config.keep_items;
	return (time_read_span(text_of(keep), &server->keep_us) && server->keep_us >= 0) ||
	       err_set(err, ERR_INPUT, "keep_items is \"%.50s\"; write a span such as 400d, or 0",
		       keep);
}

static bool set_days(struct server *server, struct err *err)
{
	uint64_t days;
	const char *text = server->config.agent_certificate_days;
	if (!text_to_u64(text_of(text), 1, FLEET_AGENT_DAYS_MAX, &days))
		return err_set(err, ERR_INPUT,
			       "agent_certificate_days is \"%.50s\"; write a number from 1 to %d",
			       text, FLEET_AGENT_DAYS_MAX);
	server->agent_days = (int)days;
	return true;
}

/* They are settled at the start: the courier is forked then. */
static bool set_alerts(struct server *server, struct err *err)
{
	const struct config *config = &server->config;
	const struct courier_ways ways = {.webhook = config->alert_webhook,
					  .mail_server = config->alert_mail_server,
					  .mail_from = config->alert_mail_from,
					  .mail_to = config->alert_mail_to,
					  .syslog = config->alert_syslog,
					  .host = server->ways.host};
	enum alert_on on;
	if (!alert_on_read(text_of(config->alert_on), &on))
		return err_set(err, ERR_INPUT, "alert_on is \"%.50s\"; write level or change",
			       config->alert_on);
	if (!courier_check(&ways, err))
		return false;
	if (!server->fleet) {
		server->ways = ways;
		server->alert_on = on;
	}
	return true;
}

static bool read_config(struct server *server, struct err *err)
{
	const char *path = server->options->config;
	config_begin(&server->config);
	if (path) {
		scoped(buf_end) struct buf text = {0};
		if (!operand_read(path, CONFIG_FILE_MAX, &text, err))
			return false;
		if (!config_read(buf_view(&text), server->arena, &server->config, err))
			return err_add(err, "%s", path);
	}
	if (server->options->listen)
		server->config.listen = server->options->listen;
	if (server->options->agents)
		server->config.agents = server->options->agents;
	return set_keep(server, err) && set_days(server, err) && set_alerts(server, err) &&
	       set_log(&server->config, err);
}

static bool split(const char *address, struct text *host, uint64_t *port, struct err *err)
{
	const char *colon = strrchr(address, ':');
	*host = (struct text){address, colon ? (size_t)(colon - address) : 0};
	if (colon && text_to_u64(text_of(colon + 1), 0, UINT16_MAX, port))
		return true;
	return err_set(err, ERR_INPUT,
		       "\"%.100s\" is no ADDRESS:PORT, such as 127.0.0.1:8443 or *:8443", address);
}

/* Agents' port: the next one by default; and what agents are told to connect to. */
static bool settle_addresses(struct server *server, struct err *err)
{
	struct text host;
	uint64_t port;
	server->agents = server->config.agents;
	if (!split(server->config.listen, &host, &port, err))
		return err_add(err, "listen");
	if (!*server->agents && port == UINT16_MAX)
		return err_set(err, ERR_INPUT,
			       "listen: there is no port after 65535; give --agents");
	if (!*server->agents)
		server->agents = arena_print(server->arena, "%.*s:%u", TEXT_ARG(host),
					     port == 0 ? 0 : (unsigned)port + 1);
	if (!split(server->agents, &host, &port, err))
		return err_add(err, "agents");
	bool every = text_is(host, "*") || text_is(host, "0.0.0.0") || text_is(host, "[::]");
	if (*server->config.agents_host)
		server->shown_host = server->config.agents_host;
	else if (every)
		server->shown_host = state_host(server->folder, server->arena);
	return true;
}

/* -------- the start -------- */

static bool open_state(struct server *server, struct err *err)
{
	server->folder = state_open(server->options->state, err);
	if (server->folder < 0)
		return false;
	server->lock = folder_lock(server->folder, "lock", err);
	if (server->lock < 0)
		return err_add(err, "state folder \"%s\"", server->options->state);
	return true;
}

static bool wants_privilege(const char *address)
{
	struct text host;
	struct err err;
	uint64_t port;
	return split(address, &host, &port, &err) && port > 0 && port < PORT_PRIVILEGED;
}

/* The dashboard's files are read while we may still read them. Where it was not installed and
 * nobody asked for another, the API is served alone. */
static bool open_files(struct server *server, struct err *err)
{
	const char *folder = server->config.dashboard;
	if (!*folder)
		return true;
	server->files = files_open(folder, err);
	if (server->files || !text_is(text_of(folder), MUSTER_DASHBOARD_DIR))
		return server->files || err_add(err, "dashboard");
	log_write(LOG_WARN, PLACE, "no dashboard is served: %s; the key dashboard names its folder",
		  err->text);
	return true;
}

/* Its folder, to read and write; the configuration, to read it again; SQLite's random numbers. */
static bool wall_in(struct server *server, struct err *err)
{
	struct powers_path paths[3] = {
		{.fd = server->folder, .rights = POWERS_READ | POWERS_WRITE | POWERS_MAKE},
		{.path = "/dev/urandom", .rights = POWERS_READ},
		{.fd = server->config_file, .rights = POWERS_READ},
	};
	unsigned abi;
	if (!powers_wall_paths(paths, server->config_file >= 0 ? 3 : 2, true, &abi, err))
		return false;
#ifndef MUSTER_SANITIZED /* sanitizers make system calls of their own */
	if (!powers_wall_calls(POWERS_CALLS_SERVER, err))
		return false;
#endif
	log_write(abi > 0 ? LOG_DEBUG : LOG_WARN, PLACE, "walls are up, landlock_abi=%u", abi);
	return true;
}

static bool start_courier(struct server *server, struct err *err)
{
	server->ways.host = state_host(server->folder, server->arena);
	return !courier_has_ways(&server->ways) ||
	       courier_start(&server->courier, &server->ways, err);
}

/* Enters the folder, gives it to its user and becomes that user. */
static bool drop(struct server *server, struct err *err)
{
	static const char *const bind_low[] = {"net_bind_service", NULL};
	unsigned user = powers_user("_musterd", POWERS_UID_SERVER);
	bool low = wants_privilege(server->config.listen) || wants_privilege(server->agents);
	if (server->options->config)
		server->config_file = folder_open_path(server->options->config,
						       err); /* by a path from here */
	if (server->options->config && server->config_file < 0)
		return false;
	server->store_folder = folder_open_below(server->folder, STATE_STORE, user, err);
	if (server->store_folder < 0 || !folder_give(server->store_folder, user, err) ||
	    !folder_give(server->folder, user, err) || !folder_enter(server->folder, err))
		return err_add(err, "state folder \"%s\"", server->options->state);
	powers_allow_files(&server->descriptors);
	log_write(LOG_DEBUG, PLACE, "may open %" PRIu64 " files and connections",
		  server->descriptors);
	return powers_become("_musterd", POWERS_UID_SERVER, low ? bind_low : NULL, err) &&
	       powers_lock(err) && wall_in(server, err);
}

static bool start(struct server *server, struct err *err)
{
	server->store = store_embedded.open(&(struct store_config){.folder = STATE_STORE}, err);
	if (!server->store)
		return err_add(err, "store");
	server->stream = stream_new();
	server->alerts = alerts_start(server->courier.channel ? &server->courier : NULL,
				      server->alert_on, err);
	if (!server->alerts)
		return false;
	struct fleet_config fleet = {
		.ca_key_pem = buf_view(&server->keys.ca_key),
		.ca_cert_pem = buf_view(&server->keys.ca_cert),
		.key_pem = buf_view(&server->keys.key),
		.cert_pem = buf_view(&server->keys.cert),
		.agents_address = server->agents,
		.shown_host = server->shown_host,
		.agent_days = server->agent_days,
		.keep_us = server->keep_us,
		.connections = (size_t)server->descriptors / 2,
		.port = &store_embedded,
		.store = server->store,
		.stream = server->stream,
		.alerts = server->alerts,
	};
	server->fleet = fleet_start(&fleet, err);
	if (!server->fleet)
		return err_add(err, "agents' port %s", server->agents);
	struct web_config web = {
		.listen = server->config.listen,
		.key_pem = buf_view(&server->keys.key),
		.cert_pem = buf_view(&server->keys.cert),
		.fleet = server->fleet,
		.port = &store_embedded,
		.store = server->store,
		.stream = server->stream,
		.connections = (size_t)server->descriptors / 4,
		.files = take(&server->files),
	};
	server->web = web_start(&web, err);
	return server->web || err_add(err, "port %s", server->config.listen);
}

/* -------- while it runs -------- */

/* A certificate made now, for new connections. */
static bool renew(struct server *server, struct err *err)
{
	struct state_keys keys = {0};
	bool done = state_read_keys(server->folder, time_now_us(), &keys, err) &&
		    web_reload(server->web, buf_view(&keys.key), buf_view(&keys.cert), err) &&
		    fleet_renew(server->fleet, buf_view(&keys.key), buf_view(&keys.cert), err);
	if (done) {
		state_keys_end(&server->keys);
		server->keys = keys;
	} else {
		state_keys_end(&keys);
	}
	return done;
}

/* Each start makes a certificate; who runs for longer than that makes another in time. */
static void look_at_certificate(void *data)
{
	struct server *server = data;
	struct err err = {0};
	int64_t from_us, until_us;
	loop_after(server->loop, LOOK_MS, look_at_certificate, server);
	bool done = tls_span(buf_view(&server->keys.cert), &from_us, &until_us, &err);
	if (done && !tls_is_ending(from_us, until_us, time_now_us()))
		return;
	if (done && renew(server, &err))
		log_write(LOG_INFO, PLACE, "the server's certificate was renewed");
	else
		log_write(LOG_ERROR, PLACE, "the server's certificate: %s", err.text);
}

/* SIGHUP: what can change while we run: the least that is logged, how long items are kept, how long
 * agents' certificates live, the certificate. */
static void reload(struct server *server)
{
	struct err err = {0};
	bool done = read_config(server, &err) && renew(server, &err);
	if (done)
		fleet_set(server->fleet, server->keep_us, server->agent_days);
	if (done)
		log_write(LOG_INFO, PLACE, "configuration and certificate were read again");
	else
		log_write(LOG_ERROR, PLACE, "cannot reload, all stays as it was: %s", err.text);
}

static void got_signal(void *data, int signal)
{
	struct server *server = data;
	if (signal == SIGHUP)
		reload(server);
	else if (signal != SIGPIPE)
		loop_stop(server->loop);
}

static bool serve(struct server *server, struct err *err)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE};
	server->loop = loop_new(err);
	if (!server->loop ||
	    !loop_signals(server->loop, signals, array_len(signals), got_signal, server, err) ||
	    !start(server, err))
		return false;
	printf("ready https://%s agents %s\n", web_address(server->web),
	       fleet_address(server->fleet));
	fflush(stdout);
	look_at_certificate(server);
	log_write(LOG_INFO, PLACE, "runs, version=%s state=%s", MUSTER_VERSION,
		  server->options->state);
	return loop_run(server->loop, err);
}

bool run_server(const struct run_options *options, struct err *err)
{
	scoped(end_server) struct server server = {.options = options,
						   .folder = -1,
						   .store_folder = -1,
						   .lock = -1,
						   .config_file = -1};
	server.arena = arena_new(ARENA_MAX);
	bool done = read_config(&server, err) && open_state(&server, err) &&
		    settle_addresses(&server, err) &&
		    state_read_keys(server.folder, time_now_us(), &server.keys, err) &&
		    open_files(&server, err) && start_courier(&server, err) && drop(&server, err) &&
		    serve(&server, err);
	if (done)
		log_write(LOG_INFO, PLACE, "stops");
	return done;
}
