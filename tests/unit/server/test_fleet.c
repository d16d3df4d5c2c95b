/* The fleet over the memory store, and agents that connect to it over loopback. */
#include "server/fleet/fleet.h"

#include <string.h>

#include "agent.h"
#include "base/queue.h"
#include "base/time.h"
#include "model/item.h"
#include "net/link/token.h"
#include "os/child.h"
#include "unit.h"

struct yard {
	struct buf ca_key, ca_cert, key, cert;
	struct store *store;
	struct stream *stream;
	struct fleet *fleet;
	const char *address;
	struct err err;
};

static const char policy[] =
	"policy: system\n"
	"target: os:debian\n"
	"checks:\n"
	"  - { ref: a, level: low, name: first, test: { file: /etc/passwd } }\n"
	"  - { ref: b, level: medium, name: second, test: { file: /etc/group } }\n";
static const char smaller[] =
	"policy: system\n"
	"target: os:debian\n"
	"checks:\n"
	"  - { ref: a, level: low, name: first, test: { file: /etc/passwd } }\n";

static void make_certificates(struct yard *yard)
{
	struct buf csr = {0};
	static const char *const names[] = {"localhost", "127.0.0.1", NULL};
	const struct tls_grant grant = {.common_name = "localhost",
					.names = names,
					.is_server = true,
					.days = 10,
					.now_us = time_now_us()};
	assert_true(tls_make_key(&yard->ca_key, &yard->err) &&
		    tls_make_key(&yard->key, &yard->err));
	assert_true(tls_make_ca(buf_view(&yard->ca_key), "test", time_now_us(), &yard->ca_cert,
				&yard->err));
	assert_true(tls_make_request(buf_view(&yard->key), "localhost", &csr, &yard->err));
	assert_true(tls_sign(buf_view(&yard->ca_key), buf_view(&yard->ca_cert), buf_view(&csr),
			     &grant, &yard->cert, &yard->err));
	buf_end(&csr);
}

static void open_yard(struct yard *yard)
{
	child_outlive_pipes(); /* as musterd does */
	*yard = (struct yard){0};
	make_certificates(yard);
	yard->store = store_memory.open(&(struct store_config){"."}, &yard->err);
	yard->stream = stream_new();
	const struct fleet_config config = {.ca_key_pem = buf_view(&yard->ca_key),
					    .ca_cert_pem = buf_view(&yard->ca_cert),
					    .key_pem = buf_view(&yard->key),
					    .cert_pem = buf_view(&yard->cert),
					    .agents_address = "127.0.0.1:0",
					    .port = &store_memory,
					    .store = yard->store,
					    .stream = yard->stream};
	yard->fleet = fleet_start(&config, &yard->err);
	assert_string_equal(yard->err.text, "");
	assert_non_null(yard->fleet);
	yard->address = fleet_address(yard->fleet);
}

static void close_yard(struct yard *yard)
{
	fleet_stop(&yard->fleet);
	stream_free(&yard->stream);
	store_memory.close(&yard->store);
	buf_end(&yard->ca_key);
	buf_end(&yard->ca_cert);
	buf_end(&yard->key);
	buf_end(&yard->cert);
}

static struct token make_token(struct yard *yard)
{
	struct buf word = {0};
	struct token token;
	int64_t expires_us;
	assert_true(fleet_enrolment(yard->fleet, 1, TIME_SECOND_US * 60, &word, &expires_us,
				    &yard->err));
	assert_true(token_read(buf_view(&word), &token, &yard->err));
	buf_end(&word);
	return token;
}

static void enrol(struct yard *yard, struct agent *agent, const char *name)
{
	struct token token = make_token(yard);
	assert_true(agent_enrol(agent, yard->address, buf_view(&yard->ca_cert), token.secret, name,
				&yard->err));
}

static void join(struct yard *yard, struct agent *agent)
{
	assert_true(agent_join(agent, yard->address, buf_view(&yard->ca_cert), &yard->err));
}

