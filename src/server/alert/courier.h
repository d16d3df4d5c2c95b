/* courier.h: the process that takes alerts to where people read them: a webhook, mail, syslog.
 *
 * The server itself connects nowhere; the courier is forked from it before its walls go up, and has
 * walls of its own: client sockets, the resolver's files and the system's CA certificates, nothing
 * of the state folder. It is told one alert at a time and answers how that went. It ends with the
 * server. */
#pragma once
#include "os/child.h"
#include "os/channel.h"

#define COURIER_TEXT_MAX 262144 /* bytes of one alert */
#define COURIER_TRIES 3         /* of each way, 1 s and 5 s apart */
#define COURIER_SPAN_MS 10000   /* of one try */

struct courier_ways {        /* empty texts: not this way */
	const char *webhook; /* "https://…" or "http://…": gets the alert as JSON, by POST */
	const char *mail_server;         /* "smtp://…", "smtps://…" */
	const char *mail_from, *mail_to; /* addresses; of mail_to several, between commas */
	const char *syslog;              /* "udp://HOST:PORT" or "tcp://HOST:PORT": RFC 5424 */
	const char *host;                /* the server's own name, for syslog */
};

/* Whether these ways can be gone at all; ERR_INPUT names the key of the configuration. */
must_use bool courier_check(const struct courier_ways *ways, struct err *err);
must_use bool courier_has_ways(const struct courier_ways *ways);

struct courier {
	struct child child;
	struct channel *channel; /* NULL: none was started */
};

/* Before the server has threads or walls. What `ways` points at must live as long as the courier.
 */
must_use bool courier_start(struct courier *courier, const struct courier_ways *ways,
			    struct err *err);
void courier_end(struct courier *courier);

/* An alert: a subject line, a text for people, and the JSON of the webhook. Waits until it has been
 * tried, at most as long as all tries take. ERR_SYSTEM: not every way took it, the text says which
 * and why. By one thread at a time. */
struct courier_alert {
	struct text subject, body, json;
	bool bad; /* something stopped complying: syslog's warning, else notice */
};
must_use bool courier_send(struct courier *courier, const struct courier_alert *alert,
			   struct err *err);

/* The RFC 5424 line of an alert, for syslog; over TCP its length stands in front (RFC 6587). */
void courier_put_syslog(const struct courier_alert *alert, int64_t now_us, struct text host,
			struct buf *out);
