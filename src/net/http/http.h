/* http.h: an HTTPS server, by libmicrohttpd; nothing else knows of it.
 *
 * A request is shown to its taker twice: `begin` when its headers are there (may it send a body,
 * how large, or what is answered at once), `handle` when its body is there too. Both run on one of
 * the server's few threads. A response is bytes, or a stream that is asked for more; a stream with
 * nothing to say waits without a thread until http_wake.
 *
 * Limits: connections in all and by address, bytes of a request's head (HTTP_HEAD_MAX), of its body
 * (what begin allows) and of all bodies together (HTTP_BODIES_MAX), time for a whole request
 * (HTTP_REQUEST_MS) and without a byte moving (HTTP_IDLE_S). HTTP/1.1 and 1.0, TLS 1.2 and 1.3. */
#pragma once
#include "base/buf.h"
#include "net/http/target.h"

#define HTTP_HEAD_MAX (32u * 1024)
#define HTTP_BODIES_MAX (256u * 1024 * 1024)
#define HTTP_REQUEST_MS 60000
#define HTTP_IDLE_S 30
#define HTTP_ARENA_MAX (64u * 1024 * 1024) /* of a request's arena */
#define HTTP_HEADERS_MAX 16                /* of a response */
#define HTTP_ADDRESS_SIZE 64

struct http;
struct exchange; /* a request and its response, inside */

struct http_request {
	const char *method; /* "GET" …; HEAD comes as GET, its body is left out */
	struct target target;
	const struct err
		*broken;     /* what is wrong with the target, which is empty then; else NULL */
	struct text body;    /* handle alone; empty: none */
	const char *peer;    /* "192.0.2.7", "::1" */
	struct arena *arena; /* ends with the request */
	void *state;         /* the taker's own */
	struct http *http;   /* whose it is */
	struct exchange *exchange;
};
must_use const char *http_header(const struct http_request *request,
				 const char *name); /* NULL: none */
must_use const char *http_cookie(const struct http_request *request, const char *name);

/* A response that goes on: `more` puts up to size bytes, above 0, or answers with one of the two
 * below. It is called on the server's threads, one at a time; `end` once, when the client is gone
 * or it has ended. */
#define HTTP_STREAM_WAIT ((ssize_t)0) /* until http_wake */
#define HTTP_STREAM_END ((ssize_t)-1)
struct http_stream {
	ssize_t (*more)(void *data, char *bytes, size_t size);
	void (*end)(void *data);
	void *data;
};

struct http_response {
	int status;
	const char *type;          /* Content-Type; NULL: none */
	struct buf body;           /* taken */
	struct text lent;          /* instead: stays as it is as long as the server */
	struct http_stream stream; /* instead, with more set */
	struct {
		const char *name, *value;
	} headers[HTTP_HEADERS_MAX];
	size_t header_count;
};
/* Name and value stay until the request ends (constants, or in its arena); the value is one line.
 */
void http_put_header(struct http_response *response, const char *name, const char *value);

struct http_taker {
	/* True: goes on, with a body of at most *body_limit bytes. False: response is the answer.
	 */
	bool (*begin)(void *data, struct http_request *request, struct http_response *response,
		      size_t *body_limit);
	void (*handle)(void *data, struct http_request *request, struct http_response *response);
	/* The body is more than was allowed (413), or all bodies are more than the server holds
	 * (503). */
	void (*refuse)(void *data, struct http_request *request, struct http_response *response,
		       int status);
	void *data;
};

struct http_config {
	const char *listen; /* "127.0.0.1:8443", "[::1]:0", "*:8443": all of IPv4 and IPv6 */
	struct text key_pem, cert_pem; /* copied */
	struct http_taker taker;
	unsigned threads, connections, connections_address;
};

/* ERR_INPUT: no address, or key and certificate are unusable. ERR_SYSTEM: cannot listen there. */
must_use struct http *http_start(const struct http_config *config, struct err *err);
must_use const char *http_address(
	const struct http *http); /* where it really listens: "127.0.0.1:8443" */

/* Begins anew with another certificate on the same socket; open connections end. When it fails, the
 * old one is in use again. From one thread, as http_tick and http_stop. */
must_use bool http_reload(struct http *http, struct text key_pem, struct text cert_pem,
			  struct err *err);

void http_wake(struct http *http); /* any thread: every stream that waits is asked for more */

/* About once a second: closes connections that take longer than HTTP_REQUEST_MS for a request. */
void http_tick(struct http *http, int64_t span_us);

must_use size_t http_connections(struct http *http); /* open now */
void http_stop(struct http **http); /* requests that are being handled end first, streams end */
