#include "assess/policy/mutate.h"

#include <inttypes.h>

#include <string.h>

#include "assess/policy/load.h"

#define ANY_LINE "."

static void add(struct mutants *mutants, const struct test *test, const char *what)
{
	if (mutants->count == MUTANTS_MAX)
		return;
	mutants->list = arena_grow(mutants->arena, mutants->list, &mutants->room,
				   mutants->count + 1, sizeof(*mutants->list));
	mutants->list[mutants->count++] = (struct mutant){test, text_of(what)};
}

static struct test *copy_of(struct mutants *mutants, const struct test *test)
{
	struct test *copy = arena_get(mutants->arena, 1, sizeof(*copy));
	*copy = *test;
	return copy;
}

static void *copy_list(struct mutants *mutants, const void *list, size_t count, size_t size)
{
	void *copy = arena_get(mutants->arena, count, size);
	if (count > 0)
		memcpy(copy, list, count * size);
	return copy;
}

static void *copy_without(struct mutants *mutants, const void *list, size_t count, size_t size,
			  size_t index)
{
	unsigned char *copy = copy_list(mutants, list, count, size);
	memmove(copy + index * size, copy + (index + 1) * size, (count - index - 1) * size);
	return copy;
}

/* -------- the whole test -------- */

static void negate(struct mutants *mutants, const struct test *test)
{
	struct test *group = arena_get(mutants->arena, 1, sizeof(*group));
	group->kind = TEST_NONE;
	group->tests = arena_get(mutants->arena, 1, sizeof(struct test *));
	group->tests[0] = copy_of(mutants, test);
	group->test_count = 1;
	group->line = test->line;
	group->column = test->column;
	add(mutants, group,
	    arena_print(mutants->arena, "the opposite of %.*s", TEXT_ARG(test->shown)));
}

/* -------- matchers -------- */

static struct test *with_matcher(struct mutants *mutants, const struct test *test, size_t index,
				 const struct matcher *matcher)
{
	struct test *copy = copy_of(mutants, test);
	struct matcher *list = copy_list(mutants, test->matchers, test->matcher_count,
					 sizeof(*list));
	list[index] = *matcher;
	copy->matchers = list;
	return copy;
}

static const char *field_name(const struct test *test, const struct matcher *matcher)
{
	if (matcher->field == MATCH_ROW)
		return test->call.probe->name;
	return test->call.probe->fields[matcher->field].name;
}

/* A bound moved by one: the value that the author just did not mean to allow. */
static void move_bound(struct mutants *mutants, const struct test *test, size_t index,
		       int64_t number)
{
	struct matcher matcher = test->matchers[index];
	struct value *value = copy_list(mutants, matcher.values, 1, sizeof(*value));
	value->number = number;
	matcher.values = value;
	struct text shown = value_show(value, mutants->arena);
	add(mutants, with_matcher(mutants, test, index, &matcher),
	    arena_print(mutants->arena, "%s %s loosened to %.*s", field_name(test, &matcher),
			matcher_word(matcher.kind), TEXT_ARG(shown)));
}

static bool is_number(enum value_type type)
{
	return type == VALUE_INT || type == VALUE_SIZE || type == VALUE_SPAN ||
	       type == VALUE_MODE || type == VALUE_TLS;
}

/* A text that is a number is compared as one (`equals` on a setting knows no types). */
static bool number_of(const struct value *value, int64_t *number)
{
	if (is_number(value->type))
		*number = value->number;
	return is_number(value->type) || (value->type == VALUE_TEXT &&
					  text_to_i64(value->text, -INT32_MAX, INT32_MAX, number));
}

static void loosen_text(struct mutants *mutants, const struct test *test, size_t index,
			int64_t number)
{
	struct matcher matcher = test->matchers[index];
	const char *digits = arena_print(mutants->arena, "%lld", (long long)number);
	struct value *value = copy_list(mutants, matcher.values, 1, sizeof(*value));
	value->text = text_of(digits);
	matcher.values = value;
	add(mutants, with_matcher(mutants, test, index, &matcher),
	    arena_print(mutants->arena, "%s %s loosened to %s", field_name(test, &matcher),
			matcher_word(matcher.kind), digits));
}

