#include "yard.h"

#include <string.h>

#include "base/time.h"
#include "os/child.h"
#include "unit.h"

const char yard_policy[] =
	"policy: system\n"
	"target: os:debian\n"
	"checks:\n"
	"  - { ref: a, level: low, name: first, test: { file: /etc/passwd } }\n"
	"  - { ref: b, level: medium, name: second, test: { file: /etc/group } }\n";
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

void yard_open(struct yard *yard)
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

void yard_close(struct yard *yard)
{
	fleet_stop(&yard->fleet);
	stream_free(&yard->stream);
	store_memory.close(&yard->store);
	buf_end(&yard->ca_key);
	buf_end(&yard->ca_cert);
	buf_end(&yard->key);
	buf_end(&yard->cert);
}

struct token yard_make_token(struct yard *yard)
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

void yard_enrol(struct yard *yard, struct agent *agent, const char *name)
{
	struct token token = yard_make_token(yard);
	assert_true(agent_enrol(agent, yard->address, buf_view(&yard->ca_cert), token.secret, name,
				&yard->err));
}

void yard_join(struct yard *yard, struct agent *agent)
{
	assert_true(agent_join(agent, yard->address, buf_view(&yard->ca_cert), &yard->err));
}

void yard_push(struct yard *yard, const char *text)
{
	struct json *errors;
	const struct fleet_text pushed = {TEXT("base"), text_of(text), "anna"};
	struct json *document = fleet_push(yard->fleet, &pushed, false, &errors, &yard->err);
	assert_non_null(document);
	json_free(&document);
}

void yard_put_item(struct json *list, const struct agent *agent, const char *ref, const char *id)
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

void yard_send_items(struct yard *yard, struct agent *agent, int64_t seq, struct json *list)
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
