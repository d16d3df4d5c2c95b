#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "assess/command/split.h"
#include "assess/policy/sca/sca.h"

#define WHY_MAX 400 /* bytes of a fixed test's reason */

/* -------- tests by hand -------- */

/* Always one; when there is room for no more, the policy is refused. */
static struct test *new_test(struct sca *sca, const struct doc *at, enum test_kind kind)
{
	struct test *test = arena_get(sca->loader->arena, 1, sizeof(*test));
	test->kind = kind;
	test->line = at->line;
	test->column = at->column;
	sca->loader->tests++;
	return test;
}

bool rule_has_room(struct sca *sca, const struct doc *at)
{
	if (sca->loader->tests < POLICY_TESTS_MAX &&
	    arena_left(sca->loader->arena) > SCA_ARENA_SPARE)
		return true;
	if (!sca->full)
		load_wrong(sca->loader, at, "the policy is too large from here on; split it");
	sca->full = true;
	return false;
}

struct test *rule_fixed(struct sca *sca, const struct doc *at, enum status fixed, const char *why,
			...)
{
	char text[WHY_MAX];
	va_list args;
	va_start(args, why);
	vsnprintf(text, sizeof(text), why, args);
	va_end(args);
	struct test *test = new_test(sca, at, TEST_FIXED);
	test->fixed = fixed;
	test->why = test->shown = text_of(arena_cstr(sca->loader->arena, text));
	test->shown_type = TEXT("sca");
	return test;
}

struct test *rule_group(struct sca *sca, const struct doc *at, enum test_kind kind,
			struct test **tests, size_t count)
{
	struct test *test = new_test(sca, at, kind);
	test->tests = arena_get(sca->loader->arena, count, sizeof(struct test *));
	memcpy(test->tests, tests, count * sizeof(struct test *));
	test->test_count = count;
	show_test(sca->loader, test);
	return test;
}

static struct test *new_leaf(struct sca *sca, const struct doc *at, const char *probe,
			     struct text subject)
{
	struct test *test = new_test(sca, at, TEST_PROBE);
	test->call.probe = probe_find(text_of(probe));
	test->call.subject = subject;
	must(test->call.probe);
	return test;
}

static unsigned field_of(struct test *test, const char *name)
{
	const struct probe *probe = test->call.probe;
	unsigned field = 0;
	while (strcmp(probe->fields[field].name, name) != 0)
		must(++field < probe->field_count);
	test->call.fields |= UINT64_C(1) << field;
	return field;
}

static struct matcher *text_matcher(struct sca *sca, unsigned field, struct text text)
{
	struct value *value = arena_get(sca->loader->arena, 1, sizeof(*value));
	struct matcher *matcher = arena_get(sca->loader->arena, 1, sizeof(*matcher));
	*value = value_text(VALUE_TEXT, text);
	*matcher = (struct matcher){
		.kind = MATCH_EQUALS, .field = field, .values = value, .count = 1};
	return matcher;
}

static struct probe_setting *set_param(struct test *test, const char *name, struct text text,
				       const struct text *list, size_t count)
{
	struct probe_call *call = &test->call;
	const struct probe_param *param = call->probe->params;
	while (strcmp(param->name, name) != 0)
		must(++param < call->probe->params + call->probe->param_count);
	struct probe_setting *setting = &call->settings[call->setting_count++];
	*setting = (struct probe_setting){
		.param = param, .text = text, .list = list, .count = count};
	return setting;
}

static void set_number(struct test *test, const char *name, struct text text, int64_t number)
{
	set_param(test, name, text, NULL, 0)->number = number;
}

static struct test *finish(struct sca *sca, const struct doc *at, struct test *test)
{
	return compile_finish(sca->loader, at, test) ? test : NULL;
}

static struct query *query(struct sca *sca, const struct doc *at, struct query **kept,
			   struct text text)
{
	if (!*kept)
		*kept = load_query(sca->loader, at, text, NULL);
	must(*kept);
	return *kept;
}

/* A path is just a path here: what a glob would mean by it is taken away. */
static struct text literal_path(struct sca *sca, struct text path)
{
	scoped(buf_end) struct buf out = {0};
	if (!gather_has_wildcard(path))
		return path;
	for (size_t i = 0; i < path.len; i++)
		if (strchr("*?[\\", path.at[i]) && path.at[i] != '\0')
			buf_print(&out, "[%c]", path.at[i]);
		else
			buf_char(&out, path.at[i]);
	return arena_text(sca->loader->arena, buf_view(&out));
}

