#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "base/time.h"
#include "net/http/inner.h"

#define STREAM_BLOCK_SIZE 4096 /* a waiting stream holds one */

const char *http_header(const struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->exchange->connection, MHD_HEADER_KIND, name);
}

const char *http_cookie(const struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->exchange->connection, MHD_COOKIE_KIND, name);
}

void http_put_header(struct http_response *response, const char *name, const char *value)
{
	must(response->header_count < HTTP_HEADERS_MAX && !strpbrk(value, "\r\n"));
	response->headers[response->header_count].name = name;
	response->headers[response->header_count++].value = value;
}

void *exchange_begin(void *cls, const char *uri, struct MHD_Connection *connection)
{
	struct exchange *exchange = mem_new(1, sizeof(*exchange));
	exchange->http = cls;
	exchange->connection = connection;
	exchange->raw = mem_text(uri);
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	exchange->link = info ? info->socket_context : NULL;
	return exchange;
}

static void leave_waiting(struct exchange *exchange)
{
	if (!exchange->before)
		return;
	*exchange->before = exchange->next;
	if (exchange->next)
		exchange->next->before = exchange->before;
	exchange->before = NULL;
	exchange->next = NULL;
}

void exchange_wake_all(struct http *http)
{
	http->wakes++;
	while (http->waiting) {
		struct exchange *exchange = http->waiting;
		leave_waiting(exchange);
		MHD_resume_connection(exchange->connection);
	}
}

static uint64_t wakes_of(struct http *http)
{
	lock_take(http->lock);
	uint64_t wakes = http->wakes;
	lock_give(http->lock);
	return wakes;
}

enum rest { REST_NOW, REST_AGAIN, REST_END };

/* Puts the stream to sleep, unless there was a wake since it was found to have nothing to say. */
static enum rest rest(struct exchange *exchange, uint64_t wakes)
{
	struct http *http = exchange->http;
	lock_take(http->lock);
	enum rest how = http->stopping ? REST_END : http->wakes != wakes ? REST_AGAIN : REST_NOW;
	if (how == REST_NOW) {
		exchange->next = http->waiting;
		exchange->before = &http->waiting;
		if (exchange->next)
			exchange->next->before = &exchange->next;
		http->waiting = exchange;
		MHD_suspend_connection(exchange->connection);
	}
	lock_give(http->lock);
	return how;
}

/* MHD asks the stream for more, never while it waits. */
static ssize_t read_stream(void *cls, uint64_t at, char *bytes, size_t size)
{
	struct exchange *exchange = cls;
	enum rest how;
	(void)at;
	do {
		uint64_t wakes = wakes_of(exchange->http);
		ssize_t len = exchange->stream.more(exchange->stream.data, bytes, size);
		if (len > 0)
			return len;
		if (len == HTTP_STREAM_END)
			return MHD_CONTENT_READER_END_OF_STREAM;
		how = rest(exchange, wakes);
	} while (how == REST_AGAIN);
	return how == REST_END ? MHD_CONTENT_READER_END_OF_STREAM : 0;
}

static void free_body(void *bytes)
{
	mem_free(&bytes);
}

static struct MHD_Response *make_response(struct exchange *exchange, struct http_response *response)
{
	if (response->stream.more) {
		exchange->stream = response->stream;
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_SIZE,
							 read_stream, exchange, NULL);
	}
	struct buf body = response->body;
	response->body = (struct buf){0};
	if (body.at)
		return MHD_create_response_from_buffer_with_free_callback(body.len, body.at,
									  free_body);
	struct text lent = response->lent;
	void *at; /* libmicrohttpd only reads it, but does not say so in its type */
	memcpy(&at, &lent.at, sizeof(at));
	return MHD_create_response_from_buffer(lent.len, at, MHD_RESPMEM_PERSISTENT);
}

static void mark_answering(struct exchange *exchange, bool answering)
{
	struct http *http = exchange->http;
	if (!exchange->link)
		return;
	lock_take(http->lock);
	exchange->link->answering = answering;
	exchange->link->since_us = time_span_us();
	lock_give(http->lock);
}

static enum MHD_Result answer(struct exchange *exchange, struct http_response *response)
{
	mark_answering(exchange, true);
	struct MHD_Response *made = make_response(exchange, response);
	must(made);
	bool done = !response->type ||
		    MHD_add_response_header(made, "Content-Type", response->type) == MHD_YES;
	for (size_t i = 0; i < response->header_count; i++)
		done &= MHD_add_response_header(made, response->headers[i].name,
						response->headers[i].value) == MHD_YES;
	must(done);
	enum MHD_Result queued = MHD_queue_response(exchange->connection,
						    (unsigned)response->status, made);
	MHD_destroy_response(made);
	return queued;
}

