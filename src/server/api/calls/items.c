#include <stdio.h>
#include <string.h>

#include "server/api/calls/calls.h"

#define FEED_BYTES_MAX (16u * 1024 * 1024) /* of one answer: what is more comes with the next cursor */
#define FEED_STEP 200
#define CURSOR_SIZE 24

struct match {
	const struct query *query;
	int64_t now_us;
};

static bool is_match(void *data, const struct store_item *item)
{
	struct err err = {0};
	const struct match *match = data;
	struct json *json = json_parse(item->json, &err);
	must(json); /* the store gives back what was valid when it came in */
	struct query_record record = query_json_record(json);
	bool matches = query_is_match(match->query, &record, match->now_us);
	json_free(&json);
	return matches;
}

/* An exact value that the query asks for narrows the store's search; the query decides all the same. */
static const char *narrow_id(const struct call *call, const struct query *query, const char *field)
{
	unsigned char bytes[(STORE_ID_SIZE - 1) / 2];
	struct text text = query_required(query, field);
	if (!text.at || !text_to_bytes(text, bytes, sizeof(bytes)))
		return NULL;
	char *id = arena_get(call->arena, 1, STORE_ID_SIZE);
	text_put_hex(bytes, sizeof(bytes), id);
	return id;
}

static void narrow(const struct call *call, struct match *match, struct store_item_filter *filter)
{
	enum status status;
	filter->agent = narrow_id(call, match->query, "agent");
	filter->id = narrow_id(call, match->query, "id");
	filter->policy = query_required(match->query, "policy.name");
	filter->ref = query_required(match->query, "check.ref");
	struct text text = query_required(match->query, "status");
	if (text.at && status_read(text, &status))
		filter->status = (int)status;
	filter->match = is_match;
	filter->data = match;
}

/* The items' own JSON goes out as it is: it was made by us. */
static void answer_list(struct call *call, const struct store_item *items, size_t count,
			struct text next)
{
	struct buf body = {0};
	struct json *end = json_new_object();
	buf_cstr(&body, "{\"data\":[");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_char(&body, ',');
		buf_text(&body, items[i].json);
	}
	buf_cstr(&body, "],");
	json_put_text(end, "next", next.len > 0 ? next : (struct text){0});
	scoped(buf_end) struct buf tail = {0};
	json_write(end, &tail);
	json_free(&end);
	buf_add(&body, tail.at + 1, tail.len - 1);
	call_bytes(call, 200, "application/json", &body);
}

static void answer_current(struct call *call)
{
	struct err err = {0};
	struct store_item *items;
	size_t limit, count;
	struct text next;
	struct text q = target_arg(&call->request->target, "q");
	struct text cursor = target_arg(&call->request->target, "cursor");
	struct store_item_filter filter = {.status = -1};
	struct match match = {.now_us = call->now_us};
	if (!call_limit(call, &limit))
		return;
	scoped(query_free) struct query *query = q.at ? query_parse(q, &query_items, &err) : NULL;
	match.query = query;
	if (query)
		narrow(call, &match, &filter);
	if (err.kind != ERR_NONE ||
	    !call->web->port->items_current(call->web->store, &filter, cursor, limit, call->arena,
					    &items, &count, &next, &err))
		call_err(call, &err);
	else
		answer_list(call, items, count, next);
}

static bool feed_page(struct call *call, int64_t *since, size_t limit, struct buf *body,
		      size_t *count, struct err *err)
{
	struct store_item *items;
	scoped(arena_free) struct arena *arena = arena_new(HTTP_ARENA_MAX);
	if (!call->web->port->items_since(call->web->store, *since, limit, arena, &items, count, err))
		return false;
	for (size_t i = 0; i < *count; i++) {
		buf_text(body, items[i].json);
		buf_char(body, '\n');
		*since = items[i].seq;
	}
	return true;
}

