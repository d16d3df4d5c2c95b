/* inner.h: what the files of net/http share. */
#pragma once
#include <microhttpd.h>
#include <stdatomic.h>

#include "base/queue.h"
#include "base/thread.h"
#include "net/http/http.h"

/* A connection: from accept to close. Its descriptor is open as long as it is in the list. */
struct link {
	struct link *next, **before;
	const struct daemon *daemon;
	int fd;
	int64_t since_us; /* when it was opened, or its last request ended */
	bool answering;   /* a whole request is there: no deadline for what comes in */
};

/* On the way from the door to the threads that serve, at a time. */
#define HTTP_LET_IN_MAX 32

/* What serves: another one after each reload. */
struct daemon {
	struct http *http;
	struct MHD_Daemon *mhd;
};

struct http {
	struct daemon *daemon;
	struct http_taker taker;
	unsigned threads, connections, connections_address;
	char address[HTTP_ADDRESS_SIZE];
	int fd;      /* listens; -1: none */
	int bell[2]; /* ends the thread at the door; -1: none */
	struct thread *door;
	struct lock *admitting; /* over daemon, once the door is open */
	bool starved;           /* the door's: there were no descriptors */
	int64_t let_in;         /* by the door, ever */
	struct lock *lock;      /* over what follows */
	struct link *links;
	size_t link_count;
	int64_t begun;            /* of let_in */
	struct exchange *waiting; /* streams with nothing to say */
	uint64_t wakes;           /* how often all were woken */
	bool stopping;
	_Atomic size_t bodies; /* bytes of all bodies held */
};

struct exchange {
	struct http *http;
	struct MHD_Connection *connection;
	struct link *link;
	struct arena *arena;
	char *raw; /* the target as it was sent */
	struct http_request request;
	struct err err; /* what request.broken points at */
	char peer[HTTP_ADDRESS_SIZE];
	struct buf body;
	size_t body_limit, body_seen;
	int refused; /* 413 or 503: the rest of the body is dropped */
	bool begun;
	struct http_response early; /* the answer that begin gave; status 0: none */
	struct http_stream stream;
	struct exchange *next, **before; /* in waiting; before NULL: it isn't */
};

/* libmicrohttpd's callbacks; cls is the struct http. */
void *exchange_begin(void *cls, const char *uri, struct MHD_Connection *connection);
enum MHD_Result exchange_continue(void *cls, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_len, void **slot);
void exchange_end(void *cls, struct MHD_Connection *connection, void **slot,
		  enum MHD_RequestTerminationCode why);
void exchange_wake_all(struct http *http); /* the lock taken */

/* door.c: the thread that takes connections in and hands them to the daemon. */
must_use bool door_open(struct http *http, struct err *err);
void door_close(struct http *http);
