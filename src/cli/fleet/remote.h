/* remote.h: the server that the commands of the fleet talk to: where it is, who we are there, and
 * its answers.
 *
 * It is found by MUSTER_URL, MUSTER_TOKEN and MUSTER_CA, and what is not set there by what `muster
 * login` stored
 * (~/.config/muster/server.json); a stored token is only sent to the address that it was stored
 * with. */
#pragma once
#include "cli/command.h"
#include "format/json.h"
#include "net/fetch.h"

#define REMOTE_TIMEOUT_MS 30000
#define REMOTE_PAGE 500 /* records asked for at once */

struct remote {
	char *url, *token, *ca; /* token, ca: may be NULL */
};
void remote_end(struct remote *remote);

/* ERR_SYSTEM: no server is known; ERR_INPUT: the stored file is broken. */
must_use bool remote_open(const struct program *program, struct remote *remote, struct err *err);

/* Stores what remote says for this user (0600); ca_pem may be empty. */
must_use bool remote_store(const struct program *program, const struct remote *remote,
			   struct text ca_pem, struct err *err);

/* Appends text with everything escaped that means something in an address. */
void remote_escape(struct buf *out, struct text text);

struct remote_answer {
	int status;
	struct json *json; /* NULL: no body, or none that is JSON */
};
void remote_answer_end(struct remote_answer *answer);

/* Asks; body may be NULL. False: nothing was answered (ERR_SYSTEM), or the token is refused
 * (ERR_REFUSED). Every other status is an answer. */
must_use bool remote_ask(const struct remote *remote, const char *method, const char *path,
			 const struct json *body, struct remote_answer *answer, struct err *err);
/* What a status above 299 says, as an error: 4xx ERR_INPUT, 429 and 503 ERR_BUSY, others
 * ERR_SYSTEM. Returns false. */
bool remote_refuse(const struct remote_answer *answer, struct err *err);

/* Both at once: the JSON of a good answer (an empty object for 204), or NULL. */
must_use struct json *remote_call(const struct remote *remote, const char *method, const char *path,
				  const struct json *body, struct err *err);

/* All records of a list, page by page, at most limit; q may be NULL. */
must_use bool remote_list(const struct remote *remote, const char *path, const char *q,
			  size_t limit, struct json *list, struct err *err);

/* The host of that id or name; ERR_INPUT: there is none, or several. */
must_use struct json *remote_host(const struct remote *remote, const char *name, struct err *err);

/* GET, and every piece of the answer as it comes. */
must_use bool remote_stream(const struct remote *remote, const char *path,
			    bool (*each)(void *data, struct text piece), void *data,
			    struct err *err);
