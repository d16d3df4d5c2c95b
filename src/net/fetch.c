#include "net/fetch.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "net/curl.h"

#define CONNECT_MS 10000L
#define SILENCE_S 60L /* the server's streams say something every 15 s */
#define LOGIN_HINT "set MUSTER_URL or run muster login"

struct transfer {
	const struct fetch_request *request;
	struct fetch_response *response;
	bool too_large, ended; /* by the limit, by the caller */
	char detail[CURL_ERROR_SIZE];
};

static size_t take_body(char *bytes, size_t size, size_t count, void *data)
{
	struct transfer *transfer = data;
	size_t len = size * count;
	const struct fetch_request *request = transfer->request;
	if (request->each && transfer->response->status < 300) {
		transfer->ended = !request->each(request->data, (struct text){bytes, len});
		return transfer->ended ? 0 : len;
	}
	transfer->too_large = len > FETCH_BODY_MAX - transfer->response->body.len;
	if (transfer->too_large)
		return 0;
	buf_add(&transfer->response->body, bytes, len);
	return len;
}

static void keep_header(struct text line, const char *name, char *out, size_t size)
{
	struct text key;
	if (!text_next(&line, ':', &key) || !text_is_alike(key, text_of(name)))
		return;
	line = text_trim(line);
	if (line.len < size) {
		memcpy(out, line.at, line.len);
		out[line.len] = '\0';
	}
}

static size_t take_header(char *bytes, size_t size, size_t count, void *data)
{
	struct transfer *transfer = data;
	struct text line = {bytes, size * count}, word;
	uint64_t status;
	if (text_starts(line, "HTTP/")) { /* a new answer: what an interim one said is forgotten */
		transfer->response->content_type[0] = '\0';
		transfer->response->cursor[0] = '\0';
		struct text rest = line;
		if (text_word(&rest, &word) && text_word(&rest, &word) &&
		    text_to_u64(word, 100, 599, &status))
			transfer->response->status = (int)status;
	}
	keep_header(line, "Content-Type", transfer->response->content_type,
		    sizeof(transfer->response->content_type));
	keep_header(line, "Muster-Cursor", transfer->response->cursor,
		    sizeof(transfer->response->cursor));
	return size * count;
}

static bool explain(CURLcode code, const struct transfer *transfer, const struct curl *curl,
		    struct err *err)
{
	const char *url = transfer->request->url, *ca = transfer->request->ca_file;
	const char *why = transfer->detail[0] ? transfer->detail : curl->text(code);
	if (transfer->request->plain)
		return err_set(err, ERR_SYSTEM, "cannot send to %s: %s", url, why);
	if (code == CURLE_OPERATION_TIMEDOUT && text_starts(text_of(why), "Resolving"))
		code = CURLE_COULDNT_RESOLVE_HOST; /* a resolver that is slow to say no */
	switch ((int)code) {
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return err_set(err, ERR_SYSTEM,
			       "\"%s\" is no address of a server; it looks like "
			       "https://HOST:8443; " LOGIN_HINT,
			       url);
	case CURLE_COULDNT_RESOLVE_HOST:
		return err_set(err, ERR_SYSTEM, "cannot find the server of %s: %s; " LOGIN_HINT,
			       url, why);
	case CURLE_COULDNT_CONNECT:
		return err_set(err, ERR_SYSTEM,
			       "cannot reach %s: %s; is musterd running there, and the port right?",
			       url, why);
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(err, ERR_SYSTEM,
			       "no answer in time from %s: %s; is musterd well there?", url, why);
	case CURLE_PEER_FAILED_VERIFICATION:
		return err_set(
			err, ERR_SYSTEM,
			"cannot trust the server at %s: %s; set MUSTER_CA to its ca.pem, and "
			"use a name that its certificate has",
			url, why);
	case CURLE_SSL_CACERT_BADFILE:
		return err_set(err, ERR_SYSTEM,
			       "cannot use the CA file \"%s\": it is no file of certificates that "
			       "can be read; set MUSTER_CA to the server's ca.pem",
			       ca ? ca : "");
	case CURLE_SSL_CONNECT_ERROR:
		return err_set(err, ERR_SYSTEM,
			       "%s does not answer as a TLS server should: %s; is this the port of "
			       "musterd's API?",
			       url, why);
	default:
		return err_set(err, ERR_SYSTEM, "the connection with %s broke: %s; try again", url,
			       why);
	}
}

