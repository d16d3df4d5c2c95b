#include "net/http/http.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"
#include "peer.h"
#include "unit.h"

#define BODY_MAX 1000
#define STREAMS 40

/* A taker that says what it was asked; /stream says a number whenever that has changed. */
struct place {
	struct identity identity;
	struct http *http;
	_Atomic int number;
	_Atomic int ended; /* streams */
	_Atomic int begun;
};

struct listener {
	struct place *place;
	int said;
};

static ssize_t say_number(void *data, char *bytes, size_t size)
{
	struct listener *listener = data;
	int number = atomic_load(&listener->place->number);
	if (number == listener->said)
		return HTTP_STREAM_WAIT;
	listener->said = number;
	if (number < 0)
		return HTTP_STREAM_END;
	return snprintf(bytes, size, "number %d.\n", number);
}

static void end_listener(void *data)
{
	struct listener *listener = data;
	atomic_fetch_add(&listener->place->ended, 1);
	mem_free(&listener);
}

static bool begin(void *data, struct http_request *request, struct http_response *response,
		  size_t *body_limit)
{
	struct place *place = data;
	atomic_fetch_add(&place->begun, 1);
	*body_limit = BODY_MAX;
	if (!text_is(request->target.path, "/forbidden"))
		return true;
	response->status = 403;
	return false;
}

static void handle(void *data, struct http_request *request, struct http_response *response)
{
	struct place *place = data;
	response->status = request->broken ? 400 : 200;
	response->type = "text/plain";
	if (text_is(request->target.path, "/stream")) {
		struct listener *listener = mem_new(1, sizeof(*listener));
		listener->place = place;
		response->stream = (struct http_stream){say_number, end_listener, listener};
		return;
	}
	const char *agent = http_header(request, "x-agent"),
		   *cookie = http_cookie(request, "taste");
	struct text arg = target_arg(&request->target, "a");
	http_put_header(response, "X-Own", "yes");
	buf_print(&response->body, "%s %.*s %s a=%.*s agent=%s taste=%s body=%.*s.",
		  request->method, TEXT_ARG(request->target.path), request->peer, TEXT_ARG(arg),
		  agent ? agent : "", cookie ? cookie : "", TEXT_ARG(request->body));
}

static void refuse(void *data, struct http_request *request, struct http_response *response,
		   int status)
{
	(void)data, (void)request;
	response->status = status;
	buf_cstr(&response->body, "too much.");
}

static struct http *start(struct place *place, const char *listen, unsigned of_address,
			  struct err *err)
{
	const struct http_config config = {.listen = listen,
					   .key_pem = buf_view(&place->identity.key),
					   .cert_pem = buf_view(&place->identity.cert),
					   .taker = {begin, handle, refuse, place},
					   .threads = 2,
					   .connections = 100,
					   .connections_address = of_address};
	return http_start(&config, err);
}

static void open_place(struct place *place)
{
	struct err err = {0};
	*place = (struct place){0};
	identity_make(&place->identity);
	place->http = start(place, "127.0.0.1:0", 64, &err);
	assert_string_equal(err.text, "");
	assert_non_null(place->http);
}

static void close_place(struct place *place)
{
	http_stop(&place->http);
	identity_end(&place->identity);
}

static struct peer *call(struct place *place, const char *text)
{
	struct peer *peer = peer_open(http_address(place->http), &place->identity);
	assert_non_null(peer);
	peer_send(peer, text);
	return peer;
}

static void expect(struct place *place, const char *request, const char *answer)
{
	struct peer *peer = call(place, request);
	if (!peer_sees(peer, answer))
		fail_msg("asked %.60s, wanted %s, saw %s", request, answer, peer_seen(peer));
	peer_close(&peer);
}

test(tells_the_taker_what_was_asked)
{
	struct place place;
	open_place(&place);
	expect(&place,
	       "GET /x/y?a=1%202&b HTTP/1.1\r\nHost: h\r\nX-Agent: me\r\n"
	       "Cookie: taste=sweet\r\n\r\n",
	       "GET /x/y 127.0.0.1 a=1 2 agent=me taste=sweet body=.");
	expect(&place, "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody",
	       "POST /p 127.0.0.1 a= agent= taste= body=body.");
	expect(&place,
	       "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
	       "3\r\nbod\r\n1\r\ny\r\n0\r\n\r\n",
	       "body=body.");
	expect(&place, "GET /forbidden HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 403 ");
	expect(&place, "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 400 ");
	close_place(&place);
}