/* By how much a bound moves: one of what it counts, of a duration one of its largest whole unit. */
static int64_t step_of(const struct value *value)
{
	static const int64_t units[] = {TIME_DAY_US, 3600 * TIME_SECOND_US, 60 * TIME_SECOND_US,
					TIME_SECOND_US, TIME_SECOND_US / 1000};
	for (size_t i = 0; value->type == VALUE_SPAN && i < array_len(units); i++)
		if (value->number % units[i] == 0)
			return units[i];
	return 1;
}

static bool is_bound(enum value_type type, int64_t number)
{
	return type != VALUE_TLS || (number >= TLS_OLD && number <= TLS_MODERN);
}

static void loosen(struct mutants *mutants, const struct test *test, size_t index)
{
	const struct matcher *matcher = &test->matchers[index];
	bool upper = matcher->kind == MATCH_AT_MOST;
	int64_t number;
	if ((!upper && matcher->kind != MATCH_AT_LEAST) || !number_of(&matcher->values[0], &number))
		return;
	if (matcher->values[0].type == VALUE_TEXT) {
		loosen_text(mutants, test, index, upper ? number + 1 : number - 1);
		return;
	}
	if (matcher->values[0].type != VALUE_MODE) {
		int64_t step = step_of(&matcher->values[0]);
		number += upper ? step : -step;
		if (is_bound(matcher->values[0].type, number))
			move_bound(mutants, test, index, number);
		return;
	}
	for (int64_t bit = 1; bit <= 0400; bit <<= 1) { /* a mode has a bound in every bit */
		if (upper && !(number & bit))
			move_bound(mutants, test, index, number | bit);
		if (!upper && number & bit)
			move_bound(mutants, test, index, number & ~bit);
	}
}

/* Lists of what must not be, and of what must be: one member forgotten. */
static void forget_member(struct mutants *mutants, const struct test *test, size_t index)
{
	struct matcher matcher = test->matchers[index];
	bool list = matcher.kind == MATCH_NONE_OF || matcher.kind == MATCH_CONTAINS ||
		    matcher.kind == MATCH_EXCLUDES;
	const struct value *values = matcher.values;
	size_t count = matcher.count;
	for (size_t i = 0; list && count > 1 && i < count; i++) {
		struct text shown = value_show(&values[i], mutants->arena);
		matcher.values = copy_without(mutants, values, count, sizeof(*values), i);
		matcher.count = count - 1;
		add(mutants, with_matcher(mutants, test, index, &matcher),
		    arena_print(mutants->arena, "%s %s without %.*s", field_name(test, &matcher),
				matcher_word(matcher.kind), TEXT_ARG(shown)));
	}
}

/* How many things a test demands: one that demands nothing else can't lose its only one. */
static size_t demands(const struct test *test)
{
	return test->matcher_count + test->content_count + test->rows_count + test->has_count;
}

static void mutate_matchers(struct mutants *mutants, const struct test *test)
{
	for (size_t i = 0; i < test->matcher_count; i++) {
		const struct matcher *matcher = &test->matchers[i];
		if (demands(test) > 1) {
			struct test *copy = copy_of(mutants, test);
			copy->matchers = copy_without(mutants, test->matchers, test->matcher_count,
						      sizeof(*matcher), i);
			copy->matcher_count--;
			add(mutants, copy,
			    arena_print(mutants->arena, "without the matcher %s %s",
					field_name(test, matcher), matcher_word(matcher->kind)));
		}
		loosen(mutants, test, i);
		forget_member(mutants, test, i);
	}
}

/* -------- contents, rows, counts -------- */

static struct regex *any_line(struct mutants *mutants)
{
	struct err err = {0};
	struct policies *policies = mutants->policies;
	struct regex *regex = regex_new(TEXT(ANY_LINE), REGEX_NO_JIT, &err);
	must(regex);
	policies->regexes = mem_grow(policies->regexes, &policies->regex_room,
				     policies->regex_count + 1, sizeof(struct regex *));
	policies->regexes[policies->regex_count++] = regex;
	return regex;
}

