#include "net/fetch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/http/http.h"
#include "peer.h"
#include "unit.h"

struct place {
	struct identity identity;
	struct http *http;
	const char *ca, *url;
};

static bool begin(void *data, struct http_request *request, struct http_response *response,
		  size_t *body_limit)
{
	(void)data, (void)request, (void)response;
	*body_limit = 1000;
	return true;
}

static void handle(void *data, struct http_request *request, struct http_response *response)
{
	(void)data;
	const char *bearer = http_header(request, "Authorization");
	const char *type = http_header(request, "Content-Type");
	response->status = text_is(request->target.path, "/moved") ? 302 : 200;
	if (response->status == 302)
		http_put_header(response, "Location", "/elsewhere");
	response->type = "text/plain";
	http_put_header(response, "Muster-Cursor", "42");
	buf_print(&response->body, "%s %.*s|%s|%s|%.*s", request->method,
		  TEXT_ARG(request->target.path), bearer ? bearer : "", type ? type : "",
		  TEXT_ARG(request->body));
}

static void refuse(void *data, struct http_request *request, struct http_response *response,
		   int status)
{
	(void)data, (void)request;
	response->status = status;
}

static void open_place(struct place *place)
{
	struct err err = {0};
	identity_make(&place->identity);
	const struct http_config config = {.listen = "127.0.0.1:0",
					   .key_pem = buf_view(&place->identity.key),
					   .cert_pem = buf_view(&place->identity.cert),
					   .taker = {begin, handle, refuse, NULL},
					   .threads = 2,
					   .connections = 10,
					   .connections_address = 10};
	place->http = http_start(&config, &err);
	assert_non_null(place->http);
	place->ca = unit_text("%s/ca.pem", unit_tmpdir());
	unit_write_file(place->ca, place->identity.ca_cert.at, place->identity.ca_cert.len);
	place->url = unit_text("https://%s", http_address(place->http));
}

static void close_place(struct place *place)
{
	http_stop(&place->http);
	identity_end(&place->identity);
}

test(sends_and_receives)
{
	struct err err = {0};
	struct place place;
	struct fetch_response response;
	open_place(&place);
	struct fetch_request request = {.method = "GET",
					.url = unit_text("%s/x", place.url),
					.ca_file = place.ca,
					.token = "word",
					.timeout_ms = 5000};
	assert_true(fetch(&request, &response, &err));
	assert_int_equal(response.status, 200);
	assert_string_equal(response.body.at, "GET /x|Bearer word||");
	assert_string_equal(response.content_type, "text/plain");
	assert_string_equal(response.cursor, "42");
	buf_end(&response.body);
	request.method = "POST";
	request.content_type = "application/json";
	request.body = TEXT("{}");
	assert_true(fetch(&request, &response, &err));
	assert_string_equal(response.body.at, "POST /x|Bearer word|application/json|{}");
	buf_end(&response.body);
	close_place(&place);
}

static bool keep_first(void *data, struct text piece)
{
	buf_text(data, piece);
	return false;
}

test(ends_a_stream_when_its_reader_has_enough)
{
	struct err err = {0};
	struct place place;
	struct fetch_response response;
	scoped(buf_end) struct buf seen = {0};
	open_place(&place);
	struct fetch_request request = {.method = "GET",
					.url = unit_text("%s/x", place.url),
					.ca_file = place.ca,
					.each = keep_first,
					.data = &seen};
	assert_true(fetch(&request, &response, &err));
	assert_string_equal(seen.at, "GET /x|||");
	assert_null(response.body.at);
	close_place(&place);
}

test(follows_no_redirects)
{
	struct err err = {0};
	struct place place;
	struct fetch_response response;
	open_place(&place);
	struct fetch_request request = {
		.method = "GET", .url = unit_text("%s/moved", place.url), .ca_file = place.ca};
	assert_true(fetch(&request, &response, &err));
	assert_int_equal(response.status, 302);
	buf_end(&response.body);
	close_place(&place);
}

static void fails(const char *url, const char *ca, const char *token, const char *part)
{
	struct err err = {0};
	struct fetch_response response;
	struct fetch_request request = {
		.method = "GET", .url = url, .ca_file = ca, .token = token, .timeout_ms = 5000};
	assert_false(fetch(&request, &response, &err));
	assert_int_equal(err_exit(&err), 3);
	if (!strstr(err.text, part))
		fail_msg("%s: no \"%s\" in: %s", url, part, err.text);
}

test(says_which_thing_is_wrong)
{
	struct place place;
	struct identity other;
	open_place(&place);
	identity_make(&other);
	const char *folder = unit_tmpdir();
	const char *other_ca = unit_text("%s/other.pem", folder);
	unit_write_file(other_ca, other.ca_cert.at, other.ca_cert.len);
	const char *nonsense = unit_text("%s/nonsense.pem", folder);
	unit_write_file(nonsense, "nonsense", 8);
	fails("nonsense", place.ca, NULL, "looks like https://HOST:8443");
	fails("http://127.0.0.1:1/", place.ca, NULL, "looks like https://HOST:8443");
	fails("https://", place.ca, NULL, "looks like https://HOST:8443");
	fails("https://127.0.0.1:1/", place.ca, NULL, "cannot reach https://127.0.0.1:1/");
	fails("https://nowhere.invalid/", place.ca, NULL, "cannot find the server");
	fails(place.url, unit_text("%s/missing.pem", folder), NULL, "cannot use the CA file");
	fails(place.url, nonsense, NULL, "cannot use the CA file");
	fails(place.url, other_ca, NULL, "cannot trust the server");
	fails(place.url, place.ca, "two words", "is one word");
	fails(place.url, place.ca, "a\r\nX: y", "is one word");
	identity_end(&other);
	close_place(&place);
}
