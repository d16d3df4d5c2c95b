#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "desk.h"
#include "unit.h"

static struct peer *listen_to(struct desk *desk, const char *path, const char *last)
{
	struct peer *peer = peer_open(web_address(desk->web), &desk->identity);
	assert_non_null(peer);
	peer_send(peer,
		  unit_text("GET %s HTTP/1.1\r\nHost: d\r\nAuthorization: Bearer %s\r\n%s%s%s\r\n",
			    path, desk->tokens[ROLE_VIEWER], last ? "Last-Event-ID: " : "",
			    last ? last : "", last ? "\r\n" : ""));
	assert_true(peer_sees(peer, "retry: 2000")); /* it listens from here on */
	return peer;
}

static void publish(struct desk *desk, enum stream_kind kind, const char *status,
		    const char *action)
{
	stream_publish(
		desk->stream, kind,
		text_of(unit_text("{\"status\":\"%s\",\"target\":\"web1\",\"name\":\"web1\"}",
				  status)),
		text_of(action));
}

/* What stands behind the last "id: ". */
static const char *last_id(const struct peer *peer)
{
	const char *found = NULL;
	for (const char *at = peer_seen(peer); (at = strstr(at, "id: ")); at += 4)
		found = at + 4;
	assert_non_null(found);
	return unit_text("%.*s", (int)strspn(found, "0123456789"), found);
}

test(tells_what_happens)
{
	struct desk desk;
	desk_open(&desk);
	struct peer *peer = listen_to(&desk, "/api/v1/stream", NULL);
	assert_true(peer_sees(peer, "Content-Type: text/event-stream"));
	int64_t begin_us = time_span_us();
	publish(&desk, STREAM_ITEM, "fail", "");
	assert_true(peer_sees(peer, "event: item\ndata: {\"status\":\"fail\""));
	assert_true(time_span_us() - begin_us < TIME_SECOND_US / 2);
	publish(&desk, STREAM_HOST, "online", "");
	assert_true(peer_sees(peer, "event: host\ndata: {\"status\":\"online\""));
	peer_close(&peer);
	desk_close(&desk);
}

test(resumes_where_a_client_was)
{
	struct desk desk;
	desk_open(&desk);
	struct peer *peer = listen_to(&desk, "/api/v1/stream", NULL);
	publish(&desk, STREAM_ITEM, "first", "");
	assert_true(peer_sees(peer, "first\""));
	assert_true(peer_sees(peer, "\n\n"));
	const char *id = last_id(peer);
	peer_close(&peer);
	publish(&desk, STREAM_ITEM, "second", "");
	publish(&desk, STREAM_ITEM, "third", "");
	peer = listen_to(&desk, "/api/v1/stream", id);
	assert_true(peer_sees(peer, "third\""));
	assert_non_null(strstr(peer_seen(peer), "second\""));
	assert_null(strstr(peer_seen(peer), "first\""));
	assert_null(strstr(peer_seen(peer), "event: lost"));
	peer_close(&peer);
	peer = listen_to(&desk, unit_text("/api/v1/stream?after=%s", id), NULL);
	assert_true(peer_sees(peer, "second\""));
	peer_close(&peer);
	desk_close(&desk);
}

test(tells_who_missed_something)
{
	struct desk desk;
	desk_open(&desk);
	const char *const unknown[] = {"0", "17",
				       "9000000000000000000"}; /* of other starts of the server */
	for (size_t i = 0; i < array_len(unknown); i++) {
		struct peer *peer = listen_to(&desk, "/api/v1/stream", unknown[i]);
		assert_true(peer_sees(peer, "event: lost\n"));
		peer_close(&peer);
	}
	struct peer *peer = listen_to(&desk, "/api/v1/stream", NULL);
	publish(&desk, STREAM_ITEM, "first", "");
	assert_true(peer_sees(peer, "first\""));
	const char *id = last_id(peer);
	peer_close(&peer);
	for (int i = 0; i < STREAM_KEPT + 1; i++)
		publish(&desk, STREAM_ITEM, "other", "");
	peer = listen_to(&desk, "/api/v1/stream?q=status:first", id);
	assert_true(peer_sees(peer, "event: lost\n"));
	peer_close(&peer);
	desk_close(&desk);
}

test(selects_by_a_query)
{
	struct desk desk;
	desk_open(&desk);
	struct peer *items = listen_to(&desk, "/api/v1/stream?q=status:fail", NULL);
	struct peer *hosts = listen_to(&desk, "/api/v1/stream?q=last_seen:*+or+name:web1", NULL);
	publish(&desk, STREAM_ITEM, "pass", "");
	publish(&desk, STREAM_HOST, "online", "");
	publish(&desk, STREAM_ITEM, "fail", "");
	assert_true(peer_sees(items, "\"fail\""));
	assert_null(strstr(peer_seen(items), "pass"));
	assert_null(strstr(peer_seen(items), "event: host"));
	assert_true(peer_sees(hosts, "event: host"));
	assert_null(strstr(peer_seen(hosts), "event: item"));
	peer_close(&items);
	peer_close(&hosts);
	desk_close(&desk);
}