static bool is_absolute(struct text path)
{
	return path.len > 0 && path.at[0] == '/' && !memchr(path.at, '\0', path.len);
}

/* { file: PATH, type: TYPE } */
static struct test *make_type_test(struct sca *sca, const struct doc *at, struct text path,
				   const char *type)
{
	struct test *test = new_leaf(sca, at, "file", literal_path(sca, path));
	test->matchers = text_matcher(sca, field_of(test, "type"), text_of(type));
	test->matcher_count = 1;
	return finish(sca, at, test);
}

/* The same as a `when`: one for all rules on the same path. */
static struct test *when_type(struct sca *sca, const struct doc *at, struct text path,
			      const char *type)
{
	struct text key = text_of(arena_print(sca->loader->arena, "%s %.*s", type, TEXT_ARG(path)));
	struct test *test = map_get(sca->whens, key);
	if (test)
		return test;
	test = make_type_test(sca, at, path, type);
	if (test)
		map_put(sca->whens, key, test);
	return test;
}

/* -------- f: -------- */

static struct test *file_test(struct sca *sca, const struct rule *rule, struct text path)
{
	struct content_list contents = {0};
	if (!is_absolute(path))
		return rule_fixed(
			sca, rule->at, rule->has_pattern ? STATUS_NOT_APPLICABLE : STATUS_FAIL,
			"\"%.*s\" is no absolute path", (int)text_cut(path, 200), path.at);
	if (!rule->has_pattern)
		return make_type_test(sca, rule->at, path, "file");
	struct test *test = new_leaf(sca, rule->at, "file", literal_path(sca, path));
	test->when = when_type(sca, rule->at, path, "file");
	pattern_read(sca, rule, rule->pattern, false, &contents);
	test->contents = contents.at;
	test->content_count = contents.count;
	return finish(sca, rule->at, test);
}

/* -------- d: -------- */

/* What lies below the folder and has such a name: any file, or one with such content. */
static struct test *search_test(struct sca *sca, const struct rule *rule, struct text path)
{
	static const struct text entries = {"not type:directory and not type:link", 36};
	struct arena *arena = sca->loader->arena;
	struct text name = rule->pattern, content, why,
		    *paths = arena_get(arena, 1, sizeof(*paths));
	struct content_list contents = {0};
	struct pattern_names *names = arena_get(arena, 1, sizeof(*names));
	bool has_content = pattern_split(rule->pattern, &name, &content);
	if (!pattern_read_name(sca, name, names, &why))
		return rule_fixed(sca, rule->at, STATUS_NOT_APPLICABLE, "%.*s", TEXT_ARG(why));
	*paths = literal_path(sca, path);
	struct test *test = new_leaf(sca, rule->at, "files", has_content ? TEXT("*") : entries);
	test->query = has_content ? query(sca, rule->at, &sca->all, TEXT("*"))
				  : query(sca, rule->at, &sca->entries, entries);
	(void)set_param(test, "path", path, paths, 1);
	if (names->name_count > 0)
		(void)set_param(test, "name", name, names->names, names->name_count);
	if (names->other_count > 0)
		(void)set_param(test, "no_name", name, names->others, names->other_count);
	(void)set_param(test, "kind", has_content ? TEXT("file") : TEXT("any"), NULL, 0);
	(void)field_of(test, "type");
	if (has_content)
		pattern_read(sca, rule, content, false, &contents);
	else
		set_number(test, "limit", TEXT("10000"), 10000); /* one is enough */
	test->contents = contents.at;
	test->content_count = contents.count;
	return finish(sca, rule->at, test);
}

static struct test *folder_test(struct sca *sca, const struct rule *rule, struct text path)
{
	if (!is_absolute(path))
		return rule_fixed(
			sca, rule->at, rule->has_pattern ? STATUS_NOT_APPLICABLE : STATUS_FAIL,
			"\"%.*s\" is no absolute path", (int)text_cut(path, 200), path.at);
	while (path.len > 1 && path.at[path.len - 1] == '/')
		path.len--;
	if (!rule->has_pattern)
		return make_type_test(sca, rule->at, path, "directory");
	struct test *test = search_test(sca, rule, path);
	if (test && test->kind == TEST_PROBE)
		test->when = when_type(sca, rule->at, path, "directory");
	return test;
}

