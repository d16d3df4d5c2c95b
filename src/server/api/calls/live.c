/* The numbers that clients see begin anew with every start of the server, at its time in
 * microseconds: a number of an earlier start is always below, so that whoever resumes from it is
 * told that there is a gap. */
#include <inttypes.h>
#include <string.h>

#include "base/time.h"
#include "server/api/calls/calls.h"

#define LISTENERS_MAX 4096
#define BATCH 64       /* messages read at once */
#define BATCHES_MAX 32 /* that may match nothing before another stream has its turn */
#define ARENA_MAX (16u * 1024 * 1024)
#define ASK_US (5 * TIME_SECOND_US)
#define QUIET_US (15 * TIME_SECOND_US)
#define ACTION_QUIET_US TIME_SECOND_US /* who waits for an action hears more often */

struct listener {
	struct web_state *web;
	struct query *items, *hosts; /* NULL: all of them, unless `picky` */
	bool picky;                  /* only what a query selects */
	char action[STORE_ID_SIZE];  /* ""; else its items alone, and `done` at its end */
	int64_t after;
	int64_t said_us;  /* span: when something was last sent */
	struct who who;   /* without name: that ends with the request */
	int64_t asked_us; /* span: when they were last known to be somebody */
	bool done;
	struct buf out; /* not sent yet */
	size_t sent;
};

static void end_listener(void *data)
{
	struct listener *listener = data;
	atomic_fetch_sub(&listener->web->listeners, 1);
	if (listener->action[0])
		atomic_fetch_sub(&listener->web->waiters, 1);
	query_free(&listener->items);
	query_free(&listener->hosts);
	buf_end(&listener->out);
	mem_free(&listener);
}

static bool is_wanted(const struct listener *listener, const struct stream_message *message)
{
	struct err err = {0};
	const struct query *query = message->kind == STREAM_ITEM ? listener->items
								 : listener->hosts;
	if (listener->action[0] &&
	    (message->kind != STREAM_ITEM || !text_is(message->action, listener->action)))
		return false;
	if (!listener->picky)
		return true;
	if (!query)
		return false;
	struct json *json = json_parse(message->json, &err);
	must(json); /* the fleet wrote it */
	struct query_record record = query_json_record(json);
	bool wanted = query_is_match(query, &record, time_now_us());
	json_free(&json);
	return wanted;
}

static void put_message(struct listener *listener, const struct stream_message *message)
{
	buf_print(&listener->out, "id: %" PRId64 "\nevent: %s\ndata: ",
		  listener->web->stream_base + message->number,
		  message->kind == STREAM_ITEM ? "item" : "host");
	buf_text(&listener->out, message->json);
	buf_cstr(&listener->out, "\n\n");
}

/* One batch; false: there is nothing more for now. */
static bool read_batch(struct listener *listener)
{
	struct stream_message *messages;
	bool lost = false;
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	size_t count = stream_read(listener->web->stream, listener->after, BATCH, arena, &messages,
				   &lost);
	if (lost)
		buf_cstr(&listener->out, "event: lost\ndata: {}\n\n");
	for (size_t i = 0; i < count; i++) {
		listener->after = messages[i].number;
		if (is_wanted(listener, &messages[i]))
			put_message(listener, &messages[i]);
	}
	return count > 0;
}

/* Whoever waits for an action is told when nobody is left who could answer. */
static void look_at_action(struct listener *listener)
{
	struct err err = {0};
	struct store_action action = {0};
	size_t pending = 0;
	bool found = false;
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	if (!listener->web->port->action_get(listener->web->store, listener->action, arena, &action,
					     &found, &err))
		return; /* asked again with the next look */
	for (size_t i = 0; i < action.recipient_count; i++)
		pending += action.recipients[i].status == RECIPIENT_PENDING;
	if (pending > 0)
		return;
	/* Answers are published before their recipient counts as answered: these are the last. */
	while (read_batch(listener))
		;
	buf_print(&listener->out, "event: done\ndata: {\"hosts\":%zu}\n\n", action.recipient_count);
	listener->done = true;
}

/* A token that was revoked meanwhile, or a session that is over, hears no more. */
static bool may_listen(struct listener *listener, int64_t span_us)
{
	if (span_us - listener->asked_us < ASK_US)
		return true;
	listener->asked_us = span_us;
	return who_is_valid(listener->web->port, listener->web->store, &listener->who,
			    time_now_us());
}

