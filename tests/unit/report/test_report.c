#include "report/report.h"

#include <string.h>

#include "unit.h"

static struct item sample(enum status status, enum level level)
{
	struct item item = {.target = TEXT("web1"),
			    .status = status,
			    .policy = {TEXT("system"), TEXT(""), level},
			    .reason = TEXT("because")};
	item.check.ref = TEXT("r1");
	item.check.name = TEXT("check it");
	memcpy(item.id, "0123456789abcdef0123456789abcdef", ITEM_ID_SIZE);
	return item;
}

static void feed(enum report_format format, struct buf *out)
{
	struct item pass = sample(STATUS_PASS, LEVEL_LOW), fail = sample(STATUS_FAIL, LEVEL_HIGH);
	struct report_place place = {.statement = TEXT("Say so.")};
	scoped(report_free) struct report *report = report_new(
		&(struct report_config){.format = format});
	report_item(report, &pass, &place, out);
	report_item(report, &fail, &place, out);
	report_end(report, out);
}

test(shows_items_under_their_statement)
{
	struct buf out = {0};
	feed(REPORT_TABLE, &out);
	assert_string_equal(out.at, "STATUS  LEVEL  REF  CHECK     REASON\n"
				    "\n"
				    "system: Say so.\n"
				    "pass    low    r1   check it  because\n"
				    "fail    high   r1   check it  because\n"
				    "\n"
				    "2 items: 1 pass, 1 fail\n"
				    "achieved level: medium\n");
	buf_end(&out);
}

test(writes_json_that_reads_back)
{
	struct err err = {0};
	struct buf out = {0}, lines = {0};
	feed(REPORT_JSON, &out);
	scoped(json_free) struct json *json = json_parse(buf_view(&out), &err);
	assert_int_equal(json_count(json), 2);
	feed(REPORT_NDJSON, &lines);
	struct text rest = buf_view(&lines), line;
	size_t count = 0;
	while (text_next(&rest, '\n', &line)) {
		scoped(json_free) struct json *item = json_parse(line, &err);
		assert_non_null(item);
		count++;
	}
	assert_int_equal(count, 2);
	buf_end(&out);
	buf_end(&lines);
}

test(says_nothing_of_nothing)
{
	struct buf out = {0};
	scoped(report_free) struct report *report = report_new(
		&(struct report_config){.format = REPORT_JSON});
	report_end(report, &out);
	assert_string_equal(out.at, "[]\n");
	buf_end(&out);
}
