#include "assess/policy/action/action.h"

#include <string.h>

#include "format/digest.h"

#define SHOWN_MAX 1000 /* bytes of check.test.value */

/* -------- a test by hand -------- */

struct test *build_test(struct action *action, const struct doc *at, const char *probe)
{
	struct loader *loader = action->loader;
	if (loader->checks == POLICY_CHECKS_MAX || ++loader->tests > POLICY_TESTS_MAX) {
		load_wrong(loader, at, "more than %d checks in a file; split it",
			   POLICY_CHECKS_MAX);
		return NULL;
	}
	struct test *test = arena_get(loader->arena, 1, sizeof(*test));
	test->kind = TEST_PROBE;
	test->line = at->line;
	test->column = at->column;
	test->any_row = test->any_row_shown = true;
	test->call.probe = probe_find(text_of(probe));
	must(test->call.probe);
	return test;
}

static struct probe_setting *add_setting(struct test *test, const char *name)
{
	struct probe_call *call = &test->call;
	const struct probe_param *param = call->probe->params;
	while (strcmp(param->name, name) != 0)
		must(++param < call->probe->params + call->probe->param_count);
	must(call->setting_count < PROBE_PARAMS_MAX);
	struct probe_setting *setting = &call->settings[call->setting_count++];
	*setting = (struct probe_setting){.param = param};
	return setting;
}

void build_set_list(struct test *test, const char *name, const struct text *list, size_t count)
{
	struct probe_setting *setting = add_setting(test, name);
	setting->list = list;
	setting->count = count;
}

void build_set_number(struct action *action, struct test *test, const char *name, int64_t number)
{
	struct probe_setting *setting = add_setting(test, name);
	setting->number = number;
	setting->text = text_of(arena_print(action->loader->arena, "%lld", (long long)number));
}

unsigned build_field(const struct probe *probe, const char *name)
{
	for (unsigned i = 0; i < probe->field_count; i++)
		if (strcmp(probe->fields[i].name, name) == 0)
			return i;
	never("a field that the probe does not have");
}

struct test *build_search(struct action *action, const struct doc *at)
{
	static const struct query_field fields[] = {{"matched", VALUE_BOOL, false, NULL}};
	static const struct query_schema schema = {fields, 1, false};
	struct test *test = build_test(action, at, "files");
	if (!action->matched)
		action->matched = load_query(action->loader, at, TEXT("matched:true"), &schema);
	if (!test || !action->matched)
		return NULL;
	test->query = action->matched;
	build_set_number(action, test, "rest", true);
	build_set_number(action, test, "links", true);
	return test;
}

static struct text cut(struct action *action, struct text text)
{
	size_t len = text_cut(text, SHOWN_MAX);
	if (len == text.len)
		return text;
	return text_of(arena_print(action->loader->arena, "%.*s…", (int)len, text.at));
}

bool build_finish(struct action *action, const struct doc *at, struct test *test, const char *type,
		  struct text value)
{
	if (test->call.probe->table)
		test->call.subject = cut(action, value);
	if (!compile_finish(action->loader, at, test))
		return false;
	test->shown_type = text_of(type);
	test->shown = cut(action, value);
	return true;
}

/* -------- a check -------- */

void build_put_part(struct buf *part, struct text text)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_char(part, (char)((uint64_t)text.len >> shift & 0xff));
	buf_text(part, text);
}

bool build_is_new(struct action *action, const struct doc *at, const struct buf *part)
{
	if (!map_put(action->seen, buf_view(part), action))
		return true;
	load_warn(action->loader, at, "this stands here twice; the second is left out");
	return false;
}

struct check *build_check(struct action *action, const struct doc *at, struct text name,
			  const struct buf *part, const struct test *test)
{
	struct loader *loader = action->loader;
	action->checks = arena_grow(loader->arena, action->checks, &action->room, action->count + 1,
				    sizeof(*action->checks));
	struct check *check = &action->checks[action->count++];
	*check = (struct check){
		.ref = action->ref,
		.name = name,
		.description = action->name,
		.part = arena_text(loader->arena, buf_view(part)),
		.level = action->level,
		.test = test,
		.line = at->line,
		.column = at->column,
	};
	loader->checks++;
	return check;
}

/* -------- values -------- */

bool build_expression(struct action *action, const struct doc *at, struct text pattern)
{
	struct err err = {0};
	scoped(regex_free) struct regex *regex = regex_new(pattern, REGEX_RE2 | REGEX_NO_JIT, &err);
	return regex || load_wrong(action->loader, at, "regular expression: %s", err.text);
}

bool build_digest(struct action *action, const struct doc *at, const char *algorithm,
		  struct text value, struct text *hex)
{
	unsigned char bytes[DIGEST_SIZE_MAX];
	size_t size = digest_size(algorithm);
	if (!text_to_bytes(value, bytes, size))
		return load_wrong(action->loader, at, "a %s has %zu hex digits", algorithm,
				  2 * size);
	char *out = arena_get(action->loader->arena, 2 * size + 1, 1);
	text_put_hex(bytes, size, out);
	*hex = text_of(out);
	return true;
}

bool build_path(struct action *action, const struct doc *at)
{
	scoped(buf_end) struct buf shown = {0};
	if (at->text.len > 0 && at->text.at[0] == '/' && !memchr(at->text.at, '\0', at->text.len))
		return true;
	buf_printable(&shown, at->text, 100);
	return load_wrong(action->loader, at, "path \"%s\": begin it with /, as in /etc/passwd",
			  shown.at ? shown.at : "");
}

struct text build_folder(struct text path)
{
	size_t len = path.len - text_ends(path, "/*");
	while (len > 1 && path.at[len - 1] == '/')
		len--;
	return (struct text){path.at, len};
}
