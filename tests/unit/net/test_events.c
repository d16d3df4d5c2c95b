#include "net/events.h"

#include "unit.h"

struct heard {
	struct buf text; /* "kind=event;" of each */
	int left;        /* how many more are wanted */
};

static bool hear(void *data, struct text kind, struct text event)
{
	struct heard *heard = data;
	buf_print(&heard->text, "%.*s=%.*s;", TEXT_ARG(kind), TEXT_ARG(event));
	return --heard->left > 0;
}

static void expect(const char *stream, size_t step, const char *expected)
{
	struct heard heard = {.left = 100};
	struct events events = {.each = hear, .data = &heard};
	struct text rest = text_of(stream);
	while (rest.len > 0) {
		struct text piece = {rest.at, rest.len < step ? rest.len : step};
		assert_true(events_take(&events, piece));
		rest = (struct text){rest.at + piece.len, rest.len - piece.len};
	}
	assert_string_equal(heard.text.at ? heard.text.at : "", expected);
	events_end(&events);
	buf_end(&heard.text);
}

test(reads_events_however_they_are_cut)
{
	static const struct {
		const char *stream, *expected;
	} cases[] = {
		{"retry: 2000\n\n", ""},
		{":\n\n", ""},
		{"id: 7\nevent: item\ndata: {\"a\":1}\n\n", "item={\"a\":1};"},
		{"data: x\n\n", "message=x;"},
		{"data:x\n\n", "message=x;"},
		{"data: a\ndata: b\n\n", "message=a\nb;"},
		{"event: item\r\ndata: x\r\n\r\n", "item=x;"},
		{"event: done\n\ndata: y\n\n", "message=y;"},
		{"event: item\ndata: 1\n\nevent: host\ndata: 2\n\n", "item=1;host=2;"},
		{"data: cut off", ""},
		{"nothing known: x\ndata\n\n", ""},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t step = 1; step < 8; step++)
			expect(cases[i].stream, step, cases[i].expected);
}

test(ends_when_its_reader_has_enough)
{
	struct heard heard = {.left = 2};
	struct events events = {.each = hear, .data = &heard};
	assert_false(events_take(&events, TEXT("data: 1\n\ndata: 2\n\ndata: 3\n\n")));
	assert_string_equal(heard.text.at, "message=1;message=2;");
	events_end(&events);
	buf_end(&heard.text);
}

test(ends_at_a_line_without_end)
{
	struct heard heard = {.left = 100};
	struct events events = {.each = hear, .data = &heard};
	size_t taken = 0;
	while (events_take(&events, TEXT("0123456789abcdef")))
		taken += 16;
	assert_true(events.too_long);
	assert_in_range(taken, EVENTS_LINE_MAX - 16, EVENTS_LINE_MAX);
	events_end(&events);
}