test(selects_by_who_made_a_change)
{
	struct desk desk;
	desk_open(&desk);
	struct peer *root = listen_to(&desk, "/api/v1/stream?q=by.login_uid:0", NULL);
	struct peer *anybody = listen_to(&desk, "/api/v1/stream?q=by.pid:*", NULL);
	publish(&desk, STREAM_ITEM, "nobody", "");
	publish(&desk, STREAM_HOST, "online", "");
	static const char form[] = "{\"status\":\"%s\",\"by\":{\"pid\":7,\"login_uid\":%d}}";
	stream_publish(desk.stream, STREAM_ITEM, text_of(unit_text(form, "person", 1000)),
		       TEXT(""));
	stream_publish(desk.stream, STREAM_ITEM, text_of(unit_text(form, "admin", 0)), TEXT(""));
	assert_true(peer_sees(root, "\"admin\",\"by\":{\"pid\":7,\"login_uid\":0}"));
	assert_null(strstr(peer_seen(root), "person"));
	assert_true(peer_sees(anybody, "\"admin\""));
	assert_non_null(strstr(peer_seen(anybody), "\"person\""));
	assert_null(strstr(peer_seen(anybody), "nobody"));
	assert_null(strstr(peer_seen(anybody), "event: host"));
	peer_close(&root);
	peer_close(&anybody);
	desk_close(&desk);
}

static void add_action(struct desk *desk)
{
	struct err err = {0};
	struct store_recipient recipient = {.host = DESK_HOST};
	const struct store_action action = {.id = DESK_ACTION,
					    .by = TEXT("x"),
					    .target = TEXT("*"),
					    .policies = TEXT("[]"),
					    .created_us = 1,
					    .expires_us = INT64_MAX,
					    .recipients = &recipient,
					    .recipient_count = 1};
	assert_true(store_memory.action_add(desk->store, &action, &err));
}

test(an_actions_stream_ends_with_its_last_answer)
{
	struct desk desk;
	struct err err = {0};
	desk_open(&desk);
	add_action(&desk);
	struct peer *peer = listen_to(&desk, "/api/v1/stream?action=" DESK_ACTION, NULL);
	publish(&desk, STREAM_ITEM, "another", "44444444444444444444444444444444");
	publish(&desk, STREAM_HOST, "online", "");
	publish(&desk, STREAM_ITEM, "pass", DESK_ACTION);
	assert_true(peer_sees(peer, "\"pass\""));
	assert_null(strstr(peer_seen(peer), "event: done"));
	assert_true(store_memory.action_answer(desk.store, DESK_ACTION, DESK_HOST,
					       RECIPIENT_ANSWERED, 5, &err));
	assert_true(peer_sees(peer, "event: done\ndata: {\"hosts\":1}"));
	assert_true(peer_sees(peer, "\r\n0\r\n"));
	assert_null(strstr(peer_seen(peer), "another"));
	assert_null(strstr(peer_seen(peer), "online"));
	peer_close(&peer);
	desk_close(&desk);
}

test(many_idle_streams_cost_no_thread)
{
	struct desk desk;
	struct peer *peers[100];
	desk_open(&desk);
	for (size_t i = 0; i < array_len(peers); i++)
		peers[i] = listen_to(&desk, "/api/v1/stream?q=status:fail", NULL);
	assert_int_equal(desk_status(desk_as(&desk, ROLE_VIEWER, "GET /api/v1/hosts", NULL)), 200);
	const char *metrics = desk_as(&desk, ROLE_ANYONE, "GET /metrics", NULL);
	assert_non_null(strstr(metrics, "\nmuster_stream_listeners 100\n"));
	publish(&desk, STREAM_ITEM, "fail", "");
	for (size_t i = 0; i < array_len(peers); i++) {
		assert_true(peer_sees(peers[i], "\"fail\""));
		peer_close(&peers[i]);
	}
	desk_close(&desk);
}

test(stops_while_streams_are_open)
{
	struct desk desk;
	desk_open(&desk);
	struct peer *peer = listen_to(&desk, "/api/v1/stream", NULL);
	int64_t begin_us = time_span_us();
	desk_close(&desk);
	assert_true(time_span_us() - begin_us < 2 * TIME_SECOND_US);
	peer_close(&peer);
}
