#include "base/time.h"
#include "server/api/calls/calls.h"

#define WAIT_S_DEFAULT 30
#define WAIT_S_MAX 86400

static struct json *brief(const struct store_action *action)
{
	char at[TIME_TEXT_SIZE];
	struct json *json = json_new_object();
	json_put_cstr(json, "id", action->id);
	time_put(action->created_us, at);
	json_put_cstr(json, "created", at);
	json_put_text(json, "by", action->by);
	json_put_text(json, "target", action->target);
	time_put(action->expires_us, at);
	json_put_cstr(json, "expires", at);
	return json;
}

void call_actions(struct call *call)
{
	struct err err = {0};
	struct store_actions actions;
	size_t limit;
	if (!call_limit(call, &limit))
		return;
	if (!call->web->port->action_list(call->web->store, limit, call->arena, &actions, &err)) {
		call_err(call, &err);
		return;
	}
	struct json *list = json_new_list();
	for (size_t i = 0; i < actions.count; i++)
		json_add(list, brief(&actions.list[i]));
	call_list(call, list, NULL);
}

void call_action(struct call *call)
{
	struct err err = {0};
	char id[STORE_ID_SIZE];
	if (!call_id(call, "action", id))
		return;
	struct json *action = fleet_action(call->web->fleet, id, &err);
	if (action)
		call_json(call, 200, action);
	else if (err.kind == ERR_NONE)
		call_problem(call, 404, "no action has this id");
	else
		call_err(call, &err);
}

static bool check_policies(struct call *call, const struct json *policies)
{
	for (size_t i = 0; i < json_count(policies); i++)
		if (!json_text(json_at(policies, i), "name").at ||
		    !json_text(json_at(policies, i), "text").at) {
			call_problem(call, 400,
				     "\"policies\"[%zu] needs the texts \"name\" and \"text\"", i);
			return false;
		}
	return true;
}

void call_action_start(struct call *call)
{
	struct err err = {0};
	struct text target;
	int64_t wait_s;
	const struct json *policies = json_get(call->body, "policies");
	if (!call_body_text(call, "target", QUERY_TEXT_MAX, &target) ||
	    !check_policies(call, policies) ||
	    !call_body_number(call, "wait_s", WAIT_S_MAX, WAIT_S_DEFAULT, &wait_s))
		return;
	scoped(json_free) struct json *none = json_new_list();
	const char *by = arena_copy(call->arena, call->who.name.at, call->who.name.len);
	/* Before anything is sent: from here the stream shows every answer. */
	int64_t newest = stream_newest(call->web->stream);
	struct json *action = fleet_check(call->web->fleet, target, policies ? policies : none, by,
					  wait_s * TIME_SECOND_US, &err);
	if (action) {
		json_put_int(action, "stream", call->web->stream_base + newest);
		call_json(call, 200, action);
	} else if (err.kind == ERR_BUSY) {
		call_problem(call, 429, "%s", err.text);
	} else {
		call_err(call, &err);
	}
}
