#include <string.h>

#include "base/time.h"
#include "query/query.h"
#include "server/api/calls/calls.h"

#define POLICY_MAX 1024 /* bytes of a policy's name; of a ref */
#define DAY_LEN 10      /* 2026-12-01 */

static struct json *waiver_json(const struct store_waiver *waiver)
{
	char at[TIME_TEXT_SIZE];
	struct json *json = json_new_object();
	bool ended = waiver->ended_us != 0;
	json_put_cstr(json, "id", waiver->id);
	json_put_text(json, "policy", waiver->policy);
	json_put_text(json, "ref", waiver->ref);
	json_put_text(json, "hosts", waiver->hosts);
	json_put_text(json, "why", waiver->why);
	json_put_text(json, "by", waiver->by);
	time_put(waiver->created_us, at);
	json_put_cstr(json, "created", at);
	time_put(waiver->until_us, at);
	json_put_cstr(json, "until", at);
	if (ended)
		time_put(waiver->ended_us, at);
	json_put_text(json, "ended", ended ? text_of(at) : (struct text){0});
	json_put_text(json, "ended_by",
		      waiver->ended_by.len > 0 ? waiver->ended_by : (struct text){0});
	json_put_cstr(json, "status", ended ? "ended" : "active");
	return json;
}

static bool is_wanted(const struct query *query, const struct json *waiver, int64_t now_us)
{
	struct query_record record = query_json_record(waiver);
	return !query || query_is_match(query, &record, now_us);
}

/* Newest first, behind the one that ended the last page. */
static struct json *page(struct call *call, const struct store_waivers *kept,
			 const struct query *query, size_t limit, char next[static STORE_ID_SIZE])
{
	struct text cursor = target_arg(&call->request->target, "cursor");
	struct json *list = json_new_list();
	size_t at = kept->count;
	while (cursor.len > 0 && at > 0 && !text_is(cursor, kept->list[at - 1].id))
		at--;
	at -= cursor.len > 0 && at > 0;
	for (; at > 0; at--) {
		struct json *waiver = waiver_json(&kept->list[at - 1]);
		if (!is_wanted(query, waiver, call->now_us)) {
			json_free(&waiver);
			continue;
		}
		if (json_count(list) == limit) {
			json_free(&waiver);
			break;
		}
		memcpy(next, kept->list[at - 1].id, STORE_ID_SIZE);
		json_add(list, waiver);
	}
	if (at == 0)
		next[0] = '\0';
	return list;
}

void call_waivers(struct call *call)
{
	struct err err = {0};
	struct store_waivers kept;
	size_t limit;
	char next[STORE_ID_SIZE] = "";
	struct text q = target_arg(&call->request->target, "q");
	if (!call_limit(call, &limit))
		return;
	scoped(query_free) struct query *query = q.at ? query_parse(q, &query_waivers, &err) : NULL;
	if (err.kind != ERR_NONE ||
	    !call->web->port->waiver_list(call->web->store, call->arena, &kept, &err)) {
		call_err(call, &err);
		return;
	}
	struct json *list = page(call, &kept, query, limit, next);
	call_list(call, list, next);
}

static void answer(struct call *call, const char *id)
{
	struct err err = {0};
	struct store_waivers kept;
	if (!call->web->port->waiver_list(call->web->store, call->arena, &kept, &err)) {
		call_err(call, &err);
		return;
	}
	for (size_t i = 0; i < kept.count; i++)
		if (strcmp(kept.list[i].id, id) == 0) {
			call_json(call, 200, waiver_json(&kept.list[i]));
			return;
		}
	call_problem(call, 404, "no waiver has this id; muster waiver list --all shows all");
}

void call_waiver(struct call *call)
{
	char id[STORE_ID_SIZE];
	if (call_id(call, "waiver", id))
		answer(call, id);
}

/* A time of RFC 3339, or a bare date: that day's last moment, UTC. */
static bool read_until(struct text text, int64_t *until_us)
{
	scoped(buf_end) struct buf whole = {0};
	if (text.len != DAY_LEN)
		return time_read(text, until_us);
	buf_text(&whole, text);
	buf_cstr(&whole, "T23:59:59.999999Z");
	return time_read(buf_view(&whole), until_us);
}

void call_waiver_add(struct call *call)
{
	struct err err = {0};
	struct text until;
	struct store_waiver waiver = {.by = call->who.name};
	if (!call_body_text(call, "policy", POLICY_MAX, &waiver.policy) ||
	    !call_body_text(call, "ref", POLICY_MAX, &waiver.ref) ||
	    !call_body_text(call, "hosts", QUERY_TEXT_MAX, &waiver.hosts) ||
	    !call_body_text(call, "why", WAIVED_WHY_MAX, &waiver.why) ||
	    !call_body_text(call, "until", TIME_TEXT_SIZE, &until))
		return;
	if (!read_until(until, &waiver.until_us))
		call_problem(call, 400,
			     "\"until\" is a date, such as 2027-01-31, or a time of RFC 3339");
	else if (fleet_waive(call->web->fleet, &waiver, &err))
		call_json(call, 200, waiver_json(&waiver));
	else
		call_err(call, &err);
}

void call_waiver_end(struct call *call)
{
	struct err err = {0};
	char id[STORE_ID_SIZE];
	bool found = false;
	if (!call_id(call, "waiver", id))
		return;
	const char *by = arena_copy(call->arena, call->who.name.at, call->who.name.len);
	if (!fleet_unwaive(call->web->fleet, id, by, &found, &err))
		call_err(call, &err);
	else if (!found)
		call_problem(call, 404,
			     "no waiver has this id; muster waiver list --all shows all");
	else
		call_empty(call, 204);
}