static void push(struct yard *yard, const char *text)
{
	struct json *errors;
	const struct fleet_text pushed = {TEXT("base"), text_of(text), "anna"};
	struct json *document = fleet_push(yard->fleet, &pushed, false, &errors, &yard->err);
	assert_non_null(document);
	json_free(&document);
}

/* One item of the policy above; id: NULL for the right one. */
static void put_item(struct json *list, const struct agent *agent, const char *ref, const char *id)
{
	struct item item = {.target = TEXT("somebody else"),
			    .at_us = time_now_us(),
			    .status = STATUS_PASS,
			    .agent = TEXT("11111111111111111111111111111111")};
	item.policy.name = TEXT("system");
	item.policy.level = LEVEL_LOW;
	item.check.ref = text_of(ref);
	item.check.name = TEXT("first");
	item_put_id(text_of(agent->id), item.policy.name, item.check.ref, TEXT(""), item.id);
	if (id)
		memcpy(item.id, id, sizeof(item.id));
	json_add(list, item_to_json(&item));
}

/* Takes the list. Returns once it is acknowledged. */
static void send_items(struct yard *yard, struct agent *agent, int64_t seq, struct json *list)
{
	struct buf text = {0};
	struct json *body = json_new_object();
	json_put_int(body, "seq", seq);
	json_put(body, "items", list);
	json_write(body, &text);
	assert_true(agent_say(agent, MESSAGE_ITEMS, buf_view(&text), &yard->err));
	assert_true(agent_await(agent, MESSAGE_ACK, &yard->err));
	struct json *ack = json_parse(agent->heard, &yard->err);
	assert_int_equal(json_int(ack, "seq", -1), seq);
	json_free(&ack);
	json_free(&body);
	buf_end(&text);
}

static size_t assigned(struct yard *yard, struct agent *agent)
{
	assert_true(agent_await(agent, MESSAGE_ASSIGN, &yard->err));
	struct json *body = json_parse(agent->heard, &yard->err);
	size_t count = json_count(json_get(body, "documents"));
	json_free(&body);
	return count;
}

/* A count of the host, as the API shows it. */
static int64_t host_count(struct yard *yard, const struct agent *agent, const char *status)
{
	struct json *host = fleet_host(yard->fleet, agent->id, &yard->err);
	int64_t count = json_int(json_get(host, "counts"), status, -1);
	json_free(&host);
	return count;
}

test(token_of_the_fleet_says_where_it_is)
{
	struct yard yard;
	open_yard(&yard);
	struct token token = make_token(&yard);
	assert_string_equal(token.address, yard.address);
	char fingerprint[65];
	assert_true(tls_fingerprint(buf_view(&yard.ca_cert), fingerprint, &yard.err));
	assert_string_equal(token.fingerprint, fingerprint);
	close_yard(&yard);
}

test(agent_enrols_once_with_a_token_and_its_name_is_held)
{
	struct yard yard;
	struct agent agent = {.fd = -1}, second = {.fd = -1}, third = {.fd = -1};
	open_yard(&yard);
	struct token token = make_token(&yard);
	struct text ca = buf_view(&yard.ca_cert);
	assert_true(agent_enrol(&agent, yard.address, ca, token.secret, "web1", &yard.err));
	assert_false(agent_enrol(&second, yard.address, ca, token.secret, "web2", &yard.err));
	assert_non_null(strstr(yard.err.text, "used"));
	token = make_token(&yard);
	yard.err = (struct err){0};
	assert_false(agent_enrol(&third, yard.address, ca, token.secret, "WEB1", &yard.err));
	assert_non_null(strstr(yard.err.text, "held"));
	agent_end(&agent);
	agent_end(&second);
	agent_end(&third);
	close_yard(&yard);
}

