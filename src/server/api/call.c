#include "server/api/call.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "server/api/route.h"

#define DETAIL_SIZE 1024

static const struct {
	int status;
	const char *title;
} titles[] = {
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{409, "Conflict"},
	{410, "Gone"},
	{413, "Content Too Large"},
	{415, "Unsupported Media Type"},
	{429, "Too Many Requests"},
	{500, "Internal Server Error"},
	{503, "Service Unavailable"},
};

static const char *title_of(int status)
{
	for (size_t i = 0; i < array_len(titles); i++)
		if (titles[i].status == status)
			return titles[i].title;
	must(!"a status that the API does not answer with");
}

void call_bytes(struct call *call, int status, const char *type, struct buf *body)
{
	must(call->response->status == 0);
	call->response->status = status;
	call->response->type = type;
	call->response->body = *body;
	*body = (struct buf){0};
}

void call_empty(struct call *call, int status)
{
	must(call->response->status == 0);
	call->response->status = status;
}

static void answer_json(struct call *call, int status, const char *type, struct json *json)
{
	struct buf body = {0};
	json_write(json, &body);
	json_free(&json);
	call_bytes(call, status, type, &body);
}

void call_json(struct call *call, int status, struct json *json)
{
	answer_json(call, status, "application/json", json);
}

void call_list(struct call *call, struct json *data, const char *next)
{
	struct json *list = json_new_object();
	json_put(list, "data", data);
	json_put_text(list, "next", next && *next ? text_of(next) : (struct text){0});
	call_json(call, 200, list);
}

void call_problem_with(struct call *call, int status, const char *detail, struct json *extra)
{
	struct json *problem = extra ? extra : json_new_object();
	json_put_cstr(problem, "type", "about:blank");
	json_put_cstr(problem, "title", title_of(status));
	json_put_int(problem, "status", status);
	json_put_cstr(problem, "detail", detail);
	if (status == 401)
		http_put_header(call->response, "WWW-Authenticate", "Bearer realm=\"muster\"");
	if (status == 429 || status == 503)
		http_put_header(call->response, "Retry-After", status == 429 ? "10" : "2");
	answer_json(call, status, "application/problem+json", problem);
}

void call_problem(struct call *call, int status, const char *detail, ...)
{
	char text[DETAIL_SIZE];
	va_list list;
	va_start(list, detail);
	vsnprintf(text, sizeof(text), detail, list);
	va_end(list);
	call_problem_with(call, status, text, NULL);
}

void call_err(struct call *call, const struct err *err)
{
	char shown[LOG_VALUE_SIZE];
	must(err->kind != ERR_NONE);
	if (err->kind == ERR_SYSTEM)
		log_write(LOG_ERROR, "api", "cannot answer, route=%s why=%s",
			  call->route ? call->route->name : "none",
			  log_value(text_of(err->text), shown));
	call_problem_with(call, err_http(err->kind), err->text, NULL);
}

bool call_arg_number(struct call *call, const char *name, uint64_t max, uint64_t fallback,
		     uint64_t *number)
{
	struct text text = target_arg(&call->request->target, name);
	*number = fallback;
	if (!text.at || text_to_u64(text, 0, max, number))
		return true;
	call_problem(call, 400, "\"%s\" is a number from 0 to %llu", name, (unsigned long long)max);
	return false;
}

bool call_limit(struct call *call, size_t *limit)
{
	uint64_t number = CALL_LIMIT_DEFAULT;
	struct text text = target_arg(&call->request->target, "limit");
	if (text.at && !text_to_u64(text, 1, STORE_LIST_MAX, &number)) {
		call_problem(call, 400, "\"limit\" is a number from 1 to %d", STORE_LIST_MAX);
		return false;
	}
	*limit = number;
	return true;
}

bool call_id(struct call *call, const char *what, char id[static STORE_ID_SIZE])
{
	unsigned char bytes[(STORE_ID_SIZE - 1) / 2];
	if (!text_to_bytes(call->words[0], bytes, sizeof(bytes))) {
		call_problem(call, 404, "no %s has this id; it is 32 hex digits", what);
		return false;
	}
	text_put_hex(bytes, sizeof(bytes), id);
	return true;
}

bool call_body_text(struct call *call, const char *name, size_t max, struct text *text)
{
	*text = json_text(call->body, name);
	if (text->at && text->len > 0 && text->len <= max)
		return true;
	call_problem(call, 400, "the body's \"%s\" must be a text of 1 to %zu bytes", name, max);
	return false;
}

bool call_body_number(struct call *call, const char *name, int64_t max, int64_t fallback,
		      int64_t *number)
{
	const struct json *json = json_get(call->body, name);
	*number = json ? json_as_int(json, 0) : fallback;
	if (*number >= 1 && *number <= max)
		return true;
	call_problem(call, 400, "the body's \"%s\" is a whole number from 1 to %" PRId64, name,
		     max);
	return false;
}
