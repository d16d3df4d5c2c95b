#include "assess/host/message.h"

#include <string.h>

#include "base/buf.h"
#include "unit.h"

static void put_attribute(struct buf *out, uint16_t type, const char *data, size_t len)
{
	const uint16_t head[] = {(uint16_t)(4 + len), type};
	buf_add(out, head, sizeof(head));
	buf_add(out, data, len);
	buf_add(out, "\0\0\0", (4 - len % 4) % 4);
}

static void put_message(struct buf *out, uint16_t type, struct text body)
{
	const uint32_t len = (uint32_t)(16 + body.len);
	const uint16_t words[] = {type, 0, 0, 0, 0, 0};
	buf_add(out, &len, sizeof(len));
	buf_add(out, words, sizeof(words));
	buf_text(out, body);
	buf_add(out, "\0\0\0", (4 - body.len % 4) % 4);
}

test(reads_one_message_behind_the_other)
{
	static const char *const bodies[] = {"", "1234", "12345"};
	scoped(buf_end) struct buf all = {0};
	struct message message;
	bool broken;
	for (size_t i = 0; i < array_len(bodies); i++)
		put_message(&all, (uint16_t)(i + 7), text_of(bodies[i]));
	struct text rest = buf_view(&all);
	for (size_t i = 0; i < array_len(bodies); i++) {
		assert_true(message_next(&rest, &message, &broken));
		assert_int_equal(message.type, i + 7);
		assert_true(text_is(message.body, bodies[i]));
	}
	assert_false(message_next(&rest, &message, &broken));
	assert_false(broken);
}

test(the_last_may_lack_what_fills_it_up)
{
	scoped(buf_end) struct buf all = {0};
	struct message message;
	struct attribute attribute;
	bool broken;
	put_message(&all, 1, TEXT("12345"));
	struct text rest = {all.at, all.len - 3};
	assert_true(message_next(&rest, &message, &broken));
	assert_int_equal(rest.len, 0);
	buf_clear(&all);
	put_attribute(&all, 1, "12345", 5);
	rest = (struct text){all.at, all.len - 3};
	assert_true(attribute_next(&rest, &attribute, &broken));
	assert_int_equal(rest.len, 0);
}

/* A length is all that is believed: shorter than its head, or longer than what is there. */
test(what_is_none_is_broken)
{
	static const struct {
		struct text bytes;
		bool messages, attributes; /* whether it is one */
	} cases[] = {
		{{"\4\0\1\0", 4}, false, true},
		{{"\3\0\1\0", 4}, false, false},
		{{"\0\0\1\0", 4}, false, false},
		{{"\5\0\1\0", 4}, false, false},
		{{"\4\0\1", 3}, false, false},
		{{"\x10\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0", 16}, true, true},
		{{"\x0f\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0", 16}, false, true},
		{{"\x11\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0", 16}, false, false},
		{{"\xff\xff\xff\xff\1\0\0\0\0\0\0\0\0\0\0\0", 16}, false, false},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct text rest = cases[i].bytes;
		struct message message;
		struct attribute attribute;
		bool broken;
		print_message("%zu\n", i);
		assert_int_equal(message_next(&rest, &message, &broken), cases[i].messages);
		assert_int_equal(broken, !cases[i].messages);
		rest = cases[i].bytes;
		assert_int_equal(attribute_next(&rest, &attribute, &broken), cases[i].attributes);
		assert_int_equal(broken, !cases[i].attributes);
	}
}

test(finds_the_first_attribute_whatever_its_flags)
{
	scoped(buf_end) struct buf all = {0};
	uint32_t number = 0;
	put_attribute(&all, 1, "one", 4);
	put_attribute(&all, 0x8002, "\0\0\1\2", 4); /* nested */
	put_attribute(&all, 0x4003, "\7", 1);       /* in network order */
	put_attribute(&all, 1, "later", 6);
	struct text list = buf_view(&all);
	assert_true(text_is(attribute_string(attribute_find(list, 1)), "one"));
	assert_true(attribute_u32(list, 2, &number));
	assert_int_equal(number, 258);
	assert_false(attribute_u32(list, 3, &number));
	assert_true(attribute_number(attribute_find(list, 3), &number));
	assert_int_equal(number, 7);
	assert_null(attribute_find(list, 4).at);
	assert_false(attribute_u32(list, 4, &number));
}

test(a_head_is_cut_off_or_nothing_is)
{
	struct text body = TEXT("12345");
	char head[4];
	assert_false(message_head(&body, head, 6));
	assert_int_equal(body.len, 5);
	assert_true(message_head(&body, head, sizeof(head)));
	assert_memory_equal(head, "1234", 4);
	assert_true(text_is(body, "5"));
}