test(hello_brings_what_is_assigned_and_changes_follow)
{
	struct yard yard;
	struct agent agent = {.fd = -1};
	open_yard(&yard);
	enrol(&yard, &agent, "web1");
	assert_false(fleet_is_online(yard.fleet, agent.id));
	push(&yard, policy);
	join(&yard, &agent);
	assert_true(fleet_is_online(yard.fleet, agent.id));
	assert_int_equal(assigned(&yard, &agent), 1);
	assert_int_equal(host_count(&yard, &agent, "pending"), 2);
	push(&yard, smaller);
	assert_int_equal(assigned(&yard, &agent), 1);
	bool found = false;
	assert_true(fleet_document_remove(yard.fleet, TEXT("base"), &found, &yard.err));
	assert_true(found);
	assert_int_equal(assigned(&yard, &agent), 0);
	agent_end(&agent);
	close_yard(&yard);
}

static void say_facts(struct yard *yard, struct agent *agent, const char *facts)
{
	assert_true(agent_say(agent, MESSAGE_FACTS, text_of(unit_text("{\"facts\":%s}", facts)),
			      &yard->err));
}

/* Whether the query selects the host. */
static bool is_found(struct yard *yard, const char *text)
{
	char next[STORE_ID_SIZE];
	struct query *query = query_parse(text_of(text), &query_hosts, &yard->err);
	assert_non_null(query);
	struct json *list = fleet_hosts(yard->fleet, query, "", 10, next, &yard->err);
	bool found = json_count(list) == 1;
	json_free(&list);
	query_free(&query);
	return found;
}

static bool metrics_say(struct yard *yard, const char *line)
{
	struct buf out = {0};
	fleet_metrics(yard->fleet, &out);
	bool said = strstr(out.at, line) != NULL;
	buf_end(&out);
	return said;
}

#define FACTS(os, watch) \
	"{\"name\":\"web1\",\"os\":[\"linux\",\"" os "\"],\"addresses\":[],\"watch\":" watch "}"

test(an_agent_says_its_facts_anew)
{
	struct yard yard;
	struct agent agent = {.fd = -1};
	open_yard(&yard);
	enrol(&yard, &agent, "web1");
	push(&yard, policy);
	join(&yard, &agent);
	assert_int_equal(assigned(&yard, &agent), 1);
	assert_false(is_found(&yard, "watch.names:*"));
	assert_true(metrics_say(&yard, "\nmuster_watch_defects 0\n"));
	/* another system: what is assigned follows, and is told */
	say_facts(&yard, &agent,
		  FACTS("fedora",
			"{\"names\":40,\"looked_at\":3,\"why\":\"3 that may not be read\","
			"\"defects\":2,\"defect\":\"system/a\","
			"\"defect_at\":\"2026-11-24T08:14:05Z\"}"));
	assert_int_equal(assigned(&yard, &agent), 0);
	assert_true(is_found(&yard, "os:fedora and watch.looked_at > 0 and watch.why:read"));
	assert_true(is_found(&yard, "watch.defects >= 2 and watch.defect:system/*"));
	assert_true(is_found(&yard, "watch.defect_at > 2026-11-24 and watch.names:40"));
	assert_false(is_found(&yard, "watch.who:fanotify"));
	assert_true(metrics_say(&yard, "\nmuster_watch_defects 2\n"));
	/* the same once more is nothing; then it is as it was */
	say_facts(&yard, &agent, FACTS("fedora", "null"));
	say_facts(&yard, &agent, FACTS("debian", "{\"names\":1}"));
	assert_int_equal(assigned(&yard, &agent), 1);
	assert_true(metrics_say(&yard, "\nmuster_watch_defects 0\n"));
	bool found = false;
	say_facts(&yard, &agent, FACTS("fedora", "{\"defects\":7}"));
	assert_int_equal(assigned(&yard, &agent), 0);
	assert_true(metrics_say(&yard, "\nmuster_watch_defects 7\n"));
	assert_true(fleet_revoke(yard.fleet, agent.id, &found, &yard.err));
	assert_true(metrics_say(&yard, "\nmuster_watch_defects 0\n"));
	enum message_type type = MESSAGE_ACK;
	while (type != MESSAGE_REFUSED)
		assert_true(agent_hear(&agent, &type, &yard.err));
	agent_end(&agent);
	close_yard(&yard);
}