/* -------- f: and d: take a list -------- */

static struct test *list_test(struct sca *sca, const struct rule *rule,
			      struct test *(*one)(struct sca *sca, const struct rule *rule,
						  struct text path))
{
	struct text rest = rule->place, path;
	struct test **tests = NULL;
	size_t count = 0, room = 0;
	if (!memchr(rest.at, ',', rest.len))
		return one(sca, rule, rest);
	while (text_next(&rest, ',', &path)) {
		path = count > 0 ? text_trim(path) : path;
		if (path.len == 0)
			continue;
		if (count == SCA_FILES_MAX || !rule_has_room(sca, rule->at)) {
			load_warn(sca->loader, rule->at,
				  "only the first %zu of the list are judged", count);
			break;
		}
		struct test *test = one(sca, rule, path);
		if (!test)
			return NULL;
		tests = arena_grow(sca->loader->arena, tests, &room, count + 1,
				   sizeof(struct test *));
		tests[count++] = test;
	}
	if (count == 0)
		return rule_fixed(sca, rule->at, STATUS_NOT_APPLICABLE, "the rule names no file");
	return count == 1 ? tests[0] : rule_group(sca, rule->at, TEST_ANY, tests, count);
}

static struct test *file_rule(struct sca *sca, const struct rule *rule)
{
	return list_test(sca, rule, file_test);
}

static struct test *folder_rule(struct sca *sca, const struct rule *rule)
{
	return list_test(sca, rule, folder_test);
}

/* -------- p: -------- */

static struct test *process_leaf(struct sca *sca, const struct rule *rule, struct matcher *matcher,
				 const char *field)
{
	struct test *test = new_leaf(sca, rule->at, "processes", TEXT("*"));
	struct rows_test *rows = arena_get(sca->loader->arena, 1, sizeof(*rows));
	(void)field_of(test, "name"); /* both leaves ask for both, so that they share the answer */
	(void)field_of(test, "cmdline");
	matcher->field = field_of(test, field);
	*rows = (struct rows_test){.kind = ROWS_SOME, .matchers = matcher, .count = 1};
	test->query = query(sca, rule->at, &sca->processes, TEXT("*"));
	test->rows = rows;
	test->rows_count = 1;
	return finish(sca, rule->at, test);
}

/* By its name, or by what it was started as: the first word of its command line. */
static struct test *process_rule(struct sca *sca, const struct rule *rule)
{
	if (rule->place.len > SCA_PROCESS_MAX)
		return rule_fixed(sca, rule->at, STATUS_FAIL, "no process has so long a name");
	scoped(buf_end) struct buf pattern = {0};
	struct matcher *name = text_matcher(sca, 0, rule->place);
	struct matcher *start = arena_get(sca->loader->arena, 1, sizeof(*start));
	for (size_t i = 0; i < rule->place.len; i++)
		buf_print(&pattern, strchr("\\^$.[]|()?*+{}", rule->place.at[i]) ? "\\%c" : "%c",
			  rule->place.at[i]);
	struct text quoted = text_of(
		arena_print(sca->loader->arena, "\\A%s( |\\z)", pattern.at ? pattern.at : ""));
	struct value *value = arena_get(sca->loader->arena, 1, sizeof(*value));
	*value = value_text(VALUE_TEXT, quoted);
	*start = (struct matcher){.kind = MATCH_MATCHES, .values = value, .count = 1};
	start->regex = load_regex(sca->loader, rule->at, quoted, REGEX_NO_JIT);
	struct test *tests[2] = {process_leaf(sca, rule, name, "name"), NULL};
	tests[1] = start->regex ? process_leaf(sca, rule, start, "cmdline") : NULL;
	return tests[0] && tests[1] ? rule_group(sca, rule->at, TEST_ANY, tests, 2) : NULL;
}

/* -------- c: -------- */

