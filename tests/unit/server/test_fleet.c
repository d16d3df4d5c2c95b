/* The fleet over the memory store, and agents that connect to it over loopback. */
#include "server/fleet/fleet.h"

#include <string.h>

#include "base/queue.h"
#include "base/time.h"
#include "unit.h"
#include "yard.h"

static const char smaller[] =
	"policy: system\n"
	"target: os:debian\n"
	"checks:\n"
	"  - { ref: a, level: low, name: first, test: { file: /etc/passwd } }\n";

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
	yard_open(&yard);
	struct token token = yard_make_token(&yard);
	assert_string_equal(token.address, yard.address);
	char fingerprint[65];
	assert_true(tls_fingerprint(buf_view(&yard.ca_cert), fingerprint, &yard.err));
	assert_string_equal(token.fingerprint, fingerprint);
	yard_close(&yard);
}

test(agent_enrols_once_with_a_token_and_its_name_is_held)
{
	struct yard yard;
	struct agent agent = {.fd = -1}, second = {.fd = -1}, third = {.fd = -1};
	yard_open(&yard);
	struct token token = yard_make_token(&yard);
	struct text ca = buf_view(&yard.ca_cert);
	assert_true(agent_enrol(&agent, yard.address, ca, token.secret, "web1", &yard.err));
	assert_false(agent_enrol(&second, yard.address, ca, token.secret, "web2", &yard.err));
	assert_non_null(strstr(yard.err.text, "used"));
	token = yard_make_token(&yard);
	yard.err = (struct err){0};
	assert_false(agent_enrol(&third, yard.address, ca, token.secret, "WEB1", &yard.err));
	assert_non_null(strstr(yard.err.text, "held"));
	agent_end(&agent);
	agent_end(&second);
	agent_end(&third);
	yard_close(&yard);
}

test(hello_brings_what_is_assigned_and_changes_follow)
{
	struct yard yard;
	struct agent agent = {.fd = -1};
	yard_open(&yard);
	yard_enrol(&yard, &agent, "web1");
	assert_false(fleet_is_online(yard.fleet, agent.id));
	yard_push(&yard, yard_policy);
	yard_join(&yard, &agent);
	assert_true(fleet_is_online(yard.fleet, agent.id));
	assert_int_equal(assigned(&yard, &agent), 1);
	assert_int_equal(host_count(&yard, &agent, "pending"), 2);
	yard_push(&yard, smaller);
	assert_int_equal(assigned(&yard, &agent), 1);
	bool found = false;
	assert_true(fleet_document_remove(yard.fleet, TEXT("base"), &found, &yard.err));
	assert_true(found);
	assert_int_equal(assigned(&yard, &agent), 0);
	agent_end(&agent);
	yard_close(&yard);
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
	yard_open(&yard);
	yard_enrol(&yard, &agent, "web1");
	yard_push(&yard, yard_policy);
	yard_join(&yard, &agent);
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
	yard_close(&yard);
}

test(facts_that_are_none_end_the_connection)
{
	static const char *const texts[] = {"{\"facts\":7}", "{}", "[",
					    "{\"facts\":{\"name\":\"\"}}"};
	struct yard yard;
	yard_open(&yard);
	for (size_t i = 0; i < array_len(texts); i++) {
		struct agent agent = {.fd = -1};
		enum message_type type = MESSAGE_ACK;
		yard_enrol(&yard, &agent, unit_text("web%zu", i));
		yard_join(&yard, &agent);
		assert_true(agent_say(&agent, MESSAGE_FACTS, text_of(texts[i]), &yard.err));
		while (type != MESSAGE_REFUSED)
			assert_true(agent_hear(&agent, &type, &yard.err));
		assert_null(strstr(agent.heard.at, "\"final\":true"));
		assert_true(is_found(&yard, unit_text("os:debian and name:web%zu", i)));
		agent_end(&agent);
	}
	yard_close(&yard);
}

test(items_are_the_certificate_s_whatever_they_say)
{
	struct yard yard;
	struct store_items items;
	struct agent agent = {.fd = -1};
	struct arena *arena = arena_new(16 << 20);
	struct store_item_filter all = {.status = -1, .limit = 10};
	yard_open(&yard);
	yard_enrol(&yard, &agent, "web1");
	yard_push(&yard, yard_policy);
	yard_join(&yard, &agent);
	struct json *list = json_new_list();
	yard_put_item(list, &agent, "a", NULL);
	yard_put_item(list, &agent, "c", NULL);                               /* not assigned */
	yard_put_item(list, &agent, "b", "22222222222222222222222222222222"); /* not its id */
	json_add(list, json_new_object());                                    /* no item at all */
	yard_send_items(&yard, &agent, 7, list);
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
	yard_close(&yard);
}

test(revoked_agent_is_refused_for_good)
{
	struct yard yard;
	bool found = false;
	enum message_type type;
	struct agent agent = {.fd = -1};
	yard_open(&yard);
	yard_enrol(&yard, &agent, "web1");
	yard_join(&yard, &agent);
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
	yard_close(&yard);
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
	yard_open(&yard);
	yard_enrol(&yard, &agent, "web1");
	buf_text(&before.key, buf_view(&agent.key));
	buf_text(&before.cert, buf_view(&agent.cert));
	yard_join(&yard, &agent);
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
	yard_close(&yard);
}

test(a_certificate_is_not_renewed_for_a_stranger_for_nonsense_or_all_the_time)
{
	static const char *const bodies[] = {"{}", "[]", "{\"csr\":7}", "{\"csr\":\"-----BEGIN\"}",
					     "nonsense"};
	struct yard yard;
	struct agent agent = {.fd = -1};
	yard_open(&yard);
	yard_enrol(&yard, &agent, "web1");
	for (size_t i = 0; i < array_len(bodies); i++) {
		agent_hang_up(&agent);
		yard.err = (struct err){0};
		yard_join(&yard, &agent);
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
	yard_close(&yard);
}

test(nonsense_and_strangers_are_dropped)
{
	static const char *const words[] = {"GET / HTTP/1.1\r\n\r\n", "\xff\xff\xff\xff\x07", ""};
	struct yard yard;
	yard_open(&yard);
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
	yard_enrol(&yard, &agent, "web1"); /* it is still well */
	agent_end(&agent);
	yard_close(&yard);
}

test(one_check_in_two_documents_of_a_host_is_refused)
{
	struct yard yard;
	struct json *errors;
	struct agent agent = {.fd = -1};
	yard_open(&yard);
	yard_enrol(&yard, &agent, "web1");
	yard_push(&yard, yard_policy);
	const struct fleet_text again = {TEXT("other"), text_of(smaller), "anna"};
	assert_null(fleet_push(yard.fleet, &again, false, &errors, &yard.err));
	assert_int_equal(yard.err.kind, ERR_REFUSED);
	assert_non_null(strstr(yard.err.text, "\"base\""));
	assert_non_null(strstr(yard.err.text, "\"other\""));
	agent_end(&agent);
	yard_close(&yard);
}

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
	yard_send_items(yard, agent, at_us, list);
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
	yard_open(&yard);
	yard_enrol(&yard, &agent, "web1");
	yard_push(&yard, yard_policy);
	yard_join(&yard, &agent);
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
	yard_close(&yard);
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
	yard_open(&yard);
	yard_enrol(&yard, &agent, "web1");
	yard_push(&yard, yard_policy);
	yard_join(&yard, &agent);
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
	yard_close(&yard);
	lock_free(&ear.lock);
}

/* -------- a host that will not answer -------- */
