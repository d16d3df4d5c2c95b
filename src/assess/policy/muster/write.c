#include "assess/policy/muster/write.h"

#include <inttypes.h>
#include <string.h>

#include "assess/policy/load.h"
#include "base/map.h"
#include "format/scalar.h"

#define STEP 2 /* columns of a level */

static void put_indent(struct buf *out, unsigned indent)
{
	buf_print(out, "%*s", (int)indent, "");
}

static void put_key(struct buf *out, unsigned indent, const char *key)
{
	put_indent(out, indent);
	buf_print(out, "%s: ", key);
}

static void put_line(struct buf *out, unsigned indent, const char *key, struct text text)
{
	put_key(out, indent, key);
	scalar_put(text, out);
	buf_char(out, '\n');
}

/* For people: a text that may be long, or not be there. */
static void put_prose(struct buf *out, unsigned indent, const char *key, struct text text)
{
	if (text.len == 0)
		return;
	put_key(out, indent, key);
	scalar_put_lines(text, indent + STEP, out);
}

static void put_note(struct buf *out, unsigned indent, const char *note)
{
	put_indent(out, indent);
	buf_print(out, "# %s\n", note);
}

/* "[a, b]", or "a" for a lone one where that is the same. */
static void put_list(struct buf *out, const struct text *list, size_t count, bool lone)
{
	if (lone && count == 1) {
		scalar_put(list[0], out);
		return;
	}
	buf_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		buf_cstr(out, i > 0 ? ", " : "");
		scalar_put(list[i], out);
	}
	buf_char(out, ']');
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
		put_list(out, value->list, value->count, false);
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
			put_key(out, indent, matcher_word(matcher->kind));
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

static size_t count_contents(const struct test *test, enum content_kind kind)
{
	size_t count = 0;
	for (size_t i = 0; i < test->content_count; i++)
		count += test->contents[i].kind == kind;
	return count;
}

static void put_expressions(struct buf *out, unsigned indent, const struct test *test,
			    enum content_kind kind)
{
	size_t count = count_contents(test, kind), at = 0;
	if (count == 0)
		return;
	struct text *list = mem_new(count, sizeof(*list));
	for (size_t i = 0; i < test->content_count; i++)
		if (test->contents[i].kind == kind)
			list[at++] = test->contents[i].pattern;
	put_key(out, indent, kind == CONTENT_REGEX ? "regex" : "no_regex");
	put_list(out, list, count, true);
	buf_char(out, '\n');
	mem_free(&list);
}

static void put_contents(struct buf *out, unsigned indent, const struct test *test)
{
	put_expressions(out, indent, test, CONTENT_REGEX);
	put_expressions(out, indent, test, CONTENT_NO_REGEX);
	for (size_t i = 0; i < test->content_count; i++) {
		const struct content_test *content = &test->contents[i];
		if (content->kind != CONTENT_LINES)
			continue;
		put_key(out, indent, "lines");
		buf_cstr(out, "{ matches: ");
		scalar_put(content->pattern, out);
		buf_cstr(out, ", count: ");
		put_count(out, content->at_least, content->at_most);
		buf_cstr(out, " }\n");
	}
}

static void put_rows(struct buf *out, unsigned indent, const struct test *test)
{
	static const char *const words[] = {"every", "some", "no", "only"};
	for (size_t i = 0; i < test->rows_count; i++) {
		const struct rows_test *rows = &test->rows[i];
		put_key(out, indent, words[rows->kind]);
		buf_char(out, '\n');
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
	put_key(out, indent, "count");
	put_count(out, test->count_at_least, test->count_at_most);
	buf_char(out, '\n');
}

/* -------- a probe's parameters -------- */

static void put_setting(struct buf *out, unsigned indent, const struct probe_setting *setting)
{
	put_key(out, indent, setting->param->name);
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
		put_list(out, setting->list, setting->count, true);
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
		put_key(out, indent, "digest");
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
		put_key(out, indent, "depth");
		buf_cstr(out, "1\n");
	}
	put_key(out, indent, "links");
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
	bool all = test->any_row && probe->table;
	put_line(out, indent, probe->name, all ? TEXT("*") : test->call.subject);
	put_settings(out, indent, test);
	put_matchers(out, indent, test);
	put_contents(out, indent, test);
	put_rows(out, indent, test);
}

static void put_test(struct buf *out, unsigned indent, const struct test *test)
{
	static const char *const groups[] = {
		[TEST_ALL] = "all", [TEST_ANY] = "any", [TEST_NONE] = "none"};
	if (test->kind == TEST_PROBE) {
		put_probe(out, indent, test);
		return;
	}
	put_indent(out, indent);
	buf_print(out, "%s:\n", groups[test->kind]);
	for (size_t i = 0; i < test->test_count; i++) {
		size_t at = out->len;
		put_test(out, indent + 2 * STEP, test->tests[i]);
		out->at[at + indent + STEP] = '-';
	}
}

