#include "query/query.h"

#include "unit.h"

#define NOW_US (INT64_C(1794980800) * TIME_SECOND_US) /* 2026-11-18T05:46:40Z */

static const char item[] =
	"{\"target\":\"web1.example.net\",\"status\":\"fail\",\"compliance\":false,"
	"\"utctimestamp\":\"2026-11-18T05:30:00Z\","
	"\"policy\":{\"name\":\"system\",\"level\":\"high\"},"
	"\"check\":{\"ref\":\"sysmediumssh1\",\"name\":\"check root login is off\","
	"\"location\":\"/etc/ssh/sshd_config\"},\"reason\":\"line 34 says yes, not no\","
	"\"duration_us\":210,\"tags\":{\"role\":\"web\"},\"ip\":[\"10.1.2.3\",\"2001:db8::7\"],"
	"\"version\":\"1.10~rc1-2\",\"empty\":\"\","
	"\"by\":{\"process\":\"sed\",\"pid\":812,\"command\":\"sed -i s/no/yes/ "
	"/etc/ssh/sshd_config\",\"uid\":0,\"login_uid\":1000}}";

static const struct {
	const char *query;
	bool matches;
} cases[] = {
	{"", true},
	{"*", true},
	{"status:fail", true},
	{"STATUS:fail", false}, /* names are exact where no schema says otherwise */
	{"status:FAIL", true},
	{"status:pass", false},
	{"not status:pass", true},
	{"status:fail and policy.level:(high or maximum) and not target:db*", true},
	{"status:fail policy.level:low", false},
	{"status:fail or policy.level:low", true},
	{"status:pass or status:error or target:web?.example.net", true},
	{"not (status:fail and policy.name:system)", false},
	{"not not status:fail", true},
	{"policy.level >= medium", true},
	{"policy.level > high", false},
	{"policy.level <= high and policy.level < maximum", true},
	{"utctimestamp > now-1h", true},
	{"utctimestamp > now-1m", false},
	{"utctimestamp < 2026-11-18T05:30:01Z", true},
	{"utctimestamp >= 2026-11-19", false},
	{"duration_us:210", true},
	{"duration_us >= 210 and duration_us < 211", true},
	{"duration_us:2*", true},
	{"target:web1", false},    /* the whole value */
	{"check.name:root", true}, /* a word of a text field */
	{"check.name:roo", false},
	{"check.name:\"root login\"", true},
	{"check.name:\"root log\"", false},
	{"reason:yes", true},
	{"reason:/line \\d+/", true},
	{"reason:/^says/", false},
	{"check.location:/etc/ssh/*", true},
	{"check.location:\"/etc/ssh/sshd_config\"", true},
	{"check.location:/sshd/", true},
	{"tags.role:web", true},
	{"tags.role:*", true},
	{"tags.none:*", false},
	{"not tags.none:x", true},
	{"nothing:x", false},
	{"ip:10.0.0.0/8", true},
	{"ip:10.2.0.0/16", false},
	{"ip:2001:db8::/32", true},
	{"ip:10.1.2.3", true},
	{"version >= 1.10~rc1", true},
	{"version < 1.10-1", true},
	{"compliance:false", true},
	{"compliance:true", false},
	{"sysmediumssh1", true}, /* a bare word: any text field */
	{"\"line 34\"", true},
	{"nowhere", false},
	{"/root.login/", true},
	{"empty:\"\"", true},
	{"empty:*", true},
	{"target:(web* and not db*)", true},
	{"target:(db* or (web* not x*))", true},
	{"target:web\\*", false},
	{"by.process:sed", true},
	{"by.process:SE?", true},
	{"by.process:vi", false},
	{"by.process:(vi or sed)", true},
	{"by.pid:812", true},
	{"by.pid:*", true},
	{"by.uid:0", true},
	{"by.uid:1000", false},
	{"by.uid < 1000 and by.login_uid >= 1000", true}, /* somebody who became root */
	{"by.login_uid:(1000 or 1001)", true},
	{"not by.login_uid:0", true},
	{"by.command:sed", false}, /* the whole value */
	{"by.command:sed*/etc/ssh/*", true},
	{"by.command:\"sed -i s/no/yes/ /etc/ssh/sshd_config\"", true},
	{"by.command:*sshd_config", true},
	{"by.command:/s.no.yes/", true},
	{"by.nothing:*", false},
};

