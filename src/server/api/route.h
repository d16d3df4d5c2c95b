/* route.h: the table of everything that the API answers to.
 *
 * Routing, who may do what, limits and /api/v1/openapi.json are all read from this one table. */
#pragma once
#include "server/api/call.h"

struct route {
	const char *method, *path; /* "/api/v1/hosts/{id}" */
	enum role role;            /* what it needs; ROLE_ANYONE: no token */
	size_t body_max;           /* of a JSON object that it takes, of the shape below; 0: none */
	void (*handle)(struct call *call);
	const char *name;    /* unique; operationId */
	const char *help;    /* one sentence */
	const char *args;    /* names of query arguments, with spaces between; NULL: none */
	const char *takes;   /* shape of the body (shape.h), to its last key; NULL: none */
	const char *answers; /* shape of the answer ("[Host]": a list), or a content type; NULL:
				nothing */
};

must_use const struct route *route_table(size_t *count);

/* The three steps of a struct http_taker; data is the struct web_state. */
bool route_begin(void *data, struct http_request *request, struct http_response *response,
		 size_t *body_limit);
void route_handle(void *data, struct http_request *request, struct http_response *response);
void route_refuse(void *data, struct http_request *request, struct http_response *response,
		  int status);
