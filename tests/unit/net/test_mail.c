#include "net/mail.h"

#include <string.h>

#include "base/buf.h"
#include "unit.h"

test(an_address_is_one_word_with_one_mark)
{
	static const struct {
		const char *text;
		bool good;
	} table[] = {
		{"a@b", true},          {"first.last+tag@mail.example.net", true},
		{"@b", false},          {"a@", false},
		{"a", false},           {"a@b@c", false},
		{"a b@c", false},       {"a@b\r\nBcc: c@d", false},
		{"<a@b>", false},       {"a@b,c@d", false},
		{"\"a\"@b", false},     {"", false},
		{"a@b\xc3\xa4", false},
	};
	for (size_t i = 0; i < array_len(table); i++)
		if (mail_is_address(text_of(table[i].text)) != table[i].good)
			fail_msg("%s", table[i].text);
}

test(no_text_becomes_a_header)
{
	scoped(buf_end) struct buf out = {0};
	const struct mail mail = {.from = "a@b.c",
				  .to = {"d@e.f", "g@h.i"},
				  .to_count = 2,
				  .subject = TEXT("one\rX: y\nBcc: z"),
				  .body = TEXT("first\r\n.\n\nlast")};
	mail_write(&mail, &out);
	assert_string_equal(out.at, "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"
				    "From: <a@b.c>\r\n"
				    "To: <d@e.f>,\r\n\t<g@h.i>\r\n"
				    "Subject: one\\x0dX: y\r\n"
				    "MIME-Version: 1.0\r\n"
				    "Content-Type: text/plain; charset=utf-8\r\n"
				    "Content-Transfer-Encoding: 8bit\r\n"
				    "Auto-Submitted: auto-generated\r\n"
				    "\r\n"
				    "first\r\n.\r\n\r\nlast\r\n");
}

test(long_lines_are_broken)
{
	char line[2001];
	memset(line, 'x', 2000);
	line[2000] = '\0';
	scoped(buf_end) struct buf out = {0};
	const struct mail mail = {
		.from = "a@b.c", .to = {"d@e.f"}, .to_count = 1, .body = text_of(line)};
	mail_write(&mail, &out);
	const char *at = strstr(out.at, "\r\n\r\n") + 4;
	assert_int_equal(strcspn(at, "\r"), 900);
	assert_int_equal(strlen(at), 2000 + 3 * 2);
}