test(facts_that_are_none_end_the_connection)
{
	static const char *const texts[] = {"{\"facts\":7}", "{}", "[",
					    "{\"facts\":{\"name\":\"\"}}"};
	struct yard yard;
	open_yard(&yard);
	for (size_t i = 0; i < array_len(texts); i++) {
		struct agent agent = {.fd = -1};
		enum message_type type = MESSAGE_ACK;
		enrol(&yard, &agent, unit_text("web%zu", i));
		join(&yard, &agent);
		assert_true(agent_say(&agent, MESSAGE_FACTS, text_of(texts[i]), &yard.err));
		while (type != MESSAGE_REFUSED)
			assert_true(agent_hear(&agent, &type, &yard.err));
		assert_null(strstr(agent.heard.at, "\"final\":true"));
		assert_true(is_found(&yard, unit_text("os:debian and name:web%zu", i)));
		agent_end(&agent);
	}
	close_yard(&yard);
}

test(items_are_the_certificate_s_whatever_they_say)
{
	struct yard yard;
	struct store_items items;
	struct agent agent = {.fd = -1};
	struct arena *arena = arena_new(16 << 20);
	struct store_item_filter all = {.status = -1, .limit = 10};
	open_yard(&yard);
	enrol(&yard, &agent, "web1");
	push(&yard, policy);
	join(&yard, &agent);
	struct json *list = json_new_list();
	put_item(list, &agent, "a", NULL);
	put_item(list, &agent, "c", NULL);                               /* not assigned */
	put_item(list, &agent, "b", "22222222222222222222222222222222"); /* not its id */
	json_add(list, json_new_object());                               /* no item at all */
	send_items(&yard, &agent, 7, list);
	assert_true(store_memory.items_current(yard.store, &all, arena, &items, &yard.err));
	assert_int_equal(items.count, 1);
	assert_true(text_is(items.list[0].target, "web1"));
	assert_string_equal(items.list[0].agent, agent.id);
	assert_true(text_is(items.list[0].ref, "a"));
	assert_true(store_memory.items_since(yard.store, &(struct store_range){0, 10}, arena,
					     &items, &yard.err));
	assert_int_equal(items.count, 3);
	assert_int_equal(host_count(&yard, &agent, "pass"), 1);
	assert_int_equal(host_count(&yard, &agent, "pending"), 1);
	arena_free(&arena);
	agent_end(&agent);
	close_yard(&yard);
}

test(revoked_agent_is_refused_for_good)
{
	struct yard yard;
	bool found = false;
	enum message_type type;
	struct agent agent = {.fd = -1};
	open_yard(&yard);
	enrol(&yard, &agent, "web1");
	join(&yard, &agent);
	assert_true(fleet_revoke(yard.fleet, agent.id, &found, &yard.err));
	assert_true(found);
	do
		assert_true(agent_hear(&agent, &type, &yard.err));
	while (type != MESSAGE_REFUSED);
	assert_non_null(strstr(agent.heard.at, "\"final\":true"));
	agent_hang_up(&agent);
	assert_false(agent_join(&agent, yard.address, buf_view(&yard.ca_cert), &yard.err));
	assert_non_null(strstr(yard.err.text, "revoked"));
	agent_end(&agent);
	close_yard(&yard);
}

static void come_again(struct yard *yard, struct agent *agent, bool may)
{
	agent_hang_up(agent);
	yard->err = (struct err){0};
	bool joins = agent_join(agent, yard->address, buf_view(&yard->ca_cert), &yard->err);
	if (joins != may)
		fail_msg("%s", yard->err.text);
	if (!may)
		assert_non_null(strstr(yard->err.text, "revoked"));
}