static struct test *command_rule(struct sca *sca, const struct rule *rule)
{
	struct content_list contents = {0};
	struct err err = {0};
	const struct text *argv;
	size_t argc;
	if (!command_split(rule->place, sca->loader->arena, &argv, &argc, &err)) {
		load_warn(sca->loader, rule->at, "%s", err.text);
		return rule_fixed(sca, rule->at, STATUS_NOT_APPLICABLE, "%s", err.text);
	}
	struct test *test = new_leaf(sca, rule->at, "command", rule->place);
	set_number(test, "timeout", TEXT("30s"), 30 * TIME_SECOND_US); /* as Wazuh's own default */
	if (rule->has_pattern)
		pattern_read(sca, rule, rule->pattern, true, &contents);
	test->contents = contents.at;
	test->content_count = contents.count;
	return finish(sca, rule->at, test);
}

/* -------- the rule -------- */

static const struct {
	char kind;
	struct test *(*read)(struct sca *sca, const struct rule *rule);
} kinds[] = {{'f', file_rule}, {'d', folder_rule}, {'p', process_rule}, {'c', command_rule}};

/* Items tell the rule as the policy has it; --explain tells what became of it. */
static void name_tests(struct test *test, struct text rule)
{
	test->conditions = test->shown;
	test->shown = rule;
	test->shown_type = TEXT("sca");
	for (size_t i = 0; i < test->test_count; i++)
		name_tests(test->tests[i], rule);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct text trim(struct text text)
{
	while (text.len > 0 && is_blank(text.at[0]))
		text = (struct text){text.at + 1, text.len - 1};
	while (text.len > 0 && is_blank(text.at[text.len - 1]))
		text.len--;
	return text;
}

/* What stands where. The head ends at the first "->", with spaces around it or not. */
static enum rule_answer parse(struct sca *sca, struct rule *rule)
{
	struct text text = trim(rule->text), head, kind;
	size_t at;
	rule->negated = text_starts(text, "not ");
	if (rule->negated)
		text = trim((struct text){text.at + 4, text.len - 4});
	rule->has_pattern = pattern_split(text, &head, &rule->pattern);
	head = text;
	if (rule->has_pattern && text_find(text, TEXT("->"), &at))
		head = trim((struct text){text.at, at});
	bool colon = memchr(head.at, ':', head.len) && text_next(&head, ':', &kind);
	if (colon && text_starts(kind, "!"))
		kind = (struct text){kind.at + 1, kind.len - 1};
	if (!colon || kind.len != 1 || !strchr("fdpcr", kind.at[0]) || kind.at[0] == '\0') {
		load_warn(sca->loader, rule->at,
			  "a rule begins with f: d: p: or c:; this one is left out");
		return RULE_DROPPED;
	}
	rule->kind = kind.at[0];
	rule->place = head;
	if (head.len > 0)
		return RULE_TEST;
	load_warn(sca->loader, rule->at,
		  "nothing stands behind \"%c:\"; Wazuh leaves the whole check out", rule->kind);
	return RULE_BROKEN;
}

static struct test *read_kind(struct sca *sca, const struct rule *rule)
{
	for (size_t i = 0; i < array_len(kinds); i++)
		if (kinds[i].kind == rule->kind)
			return kinds[i].read(sca, rule);
	never("a rule of no kind");
}

enum rule_answer rule_read(struct sca *sca, const struct doc *doc, struct test **test)
{
	struct rule rule = {.at = doc};
	if (doc->kind != DOC_SCALAR) {
		load_warn(
			sca->loader, doc,
			"a rule is a text; put it into quotes, else a \": \" in it makes it a map");
		return RULE_BROKEN;
	}
	rule.text = doc->text;
	if (!rule_has_room(sca, doc) || !variable_put(sca, doc, &rule.text))
		return RULE_BROKEN;
	if (memchr(rule.text.at, '\0', rule.text.len)) {
		load_warn(sca->loader, doc, "the rule holds a NUL, and is not judged");
		return RULE_BROKEN;
	}
	enum rule_answer answer = parse(sca, &rule);
	if (answer != RULE_TEST)
		return answer;
	if (rule.kind == 'r') {
		load_warn(sca->loader, doc, "r: rules are about Windows' registry; it is left out");
		return RULE_DROPPED;
	}
	if (!sca->loader->policies->unproven) /* advice is for who writes it */
		advice_rule(sca, &rule);
	*test = read_kind(sca, &rule);
	if (*test && rule.negated)
		*test = rule_group(sca, doc, TEST_NONE, test, 1);
	if (!*test)
		return RULE_BROKEN;
	name_tests(*test, trim(rule.text));
	(*test)->rule = trim(rule.text);
	return RULE_TEST;
}