/* -------- a check -------- */

static void put_frameworks(struct buf *out, unsigned indent, const struct check *check)
{
	if (check->framework_count == 0)
		return;
	put_key(out, indent, "frameworks");
	buf_char(out, '\n');
	for (size_t i = 0; i < check->framework_count; i++) {
		put_indent(out, indent + STEP);
		scalar_put(check->frameworks[i].key, out);
		buf_cstr(out, ": ");
		put_list(out, check->frameworks[i].ids, check->frameworks[i].count, false);
		buf_char(out, '\n');
	}
}

/* Refs that several checks share get a number: each counter is the count of those that were
 * written. */
struct refs {
	struct map *shared; /* ref to struct share */
	struct arena *arena;
};

struct share {
	size_t checks, written;
};

static struct share *find_share(struct refs *refs, struct text ref)
{
	struct share *share = map_get(refs->shared, ref);
	if (!share) {
		share = arena_get(refs->arena, 1, sizeof(*share));
		(void)map_put(refs->shared, ref, share);
	}
	return share;
}

static void put_ref(struct buf *out, struct refs *refs, struct text ref)
{
	scoped(buf_end) struct buf own = {0};
	struct share *share = find_share(refs, ref);
	buf_text(&own, ref);
	while (share->checks > 1) {
		buf_clear(&own);
		buf_text(&own, ref);
		buf_print(&own, "-%zu", ++share->written);
		if (!map_get(refs->shared, buf_view(&own)))
			break;
	}
	buf_print(out, "%*s- ", STEP, "");
	put_line(out, 0, "ref", buf_view(&own));
}

/* What the test has and this format has no word for. */
static void put_notes(struct buf *out, unsigned indent, const struct test *test)
{
	if (test->evidence_field)
		put_note(out, indent, "no equivalent: digests of the files that were found");
	if (test->any_row && !test->call.probe->table && is_glob(test->call.subject))
		put_note(out, indent,
			 "no equivalent: a file that can't be read is passed over where another "
			 "one matches");
	for (size_t i = 0; i < test->test_count; i++)
		put_notes(out, indent, test->tests[i]);
}

static void put_check(struct buf *out, struct refs *refs, const struct check *check)
{
	unsigned indent = 2 * STEP;
	put_ref(out, refs, check->ref);
	if (check->statement.len > 0)
		put_line(out, indent, "statement", check->statement);
	put_line(out, indent, "level", text_of(level_name(check->level)));
	put_prose(out, indent, "name", check->name);
	put_prose(out, indent, "description", check->description);
	put_prose(out, indent, "rationale", check->rationale);
	put_prose(out, indent, "remediation", check->remediation);
	put_frameworks(out, indent, check);
	if (check->when) {
		put_indent(out, indent);
		buf_cstr(out, "when:\n");
		put_test(out, indent + STEP, check->when);
	}
	put_notes(out, indent, check->test);
	put_indent(out, indent);
	buf_cstr(out, "test:\n");
	put_test(out, indent + STEP, check->test);
}

/* -------- a policy -------- */

#define REFS_ARENA_MAX (16u * 1024 * 1024) /* counters for POLICY_CHECKS_MAX refs, and room */

static void put_policy(struct buf *out, const struct policy *policy)
{
	struct refs refs = {map_new(), arena_new(REFS_ARENA_MAX)};
	for (size_t i = 0; i < policy->check_count; i++)
		find_share(&refs, policy->checks[i].ref)->checks++;
	put_line(out, 0, "policy", policy->name);
	if (policy->url.len > 0)
		put_line(out, 0, "url", policy->url);
	if (policy->target)
		put_line(out, 0, "target", policy->target_text);
	if (policy->statement_count > 0)
		buf_cstr(out, "statements:\n");
	for (size_t i = 0; i < policy->statement_count; i++) {
		put_indent(out, STEP);
		scalar_put(policy->statements[i].key, out);
		buf_cstr(out, ": ");
		scalar_put_lines(policy->statements[i].text, 2 * STEP, out);
	}
	buf_cstr(out, "checks:\n");
	for (size_t i = 0; i < policy->check_count; i++)
		put_check(out, &refs, &policy->checks[i]);
	map_free(&refs.shared);
	arena_free(&refs.arena);
}

void policy_write(const struct policy *list, size_t count, struct text from, struct buf *out)
{
	buf_cstr(out, "# Written from ");
	buf_printable(out, from, from.len);
	buf_cstr(out, ". Its checks have ids of their own here, as\n"
		      "# an id comes from policy and ref.\n");
	for (size_t i = 0; i < count; i++) {
		buf_cstr(out, i > 0 ? "---\n" : "");
		put_policy(out, &list[i]);
	}
}
