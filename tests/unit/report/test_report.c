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

test(knows_its_formats_by_name)
{
	enum report_format format;
	for (size_t i = 0; report_formats[i]; i++) {
		assert_true(report_read_format(text_of(report_formats[i]), &format));
		assert_int_equal(format, i);
	}
	assert_false(report_read_format(TEXT("pdf"), &format));
	assert_true(report_wants_place(REPORT_HTML));
	assert_false(report_wants_place(REPORT_NDJSON));
}

/* -------- the formats that come at the end -------- */

#define ODD "<b>&\"'|`x`@all\x01\xff\x1b[31m]]>"

static const struct actor odd_actor = {812, 0, 1000, TEXT("<vi>"), TEXT("<vi> -c \"x|y\" \x1b[2J")};

/* One item of each status; what is not given by the check is odd. */
static void feed_odd(enum report_format format, bool targets, struct buf *out)
{
	static const struct tag frameworks[] = {{TEXT("cis-debian12"), TEXT("5.1.20")}};
	static const struct evidence evidence[] = {
		{TEXT("/etc/a b%<c>"), 3, TEXT(ODD)},
		{TEXT("/etc/second"), 0, {NULL, 0}},
		{{NULL, 0}, 0, TEXT("no path")},
	};
	struct report_place place = {.statement = TEXT(ODD),
				     .rationale = TEXT("first\nsecond"),
				     .remediation = TEXT(ODD),
				     .frameworks = frameworks,
				     .framework_count = 1,
				     .explain = TEXT("read: 1 row\nheld")};
	scoped(report_free) struct report *report = report_new(
		&(struct report_config){.format = format, .targets = targets});
	for (enum status status = STATUS_PASS; status < STATUS_PENDING; status++) {
		struct item item = sample(status, LEVEL_MEDIUM);
		item.reason = TEXT(ODD);
		item.evidence = evidence;
		item.evidence_count = array_len(evidence);
		item.duration_us = 1500;
		if (status == STATUS_FAIL)
			item.by = &odd_actor;
		if (targets && status == STATUS_PASS)
			item.target = TEXT("web2");
		report_item(report, &item, &place, out);
	}
	report_end(report, out);
}

static size_t count_of(const struct buf *out, const char *part)
{
	size_t count = 0;
	for (const char *at = out->at; (at = strstr(at, part)); at++)
		count++;
	return count;
}

test(junit_has_a_case_an_item)
{
	struct buf out = {0};
	feed_odd(REPORT_JUNIT, false, &out);
	assert_int_equal(count_of(&out, "<testsuite "), 1);
	assert_int_equal(count_of(&out, "<testcase "), 6);
	assert_int_equal(count_of(&out, "<failure "), 1);
	assert_int_equal(count_of(&out, "<error "), 2);   /* unknown is one */
	assert_int_equal(count_of(&out, "<skipped "), 2); /* a waived one, too */
	assert_non_null(strstr(out.at, " tests=\"6\" failures=\"1\" errors=\"2\" skipped=\"2\""));
	assert_non_null(strstr(out.at, " time=\"0.009000\""));
	assert_non_null(strstr(out.at, "message=\"not applicable: &lt;b&gt;"));
	assert_non_null(strstr(out.at, "how to mend it: &lt;b&gt;&amp;&quot;&#39;|`x`@all"
				       "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd[31m]]&gt;"));
	assert_null(strchr(out.at, '\x01'));
	assert_int_equal(count_of(&out, "\nchanged: by uid 1000 (as uid 0) with &lt;vi&gt;: "
					"&lt;vi&gt; -c &quot;x|y&quot; \\x1b[2J\n"),
			 1);
	buf_end(&out);
}

test(junit_has_a_suite_a_host)
{
	struct buf out = {0};
	feed_odd(REPORT_JUNIT, true, &out);
	assert_int_equal(count_of(&out, "<testsuite "), 2);
	assert_int_equal(count_of(&out, "classname=\"web1.system\""), 5);
	assert_int_equal(count_of(&out, "classname=\"web2.system\""), 1);
	buf_end(&out);
}

static struct json *result_of(struct json *sarif, size_t at)
{
	const struct json *run = json_at(json_get(sarif, "runs"), 0);
	return json_copy(json_at(json_get(run, "results"), at));
}

