/* desk.h: for tests of the API: it runs over the memory store and a fleet that answers from the
 * book, and is asked over HTTPS on a port of its own. */
#pragma once
#include "peer.h"
#include "server/api/web.h"
#include "server/api/who.h"

#define DESK_HOST "11111111111111111111111111111111"
#define DESK_ITEM "22222222222222222222222222222222"
#define DESK_ACTION "33333333333333333333333333333333"

/* What the fleet in desk.c answers:
 *   fleet_push      "broken" in the text: findings; "conflict": ERR_REFUSED; else a DOCUMENT
 *   fleet_check     target "busy": ERR_BUSY; "broken": ERR_INPUT; else an action of DESK_ACTION
 *   fleet_host …    DESK_HOST is there, others are not */
struct fleet {
	int tagged, revoked, pushed;
};

struct desk {
	struct identity identity;
	struct store *store;
	struct stream *stream;
	struct fleet fleet;
	struct web *web;
	char tokens[ROLE_INTAKE + 1][WHO_SECRET_SIZE]; /* one of each role */
};

void desk_open(struct desk *desk); /* with index.html and assets/app-1.js as the dashboard */
void desk_close(struct desk *desk);

/* A whole request ("GET /x HTTP/1.1\r\n…" without the empty line) and its body; all that came,
 * until the server closed. */
const char *desk_ask(struct desk *desk, const char *head, const char *body);
/* "METHOD /path" as that role, with a JSON body or NULL. */
const char *desk_as(struct desk *desk, enum role role, const char *line, const char *json);
int desk_status(const char *answer);
const char *desk_header(const char *answer, const char *name); /* "" when it isn't there */
const char *desk_body(const char *answer);
struct json *desk_json(const char *answer); /* the body; the caller's */

void desk_put_item(struct desk *desk, char digit, const char *status, int64_t at_us);
/* With who made the change, as JSON; NULL: nobody. */
void desk_put_change(struct desk *desk, char digit, const char *status, int64_t at_us,
		     const char *by);
