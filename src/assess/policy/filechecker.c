#include "assess/policy/action.h"
#include "base/buf.h"

/* Where a path of filechecker leads: one file, the files of a folder, a tree, or what a pattern matches. */
enum way { WAY_FILE, WAY_FOLDER, WAY_TREE, WAY_GLOB };

static const struct method {
	const char *name;
	enum { METHOD_CONTENT, METHOD_NAME, METHOD_DIGEST } kind;
} methods[] = {
	{"regex", METHOD_CONTENT},	{"filename", METHOD_NAME},
	{"md5", METHOD_DIGEST},		{"sha1", METHOD_DIGEST},
	{"sha256", METHOD_DIGEST},	{"sha384", METHOD_DIGEST},
	{"sha512", METHOD_DIGEST},	{"sha3_224", METHOD_DIGEST},
	{"sha3_256", METHOD_DIGEST},	{"sha3_384", METHOD_DIGEST},
	{"sha3_512", METHOD_DIGEST},
};

static enum way way_of(struct text path, struct text *start)
{
	*start = path;
	bool tree = text_ends(path, "/*");
	if (tree && !gather_has_wildcard((struct text){path.at, path.len - 2})) {
		start->len = path.len > 2 ? path.len - 2 : 1; /* of "/" itself the slash stays */
		return WAY_TREE;
	}
	if (gather_has_wildcard(path))
		return WAY_GLOB;
	return text_ends(path, "/") ? WAY_FOLDER : WAY_FILE;
}

/* A search below the path with one condition. */
static struct test *search(struct action *action, const struct doc *path, const char *param,
			   struct text value)
{
	struct text start;
	struct test *test = action_test(action, path, "files", TEXT("*"));
	enum way way = way_of(path->text, &start);
	action_set_text(action, test, "path", start);
	action_set_text(action, test, param, value);
	if (way == WAY_FOLDER)
		action_set_number(test, "depth", 1);
	test->query = load_query(action->loader, path, TEXT("*"), NULL);
	return test;
}

static struct test *content_test(struct action *action, const struct doc *path, const struct doc *value)
{
	struct text start;
	enum way way = way_of(path->text, &start);
	if (!action_check_regex(action, value))
		return NULL;
	if (way == WAY_FOLDER || way == WAY_TREE)
		return search(action, path, "content", value->text);
	struct test *test = action_test(action, path, "file", path->text);
	struct content_test *content = arena_get(action->loader->arena, 1, sizeof(*content));
	*content = (struct content_test){
		.kind = CONTENT_REGEX,
		.pattern = value->text,
		.regex = compile_content_regex(action->loader, value, value->text),
	};
	test->contents = content;
	test->content_count = 1;
	return test;
}

static struct test *method_test(struct action *action, const struct method *method,
				const struct doc *path, const struct doc *value)
{
	const char *digest;
	switch (method->kind) {
	case METHOD_CONTENT:
		return content_test(action, path, value);
	case METHOD_NAME:
		return action_check_regex(action, value) ? search(action, path, "name", value->text) : NULL;
	case METHOD_DIGEST:
		digest = action_digest(action, value, method->name);
		if (!digest)
			return NULL;
		return search(action, path, "digest",
			      text_of(arena_print(action->loader->arena, "%s:%.*s", digest,
						  TEXT_ARG(value->text))));
	}
	must(false);
}

static void add_check(struct action *action, const struct method *method, const struct doc *path,
		      const struct doc *name, const struct doc *value)
{
	struct loader *loader = action->loader;
	struct test *test = method_test(action, method, path, value);
	if (!test || !compile_finish(loader, value, test))
		return;
	test->shown_type = text_of(method->name);
	test->shown = value->text;
	struct check *check = action_add(action, value, name->text);
	if (!check)
		return;
	check->test = test;
	check->location = path->text;
	check->part = text_of(arena_print(loader->arena, "%.*s\n%s\n%.*s\n%.*s", TEXT_ARG(path->text),
					  method->name, TEXT_ARG(name->text), TEXT_ARG(value->text)));
}

static const struct method *find_method(struct action *action, const struct doc *key)
{
	struct near near = near_begin(key->text);
	for (size_t i = 0; i < array_len(methods); i++) {
		if (text_is(key->text, methods[i].name))
			return &methods[i];
		near_try(&near, methods[i].name);
	}
	load_unknown(action->loader, key, "method", &near,
		     "write regex, filename, md5, sha1, sha256, sha384, sha512 or sha3_256");
	return NULL;
}

static void load_tests(struct action *action, const struct method *method, const struct doc *path,
		       const struct doc *tests)
{
	struct loader *loader = action->loader;
	if (tests->kind != DOC_MAP || tests->count == 0) {
		load_wrong(loader, tests, "%s holds tests: { \"what is checked\": [\"value\"] }",
			   method->name);
		return;
	}
	for (size_t i = 0; i < tests->count; i++) {
		const struct doc *values = tests->items[i];
		if (values->kind != DOC_LIST || values->count == 0)
			load_wrong(loader, values, "a test has a list of values: [\"value\"]");
		for (size_t j = 0; values->kind == DOC_LIST && j < values->count; j++)
			if (values->items[j]->kind == DOC_SCALAR)
				add_check(action, method, path, tests->keys[i], values->items[j]);
			else
				load_wrong(loader, values->items[j], "a value is a text");
	}
}

void filechecker_load(struct action *action, const struct doc *parameters)
{
	struct loader *loader = action->loader;
	if (parameters->count == 0)
		load_wrong(loader, parameters, "filechecker has no paths: { \"/etc/passwd\": { … } }");
	for (size_t i = 0; i < parameters->count; i++) {
		const struct doc *path = parameters->keys[i], *by_method = parameters->items[i];
		if (!text_starts(path->text, "/"))
			load_wrong(loader, path, "the path \"%.*s\" must begin with /",
				   TEXT_ARG(path->text));
		else if (by_method->kind != DOC_MAP || by_method->count == 0)
			load_wrong(loader, by_method, "a path has methods: { \"regex\": { … } }");
		else
			for (size_t j = 0; j < by_method->count; j++) {
				const struct method *method = find_method(action, by_method->keys[j]);
				if (method)
					load_tests(action, method, path, by_method->items[j]);
			}
	}
}
