#include "assess/policy/muster/test.h"

#include <inttypes.h>
#include <string.h>

#include "assess/policy/load.h"
#include "assess/policy/muster/scalar.h"

#define STEP 2 /* columns of a level */

static void put_indent(struct buf *out, unsigned indent)
{
	buf_print(out, "%*s", (int)indent, "");
}

static void put_line(struct buf *out, unsigned indent, const char *key, struct text text)
{
	scalar_put_key(key, indent, out);
	scalar_put(text, out);
	buf_char(out, '\n');
}

/* -------- values and matchers -------- */

static void put_span(struct buf *out, int64_t span_us)
{
	if (span_us % TIME_SECOND_US == 0)
		buf_print(out, "%" PRId64 "s", span_us / TIME_SECOND_US);
	else
		buf_print(out, "%" PRId64 "ms", span_us / (TIME_SECOND_US / 1000));
}

static void put_value(struct buf *out, const struct value *value)
{
	char when[TIME_TEXT_SIZE];
	switch (value->type) {
	case VALUE_NONE:
		break;
	case VALUE_BOOL:
		buf_cstr(out, value->number ? "true" : "false");
		break;
	case VALUE_INT:
	case VALUE_SIZE:
		buf_print(out, "%" PRId64, value->number);
		break;
	case VALUE_SPAN:
		put_span(out, value->number);
		break;
	case VALUE_MODE:
		buf_print(out, "'%04" PRIo64 "'", (uint64_t)value->number);
		break;
	case VALUE_LEVEL:
		buf_cstr(out, level_name((enum level)value->number));
		break;
	case VALUE_TLS:
		buf_cstr(out, value_tls_name((enum tls_level)value->number));
		break;
	case VALUE_LIST:
		scalar_put_list(value->list, value->count, false, out);
		break;
	case VALUE_TIME:
		time_put(value->number, when);
		scalar_put(text_of(when), out);
		break;
	case VALUE_TEXT:
	case VALUE_VERSION:
	case VALUE_ADDRESS:
		scalar_put(value->text, out);
		break;
	}
}

static void put_operand(struct buf *out, const struct matcher *matcher)
{
	bool list = matcher->kind == MATCH_ONE_OF || matcher->kind == MATCH_NONE_OF;
	if (matcher->kind == MATCH_EXISTS) {
		buf_cstr(out, matcher->truth ? "true" : "false");
		return;
	}
	buf_cstr(out, list ? "[" : "");
	for (size_t i = 0; i < matcher->count; i++) {
		buf_cstr(out, i > 0 ? ", " : "");
		put_value(out, &matcher->values[i]);
	}
	buf_cstr(out, list ? "]" : "");
}

static bool is_first_of_field(const struct matcher *list, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (list[i].field == list[at].field)
			return false;
	return true;
}

/* "{ at_least: 3, at_most: 5 }": all matchers of the field that stands at `at`. */
static void put_field(struct buf *out, const struct probe *probe, const struct matcher *list,
		      size_t count, size_t at)
{
	buf_print(out, "%s: { ", probe->fields[list[at].field].name);
	bool first = true;
	for (size_t i = at; i < count; i++) {
		if (list[i].field != list[at].field)
			continue;
		buf_print(out, "%s%s: ", first ? "" : ", ", matcher_word(list[i].kind));
		put_operand(out, &list[i]);
		first = false;
	}
	buf_cstr(out, " }");
}

static void put_matchers(struct buf *out, unsigned indent, const struct test *test)
{
	const struct probe *probe = test->call.probe;
	for (size_t i = 0; i < test->matcher_count; i++) {
		const struct matcher *matcher = &test->matchers[i];
		if (matcher->field == MATCH_ROW || probe->fields[matcher->field].subject) {
			scalar_put_key(matcher_word(matcher->kind), indent, out);
			put_operand(out, matcher);
		} else if (is_first_of_field(test->matchers, i)) {
			put_indent(out, indent);
			put_field(out, probe, test->matchers, test->matcher_count, i);
		} else {
			continue;
		}
		buf_char(out, '\n');
	}
}

static void put_count(struct buf *out, uint64_t at_least, uint64_t at_most)
{
	if (at_least == at_most)
		buf_print(out, "%" PRIu64, at_least);
	else if (at_most == UINT64_MAX)
		buf_print(out, "{ at_least: %" PRIu64 " }", at_least);
	else
		buf_print(out, "{ at_least: %" PRIu64 ", at_most: %" PRIu64 " }", at_least,
			  at_most);
}

