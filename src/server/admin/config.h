/* config.h: what an operator may set of musterd, in YAML: every key has a default.
 *
 * One table holds the keys: it reads a file, refuses what it does not know, and prints `musterd
 * config`. */
#pragma once
#include "base/buf.h"
#include "base/mem.h"

#define CONFIG_FILE_MAX (64u * 1024)

struct config {
	const char *listen; /* people's and programs' port */
	const char *agents; /* agents' port; "" : the one after listen's */
	const char
		*agents_host; /* what enrolment tokens name; "": the address, or this host's name */
	const char *dashboard; /* the dashboard's folder; "": none */
	const char
		*keep_items; /* a span: older ones that are not current are forgotten; "0": never */
	const char *agent_certificate_days; /* how long agents' certificates live */
	/* Who is told when a host stops to comply; "": nobody. */
	const char *alert_on, *alert_webhook, *alert_mail_server, *alert_mail_from, *alert_mail_to,
		*alert_syslog;
	const char *log; /* debug, info, warn, error */
};

/* Everything at its default. */
void config_begin(struct config *config);

/* Reads YAML over what is there; texts are in arena. ERR_INPUT begins with "LINE:COLUMN: ". */
must_use bool config_read(struct text text, struct arena *arena, struct config *config,
			  struct err *err);

/* The keys with their meaning and these values, as a file that config_read takes. */
void config_print(const struct config *config, struct buf *out);