static bool add_header(const struct curl *curl, struct curl_slist **list, const char *name,
		       const char *value)
{
	scoped(buf_end) struct buf line = {0};
	buf_print(&line, "%s: %s", name, value);
	struct curl_slist *longer = curl->append(*list, line.at);
	explicit_bzero(line.at, line.len);
	if (longer)
		*list = longer;
	return longer;
}

static bool put_headers(const struct curl *curl, const struct fetch_request *request,
			struct curl_slist **list, struct err *err)
{
	if (request->token && strpbrk(request->token, "\r\n \t"))
		return err_set(err, ERR_REFUSED,
			       "the token has a space or a line's end in it; it is "
			       "one word, such as muster_…");
	bool done = add_header(curl, list, "Accept", "application/json") &&
		    add_header(curl, list, "Expect", "");
	if (done && request->token) {
		scoped(buf_end) struct buf bearer = {0};
		buf_print(&bearer, "Bearer %s", request->token);
		done = add_header(curl, list, "Authorization", bearer.at);
		explicit_bzero(bearer.at, bearer.len);
	}
	if (done && request->content_type)
		done = add_header(curl, list, "Content-Type", request->content_type);
	return done || err_set(err, ERR_SYSTEM, "no memory for a request");
}

static void put_options(const struct curl *curl, CURL *handle, const struct fetch_request *request,
			struct transfer *transfer)
{
	curl->set(handle, CURLOPT_URL, request->url);
	curl->set(handle, CURLOPT_PROTOCOLS_STR, request->plain ? "http,https" : "https");
	curl->set(handle, CURLOPT_FOLLOWLOCATION, 0L);
	curl->set(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl->set(handle, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl->set(handle, CURLOPT_NOSIGNAL, 1L);
	curl->set(handle, CURLOPT_USERAGENT, "muster/" MUSTER_VERSION);
	curl->set(handle, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl->set(handle, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
	curl->set(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl->set(handle, CURLOPT_LOW_SPEED_TIME, SILENCE_S);
	curl->set(handle, CURLOPT_ERRORBUFFER, transfer->detail);
	curl->set(handle, CURLOPT_WRITEFUNCTION, take_body);
	curl->set(handle, CURLOPT_WRITEDATA, transfer);
	curl->set(handle, CURLOPT_HEADERFUNCTION, take_header);
	curl->set(handle, CURLOPT_HEADERDATA, transfer);
	if (request->ca_file)
		curl->set(handle, CURLOPT_CAINFO, request->ca_file);
	if (request->body.at) {
		curl->set(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
		curl->set(handle, CURLOPT_POSTFIELDS, request->body.at);
	}
	curl->set(handle, CURLOPT_CUSTOMREQUEST, request->method);
}

static bool perform(const struct curl *curl, CURL *handle, struct transfer *transfer,
		    struct err *err)
{
	CURLcode code = curl->perform(handle);
	if (transfer->too_large)
		return err_set(err, ERR_SYSTEM,
			       "the answer of %s is more than %u MiB; ask for less",
			       transfer->request->url, FETCH_BODY_MAX >> 20);
	if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && transfer->ended))
		return true;
	return explain(code, transfer, curl, err);
}

bool fetch(const struct fetch_request *request, struct fetch_response *response, struct err *err)
{
	struct curl curl;
	struct curl_slist *headers = NULL;
	struct transfer transfer = {.request = request, .response = response};
	*response = (struct fetch_response){0};
	if (!curl_load(&curl, err))
		return false;
	CURL *handle = curl.init();
	if (!handle)
		return err_set(err, ERR_SYSTEM, "cannot prepare a request: libcurl does not start");
	put_options(&curl, handle, request, &transfer);
	bool done = put_headers(&curl, request, &headers, err);
	if (done) {
		curl.set(handle, CURLOPT_HTTPHEADER, headers);
		done = perform(&curl, handle, &transfer, err);
	}
	curl.free_list(headers);
	curl.cleanup(handle);
	if (!done)
		buf_end(&response->body);
	return done;
}

bool fetch_prepare(struct err *err)
{
	struct curl curl;
	if (!curl_load(&curl, err))
		return false;
	curl.cleanup(curl.init()); /* which starts its TLS library, too */
	return true;
}
