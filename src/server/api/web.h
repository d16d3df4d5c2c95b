/* web.h: the people's and programs' port: the API of docs/api.md and the dashboard's files, over
 * HTTPS.
 *
 * Requests run on a few threads of its own (WEB_THREADS) and call fleet, store and stream, which
 * must stay until web_stop has returned. Idle streams cost no thread. */
#pragma once
#include "server/api/files.h"
#include "server/fleet/fleet.h"

#define WEB_THREADS 4
#define WEB_CONNECTIONS_MAX 8192        /* more wait in the kernel's queue */
#define WEB_CONNECTIONS_ADDRESS_MAX 512 /* of one client address; more are closed at once */
#define WEB_BODY_MAX (8u * 1024 * 1024) /* of a request: 413 */
#define WEB_FILES_MAX 512               /* of the dashboard, and their sizes: more is ERR_LIMIT */
#define WEB_FILES_BYTES_MAX (64u * 1024 * 1024)

struct web_config {
	const char *listen; /* "127.0.0.1:8443", "[::]:8443", "*:8443" (both families); port 0 picks
			       one */
	struct text key_pem, cert_pem; /* the server's; copied */
	struct fleet *fleet;           /* these four are lent */
	const struct store_port *port;
	struct store *store;
	struct stream *stream;
	size_t connections; /* at most; 0: WEB_CONNECTIONS_MAX */
	struct files
		*files; /* the dashboard's, of files_open; taken, also on failure; NULL: none */
};

struct web;

/* Opens the port and begins to answer. ERR_INPUT: listen is no address, or key and certificate are
 * unusable; ERR_SYSTEM: the port is in use; ERR_LIMIT: the dashboard's folder holds too much. */
must_use struct web *web_start(const struct web_config *config, struct err *err);

/* "127.0.0.1:8443": where it really listens. */
must_use const char *web_address(const struct web *web);

/* Goes on with another certificate, on the same port; open connections end, and streams resume.
 * When it fails the old ones stay in use. */
must_use bool web_reload(struct web *web, struct text key_pem, struct text cert_pem,
			 struct err *err);

void web_stop(struct web **web); /* within 2 s: running requests end first */
