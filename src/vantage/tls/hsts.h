/* hsts.h: whether a web server tells browsers to come by TLS alone (RFC 6797). */
#pragma once
#include "vantage/tls/handshake.h"

#define HSTS_HEAD_MAX 16384 /* bytes of an answer's head */

enum hsts_answer {
	HSTS_SET,   /* *max_age_s tells for how long */
	HSTS_UNSET, /* it answers without one that holds */
	HSTS_NO_HTTP,
	HSTS_MORE, /* of hsts_read: the head is not whole yet */
};

/* Reads what has come of an answer's head. */
must_use enum hsts_answer hsts_read(struct text head, int64_t *max_age_s);

/* Asks over a handshake that was made. False: err (late, too long). */
must_use bool hsts_ask(struct handshake *handshake, const char *host, enum hsts_answer *answer,
		       int64_t *max_age_s, struct err *err);
