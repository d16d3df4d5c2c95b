#include <inttypes.h>

#include "assess/policy/load.h"
#include "base/buf.h"

#define SHOWN_MAX 1000 /* bytes; longer tests end with an ellipsis */

static void put_value(struct buf *out, const struct value *value)
{
	static const enum value_type bare[] = {VALUE_TEXT, VALUE_VERSION, VALUE_ADDRESS};
	for (size_t i = 0; i < array_len(bare); i++)
		if (value->type == bare[i]) {
			buf_text(out, value->text);
			return;
		}
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	buf_text(out, value_show(value, arena));
}

static void put_matcher(struct buf *out, const struct probe *probe, const struct matcher *matcher)
{
	if (matcher->field != MATCH_ROW && (!probe->fields[matcher->field].subject || probe->table))
		buf_print(out, "%s ", probe->fields[matcher->field].name);
	if (matcher->kind == MATCH_EXISTS) {
		buf_cstr(out, matcher->truth ? "exists" : "does not exist");
		return;
	}
	buf_print(out, "%s ", matcher_word(matcher->kind));
	for (size_t i = 0; i < matcher->count && out->len < SHOWN_MAX; i++) {
		buf_cstr(out, i > 0 ? ", " : "");
		put_value(out, &matcher->values[i]);
	}
}

static void put_count(struct buf *out, const char *what, uint64_t at_least, uint64_t at_most)
{
	if (at_least == at_most)
		buf_print(out, "%s %" PRIu64, what, at_least);
	else if (at_most == UINT64_MAX)
		buf_print(out, "%s at_least %" PRIu64, what, at_least);
	else if (at_least == 0)
		buf_print(out, "%s at_most %" PRIu64, what, at_most);
	else
		buf_print(out, "%s from %" PRIu64 " to %" PRIu64, what, at_least, at_most);
}

static void put_content(struct buf *out, const struct content_test *content)
{
	if (content->kind == CONTENT_EMPTY) {
		buf_cstr(out, content->truth ? "empty" : "not empty");
		return;
	}
	buf_print(out, "%s%s ", content_word(content->kind),
		  content->kind == CONTENT_LINES ? " matches" : "");
	buf_text(out, content->pattern);
	if (content->kind == CONTENT_LINES)
		put_count(out, ", count", content->at_least, content->at_most);
}

static void put_rows(struct buf *out, const struct probe *probe, const struct rows_test *rows)
{
	static const char *const words[] = {"every", "some", "no", "only"};
	buf_print(out, "%s ", words[rows->kind]);
	for (size_t i = 0; i < rows->count; i++) {
		buf_cstr(out, i > 0 ? ", " : "");
		put_matcher(out, probe, &rows->matchers[i]);
	}
}

static void put_and(struct buf *out, size_t before, const char *lead)
{
	if (out->len == before)
		buf_cstr(out, lead);
	else
		buf_cstr(out, " and ");
}

/* What the test is about, in front of its matchers: the setting's key, or a name that is no path.
 */
static const char *lead_of(struct loader *loader, const struct test *test)
{
	const struct probe_setting *key = probe_setting(&test->call, "key");
	struct text subject = key ? key->text : test->call.subject;
	if (!key && (test->call.probe->table || text_starts(subject, "/")))
		return "";
	return arena_print(loader->arena, "%.*s ", TEXT_ARG(subject));
}

static void put_probe(struct loader *loader, struct buf *out, const struct test *test)
{
	const struct probe *probe = test->call.probe;
	const char *lead = lead_of(loader, test);
	size_t before = 0;
	if (probe->table) {
		buf_text(out, test->call.subject);
		before = SIZE_MAX; /* the query stands in front: everything else is joined to it */
	}
	for (size_t i = 0; i < test->matcher_count; i++) {
		put_and(out, before, lead);
		put_matcher(out, probe, &test->matchers[i]);
	}
	for (size_t i = 0; i < test->content_count; i++) {
		put_and(out, before, lead);
		put_content(out, &test->contents[i]);
	}
	for (size_t i = 0; i < test->rows_count; i++) {
		buf_cstr(out, i > 0 ? " and " : ": ");
		put_rows(out, probe, &test->rows[i]);
	}
	if (test->has_count)
		put_count(out, test->rows_count > 0 ? " and count" : ": count",
			  test->count_at_least, test->count_at_most);
}

static void put_group(struct buf *out, const struct test *test)
{
	const char *mark = test->kind == TEST_ALL ? " and " : " or ";
	if (test->kind == TEST_NONE)
		buf_cstr(out, "not: ");
	for (size_t i = 0; i < test->test_count && out->len <= SHOWN_MAX; i++) {
		const struct test *child = test->tests[i];
		bool group = child->kind != TEST_PROBE && child->test_count > 1;
		buf_cstr(out, i > 0 ? mark : "");
		buf_cstr(out, group ? "(" : "");
		buf_text(out, child->shown);
		buf_cstr(out, group ? ")" : "");
	}
}

static bool is_lone_content(const struct test *test)
{
	return test->kind == TEST_PROBE && !test->call.probe->table && test->content_count == 1 &&
	       test->matcher_count == 0 &&
	       (test->contents[0].kind == CONTENT_REGEX ||
		test->contents[0].kind == CONTENT_NO_REGEX);
}

void show_test(struct loader *loader, struct test *test)
{
	static const char *const kinds[] = {
		[TEST_ALL] = "all", [TEST_ANY] = "any", [TEST_NONE] = "none"};
	scoped(buf_end) struct buf out = {0};
	must(test->kind != TEST_FIXED);
	if (is_lone_content(test)) {
		test->shown = test->contents[0].pattern;
		test->shown_type = text_of(content_word(test->contents[0].kind));
		return;
	}
	if (test->kind == TEST_PROBE)
		put_probe(loader, &out, test);
	else
		put_group(&out, test);
	struct text all = buf_view(&out);
	size_t len = text_cut(all, SHOWN_MAX);
	const char *end = len < all.len ? "…" : "";
	test->shown = text_of(
		arena_print(loader->arena, "%.*s%s", (int)len, all.at ? all.at : "", end));
	test->shown_type = text_of(test->kind == TEST_PROBE ? test->call.probe->name
							    : kinds[test->kind]);
}
