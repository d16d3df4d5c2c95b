#include <string.h>

#include "base/time.h"
#include "server/api/calls/calls.h"

#define USES_MAX 100000
#define TTL_S_MAX (30 * 86400)
#define TTL_S_DEFAULT 3600

void call_hosts(struct call *call)
{
	struct err err = {0};
	char after[STORE_ID_SIZE] = "", next[STORE_ID_SIZE] = "";
	size_t limit;
	struct text q = target_arg(&call->request->target, "q");
	struct text cursor = target_arg(&call->request->target, "cursor");
	if (!call_limit(call, &limit))
		return;
	if (cursor.len >= sizeof(after)) {
		call_problem(call, 400, "\"cursor\" is not one that a list gave as \"next\"");
		return;
	}
	if (cursor.len > 0)
		memcpy(after, cursor.at, cursor.len);
	scoped(query_free) struct query *query = q.at ? query_parse(q, &query_hosts, &err) : NULL;
	struct json *hosts = NULL;
	if (err.kind == ERR_NONE)
		hosts = fleet_hosts(call->web->fleet, query, after, limit, next, &err);
	if (hosts)
		call_list(call, hosts, next);
	else
		call_err(call, &err);
}

static void answer_host(struct call *call, const char *id)
{
	struct err err = {0};
	struct json *host = fleet_host(call->web->fleet, id, &err);
	if (host)
		call_json(call, 200, host);
	else if (err.kind == ERR_NONE)
		call_problem(call, 404, "no host has this id");
	else
		call_err(call, &err);
}

void call_host(struct call *call)
{
	char id[STORE_ID_SIZE];
	if (call_id(call, "host", id))
		answer_host(call, id);
}

void call_host_tags(struct call *call)
{
	struct err err = {0};
	char id[STORE_ID_SIZE];
	if (!call_id(call, "host", id))
		return;
	struct json *host = fleet_host(call->web->fleet, id, &err);
	bool known = host;
	json_free(&host);
	if (known && !fleet_tag(call->web->fleet, id, call->body, &err))
		call_err(call, &err);
	else
		answer_host(call, id);
}

void call_host_revoke(struct call *call)
{
	struct err err = {0};
	char id[STORE_ID_SIZE];
	bool found = false;
	if (!call_id(call, "host", id))
		return;
	if (!fleet_revoke(call->web->fleet, id, &found, &err))
		call_err(call, &err);
	else if (!found)
		call_problem(call, 404, "no host has this id");
	else
		answer_host(call, id);
}

void call_enrolment(struct call *call)
{
	struct err err = {0};
	char expires[TIME_TEXT_SIZE];
	int64_t expires_us, uses, ttl_s;
	if (!call_body_number(call, "uses", USES_MAX, 1, &uses) ||
	    !call_body_number(call, "ttl_s", TTL_S_MAX, TTL_S_DEFAULT, &ttl_s))
		return;
	scoped(buf_end) struct buf token = {0};
	if (!fleet_enrolment(call->web->fleet, uses, ttl_s * TIME_SECOND_US, &token, &expires_us,
			     &err)) {
		call_err(call, &err);
		return;
	}
	struct json *json = json_new_object();
	json_put_text(json, "token", buf_view(&token));
	time_put(expires_us, expires);
	json_put_cstr(json, "expires", expires);
	call_json(call, 200, json);
}
