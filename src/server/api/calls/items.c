#include <inttypes.h>
#include <stdio.h>

#include "server/api/calls/calls.h"

#define FEED_BYTES_MAX \
	(16u * 1024 * 1024) /* of one answer: what is more comes with the next cursor */
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

/* An exact value that the query asks for narrows the store's search; the query decides all the
 * same. */
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
static void answer_list(struct call *call, const struct store_items *items, const char *next)
{
	struct buf body = {0};
	struct json *end = json_new_object();
	buf_cstr(&body, "{\"data\":[");
	for (size_t i = 0; i < items->count; i++) {
		if (i > 0)
			buf_char(&body, ',');
		buf_text(&body, items->list[i].json);
	}
	buf_cstr(&body, "],");
	json_put_text(end, "next", *next ? text_of(next) : (struct text){0});
	scoped(buf_end) struct buf tail = {0};
	json_write(end, &tail);
	json_free(&end);
	buf_add(&body, tail.at + 1, tail.len - 1);
	call_bytes(call, 200, "application/json", &body);
}

static void answer_current(struct call *call)
{
	struct err err = {0};
	struct store_items items;
	struct text q = target_arg(&call->request->target, "q");
	struct text cursor = target_arg(&call->request->target, "cursor");
	struct store_item_filter filter = {.status = -1};
	struct match match = {.now_us = call->now_us};
	if (!call_limit(call, &filter.limit))
		return;
	scoped(query_free) struct query *query = q.at ? query_parse(q, &query_items, &err) : NULL;
	match.query = query;
	if (query)
		narrow(call, &match, &filter);
	if (cursor.len > 0)
		filter.after = arena_copy(call->arena, cursor.at, cursor.len);
	if (err.kind != ERR_NONE ||
	    !call->web->port->items_current(call->web->store, &filter, call->arena, &items, &err))
		call_err(call, &err);
	else
		answer_list(call, &items, items.next);
}

/* Up to range->limit items behind range->from, both of which move on; *count came, *lost: some are
 * gone already. */
static bool feed_page(struct call *call, struct store_range *range, struct buf *body, size_t *count,
		      bool *lost, struct err *err)
{
	struct store_items items;
	struct store_range step = *range;
	scoped(arena_free) struct arena *arena = arena_new(HTTP_ARENA_MAX);
	if (step.limit > FEED_STEP)
		step.limit = FEED_STEP;
	if (!call->web->port->items_since(call->web->store, &step, arena, &items, err))
		return false;
	*count = items.count;
	*lost = items.lost;
	for (size_t i = 0; i < items.count; i++) {
		buf_text(body, items.list[i].json);
		buf_char(body, '\n');
		range->from = items.list[i].seq;
	}
	range->limit -= items.count;
	return true;
}

/* Behind a cursor that this store never gave, or gave before all that it keeps, comes nothing for
 * ever. */
static bool is_known(struct call *call, int64_t cursor, bool *known, struct err *err)
{
	struct store_items items;
	const struct store_range range = {.from = cursor - 1, .limit = 1};
	if (!call->web->port->items_since(call->web->store, &range, call->arena, &items, err))
		return false;
	*known = items.count > 0;
	return true;
}

static void answer_pages(struct call *call, struct store_range *range)
{
	struct err err = {0};
	struct buf body = {0};
	bool done, known = true, lost = false, from_start = range->from == 0;
	size_t count = 0;
	do {
		done = feed_page(call, range, &body, &count, &lost, &err);
		lost = lost && !from_start;
	} while (done && !lost && count > 0 && range->limit > 0 && body.len < FEED_BYTES_MAX);
	if (done && !lost && !from_start && count == 0)
		done = is_known(call, range->from, &known, &err);
	lost = lost || !known;
	if (done && !lost) {
		http_put_header(call->response, "Muster-Cursor",
				arena_print(call->arena, "%" PRId64, range->from));
		call_bytes(call, 200, "application/x-ndjson", &body);
		return;
	}
	buf_end(&body);
	if (!done)
		call_err(call, &err);
	else
		call_problem(call, 410,
			     "this cursor is older than what is kept, or another server's; "
			     "begin again without since");
}

static void answer_feed(struct call *call)
{
	uint64_t since = 0;
	struct store_range range = {.limit = STORE_LIST_MAX};
	struct text text = target_arg(&call->request->target, "since");
	struct text format = target_arg(&call->request->target, "format");
	if (format.at && !text_is(format, "ndjson")) {
		call_problem(call, 400, "the feed has one format: ndjson");
		return;
	}
	if (text.len > 0 && !text_to_u64(text, 0, INT64_MAX, &since)) {
		call_problem(call, 400, "\"since\" is what Muster-Cursor said before, or empty");
		return;
	}
	if (target_arg(&call->request->target, "limit").at && !call_limit(call, &range.limit))
		return;
	range.from = (int64_t)since;
	answer_pages(call, &range);
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

/* The current one; of a check that is assigned no more, its last word. */
void call_item(struct call *call)
{
	struct err err = {0};
	struct store_items items;
	char id[ITEM_ID_SIZE];
	if (!call_id(call, "item", id))
		return;
	struct store_item_filter filter = {.id = id, .status = -1, .limit = 1};
	struct store_range newest = {.limit = 1};
	bool done = call->web->port->items_current(call->web->store, &filter, call->arena, &items,
						   &err);
	if (done && items.count == 0)
		done = call->web->port->items_history(call->web->store, id, &newest, call->arena,
						      &items, &err);
	if (!done) {
		call_err(call, &err);
	} else if (items.count == 0) {
		call_problem(call, 404, "no item has this id");
	} else {
		struct buf body = {0};
		buf_text(&body, items.list[0].json);
		call_bytes(call, 200, "application/json", &body);
	}
}

void call_item_history(struct call *call)
{
	struct err err = {0};
	struct store_items items;
	struct store_range range = {0};
	uint64_t before;
	char id[ITEM_ID_SIZE], next[CURSOR_SIZE] = "";
	if (!call_id(call, "item", id) || !call_limit(call, &range.limit) ||
	    !call_arg_number(call, "cursor", INT64_MAX, 0, &before))
		return;
	range.from = (int64_t)before;
	if (!call->web->port->items_history(call->web->store, id, &range, call->arena, &items,
					    &err)) {
		call_err(call, &err);
		return;
	}
	if (items.count == 0 && before == 0) {
		call_problem(call, 404, "no item has this id");
		return;
	}
	if (items.count == range.limit)
		snprintf(next, sizeof(next), "%" PRId64, items.list[items.count - 1].seq);
	answer_list(call, &items, next);
}