test(a_renewed_certificate_and_the_one_before_are_the_same_agent_until_it_is_revoked)
{
	struct yard yard;
	bool found = false;
	int64_t from_us, until_us;
	struct agent agent = {.fd = -1}, before = {.fd = -1};
	open_yard(&yard);
	enrol(&yard, &agent, "web1");
	buf_text(&before.key, buf_view(&agent.key));
	buf_text(&before.cert, buf_view(&agent.cert));
	join(&yard, &agent);
	fleet_set(yard.fleet, 0, 7);
	if (!agent_renew(&agent, &yard.err))
		fail_msg("%s", yard.err.text);
	assert_true(tls_check(buf_view(&agent.cert), buf_view(&yard.ca_cert), agent.id, &yard.err));
	assert_true(tls_span(buf_view(&agent.cert), &from_us, &until_us, &yard.err));
	assert_true(until_us - time_now_us() <= 7 * 86400 * TIME_SECOND_US);
	come_again(&yard, &agent, true);
	come_again(&yard, &before, true);
	come_again(&yard, &agent, true);
	assert_true(fleet_is_online(yard.fleet, agent.id));
	assert_true(fleet_revoke(yard.fleet, agent.id, &found, &yard.err));
	come_again(&yard, &agent, false);
	come_again(&yard, &before, false);
	agent_end(&agent);
	agent_end(&before);
	close_yard(&yard);
}

test(a_certificate_is_not_renewed_for_a_stranger_for_nonsense_or_all_the_time)
{
	static const char *const bodies[] = {"{}", "[]", "{\"csr\":7}", "{\"csr\":\"-----BEGIN\"}",
					     "nonsense"};
	struct yard yard;
	struct agent agent = {.fd = -1};
	open_yard(&yard);
	enrol(&yard, &agent, "web1");
	for (size_t i = 0; i < array_len(bodies); i++) {
		agent_hang_up(&agent);
		yard.err = (struct err){0};
		join(&yard, &agent);
		assert_true(agent_say(&agent, MESSAGE_RENEW, text_of(bodies[i]), &yard.err));
		assert_false(agent_await(&agent, MESSAGE_RENEWED, &yard.err));
		assert_non_null(strstr(yard.err.text, "refused: "));
	}
	come_again(&yard, &agent, true); /* it was not for good */
	assert_true(agent_renew(&agent, &yard.err));
	assert_false(agent_renew(&agent, &yard.err));
	assert_non_null(strstr(yard.err.text, "just now"));
	agent_hang_up(&agent);
	yard.err = (struct err){0};
	/* before its hello */
	assert_true(agent_connect(&agent, yard.address, buf_view(&yard.ca_cert), &yard.err));
	assert_false(agent_renew(&agent, &yard.err));
	assert_non_null(strstr(yard.err.text, "say hello first"));
	agent_end(&agent);
	close_yard(&yard);
}

test(nonsense_and_strangers_are_dropped)
{
	static const char *const words[] = {"GET / HTTP/1.1\r\n\r\n", "\xff\xff\xff\xff\x07", ""};
	struct yard yard;
	open_yard(&yard);
	for (size_t i = 0; i < array_len(words); i++) {
		enum message_type type;
		struct agent agent = {.fd = -1};
		yard.err = (struct err){0};
		assert_true(
			agent_connect(&agent, yard.address, buf_view(&yard.ca_cert), &yard.err));
		if (*words[i])
			assert_true(agent_send(&agent, text_of(words[i]), &yard.err));
		else /* an agent's words without its certificate */
			assert_true(agent_say(&agent, MESSAGE_ITEMS, TEXT("{}"), &yard.err));
		assert_false(agent_hear(&agent, &type, &yard.err));
		assert_int_equal(yard.err.kind, ERR_REFUSED);
		agent_end(&agent);
	}
	struct agent agent = {.fd = -1};
	yard.err = (struct err){0};
	enrol(&yard, &agent, "web1"); /* it is still well */
	agent_end(&agent);
	close_yard(&yard);
}

