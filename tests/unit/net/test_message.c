#include "net/link/message.h"

#include "base/mem.h"
#include "unit.h"

test(what_is_put_can_be_got)
{
	struct buf wire = {0};
	struct err err = {0};
	struct message message = {0};
	size_t used = 0;
	bool whole = false;
	struct json *body = json_new_object();
	json_put_int(body, "seq", 7);
	message_put(&wire, MESSAGE_ACK, body);
	message_put_text(&wire, MESSAGE_PING, TEXT("{}"));
	assert_true(message_get(buf_view(&wire), MESSAGE_FROM_SERVER, true, &message, &used, &whole,
				&err));
	assert_true(whole);
	assert_int_equal(message.type, MESSAGE_ACK);
	assert_true(text_is(message.body, "{\"seq\":7}"));
	buf_drop(&wire, used);
	assert_true(message_get(buf_view(&wire), MESSAGE_FROM_AGENT, true, &message, &used, &whole,
				&err));
	assert_true(whole);
	assert_int_equal(message.type, MESSAGE_PING);
	assert_int_equal(used, wire.len);
	json_free(&body);
	buf_end(&wire);
}

test(a_part_of_a_message_is_none_yet)
{
	struct buf wire = {0};
	message_put_text(&wire, MESSAGE_HELLO, TEXT("{\"facts\":{}}"));
	for (size_t len = 0; len <= wire.len; len++) {
		struct err err = {0};
		struct message message = {0};
		size_t used = 0;
		bool whole = true;
		assert_true(message_get((struct text){wire.at, len}, MESSAGE_FROM_AGENT, true,
					&message, &used, &whole, &err));
		assert_int_equal(whole, len == wire.len);
	}
	buf_end(&wire);
}

test(refuses_by_the_head_alone)
{
	static const struct {
		const char *what, *head;
		enum message_side from;
		bool enrolled;
		enum err_kind kind;
	} cases[] = {
		{"nothing follows", "\0\0\0\0\3", MESSAGE_FROM_AGENT, true, ERR_INPUT},
		{"no such type", "\0\0\0\3\0", MESSAGE_FROM_AGENT, true, ERR_INPUT},
		{"no such type", "\0\0\0\3\x1d", MESSAGE_FROM_AGENT, true, ERR_INPUT},
		{"no such type", "\0\0\0\3\xff", MESSAGE_FROM_AGENT, true, ERR_INPUT},
		{"HTTP", "GET /", MESSAGE_FROM_AGENT, true, ERR_INPUT},
		{"wrong side", "\0\0\0\3\5", MESSAGE_FROM_AGENT, true, ERR_INPUT},
		{"wrong side", "\0\0\0\3\7", MESSAGE_FROM_SERVER, true, ERR_INPUT},
		{"no certificate", "\0\0\0\3\7", MESSAGE_FROM_AGENT, false, ERR_REFUSED},
		{"no certificate", "\0\0\0\3\x09", MESSAGE_FROM_AGENT, false, ERR_REFUSED},
		{"wrong side", "\0\0\0\3\x0e", MESSAGE_FROM_AGENT, true, ERR_INPUT},
		{"wrong side", "\0\0\0\3\x0d", MESSAGE_FROM_SERVER, true, ERR_INPUT},
		{"no certificate", "\0\0\0\3\x0d", MESSAGE_FROM_AGENT, false, ERR_REFUSED},
		{"a long request", "\0\0\x40\2\x0d", MESSAGE_FROM_AGENT, true, ERR_LIMIT},
		{"facts from the server", "\0\0\0\3\x0f", MESSAGE_FROM_SERVER, true, ERR_INPUT},
		{"facts of a stranger", "\0\0\0\3\x0f", MESSAGE_FROM_AGENT, false, ERR_REFUSED},
		{"facts of 16 MiB", "\1\0\0\0\x0f", MESSAGE_FROM_AGENT, true, ERR_LIMIT},
		{"4 GiB", "\xff\xff\xff\xff\7", MESSAGE_FROM_AGENT, true, ERR_LIMIT},
		{"a long ping", "\0\0\1\0\x09", MESSAGE_FROM_AGENT, true, ERR_LIMIT},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct err err = {0};
		struct message message = {0};
		size_t used = 0;
		bool whole = false;
		if (message_get((struct text){cases[i].head, MESSAGE_HEAD}, cases[i].from,
				cases[i].enrolled, &message, &used, &whole, &err))
			fail_msg("taken: %s", cases[i].what);
		assert_int_equal(err.kind, cases[i].kind);
	}
}

test(a_message_may_be_as_long_as_its_limit)
{
	size_t limit = message_limit(MESSAGE_REFUSED);
	struct err err = {0};
	struct message message = {0};
	size_t used = 0;
	bool whole = false;
	struct buf wire = {0}, body = {0};
	for (size_t i = 0; i < limit; i++)
		buf_char(&body, ' ');
	message_put_text(&wire, MESSAGE_REFUSED, buf_view(&body));
	assert_true(message_get(buf_view(&wire), MESSAGE_FROM_SERVER, false, &message, &used,
				&whole, &err));
	assert_true(whole);
	assert_int_equal(message.body.len, limit);
	wire.at[3]++; /* one byte more */
	assert_false(message_get(buf_view(&wire), MESSAGE_FROM_SERVER, false, &message, &used,
				 &whole, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	buf_end(&wire);
	buf_end(&body);
}

test(every_type_has_a_name_and_a_limit)
{
	for (unsigned type = MESSAGE_ENROLL; type <= MESSAGE_DECLINED; type++) {
		assert_string_not_equal(message_name(type), "unknown");
		assert_true(message_limit(type) > 0 && message_limit(type) <= MESSAGE_MAX);
	}
	assert_string_equal(message_name(MESSAGE_DECLINED + 1), "unknown");
	assert_int_equal(message_limit(MESSAGE_DECLINED + 1), 0);
}