static struct test *with_content(struct mutants *mutants, const struct test *test, size_t index,
				 const struct content_test *content)
{
	struct test *copy = copy_of(mutants, test);
	struct content_test *list = copy_list(mutants, test->contents, test->content_count,
					      sizeof(*list));
	list[index] = *content;
	copy->contents = list;
	return copy;
}

/* A number's bound moved by one. */
static void loosen_line(struct mutants *mutants, const struct test *test, size_t index, size_t at)
{
	const struct line_test *line = &test->contents[index].conditions[at];
	for (int upper = 0; upper < 2; upper++) {
		struct content_test content = test->contents[index];
		struct line_test *list = copy_list(mutants, content.conditions,
						   content.condition_count, sizeof(*list));
		bool bound = upper ? line->most < INT64_MAX : line->least > INT64_MIN;
		if (line->kind != LINE_NUMBER || line->differs || !bound)
			continue;
		list[at].most += upper ? 1 : 0;
		list[at].least -= upper ? 0 : 1;
		content.conditions = list;
		add(mutants, with_content(mutants, test, index, &content),
		    arena_print(mutants->arena, "%s: the number's %s bound loosened to %" PRId64,
				content_word(content.kind), upper ? "upper" : "lower",
				upper ? list[at].most : list[at].least));
	}
}

static void mutate_line(struct mutants *mutants, const struct test *test, size_t index)
{
	const struct content_test *content = &test->contents[index];
	for (size_t i = 0; i < content->condition_count; i++) {
		struct content_test fewer = *content;
		loosen_line(mutants, test, index, i);
		if (content->condition_count == 1)
			continue;
		fewer.conditions = copy_without(mutants, content->conditions,
						content->condition_count,
						sizeof(*content->conditions), i);
		fewer.condition_count--;
		add(mutants, with_content(mutants, test, index, &fewer),
		    arena_print(mutants->arena, "%s without %.*s", content_word(content->kind),
				TEXT_ARG(content->conditions[i].pattern)));
	}
}

static void drop_content(struct mutants *mutants, const struct test *test, size_t index)
{
	const struct content_test *content = &test->contents[index];
	struct test *copy = copy_of(mutants, test);
	copy->contents = copy_without(mutants, test->contents, test->content_count,
				      sizeof(*content), index);
	copy->content_count--;
	add(mutants, copy,
	    arena_print(mutants->arena, "without %s %.*s", content_word(content->kind),
			TEXT_ARG(content->pattern)));
}

static void mutate_contents(struct mutants *mutants, const struct test *test)
{
	for (size_t i = 0; i < test->content_count; i++) {
		struct content_test content = test->contents[i];
		if (demands(test) > 1)
			drop_content(mutants, test, i);
		if (content.kind == CONTENT_LINE || content.kind == CONTENT_NO_LINE)
			mutate_line(mutants, test, i);
		if (!content.regex)
			continue;
		content.regex = any_line(mutants);
		content.pattern = TEXT(ANY_LINE);
		add(mutants, with_content(mutants, test, i, &content),
		    arena_print(mutants->arena, "with any line for %s %.*s",
				content_word(content.kind), TEXT_ARG(test->contents[i].pattern)));
	}
}

static void mutate_rows(struct mutants *mutants, const struct test *test)
{
	static const char *const words[] = {"every", "some", "no", "only"};
	for (size_t i = 0; i < test->rows_count && demands(test) > 1; i++) {
		struct test *copy = copy_of(mutants, test);
		copy->rows = copy_without(mutants, test->rows, test->rows_count,
					  sizeof(*test->rows), i);
		copy->rows_count--;
		add(mutants, copy,
		    arena_print(mutants->arena, "without %s", words[test->rows[i].kind]));
	}
	if (!test->has_count)
		return;
	if (test->count_at_least > 0) {
		struct test *copy = copy_of(mutants, test);
		copy->count_at_least--;
		add(mutants, copy, "count: one fewer is enough");
	}
	if (test->count_at_most < UINT64_MAX) {
		struct test *copy = copy_of(mutants, test);
		copy->count_at_most++;
		add(mutants, copy, "count: one more is allowed");
	}
}