static void fill(struct listener *listener)
{
	int64_t span_us = time_span_us();
	if (!may_listen(listener, span_us)) {
		listener->done = true;
		return;
	}
	for (unsigned i = 0; i < BATCHES_MAX && listener->out.len == 0; i++)
		if (!read_batch(listener))
			break;
	if (listener->out.len == 0 && listener->action[0] && !listener->done)
		look_at_action(listener);
	int64_t quiet_us = listener->action[0] ? ACTION_QUIET_US : QUIET_US;
	if (listener->out.len == 0 && span_us - listener->said_us >= quiet_us)
		buf_cstr(&listener->out, ":\n\n");
	if (listener->out.len > 0)
		listener->said_us = span_us;
}

static ssize_t more(void *data, char *bytes, size_t size)
{
	struct listener *listener = data;
	if (listener->sent == listener->out.len) {
		buf_clear(&listener->out);
		listener->sent = 0;
		if (listener->done)
			return HTTP_STREAM_END;
		fill(listener);
	}
	size_t len = listener->out.len - listener->sent;
	if (len == 0)
		return listener->done ? HTTP_STREAM_END : HTTP_STREAM_WAIT;
	if (len > size)
		len = size;
	memcpy(bytes, listener->out.at + listener->sent, len);
	listener->sent += len;
	return (ssize_t)len;
}

/* A query that says something about items, about hosts, or about both. */
static bool set_query(struct listener *listener, struct text q, struct err *err)
{
	struct err other = {0};
	if (!q.at)
		return true;
	listener->picky = true;
	listener->items = query_parse(q, &query_items, err);
	listener->hosts = query_parse(q, &query_hosts, &other);
	if (!listener->items && !listener->hosts)
		return false;
	*err = (struct err){0};
	return true;
}

/* Where to begin: after the number that the client had last, or now. */
static bool set_start(struct listener *listener, struct call *call)
{
	uint64_t number;
	const char *last = http_header(call->request, "Last-Event-ID");
	struct text after = target_arg(&call->request->target, "after");
	if (last)
		after = text_of(last);
	listener->after = stream_newest(call->web->stream);
	if (!after.at)
		return true;
	if (!text_to_u64(after, 0, INT64_MAX, &number))
		return false;
	int64_t own = (int64_t)number - call->web->stream_base;
	if (own < 0 || own > listener->after)
		buf_cstr(&listener->out, "event: lost\ndata: {}\n\n");
	else
		listener->after = own;
	return true;
}

static bool set_action(struct listener *listener, struct call *call)
{
	unsigned char bytes[(STORE_ID_SIZE - 1) / 2];
	struct text action = target_arg(&call->request->target, "action");
	if (!action.at)
		return true;
	if (!text_to_bytes(action, bytes, sizeof(bytes)))
		return false;
	text_put_hex(bytes, sizeof(bytes), listener->action);
	atomic_fetch_add(&listener->web->waiters, 1);
	return true;
}

static struct listener *new_listener(struct call *call)
{
	struct listener *listener = mem_new(1, sizeof(*listener));
	listener->web = call->web;
	listener->said_us = time_span_us();
	listener->asked_us = listener->said_us;
	listener->who = call->who;
	listener->who.name = (struct text){0};
	buf_cstr(&listener->out,
		 "retry: 2000\n\n"); /* at once: the client knows that it is heard */
	return listener;
}

void call_stream(struct call *call)
{
	struct err err = {0};
	if (atomic_fetch_add(&call->web->listeners, 1) >= LISTENERS_MAX) {
		atomic_fetch_sub(&call->web->listeners, 1);
		call_problem(call, 429, "%d listen already; try again later", LISTENERS_MAX);
		return;
	}
	struct listener *listener = new_listener(call);
	if (!set_query(listener, target_arg(&call->request->target, "q"), &err))
		call_err(call, &err);
	else if (!set_start(listener, call))
		call_problem(call, 400, "Last-Event-ID is the id of an event of this stream");
	else if (!set_action(listener, call))
		call_problem(call, 400, "\"action\" is an action's id, 32 hex digits");
	if (call->response->status != 0) {
		end_listener(listener);
		return;
	}
	call->response->status = 200;
	call->response->type = "text/event-stream";
	call->response->stream = (struct http_stream){more, end_listener, listener};
	http_put_header(call->response, "X-Accel-Buffering", "no");
}