test(one_check_in_two_documents_of_a_host_is_refused)
{
	struct yard yard;
	struct json *errors;
	struct agent agent = {.fd = -1};
	open_yard(&yard);
	enrol(&yard, &agent, "web1");
	push(&yard, policy);
	const struct fleet_text again = {TEXT("other"), text_of(smaller), "anna"};
	assert_null(fleet_push(yard.fleet, &again, false, &errors, &yard.err));
	assert_int_equal(yard.err.kind, ERR_REFUSED);
	assert_non_null(strstr(yard.err.text, "\"base\""));
	assert_non_null(strstr(yard.err.text, "\"other\""));
	agent_end(&agent);
	close_yard(&yard);
}

test(action_reaches_those_who_are_there_and_those_who_come_back)
{
	struct yard yard;
	struct agent agent = {.fd = -1}, late = {.fd = -1};
	open_yard(&yard);
	enrol(&yard, &agent, "web1");
	enrol(&yard, &late, "web2");
	join(&yard, &agent);
	struct json *none = json_new_list();
	struct json *action = fleet_check(yard.fleet, TEXT("os:debian"), none, "anna",
					  60 * TIME_SECOND_US, &yard.err);
	assert_non_null(action);
	assert_int_equal(json_count(json_get(action, "hosts")), 2);
	assert_true(agent_await(&agent, MESSAGE_CHECK, &yard.err));
	join(&yard, &late);
	assert_true(agent_await(&late, MESSAGE_CHECK, &yard.err));
	json_free(&action);
	json_free(&none);
	agent_end(&agent);
	agent_end(&late);
	close_yard(&yard);
}

/* -------- who made a change -------- */

static const struct actor vi = {812, 0, 1000, TEXT("vi"), TEXT("vi /etc/passwd")};

/* The check "a" of the policy above, so long after now; by NULL: nobody. */
static void send_verdict(struct yard *yard, struct agent *agent, enum status status,
			 int64_t after_us, const struct actor *by)
{
	struct json *list = json_new_list();
	int64_t at_us = time_now_us() + after_us;
	struct item item = {.target = TEXT("x"), .at_us = at_us, .status = status, .by = by};
	item.policy.name = TEXT("system");
	item.policy.level = LEVEL_LOW;
	item.check.ref = TEXT("a");
	item.check.name = TEXT("first");
	item_put_id(text_of(agent->id), item.policy.name, item.check.ref, TEXT(""), item.id);
	json_add(list, item_to_json(&item));
	send_items(yard, agent, at_us, list);
}

/* The newest item that the server took or wrote, as JSON; the caller's. */
static struct json *newest_item(struct yard *yard)
{
	struct store_items items;
	struct store_range range = {0, 1};
	struct json *newest = NULL;
	struct arena *arena = arena_new(16 << 20);
	while (store_memory.items_since(yard->store, &range, arena, &items, &yard->err) &&
	       items.count > 0) {
		json_free(&newest);
		newest = json_parse(items.list[0].json, &yard->err);
		range.from = items.list[0].seq;
	}
	arena_free(&arena);
	return newest;
}

static void must_be_vi(const struct json *by)
{
	assert_true(text_is(json_text(by, "process"), "vi"));
	assert_true(text_is(json_text(by, "command"), "vi /etc/passwd"));
	assert_int_equal(json_int(by, "pid", -1), 812);
	assert_int_equal(json_int(by, "uid", -1), 0);
	assert_int_equal(json_int(by, "login_uid", -1), 1000);
}

/* Whoever publishes wakes whoever waits for what the clerk does. */
struct ear {
	struct lock *lock;
	unsigned heard;
};

static void hear(void *data)
{
	struct ear *ear = data;
	lock_take(ear->lock);
	ear->heard++;
	lock_wake(ear->lock);
	lock_give(ear->lock);
}