static void put_peer(struct exchange *exchange)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info ? info->client_addr : NULL;
	exchange->request.peer = exchange->peer;
	if (address && address->sa_family == AF_INET) {
		struct sockaddr_in four;
		memcpy(&four, address, sizeof(four));
		(void)inet_ntop(AF_INET, &four.sin_addr, exchange->peer, sizeof(exchange->peer));
	} else if (address && address->sa_family == AF_INET6) {
		struct sockaddr_in6 six;
		memcpy(&six, address, sizeof(six));
		(void)inet_ntop(AF_INET6, &six.sin6_addr, exchange->peer, sizeof(exchange->peer));
	}
	if (strncmp(exchange->peer, "::ffff:", 7) == 0)
		memmove(exchange->peer, exchange->peer + 7, strlen(exchange->peer + 7) + 1);
}

static bool announces_too_much(const struct exchange *exchange)
{
	uint64_t len;
	const char *text = http_header(&exchange->request, "Content-Length");
	return text &&
	       (!text_to_u64(text_of(text), 0, UINT64_MAX, &len) || len > exchange->body_limit);
}

static bool has_body(const struct http_request *request)
{
	const char *len = http_header(request, "Content-Length");
	return http_header(request, "Transfer-Encoding") || (len && strcmp(len, "0") != 0);
}

/* The headers are there. */
static enum MHD_Result begin(struct exchange *exchange, const char *method)
{
	struct http_taker *taker = &exchange->http->taker;
	struct http_request *request = &exchange->request;
	struct http_response response = {0};
	exchange->begun = true;
	exchange->arena = arena_new(HTTP_ARENA_MAX);
	request->exchange = exchange;
	request->http = exchange->http;
	request->arena = exchange->arena;
	request->method = strcmp(method, "HEAD") == 0 ? "GET" : arena_cstr(exchange->arena, method);
	put_peer(exchange);
	if (!target_parse(text_of(exchange->raw), exchange->arena, &request->target,
			  &exchange->err))
		request->broken = &exchange->err;
	bool go_on = taker->begin(taker->data, request, &response, &exchange->body_limit);
	if (go_on && announces_too_much(exchange)) {
		taker->refuse(taker->data, request, &response, 413);
		go_on = false;
	}
	if (go_on)
		return MHD_YES;
	if (has_body(request)) /* which nobody wants to read: the connection ends with the answer */
		return answer(exchange, &response);
	exchange->early = response;
	return MHD_YES;
}

/* A piece of the body. What is refused is read on, so that the client sees why, up to four times
 * the limit. */
static enum MHD_Result take_piece(struct exchange *exchange, const char *piece, size_t len)
{
	struct http *http = exchange->http;
	exchange->body_seen += len;
	if (exchange->body_seen > exchange->body_limit)
		exchange->refused = 413;
	if (exchange->refused)
		return exchange->body_seen / 4 > exchange->body_limit ? MHD_NO : MHD_YES;
	if (atomic_fetch_add(&http->bodies, len) + len > HTTP_BODIES_MAX) {
		atomic_fetch_sub(&http->bodies, len);
		exchange->refused = 503;
		return MHD_YES;
	}
	buf_add(&exchange->body, piece, len);
	return MHD_YES;
}

enum MHD_Result exchange_continue(void *cls, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_len, void **slot)
{
	(void)cls, (void)connection, (void)url, (void)version;
	struct exchange *exchange = *slot;
	struct http_response response = {0};
	if (!exchange->begun)
		return begin(exchange, method);
	if (*upload_len > 0) {
		enum MHD_Result result = take_piece(exchange, upload, *upload_len);
		*upload_len = 0;
		return result;
	}
	struct http_taker *taker = &exchange->http->taker;
	exchange->request.body = buf_view(&exchange->body);
	mark_answering(exchange, true);
	if (exchange->early.status)
		return answer(exchange, &exchange->early);
	if (exchange->refused)
		taker->refuse(taker->data, &exchange->request, &response, exchange->refused);
	else
		taker->handle(taker->data, &exchange->request, &response);
	return answer(exchange, &response);
}

void exchange_end(void *cls, struct MHD_Connection *connection, void **slot,
		  enum MHD_RequestTerminationCode why)
{
	(void)connection, (void)why;
	struct http *http = cls;
	struct exchange *exchange = *slot;
	if (!exchange)
		return;
	*slot = NULL;
	mark_answering(exchange, false);
	lock_take(http->lock);
	leave_waiting(exchange);
	lock_give(http->lock);
	if (exchange->stream.end)
		exchange->stream.end(exchange->stream.data);
	atomic_fetch_sub(&http->bodies, exchange->body.len);
	buf_end(&exchange->body);
	buf_end(&exchange->early.body);
	arena_free(&exchange->arena);
	mem_free(&exchange->raw);
	mem_free(&exchange);
}