/* -------- contents and rows -------- */

static void put_expressions(struct buf *out, unsigned indent, const struct test *test,
			    enum content_kind kind)
{
	size_t count = 0;
	scoped(mem_free) struct text *list = mem_new(test->content_count, sizeof(*list));
	for (size_t i = 0; i < test->content_count; i++)
		if (test->contents[i].kind == kind)
			list[count++] = test->contents[i].pattern;
	if (count == 0)
		return;
	scalar_put_key(content_word(kind), indent, out);
	scalar_put_list(list, count, true, out);
	buf_char(out, '\n');
}

static void put_bounds(struct buf *out, const struct line_test *line)
{
	if (line->differs)
		buf_print(out, ", not_equals: %" PRId64, line->least);
	else if (line->least == line->most)
		buf_print(out, ", equals: %" PRId64, line->least);
	if (line->differs || line->least == line->most)
		return;
	if (line->least > INT64_MIN)
		buf_print(out, ", at_least: %" PRId64, line->least);
	if (line->most < INT64_MAX)
		buf_print(out, ", at_most: %" PRId64, line->most);
}

/* One condition a line of the text. */
static void put_conditions(struct buf *out, unsigned indent, const struct content_test *content)
{
	static const char *const words[][2] = {
		[LINE_MATCHES] = {"matches", "not_matches"},
		[LINE_EQUALS] = {"equals", "not_equals"},
		[LINE_NUMBER] = {"number", "no_number"},
	};
	put_indent(out, indent);
	buf_print(out, "%s:\n", content_word(content->kind));
	for (size_t i = 0; i < content->condition_count; i++) {
		const struct line_test *line = &content->conditions[i];
		put_indent(out, indent + STEP);
		buf_print(out, "- { %s: ", words[line->kind][line->negated]);
		scalar_put(line->pattern, out);
		if (line->kind == LINE_NUMBER)
			put_bounds(out, line);
		buf_cstr(out, " }\n");
	}
}

static void put_content(struct buf *out, unsigned indent, const struct content_test *content)
{
	if (content->condition_count > 0) {
		put_conditions(out, indent, content);
		return;
	}
	scalar_put_key(content_word(content->kind), indent, out);
	switch (content->kind) {
	case CONTENT_LINES:
		buf_cstr(out, "{ matches: ");
		scalar_put(content->pattern, out);
		buf_cstr(out, ", count: ");
		put_count(out, content->at_least, content->at_most);
		buf_cstr(out, " }\n");
		break;
	case CONTENT_LINE:
	case CONTENT_NO_LINE:
		never("conditions on a line, and none of them");
	case CONTENT_EMPTY:
		buf_cstr(out, content->truth ? "true\n" : "false\n");
		break;
	case CONTENT_REGEX:
	case CONTENT_NO_REGEX:
	case CONTENT_WHOLE:
		scalar_put(content->pattern, out);
		buf_char(out, '\n');
		break;
	}
}

static void put_contents(struct buf *out, unsigned indent, const struct test *test)
{
	put_expressions(out, indent, test, CONTENT_REGEX);
	put_expressions(out, indent, test, CONTENT_NO_REGEX);
	for (size_t i = 0; i < test->content_count; i++)
		if (test->contents[i].kind != CONTENT_REGEX &&
		    test->contents[i].kind != CONTENT_NO_REGEX)
			put_content(out, indent, &test->contents[i]);
}

static void put_rows(struct buf *out, unsigned indent, const struct test *test)
{
	static const char *const words[] = {"every", "some", "no", "only"};
	for (size_t i = 0; i < test->rows_count; i++) {
		const struct rows_test *rows = &test->rows[i];
		put_indent(out, indent);
		buf_print(out, "%s:\n", words[rows->kind]);
		for (size_t j = 0; j < rows->count; j++) {
			if (!is_first_of_field(rows->matchers, j))
				continue;
			put_indent(out, indent + STEP);
			put_field(out, test->call.probe, rows->matchers, rows->count, j);
			buf_char(out, '\n');
		}
	}
	if (!test->has_count)
		return;
	scalar_put_key("count", indent, out);
	put_count(out, test->count_at_least, test->count_at_most);
	buf_char(out, '\n');
}