/* Until something is published, if nothing was since *heard. */
static void listen_on(struct ear *ear, unsigned *heard)
{
	lock_take(ear->lock);
	if (ear->heard == *heard)
		lock_wait(ear->lock, 10000);
	assert_int_not_equal(ear->heard, *heard);
	*heard = ear->heard;
	lock_give(ear->lock);
}

test(who_made_a_change_is_kept_and_told)
{
	struct yard yard;
	struct agent agent = {.fd = -1};
	open_yard(&yard);
	enrol(&yard, &agent, "web1");
	push(&yard, policy);
	join(&yard, &agent);
	send_verdict(&yard, &agent, STATUS_PASS, 0, NULL);
	send_verdict(&yard, &agent, STATUS_FAIL, 1000000, &vi);
	send_verdict(&yard, &agent, STATUS_PASS, 2000000, NULL);
	struct json *summary = fleet_summary(yard.fleet, &yard.err);
	const struct json *changes = json_get(summary, "changes");
	assert_int_equal(json_count(changes), 2);
	assert_true(text_is(json_text(json_at(changes, 0), "to"), "pass"));
	assert_null(json_get(json_at(changes, 0), "by")); /* not the one before */
	must_be_vi(json_get(json_at(changes, 1), "by"));
	json_free(&summary);
	send_verdict(&yard, &agent, STATUS_FAIL, 3000000, &vi);
	struct json *item = newest_item(&yard);
	must_be_vi(json_get(item, "by"));
	json_free(&item);
	agent_end(&agent);
	close_yard(&yard);
}

/* The newest item once it has this status: what it was before had an actor, it has none. */
static void must_become_nobody_s(struct yard *yard, struct ear *ear, const char *status)
{
	unsigned heard = 0;
	struct json *last = newest_item(yard);
	while (!text_is(json_text(last, "status"), status)) {
		must_be_vi(json_get(last, "by"));
		json_free(&last);
		listen_on(ear, &heard);
		last = newest_item(yard);
	}
	assert_null(json_get(last, "by"));
	json_free(&last);
}

test(what_the_server_says_itself_was_nobody)
{
	struct yard yard;
	struct agent agent = {.fd = -1};
	struct ear ear = {.lock = lock_new()};
	bool found = false;
	open_yard(&yard);
	enrol(&yard, &agent, "web1");
	push(&yard, policy);
	join(&yard, &agent);
	stream_on_publish(yard.stream, hear, &ear);
	send_verdict(&yard, &agent, STATUS_FAIL, -30 * 3600 * TIME_SECOND_US, &vi);
	scoped(json_free) struct json *nothing = json_new_object();
	assert_true(fleet_tag(yard.fleet, agent.id, nothing, &yard.err)); /* the clerk looks */
	must_become_nobody_s(&yard, &ear, "unknown");
	send_verdict(&yard, &agent, STATUS_FAIL, 1000000, &vi);
	assert_true(fleet_document_remove(yard.fleet, TEXT("base"), &found, &yard.err));
	must_become_nobody_s(&yard, &ear, "not_applicable");
	stream_on_publish(yard.stream, NULL, NULL);
	agent_end(&agent);
	close_yard(&yard);
	lock_free(&ear.lock);
}

/* -------- a host that will not answer -------- */

static void decline(struct yard *yard, struct agent *agent, const char *action, const char *reason,
		    int64_t ahead_us)
{
	char now[TIME_TEXT_SIZE];
	time_put(time_now_us() + ahead_us, now);
	const char *body = unit_text("{\"action\":\"%s\",\"reason\":\"%s\",\"now\":\"%s\"}", action,
				     reason, now);
	assert_true(agent_say(agent, MESSAGE_DECLINED, text_of(body), &yard->err));
	send_items(yard, agent, 1, json_new_list());
	send_items(yard, agent, 2, json_new_list()); /* what came before the first is done */
}