test(sarif_says_what_and_where)
{
	struct err err = {0};
	struct buf out = {0};
	feed_odd(REPORT_SARIF, false, &out);
	scoped(json_free) struct json *sarif = json_parse(buf_view(&out), &err);
	assert_non_null(sarif);
	scoped(json_free) struct json *fail = result_of(sarif, STATUS_FAIL);
	assert_true(text_is(json_text(fail, "ruleId"), "system/r1"));
	assert_true(text_is(json_text(fail, "kind"), "fail"));
	assert_true(text_is(json_text(fail, "level"), "error"));
	const struct json *place = json_get(json_at(json_get(fail, "locations"), 0),
					    "physicalLocation");
	assert_true(text_is(json_text(json_get(place, "artifactLocation"), "uri"),
			    "file:///etc/a%20b%25%3Cc%3E"));
	assert_int_equal(json_int(json_get(place, "region"), "startLine", 0), 3);
	assert_int_equal(json_count(json_get(fail, "relatedLocations")), 2);
	assert_int_equal(json_int(json_get(json_get(fail, "properties"), "by"), "login_uid", -1),
			 1000);
	assert_true(text_is(json_text(json_get(fail, "partialFingerprints"), "itemId/v1"),
			    "0123456789abcdef0123456789abcdef"));
	buf_end(&out);
}

test(sarif_tells_statuses_apart)
{
	static const char *const kinds[] = {
		[STATUS_PASS] = "pass",   [STATUS_FAIL] = "fail",
		[STATUS_ERROR] = "fail",  [STATUS_NOT_APPLICABLE] = "notApplicable",
		[STATUS_WAIVED] = "fail", [STATUS_UNKNOWN] = "fail",
	};
	struct err err = {0};
	struct buf out = {0};
	feed_odd(REPORT_SARIF, false, &out);
	scoped(json_free) struct json *sarif = json_parse(buf_view(&out), &err);
	for (enum status status = STATUS_PASS; status < STATUS_PENDING; status++) {
		scoped(json_free) struct json *result = result_of(sarif, status);
		assert_true(text_is(json_text(result, "kind"), kinds[status]));
		assert_int_equal(json_count(json_get(result, "suppressions")),
				 status == STATUS_WAIVED);
		assert_true(text_is(json_text(json_get(result, "properties"), "status"),
				    status_name(status)));
	}
	const struct json *run = json_at(json_get(sarif, "runs"), 0);
	const struct json *rules = json_get(json_get(json_get(run, "tool"), "driver"), "rules");
	assert_int_equal(json_count(rules), 1); /* one check, six items */
	buf_end(&out);
}

test(html_takes_nothing_for_markup)
{
	struct buf out = {0};
	feed_odd(REPORT_HTML, false, &out);
	assert_null(strstr(out.at, "<b>&"));
	assert_null(strchr(out.at, '\x1b'));
	assert_null(strstr(out.at, "<script"));
	assert_non_null(
		strstr(out.at, "&lt;b&gt;&amp;&quot;&#39;|`x`@all\\x01\\xff\\x1b[31m]]&gt;"));
	assert_int_equal(count_of(&out, "<tr class=\"item "), 6);
	assert_int_equal(count_of(&out, "<details>"), 3); /* pass, waived, not applicable */
	assert_non_null(strstr(out.at, "Achieved level: <strong>none</strong>"));
	assert_int_equal(count_of(&out, "<dt>Changed</dt><dd>by uid 1000 (as uid 0) with "
					"&lt;vi&gt;: &lt;vi&gt; -c &quot;x|y&quot; "
					"\\x1b[2J</dd>"),
			 1);
	assert_non_null(strstr(out.at, "<tbody class=\"group has-pass has-fail"));
	buf_end(&out);
}

test(html_of_several_hosts_names_them)
{
	struct buf out = {0};
	feed_odd(REPORT_HTML, true, &out);
	assert_non_null(strstr(out.at, "<title>Compliance of 2 hosts</title>"));
	assert_int_equal(count_of(&out, "<section class=\"policy"), 2);
	assert_non_null(strstr(out.at, "system on web2"));
	buf_end(&out);
}

test(html_links_only_what_is_an_address)
{
	static const struct {
		const char *url;
		bool linked;
	} cases[] = {{"https://example.org/p", true},
		     {"http://example.org", true},
		     {"javascript:alert(1)", false},
		     {"https://", false},
		     {"https://a b", false},
		     {"https://a\"onx=", false},
		     {"", false}};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct buf out = {0};
		struct item item = sample(STATUS_FAIL, LEVEL_LOW);
		item.policy.url = text_of(cases[i].url);
		scoped(report_free) struct report *report = report_new(
			&(struct report_config){.format = REPORT_HTML});
		report_item(report, &item, &(struct report_place){0}, &out);
		report_end(report, &out);
		assert_int_equal(count_of(&out, "<a "), cases[i].linked);
		buf_end(&out);
	}
}