/* -------- what is looked at -------- */

static struct query *every_row(struct mutants *mutants)
{
	struct err err = {0};
	struct policies *policies = mutants->policies;
	struct query *query = query_parse(TEXT("*"), NULL, &err);
	must(query);
	policies->queries = mem_grow(policies->queries, &policies->query_room,
				     policies->query_count + 1, sizeof(struct query *));
	policies->queries[policies->query_count++] = query;
	return query;
}

static void mutate_subject(struct mutants *mutants, const struct test *test)
{
	struct test *copy = copy_of(mutants, test);
	if (test->call.probe->table) {
		copy->query = every_row(mutants);
		add(mutants, copy,
		    arena_print(mutants->arena, "with every row for %.*s",
				TEXT_ARG(test->call.subject)));
	} else {
		copy->call.subject = text_of(
			arena_print(mutants->arena, "%.*s.other", TEXT_ARG(test->call.subject)));
		add(mutants, copy,
		    arena_print(mutants->arena, "%s %.*s.other in place of %.*s",
				test->call.probe->name, TEXT_ARG(test->call.subject),
				TEXT_ARG(test->call.subject)));
	}
	for (size_t i = 0; i < test->call.setting_count; i++) {
		const struct probe_setting *setting = &test->call.settings[i];
		if (!text_is(text_of(setting->param->name), "key"))
			continue;
		copy = copy_of(mutants, test);
		copy->call.settings[i].text = text_of(
			arena_print(mutants->arena, "%.*sOther", TEXT_ARG(setting->text)));
		add(mutants, copy,
		    arena_print(mutants->arena, "key %.*sOther in place of %.*s",
				TEXT_ARG(setting->text), TEXT_ARG(setting->text)));
	}
}

/* -------- groups -------- */

static void mutate_member(struct mutants *mutants, const struct test *test, size_t index)
{
	struct mutants below = {.arena = mutants->arena, .policies = mutants->policies};
	mutate_test(&below, test->tests[index]);
	for (size_t i = 0; i < below.count; i++) {
		struct test *copy = copy_of(mutants, test);
		copy->tests = copy_list(mutants, test->tests, test->test_count,
					sizeof(struct test *));
		copy->tests[index] = copy_of(mutants, below.list[i].test);
		add(mutants, copy, below.list[i].what.at);
	}
}

static void mutate_group(struct mutants *mutants, const struct test *test)
{
	static const char *const words[] = {"all", "any", "none"};
	if (test->test_count > 1 && test->kind != TEST_NONE) {
		struct test *copy = copy_of(mutants, test);
		copy->kind = test->kind == TEST_ALL ? TEST_ANY : TEST_ALL;
		add(mutants, copy,
		    arena_print(mutants->arena, "%s in place of %s", words[copy->kind],
				words[test->kind]));
	}
	for (size_t i = 0; i < test->test_count; i++) {
		if (test->test_count > 1) {
			struct test *copy = copy_of(mutants, test);
			copy->tests = copy_without(mutants, test->tests, test->test_count,
						   sizeof(struct test *), i);
			copy->test_count--;
			add(mutants, copy,
			    arena_print(mutants->arena, "without %.*s",
					TEXT_ARG(test->tests[i]->shown)));
		}
		mutate_member(mutants, test, i);
	}
}

void mutate_test(struct mutants *mutants, const struct test *test)
{
	negate(mutants, test);
	if (test->kind != TEST_PROBE) {
		mutate_group(mutants, test); /* of what is fixed, nothing */
		return;
	}
	mutate_matchers(mutants, test);
	mutate_contents(mutants, test);
	mutate_rows(mutants, test);
	mutate_subject(mutants, test);
}