/* -------- a probe's parameters -------- */

static void put_setting(struct buf *out, unsigned indent, const struct probe_setting *setting)
{
	scalar_put_key(setting->param->name, indent, out);
	switch (setting->param->kind) {
	case PARAM_BOOL:
		buf_cstr(out, setting->number ? "true" : "false");
		break;
	case PARAM_INT:
		buf_print(out, "%" PRId64, setting->number);
		break;
	case PARAM_SIZE:
	case PARAM_SPAN:
	case PARAM_TEXT:
	case PARAM_WORD:
	case PARAM_REGEX:
		scalar_put(setting->text, out);
		break;
	case PARAM_LIST:
		scalar_put_list(setting->list, setting->count, true, out);
		break;
	case PARAM_MAP:
		buf_cstr(out, "{ ");
		for (size_t i = 0; i < setting->count; i++) {
			buf_cstr(out, i > 0 ? ", " : "");
			scalar_put(setting->keys[i], out);
			buf_cstr(out, ": ");
			scalar_put(setting->list[i], out);
		}
		buf_cstr(out, " }");
		break;
	}
	buf_char(out, '\n');
}

static void put_settings(struct buf *out, unsigned indent, const struct test *test)
{
	for (size_t i = 0; i < test->call.setting_count; i++) {
		const struct probe_setting *setting = &test->call.settings[i];
		bool evidence = test->any_row_shown && strcmp(setting->param->name, "rest") == 0;
		if (!evidence) /* what did not match is no part of the verdict */
			put_setting(out, indent, setting);
	}
}

/* -------- action JSON: at least one file -------- */

static bool is_glob(struct text path)
{
	for (size_t i = 0; i < path.len; i++)
		if (strchr("*?[", path.at[i]))
			return true;
	return false;
}

/* A glob as an expression on paths: * and ? within a component, ** over several. */
static void put_glob_regex(struct buf *out, struct text glob)
{
	buf_cstr(out, "/(?-i)^");
	for (size_t i = 0; i < glob.len; i++) {
		char c = glob.at[i];
		if (c == '*' && i + 1 < glob.len && glob.at[i + 1] == '*') {
			buf_cstr(out, ".*");
			i++;
		} else if (c == '*') {
			buf_cstr(out, "[^\\/]*");
		} else if (c == '?') {
			buf_cstr(out, "[^\\/]");
		} else if (c == '[' && i + 1 < glob.len && glob.at[i + 1] == '!') {
			buf_cstr(out, "[^");
			i++;
		} else {
			buf_cstr(out, strchr("\\^$.|()+{}/", c) ? "\\" : "");
			buf_char(out, c);
		}
	}
	buf_cstr(out, "$/");
}

/* The folder of the last component, or of what `**` stands in. */
static struct text folder_of(struct text glob, bool *tree)
{
	size_t len = glob.len;
	*tree = text_find(glob, TEXT("**"), &len);
	while (len > 0 && glob.at[len - 1] != '/')
		len--;
	return (struct text){glob.at, len > 1 ? len - 1 : 1};
}

/* The condition of `files` that a matcher of `file` on its content or name is. */
static void put_condition(struct buf *out, unsigned indent, const struct test *test)
{
	for (size_t i = 0; i < test->content_count; i++)
		put_line(out, indent, "content", test->contents[i].pattern);
	for (size_t i = 0; i < test->matcher_count; i++) {
		const struct matcher *matcher = &test->matchers[i];
		const char *field = test->call.probe->fields[matcher->field].name;
		if (strcmp(field, "type") == 0)
			continue; /* what `files` tells of are files */
		if (strcmp(field, "name") == 0) {
			put_line(out, indent, "name", matcher->values->text);
			continue;
		}
		scalar_put_key("digest", indent, out);
		buf_print(out, "%s:%.*s\n", field, TEXT_ARG(matcher->values->text));
	}
}

static void put_any_file(struct buf *out, unsigned indent, const struct test *test)
{
	scoped(buf_end) struct buf query = {0};
	bool tree;
	struct text folder = folder_of(test->call.subject, &tree);
	buf_cstr(&query, "path:");
	put_glob_regex(&query, test->call.subject);
	put_line(out, indent, "files", buf_view(&query));
	put_line(out, indent, "path", folder);
	put_condition(out, indent, test);
	if (!tree) {
		scalar_put_key("depth", indent, out);
		buf_cstr(out, "1\n");
	}
	scalar_put_key("links", indent, out);
	buf_cstr(out, "true\n");
}