test(keeps_a_connection_for_further_requests)
{
	struct place place;
	open_place(&place);
	struct peer *peer = call(&place, "GET /one HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(peer_sees(peer, "GET /one"));
	peer_send(peer,
		  "HEAD /two HTTP/1.1\r\nHost: h\r\n\r\nGET /three HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(peer_sees(peer, "GET /three"));
	assert_null(strstr(peer_seen(peer), "GET /two")); /* HEAD: no body */
	assert_int_equal(http_connections(place.http), 1);
	peer_close(&peer);
	close_place(&place);
}

test(refuses_what_is_too_much)
{
	struct place place;
	open_place(&place);
	expect(&place, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4294967296\r\n\r\n", "413 ");
	expect(&place, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\n",
	       "413 ");
	expect(&place, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\nx", "too much.");
	scoped(buf_end) struct buf chunk = {0};
	buf_cstr(&chunk, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n");
	for (size_t i = 0; i < BODY_MAX + 1; i++)
		buf_char(&chunk, 'x');
	buf_cstr(&chunk, "\r\n0\r\n\r\n");
	expect(&place, chunk.at, "too much.");
	buf_clear(&chunk);
	buf_cstr(&chunk, "GET /");
	while (chunk.len < HTTP_HEAD_MAX + 100)
		buf_char(&chunk, 'x');
	struct peer *peer = call(&place, chunk.at);
	assert_false(peer_sees(peer, "200 OK")); /* closed, or told so */
	peer_close(&peer);
	expect(&place, "GET /still HTTP/1.1\r\nHost: h\r\n\r\n", "GET /still");
	close_place(&place);
}

test(survives_nonsense)
{
	struct place place;
	char byte;
	open_place(&place);
	const char *const nonsense[] = {
		"\r\n\r\n\r\n",
		"GET\r\n\r\n",
		"\x16\x03\x01\xff\xff",
		"GET / HTTP/9.9\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1e3\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
		"GET / HTTP/1.1\r\nno colon here\r\n\r\n"};
	for (size_t i = 0; i < array_len(nonsense); i++) {
		int fd = plain_open(http_address(place.http)); /* not even TLS */
		assert_true(write(fd, nonsense[i], strlen(nonsense[i])) > 0);
		shutdown(fd, SHUT_WR);
		while (read(fd, &byte, 1) > 0)
			;
		close(fd);
		struct peer *peer = call(&place, nonsense[i]);
		peer_close(&peer);
	}
	expect(&place, "GET /still HTTP/1.1\r\nHost: h\r\n\r\n", "GET /still");
	close_place(&place);
}

test(closes_whoever_stalls)
{
	struct place place;
	open_place(&place);
	int silent = plain_open(http_address(place.http));
	struct peer *half = call(&place, "GET /half HTTP/1.1\r\nHost: h\r\n");
	struct peer *body = call(&place,
				 "POST /half HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nx");
	struct peer *stream = call(&place, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(peer_sees(stream, "200 OK"));
	http_tick(place.http, time_span_us());
	expect(&place, "GET /others HTTP/1.1\r\nHost: h\r\n\r\n", "GET /others");
	http_tick(place.http, time_span_us() + (HTTP_REQUEST_MS + 1000) * INT64_C(1000));
	assert_false(peer_sees(half, "HTTP/1.1 200"));
	assert_false(peer_sees(body, "HTTP/1.1 200"));
	char byte;
	assert_true(read(silent, &byte, 1) <= 0);
	place.number = 7; /* a stream has no end of its own */
	http_wake(place.http);
	assert_true(peer_sees(stream, "number 7."));
	close(silent);
	peer_close(&half);
	peer_close(&body);
	peer_close(&stream);
	close_place(&place);
}

test(streams_wait_until_they_are_woken)
{
	struct place place;
	struct peer *peers[STREAMS];
	open_place(&place);
	for (size_t i = 0; i < STREAMS; i++) {
		peers[i] = call(&place, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
		assert_true(peer_sees(peers[i], "200 OK"));
	}
	for (int number = 1; number < 5; number++) {
		atomic_store(&place.number, number);
		http_wake(place.http);
		for (size_t i = 0; i < STREAMS; i++)
			assert_true(peer_sees(peers[i], unit_text("number %d.", number)));
	}
	atomic_store(&place.number, -1);
	http_wake(place.http);
	for (size_t i = 0; i < STREAMS / 2; i++)
		assert_true(peer_sees(peers[i], "\r\n0\r\n")); /* the last chunk */
	for (size_t i = 0; i < STREAMS; i++)
		peer_close(&peers[i]);
	close_place(&place);
	assert_int_equal(atomic_load(&place.ended), STREAMS);
}

/* Wakes that come while a stream is just going to sleep are not lost: there is no other to make up
 * for one. */
test(no_wake_is_lost)
{
	struct place place;
	open_place(&place);
	struct peer *peer = call(&place, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(peer_sees(peer, "200 OK"));
	for (int number = 1; number < 2000; number++) {
		peer_forget(peer);
		atomic_store(&place.number, number);
		http_wake(place.http);
		if (!peer_sees(peer, "."))
			fail_msg("nothing came of wake %d", number);
	}
	peer_close(&peer);
	close_place(&place);
}

test(stops_while_streams_wait)
{
	struct place place;
	open_place(&place);
	struct peer *peer = call(&place, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(peer_sees(peer, "200 OK"));
	int64_t begin_us = time_span_us();
	close_place(&place);
	assert_true(time_span_us() - begin_us < 2 * TIME_SECOND_US);
	assert_int_equal(atomic_load(&place.ended), 1);
	assert_false(peer_sees(peer, "number"));
	peer_close(&peer);
}

test(holds_few_connections_of_one_address)
{
	struct err err = {0};
	struct place place = {0};
	struct peer *peers[3];
	identity_make(&place.identity);
	place.http = start(&place, "127.0.0.1:0", 3, &err);
	assert_non_null(place.http);
	for (size_t i = 0; i < 3; i++) {
		peers[i] = call(&place, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
		assert_true(peer_sees(peers[i], "200 OK"));
	}
	assert_null(peer_open(http_address(place.http), &place.identity));
	for (size_t i = 0; i < 3; i++)
		peer_close(&peers[i]);
	close_place(&place);
}

test(goes_on_with_another_certificate)
{
	struct err err = {0};
	struct place place;
	struct identity other;
	open_place(&place);
	identity_make(&other);
	const char *address = http_address(place.http);
	assert_false(http_reload(place.http, buf_view(&other.key), TEXT("nonsense"), &err));
	assert_int_equal(err.kind, ERR_INPUT);
	expect(&place, "GET /before HTTP/1.1\r\nHost: h\r\n\r\n", "GET /before");
	err = (struct err){0};
	struct peer *stream = call(&place, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(peer_sees(stream, "200 OK"));
	assert_true(http_reload(place.http, buf_view(&other.key), buf_view(&other.cert), &err));
	assert_false(peer_sees(stream, "number")); /* open ones have ended */
	assert_null(peer_open(address, &place.identity));
	struct peer *peer = peer_open(address, &other);
	assert_non_null(peer);
	peer_send(peer, "GET /after HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(peer_sees(peer, "GET /after"));
	peer_close(&stream);
	peer_close(&peer);
	identity_end(&other);
	close_place(&place);
}

test(says_why_it_cannot_listen)
{
	struct place place;
	static const struct {
		const char *listen;
		enum err_kind kind;
		const char *part;
	} cases[] = {
		{"8443", ERR_INPUT, "such as 127.0.0.1:8443"},
		{":8443", ERR_INPUT, "such as 127.0.0.1:8443"},
		{"127.0.0.1:", ERR_INPUT, "such as 127.0.0.1:8443"},
		{"127.0.0.1:65536", ERR_INPUT, "such as 127.0.0.1:8443"},
		{"localhost:8443", ERR_INPUT, "an address, not a name"},
		{"::1:8443", ERR_INPUT, "an address, not a name"},
		{"[::1:8443", ERR_INPUT, "an address, not a name"},
		{"192.0.2.1:0", ERR_SYSTEM, "not this machine's"},
	};
	open_place(&place);
	for (size_t i = 0; i < array_len(cases); i++) {
		struct err err = {0};
		assert_null(start(&place, cases[i].listen, 64, &err));
		if (err.kind != cases[i].kind || !strstr(err.text, cases[i].part))
			fail_msg("%s: %s", cases[i].listen, err.text);
	}
	struct err err = {0};
	assert_null(start(&place, http_address(place.http), 64, &err));
	assert_int_equal(err.kind, ERR_SYSTEM);
	assert_non_null(strstr(err.text, "the port is taken"));
	close_place(&place);
}

test(listens_on_both_families)
{
	struct err err = {0};
	struct place place = {0};
	identity_make(&place.identity);
	place.http = start(&place, "*:0", 64, &err);
	if (!place.http) {
		identity_end(&place.identity);
		unit_skip("no IPv6 here");
	}
	assert_non_null(strstr(http_address(place.http), "[::]:"));
	expect(&place, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", "GET /x 127.0.0.1 ");
	close_place(&place);
}