/* Of the items of the action how many are the host's; all are unknown, for this reason. */
static size_t count_unknown(const struct json *action, const struct agent *agent,
			    const char *reason)
{
	size_t count = 0;
	const struct json *items = json_get(action, "items");
	for (size_t i = 0; i < json_count(items); i++) {
		const struct json *item = json_at(items, i);
		if (!text_is(json_text(item, "agent"), agent->id))
			continue;
		assert_true(text_is(json_text(item, "status"), "unknown"));
		assert_string_equal(json_text(item, "reason").at, reason);
		count++;
	}
	return count;
}

test(what_a_host_declines_is_unknown_at_once_and_says_why)
{
	static const struct {
		const char *reason;
		int64_t ahead_us;
		const char *says;
	} rows[] = {
		{"refused: it has expired", 0, "refused: it has expired"},
		{"refused: it has expired", 30 * TIME_SECOND_US, "refused: it has expired"},
		{"refused: late", 100 * TIME_SECOND_US,
		 "refused: late; its clock is 2 min ahead of the server's"},
		{"refused: late", -10 * 60 * TIME_SECOND_US,
		 "refused: late; its clock is 10 min behind the server's"},
		{"refused: late", 3 * 3600 * TIME_SECOND_US,
		 "refused: late; its clock is 3 h ahead of the server's"},
		{"refused: late", 400 * TIME_DAY_US,
		 "refused: late; its clock is 400 days ahead of the server's"},
		{"", 0, "the host will not answer"},
		{"a\\u001b[31mb", 0, "a\\x1b[31mb"},
	};
	struct yard yard;
	struct agent agent = {.fd = -1}, other = {.fd = -1};
	open_yard(&yard);
	enrol(&yard, &agent, "web1");
	enrol(&yard, &other, "web2");
	push(&yard, policy);
	join(&yard, &agent);
	join(&yard, &other);
	struct json *none = json_new_list();
	for (size_t i = 0; i < array_len(rows); i++) {
		struct json *action = fleet_check(yard.fleet, TEXT("os:debian"), none, "anna",
						  60 * TIME_SECOND_US, &yard.err);
		const char *id = unit_text("%.*s", TEXT_ARG(json_text(action, "id")));
		decline(&yard, &agent, id, rows[i].reason, rows[i].ahead_us);
		decline(&yard, &agent, id, "again", 0); /* the first word counts */
		json_free(&action);
		action = fleet_action(yard.fleet, id, &yard.err);
		assert_int_equal(count_unknown(action, &agent, rows[i].says), 2);
		assert_int_equal(count_unknown(action, &other, ""), 0); /* it still may answer */
		json_free(&action);
	}
	json_free(&none);
	agent_end(&agent);
	agent_end(&other);
	close_yard(&yard);
}

test(a_host_declines_nothing_but_what_it_was_asked)
{
	struct yard yard;
	struct agent agent = {.fd = -1}, other = {.fd = -1};
	open_yard(&yard);
	enrol(&yard, &agent, "web1");
	enrol(&yard, &other, "web2");
	push(&yard, policy);
	join(&yard, &agent);
	join(&yard, &other);
	struct json *none = json_new_list();
	struct json *action = fleet_check(yard.fleet, TEXT("name:web2"), none, "anna",
					  60 * TIME_SECOND_US, &yard.err);
	const char *id = unit_text("%.*s", TEXT_ARG(json_text(action, "id")));
	decline(&yard, &agent, id, "not mine", 0);
	decline(&yard, &agent, "00000000000000000000000000000000", "of nobody", 0);
	decline(&yard, &agent, "../x", "no id", 0);
	json_free(&action);
	action = fleet_action(yard.fleet, id, &yard.err);
	assert_int_equal(json_count(json_get(action, "items")), 0);
	assert_true(text_is(json_text(json_at(json_get(action, "hosts"), 0), "status"), "pending"));
	json_free(&action);
	json_free(&none);
	agent_end(&agent);
	agent_end(&other);
	close_yard(&yard);
}
