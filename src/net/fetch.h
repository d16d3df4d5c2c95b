/* fetch.h: HTTPS requests of the CLI, by libcurl, which is loaded on the first use. */
#pragma once
#include "base/buf.h"

#define FETCH_BODY_MAX (64u * 1024 * 1024)

struct fetch_request {
	const char *method; /* "GET" … */
	const char *url;
	const char *ca_file; /* whom to believe; NULL: the system's */
	const char *token;   /* Authorization: Bearer; NULL: none */
	const char *content_type;
	struct text body; /* at NULL: none */
	int timeout_ms;   /* over all; 0: none (streams) */
	bool plain;       /* somebody else's server: http too, and errors without our hints */
	/* For streams: gets pieces as they come; false ends it well. NULL: they go to
	 * response->body. */
	bool (*each)(void *data, struct text piece);
	void *data;
};
struct fetch_response {
	int status;
	struct buf body; /* the caller's: buf_end */
	char content_type[128];
	char cursor[128]; /* Muster-Cursor */
};
/* False: nothing was answered: ERR_SYSTEM (address, unreachable, TLS: the text says which and what
 * to do). */
must_use bool fetch(const struct fetch_request *request, struct fetch_response *response,
		    struct err *err);

/* Loads what fetch (and mail.h) need, before walls go up. */
must_use bool fetch_prepare(struct err *err);
