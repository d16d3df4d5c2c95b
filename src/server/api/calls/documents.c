#include "base/time.h"
#include "server/api/calls/calls.h"

void call_policies(struct call *call)
{
	struct err err = {0};
	struct json *documents = fleet_documents(call->web->fleet, &err);
	if (documents)
		call_list(call, documents, NULL);
	else
		call_err(call, &err);
}

/* The text as it was pushed. */
static bool put_text(struct call *call, struct json *document, struct err *err)
{
	struct store_documents kept;
	if (!call->web->port->document_list(call->web->store, call->arena, &kept, err))
		return false;
	for (size_t i = 0; i < kept.count; i++)
		if (text_is_equal(kept.list[i].name, call->words[0]))
			json_put_text(document, "text", kept.list[i].text);
	return true;
}

void call_policy(struct call *call)
{
	struct err err = {0};
	struct json *documents = fleet_documents(call->web->fleet, &err);
	struct json *document = NULL;
	for (size_t i = 0; i < json_count(documents) && !document; i++)
		if (text_is_equal(json_text(json_at(documents, i), "name"), call->words[0]))
			document = json_copy(json_at(documents, i));
	bool done = documents && (!document || put_text(call, document, &err));
	json_free(&documents);
	if (done && document) {
		call_json(call, 200, document);
		return;
	}
	json_free(&document);
	if (!done)
		call_err(call, &err);
	else
		call_problem(call, 404, "no document has this name; muster policy list shows all");
}

void call_policy_push(struct call *call)
{
	struct err err = {0};
	struct text name, text;
	struct json *errors = NULL;
	if (!call_body_text(call, "name", FLEET_NAME_MAX, &name) ||
	    !call_body_text(call, "text", FLEET_DOCUMENT_MAX, &text))
		return;
	bool dry_run = json_truth(call->body, "dry_run", false);
	const char *by = arena_copy(call->arena, call->who.name.at, call->who.name.len);
	struct json *document = fleet_push(call->web->fleet, &(struct fleet_text){name, text, by},
					   dry_run, &errors, &err);
	if (document) {
		json_free(&errors);
		call_json(call, 200, document);
		return;
	}
	struct json *extra = json_new_object();
	if (errors)
		json_put(extra, "errors", errors);
	if (err.kind == ERR_INPUT)
		call_problem_with(call, 400, err.text, extra);
	else if (err.kind == ERR_REFUSED)
		call_problem_with(call, 409, err.text, extra);
	else {
		json_free(&extra);
		call_err(call, &err);
	}
}

void call_policy_remove(struct call *call)
{
	struct err err = {0};
	bool found = false;
	if (!fleet_document_remove(call->web->fleet, call->words[0], &found, &err))
		call_err(call, &err);
	else if (!found)
		call_problem(call, 404, "no document has this name; muster policy list shows all");
	else
		call_empty(call, 204);
}

static struct json *requirement_json(struct text query, enum level level, struct text by,
				     int64_t since_us)
{
	char since[TIME_TEXT_SIZE];
	struct json *json = json_new_object();
	json_put_text(json, "query", query);
	json_put_cstr(json, "level", level_name(level));
	json_put_text(json, "by", by);
	time_put(since_us, since);
	json_put_cstr(json, "since", since);
	return json;
}

void call_requirements(struct call *call)
{
	struct err err = {0};
	struct store_requirements kept;
	if (!call->web->port->requirement_list(call->web->store, call->arena, &kept, &err)) {
		call_err(call, &err);
		return;
	}
	struct json *list = json_new_list();
	for (size_t i = 0; i < kept.count; i++)
		json_add(list, requirement_json(kept.list[i].query, kept.list[i].level,
						kept.list[i].by, kept.list[i].since_us));
	call_list(call, list, NULL);
}

void call_requirement_put(struct call *call)
{
	struct err err = {0};
	struct text query;
	enum level level;
	if (!call_body_text(call, "query", QUERY_TEXT_MAX, &query))
		return;
	if (!level_read(json_text(call->body, "level"), &level)) {
		call_problem(call, 400, "\"level\" is low, medium, high or maximum");
		return;
	}
	const char *by = arena_copy(call->arena, call->who.name.at, call->who.name.len);
	if (fleet_require(call->web->fleet, query, level, by, &err))
		call_json(call, 200, requirement_json(query, level, call->who.name, call->now_us));
	else
		call_err(call, &err);
}

void call_requirement_remove(struct call *call)
{
	struct err err = {0};
	bool found = false;
	struct text query = target_arg(&call->request->target, "query");
	if (query.len == 0)
		call_problem(call, 400, "say which one: ?query=…, as the list shows it");
	else if (!fleet_unrequire(call->web->fleet, query, &found, &err))
		call_err(call, &err);
	else if (!found)
		call_problem(call, 404,
			     "no requirement has this query; muster require list shows all");
	else
		call_empty(call, 204);
}