/* A cursor is good while the item that it stands at is still there: then nothing behind it is gone either. */
static bool check_cursor(struct call *call, int64_t since)
{
	struct err err = {0};
	struct store_item *items;
	size_t count;
	if (since == 0)
		return true;
	if (!call->web->port->items_since(call->web->store, since - 1, 1, call->arena, &items, &count,
					  &err)) {
		call_err(call, &err);
		return false;
	}
	if (count == 1 && items[0].seq == since)
		return true;
	call_problem(call, 410, "this cursor is older than what is kept, or another server's; begin "
				"again without since");
	return false;
}

static void answer_feed(struct call *call)
{
	struct err err = {0};
	struct buf body = {0};
	uint64_t since;
	size_t limit, count = 0;
	int64_t at;
	struct text text = target_arg(&call->request->target, "since");
	struct text format = target_arg(&call->request->target, "format");
	if (format.at && !text_is(format, "ndjson")) {
		call_problem(call, 400, "the feed has one format: ndjson");
		return;
	}
	if (text.len == 0)
		since = 0;
	else if (!text_to_u64(text, 0, INT64_MAX, &since)) {
		call_problem(call, 400, "\"since\" is what Muster-Cursor said before, or empty");
		return;
	}
	if (!target_arg(&call->request->target, "limit").at)
		limit = STORE_LIST_MAX;
	else if (!call_limit(call, &limit))
		return;
	if (!check_cursor(call, (int64_t)since))
		return;
	at = (int64_t)since;
	do {
		size_t step = limit < FEED_STEP ? limit : FEED_STEP;
		if (!feed_page(call, &at, step, &body, &count, &err)) {
			buf_end(&body);
			call_err(call, &err);
			return;
		}
		limit -= count;
	} while (count > 0 && limit > 0 && body.len < FEED_BYTES_MAX);
	http_put_header(call->response, "Muster-Cursor",
			arena_print(call->arena, "%lld", (long long)at));
	call_bytes(call, 200, "application/x-ndjson", &body);
}

void call_items(struct call *call)
{
	bool feed = target_arg(&call->request->target, "since").at ||
		    target_arg(&call->request->target, "format").at;
	if (feed)
		answer_feed(call);
	else
		answer_current(call);
}

static bool read_id(struct call *call, char id[static ITEM_ID_SIZE])
{
	unsigned char bytes[(ITEM_ID_SIZE - 1) / 2];
	if (!text_to_bytes(call->words[0], bytes, sizeof(bytes))) {
		call_problem(call, 404, "no item has this id; it is 32 hex digits");
		return false;
	}
	text_put_hex(bytes, sizeof(bytes), id);
	return true;
}

/* The current one; of a check that is assigned no more, its last word. */
void call_item(struct call *call)
{
	struct err err = {0};
	struct store_item *items;
	size_t count;
	struct text next;
	char id[ITEM_ID_SIZE];
	if (!read_id(call, id))
		return;
	struct store_item_filter filter = {.id = id, .status = -1};
	bool done = call->web->port->items_current(call->web->store, &filter, TEXT(""), 1,
						   call->arena, &items, &count, &next, &err);
	if (done && count == 0)
		done = call->web->port->items_history(call->web->store, id, 0, 1, call->arena, &items,
						      &count, &err);
	if (!done) {
		call_err(call, &err);
	} else if (count == 0) {
		call_problem(call, 404, "no item has this id");
	} else {
		struct buf body = {0};
		buf_text(&body, items[0].json);
		call_bytes(call, 200, "application/json", &body);
	}
}

void call_item_history(struct call *call)
{
	struct err err = {0};
	struct store_item *items;
	size_t limit, count;
	uint64_t before;
	char id[ITEM_ID_SIZE], next[CURSOR_SIZE] = "";
	if (!read_id(call, id) || !call_limit(call, &limit) ||
	    !call_number(call, "cursor", INT64_MAX, 0, &before))
		return;
	if (!call->web->port->items_history(call->web->store, id, (int64_t)before, limit,
					    call->arena, &items, &count, &err)) {
		call_err(call, &err);
		return;
	}
	if (count == 0 && before == 0) {
		call_problem(call, 404, "no item has this id");
		return;
	}
	if (count == limit)
		snprintf(next, sizeof(next), "%lld", (long long)items[count - 1].seq);
	answer_list(call, items, count, text_of(next));
}