/* -------- a test -------- */

static void put_probe(struct buf *out, unsigned indent, const struct test *test)
{
	const struct probe *probe = test->call.probe;
	if (test->any_row && !probe->table && is_glob(test->call.subject)) {
		put_any_file(out, indent, test);
		return;
	}
	bool all = test->any_row_shown && probe->table;
	put_line(out, indent, probe->name, all ? TEXT("*") : test->call.subject);
	put_settings(out, indent, test);
	put_matchers(out, indent, test);
	put_contents(out, indent, test);
	put_rows(out, indent, test);
}

/* What is known without asking: by the root of all files, which is always there. */
static void put_fixed(struct buf *out, unsigned indent, enum status fixed)
{
	put_line(out, indent, "file", TEXT("/"));
	scalar_put_key("exists", indent, out);
	buf_cstr(out, fixed == STATUS_FAIL ? "false\n" : "true\n");
	if (fixed == STATUS_PASS || fixed == STATUS_FAIL)
		return;
	put_indent(out, indent);
	buf_cstr(out, "when: { file: /, exists: false }\n");
}

/* A condition that can't be asked: what it would be is not known. */
static bool is_broken(const struct test *test)
{
	for (size_t i = 0; i < test->content_count; i++)
		for (size_t j = 0; j < test->contents[i].condition_count; j++)
			if (test->contents[i].conditions[j].broken.at)
				return true;
	return false;
}

static void put_comment(struct buf *out, unsigned indent, const char *lead, struct text text)
{
	put_indent(out, indent);
	buf_print(out, "# %s", lead);
	buf_printable(out, text, text.len);
	buf_char(out, '\n');
}

static void put_notes(struct buf *out, unsigned indent, const struct test *test)
{
	if (test->rule.at)
		put_comment(out, indent, "", test->rule);
	if (test->kind == TEST_FIXED)
		put_comment(out, indent, "no equivalent: ", test->why);
	if (test->kind != TEST_PROBE)
		return;
	if (is_broken(test))
		put_comment(out, indent, "no equivalent: ", TEXT("a condition can't be decided"));
	if (test->evidence_field)
		put_comment(out, indent,
			    "no equivalent: ", TEXT("digests of the files that were found"));
	if (test->any_row && !test->call.probe->table && is_glob(test->call.subject))
		put_comment(out, indent, "no equivalent: ",
			    TEXT("a file that can't be read is passed over where another one "
				 "matches"));
}

static void put_test(struct buf *out, unsigned indent, const struct test *test);

static void put_group(struct buf *out, unsigned indent, const struct test *test)
{
	static const char *const groups[] = {
		[TEST_ALL] = "all", [TEST_ANY] = "any", [TEST_NONE] = "none"};
	put_indent(out, indent);
	buf_print(out, "%s:\n", groups[test->kind]);
	for (size_t i = 0; i < test->test_count; i++) {
		put_notes(out, indent + STEP, test->tests[i]);
		size_t at = out->len;
		put_test(out, indent + 2 * STEP, test->tests[i]);
		out->at[at + indent + STEP] = '-';
	}
}

/* Recursion ends with the tests, at POLICY_TEST_DEPTH_MAX. */
static void put_test(struct buf *out, unsigned indent, const struct test *test)
{
	if (test->kind == TEST_FIXED || (test->kind == TEST_PROBE && is_broken(test)))
		put_fixed(out, indent,
			  test->kind == TEST_FIXED ? test->fixed : STATUS_NOT_APPLICABLE);
	else if (test->kind == TEST_PROBE)
		put_probe(out, indent, test);
	else
		put_group(out, indent, test);
	if (!test->when)
		return;
	put_indent(out, indent);
	buf_cstr(out, "when:\n");
	put_test(out, indent + STEP, test->when);
}

void test_put(const char *key, unsigned indent, const struct test *test, struct buf *out)
{
	put_notes(out, indent, test);
	put_indent(out, indent);
	buf_print(out, "%s\n", key);
	put_test(out, indent + STEP, test);
}
