#include "vantage/vantage.h"

#include <string.h>

#include "base/buf.h"
#include "unit.h"

test(what_is_no_question_is_refused)
{
	static const struct {
		const char *question, *says;
	} cases[] = {
		{"", "a question has a word"},
		{"reach", "a question has a word"},
		{"reach a", "HOST:PORT"},
		{"reach a:1", ""},
		{"reach a:1 x", ""},
		{"reach a:1 []", "timeout is"},
		{"reach a:1 {}", "timeout is"},
		{"reach a:1 {\"timeout\":99}", "timeout is"},
		{"reach a:1 {\"timeout\":30001}", "timeout is"},
		{"reach a'b:1 {\"timeout\":1000}", "no name or address"},
		{"reach a<b:1 {\"timeout\":1000}", "no name or address"},
		{"moon a:1 {\"timeout\":1000}", "nobody here"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct err err = {0};
		scoped(buf_end) struct buf answer = {0};
		assert_false(vantage_answer(text_of(cases[i].question), &answer, &err));
		if (!strstr(err.text, cases[i].says) || answer.len > 0)
			fail_msg("%s: %s", cases[i].question, err.text);
	}
}

test(a_port_where_nobody_listens_is_closed)
{
	struct err err = {0};
	scoped(buf_end) struct buf answer = {0};
	assert_true(vantage_answer(TEXT("reach 127.0.0.1:1 {\"proto\":\"tcp\",\"timeout\":1000}"),
				   &answer, &err));
	assert_string_equal(answer.at, "{\"state\":\"closed\"}");
}

test(link_local_addresses_are_never_contacted)
{
	static const char *const hosts[] = {"169.254.169.254", "[fe80::1]", "[::ffff:169.254.0.1]",
					    "[64:ff9b::a9fe:1]", "[2002:a9fe:1::1]"};
	static const char *const protos[] = {"tcp", "udp"};
	for (size_t i = 0; i < array_len(hosts) * array_len(protos); i++) {
		struct err err = {0};
		scoped(buf_end) struct buf answer = {0};
		const char *question = unit_text("reach %s:80 {\"proto\":\"%s\",\"timeout\":1000}",
						 hosts[i / 2], protos[i % 2]);
		assert_false(vantage_answer(text_of(question), &answer, &err));
		assert_int_equal(err.kind, ERR_REFUSED);
	}
}

test(addresses_are_link_local_or_not)
{
	static const char *const are[] = {"169.254.0.0",       "169.254.255.255", "fe80::",
					  "febf:ffff::1",      "::169.254.1.1",   "::ffff:a9fe:101",
					  "64:ff9b::a9fe:101", "2002:a9fe:101::"};
	static const char *const are_not[] = {
		"169.253.255.255", "169.255.0.0", "127.0.0.1",   "::1",
		"fec0::1",         "fe7f::1",     "2001:db8::1", "10.0.0.1",
		"::ffff:10.0.0.1", "169.254",     "x",           ""};
	for (size_t i = 0; i < array_len(are); i++)
		if (!visit_is_link_local(are[i]))
			fail_msg("%s", are[i]);
	for (size_t i = 0; i < array_len(are_not); i++)
		if (visit_is_link_local(are_not[i]))
			fail_msg("%s", are_not[i]);
}