/* What of them a schema that knows the fields lets through says the same. */
test(fields_of_who_made_a_change_are_known)
{
	static const char nobody[] = "{\"status\":\"fail\"}";
	struct err err = {0};
	scoped(json_free) struct json *with = json_parse(text_of(item), &err);
	scoped(json_free) struct json *without = json_parse(text_of(nobody), &err);
	struct query_record some = query_json_record(with), none = query_json_record(without);
	size_t known = 0;
	for (size_t i = 0; i < array_len(cases); i++) {
		struct text text = text_of(cases[i].query);
		size_t at;
		if (!text_find(text, TEXT("by."), &at) || text_find(text, TEXT("nothing"), &at))
			continue;
		scoped(query_free) struct query *query = query_parse(text, &query_items, &err);
		if (!query || query_is_match(query, &some, NOW_US) != cases[i].matches ||
		    query_is_match(query, &none, NOW_US) != text_starts(text, "not "))
			fail_msg("%s: %s", cases[i].query, err.text);
		known++;
	}
	assert_int_equal(known, 16);
	scoped(query_free) struct query *bare = query_parse(TEXT("sshd_config"), &query_items,
							    &err);
	assert_true(query_is_match(bare, &some, NOW_US));
}

static struct json *parse(const char *text)
{
	struct err err = {0};
	struct json *json = json_parse(text_of(text), &err);
	assert_non_null(json);
	return json;
}

test(answers_as_the_table_says)
{
	scoped(json_free) struct json *json = parse(item);
	struct query_record record = query_json_record(json);
	for (size_t i = 0; i < array_len(cases); i++) {
		struct err err = {0};
		scoped(query_free) struct query *query = query_parse(text_of(cases[i].query), NULL,
								     &err);
		if (!query || query_is_match(query, &record, NOW_US) != cases[i].matches)
			fail_msg("%s: expected %d; %s", cases[i].query, cases[i].matches, err.text);
	}
}

test(refuses_with_column_and_what_was_expected)
{
	static const struct {
		const char *query, *says;
	} bad[] = {
		{"status:", "column 8: expected a value, a \"phrase\", a /regex/ or (a or b)"},
		{"status:(a or", "column 13: expected a term: field:value, a word or a \"phrase\""},
		{"(status:a", "column 1: this parenthesis is not closed; expected )"},
		{"status:a)", "column 9: expected \"and\", \"or\" or the end"},
		{"status:\"a", "column 8: this quote is not closed; expected another \""},
		{"status=a", "column 7: expected : or a comparison; write field:value"},
		{"reason:/a(/", "column 8: missing closing parenthesis at character 2 of \"a(\""},
		{"statsu:fail", "column 1: no field \"statsu\"; did you mean \"status\"?"},
		{"policy.level:hihg", "column 14: \"hihg\" is no level, which \"policy.level\" is"},
		{"duration_us >= soon", "column 16: \"soon\" has no order; expected a number"},
		{"by.user:root", "column 1: no field \"by.user\"; did you mean \"by.uid\"?"},
		{"by.uid >= root", "column 11: \"root\" has no order; expected a number"},
		{"status:a | count",
		 "column 10: stages (| …) are not taken here; write the condition alone"},
		{"not", "column 4: expected a term: field:value, a word or a \"phrase\""},
	};
	for (size_t i = 0; i < array_len(bad); i++) {
		struct err err = {0};
		scoped(query_free) struct query *query = query_parse(text_of(bad[i].query),
								     &query_items, &err);
		assert_null(query);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_string_equal(err.text, bad[i].says);
	}
}

test(knows_fields_by_both_names)
{
	struct err err = {0};
	scoped(json_free) struct json *json = parse(item);
	struct query_record record = query_json_record(json);
	scoped(query_free) struct query *query = query_parse(
		TEXT("policy:system level>=medium ref:sysmediumssh1 host:web1*"), &query_items,
		&err);
	assert_non_null(query);
	assert_true(query_is_match(query, &record, NOW_US));
}

test(holds_its_limits)
{
	struct err err = {0};
	struct buf deep = {0}, many = {0};
	for (int i = 0; i <= QUERY_DEPTH_MAX; i++)
		buf_cstr(&deep, "(");
	buf_cstr(&deep, "a");
	assert_null(query_parse(buf_view(&deep), NULL, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	while (many.len < QUERY_TEXT_MAX - 4)
		buf_cstr(&many, "a ");
	assert_null(query_parse(buf_view(&many), NULL, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	buf_cstr(&many, "aaaaaaaaaaaa");
	assert_null(query_parse(buf_view(&many), NULL, &err));
	buf_end(&deep);
	buf_end(&many);
}

test(finds_what_an_index_can_narrow)
{
	struct err err = {0};
	scoped(query_free) struct query *all = query_parse(
		TEXT("agent:ab and (status:fail or status:error)"), &query_items, &err);
	scoped(query_free) struct query *either = query_parse(TEXT("agent:ab or agent:cd"),
							      &query_items, &err);
	scoped(query_free) struct query *wild = query_parse(TEXT("agent:a*"), &query_items, &err);
	assert_true(text_is(query_required(all, "agent"), "ab"));
	assert_null(query_required(all, "status").at);
	assert_null(query_required(either, "agent").at);
	assert_null(query_required(wild, "agent").at);
}
