/* call.h: one request to the API while it is answered: who asks, what for, and the words to answer
 * with.
 *
 * A handler answers exactly once, by one of call_*. Errors are problems of RFC 9457. All that it
 * needs for the moment comes from call->arena. */
#pragma once
#include <stdatomic.h>

#include "net/http/http.h"
#include "server/api/web.h"
#include "server/api/who.h"

#define CALL_LIMIT_DEFAULT 100

struct route;

struct web_state { /* what every handler may use; made by web_start, constant but for what is behind
		      pointers */
	struct fleet *fleet;
	const struct store_port *port;
	struct store *store;
	struct stream *stream;
	struct guard *guard; /* of logins */
	struct files *files; /* the dashboard's; NULL: none */
	int64_t stream_base; /* a stream message's number counts from here, see calls/live.c */
	_Atomic uint64_t answers[6]; /* how many of each hundred, for /metrics */
	_Atomic int64_t listeners;   /* open streams */
	_Atomic int64_t waiters;     /* of them, those that wait for an action's answers */
};

struct call {
	struct web_state *web;
	struct http_request *request;
	struct http_response *response;
	struct arena *arena; /* the request's */
	const struct route *route;
	struct text words[TARGET_SEGMENTS_MAX]; /* what stood where the pattern has {…}, in order */
	struct who who;
	int64_t now_us;
	struct json *body; /* of a route that takes JSON; an object whose keys are its shape's */
};

/* A query argument as a number within bounds, or fallback when it is not given; false: it has
 * answered 400. */
must_use bool call_arg_number(struct call *call, const char *name, uint64_t max, uint64_t fallback,
			      uint64_t *number);
/* limit: 1..STORE_LIST_MAX; false: it has answered 400. */
must_use bool call_limit(struct call *call, size_t *limit);
/* What stands in the path for {id}, of a `what`: 32 hex digits, in small letters; false: it has
 * answered 404. */
must_use bool call_id(struct call *call, const char *what, char id[static STORE_ID_SIZE]);
/* A member of the body that must be a text of 1..max bytes; false: it has answered 400. */
must_use bool call_body_text(struct call *call, const char *name, size_t max, struct text *text);
/* A member that must be a whole number of 1..max, or fallback when it is not given; false: it has
 * answered 400. */
must_use bool call_body_number(struct call *call, const char *name, int64_t max, int64_t fallback,
			       int64_t *number);

void call_json(struct call *call, int status, struct json *json); /* takes json */
void call_list(struct call *call, struct json *data,
	       const char *next); /* takes data; next "" or NULL: the end */
void call_bytes(struct call *call, int status, const char *type,
		struct buf *body); /* takes the bytes */
void call_empty(struct call *call, int status);
/* "Not Found" with a detail for people. */
void call_problem(struct call *call, int status, const char *detail, ...) format_like(3, 4);
/* The status that stands for err's kind; its text is the detail. ERR_SYSTEM is logged, too. */
void call_err(struct call *call, const struct err *err);
/* A problem with more members; takes extra, an object or NULL. */
void call_problem_with(struct call *call, int status, const char *detail, struct json *extra);