test(markdown_keeps_its_columns)
{
	struct buf out = {0};
	feed_odd(REPORT_MARKDOWN, false, &out);
	struct text rest = buf_view(&out), line;
	size_t rows = 0;
	while (text_next(&rest, '\n', &line)) {
		size_t bars = 0;
		for (size_t i = 0; i < line.len; i++)
			bars += line.at[i] == '|' && (i == 0 || line.at[i - 1] != '\\');
		if (!text_starts(line, "| **"))
			continue;
		assert_int_equal(bars, 6);
		rows++;
	}
	assert_int_equal(rows, 3); /* fail, error, unknown */
	assert_int_equal(count_of(&out, "<br>changed by uid 1000 (as uid 0) with \\<vi\\>: "), 1);
	assert_null(strstr(out.at, "| <b>"));
	assert_non_null(strstr(out.at, "| \\<b\\>\\&\"'\\|\\`x\\`@<!-- -->all"));
	assert_non_null(strstr(out.at, "`` <b>&\"'\\|`x`@all")); /* code stands as it is */
	assert_int_equal(count_of(&out, "<details>"), 3);
	buf_end(&out);
}

test(no_item_makes_a_report_too)
{
	static const enum report_format formats[] = {REPORT_JUNIT, REPORT_SARIF, REPORT_HTML,
						     REPORT_MARKDOWN};
	for (size_t i = 0; i < array_len(formats); i++) {
		struct buf out = {0};
		scoped(report_free) struct report *report = report_new(
			&(struct report_config){.format = formats[i]});
		report_end(report, &out);
		assert_true(out.len > 0);
		buf_end(&out);
	}
}

/* -------- changes -------- */

test(a_change_says_who_where_there_is_room)
{
	static const struct actor vi = {812, 0, 1000, TEXT("vi"), TEXT("vi /etc/hosts")};
	static const struct {
		const struct actor *by;
		enum status from;
		bool colour;
		size_t width;
		const char *expected;
	} cases[] = {
		{NULL, STATUS_PASS, false, 0,
		 "00:00:00Z  pass → fail  high  system/r1  check it: because\n"},
		{NULL, STATUS_FAIL, false, 0,
		 "00:00:00Z  fail  high  system/r1  check it: because\n"},
		{&vi, STATUS_PASS, false, 0,
		 "00:00:00Z  pass → fail  high  system/r1  check it: because, "
		 "by uid 1000 (as uid 0) with vi: vi /etc/hosts\n"},
		{&vi, STATUS_PASS, false, 105,
		 "00:00:00Z  pass → fail  high  system/r1  check it: because, "
		 "by uid 1000 (as uid 0) with vi: vi /etc/hosts\n"},
		{&vi, STATUS_PASS, false, 104,
		 "00:00:00Z  pass → fail  high  system/r1  check it: because, "
		 "by uid 1000 (as uid 0) with vi\n"},
		{&vi, STATUS_PASS, true, 105,
		 "00:00:00Z  \033[32mpass\033[0m → \033[31mfail\033[0m  high  system/r1  "
		 "check it: because\033[2m, by uid 1000 (as uid 0) with vi: vi /etc/hosts"
		 "\033[0m\n"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct buf out = {0};
		struct item item = sample(STATUS_FAIL, LEVEL_HIGH);
		item.by = cases[i].by;
		const struct report_change change = {
			.item = &item, .from = cases[i].from, .width = cases[i].width};
		report_put_change(&change, cases[i].colour, &out);
		assert_string_equal(out.at, cases[i].expected);
		buf_end(&out);
	}
}

/* What is kept until the end is a copy: an item's actor ends with its arena. */
test(table_says_who_below_the_reason)
{
	struct buf out = {0};
	char name[] = "vi", command[] = "vi /etc/hosts";
	struct actor actor = {812, 0, 0, {name, 2}, {command, sizeof(command) - 1}};
	struct item item = sample(STATUS_FAIL, LEVEL_HIGH);
	item.by = &actor;
	scoped(report_free) struct report *report = report_new(
		&(struct report_config){.format = REPORT_TABLE});
	report_item(report, &item, &(struct report_place){.explain = TEXT("held")}, &out);
	memset(&actor, 0xee, sizeof(actor));
	memset(name, 'X', sizeof(name));
	report_end(report, &out);
	assert_non_null(strstr(out.at,
			       "because\n"
			       "                              by uid 0 with vi: vi /etc/hosts\n"
			       "                              held\n"));
	buf_end(&out);
}
