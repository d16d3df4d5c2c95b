#include <string.h>

#include "assess/policy/action/action.h"

enum method_kind { METHOD_CONTENT, METHOD_NAME, METHOD_DIGEST };

static const struct method {
	const char *name;
	enum method_kind kind;
	const char *param; /* of `files` */
} methods[] = {
	{"regex", METHOD_CONTENT, "content"},  {"filename", METHOD_NAME, "name"},
	{"md5", METHOD_DIGEST, "digest"},      {"sha1", METHOD_DIGEST, "digest"},
	{"sha256", METHOD_DIGEST, "digest"},   {"sha384", METHOD_DIGEST, "digest"},
	{"sha512", METHOD_DIGEST, "digest"},   {"sha3_224", METHOD_DIGEST, "digest"},
	{"sha3_256", METHOD_DIGEST, "digest"}, {"sha3_384", METHOD_DIGEST, "digest"},
	{"sha3_512", METHOD_DIGEST, "digest"},
};

/* Where one stands while the levels of the parameters are gone through. */
struct place {
	const struct doc *path, *name;
	const struct method *method;
};

static void add_matcher(struct action *action, struct test *test, struct matcher matcher,
			const char *field, struct text value)
{
	struct matcher *list = arena_get(action->loader->arena, test->matcher_count + 1,
					 sizeof(*list));
	struct value *values = arena_get(action->loader->arena, 1, sizeof(*values));
	if (test->matcher_count > 0)
		memcpy(list, test->matchers, test->matcher_count * sizeof(*list));
	*values = value_text(VALUE_TEXT, value);
	matcher.field = build_field(test->call.probe, field);
	matcher.values = values;
	matcher.count = 1;
	list[test->matcher_count++] = matcher;
	test->matchers = list;
	test->call.fields |= UINT64_C(1) << matcher.field;
}

/* One file, or each that the path's wildcards mean. */
static struct test *test_file(struct action *action, const struct place *place,
			      const struct doc *value)
{
	struct test *test = build_test(action, value, "file");
	struct text hex;
	struct regex *regex = NULL;
	if (!test)
		return NULL;
	test->call.subject = place->path->text;
	if (place->method->kind != METHOD_CONTENT)
		add_matcher(action, test, (struct matcher){.kind = MATCH_EQUALS}, "type",
			    TEXT("file"));
	if (place->method->kind == METHOD_DIGEST) {
		if (!build_digest(action, value, place->method->name, value->text, &hex))
			return NULL;
		add_matcher(action, test, (struct matcher){.kind = MATCH_EQUALS},
			    place->method->name, hex);
		return test;
	}
	regex = load_regex(action->loader, value, value->text, REGEX_RE2 | REGEX_NO_JIT);
	if (!regex)
		return NULL;
	if (place->method->kind == METHOD_NAME) {
		add_matcher(action, test, (struct matcher){.kind = MATCH_MATCHES, .regex = regex},
			    "name", value->text);
		return test;
	}
	struct content_test *content = arena_get(action->loader->arena, 1, sizeof(*content));
	*content = (struct content_test){
		.kind = CONTENT_REGEX, .pattern = value->text, .regex = regex};
	test->contents = content;
	test->content_count = 1;
	return test;
}

/* The files in a folder ("/etc/"), or below it too ("/etc" and a star). */
static struct test *test_folder(struct action *action, const struct place *place,
				const struct doc *value)
{
	struct arena *arena = action->loader->arena;
	bool tree = text_ends(place->path->text, "/*");
	struct test *test = build_search(action, value);
	struct text *path = arena_get(arena, 1, sizeof(*path)), hex;
	struct text *given = arena_get(arena, 1, sizeof(*given));
	*path = build_folder(place->path->text);
	*given = value->text;
	if (!test)
		return NULL;
	if (place->method->kind != METHOD_DIGEST) {
		if (!build_expression(action, value, value->text))
			return NULL;
	} else {
		if (!build_digest(action, value, place->method->name, value->text, &hex))
			return NULL;
		*given = text_of(arena_print(arena, "%s:%.*s", place->method->name, TEXT_ARG(hex)));
	}
	build_set_list(test, "path", path, 1);
	build_set_list(test, place->method->param, given, 1);
	if (!tree)
		build_set_number(action, test, "depth", 1);
	return test;
}

static bool read_value(struct action *action, const struct place *place, const struct doc *value)
{
	scoped(buf_end) struct buf part = {0};
	struct text path = place->path->text, text;
	if (!load_text(action->loader, value, "a value", &text))
		return false;
	build_put_part(&part, path);
	build_put_part(&part, text_of(place->method->name));
	build_put_part(&part, place->name->text);
	build_put_part(&part, text);
	if (!build_is_new(action, value, &part))
		return true;
	bool folder = text_ends(path, "/") || text_ends(path, "/*");
	struct test *test = folder ? test_folder(action, place, value)
				   : test_file(action, place, value);
	if (!test || !build_finish(action, value, test, place->method->name, text))
		return false;
	build_check(action, value, place->name->text, &part, test)->location = path;
	return true;
}

static bool read_values(struct action *action, struct place *place, const struct doc *values)
{
	struct text name;
	bool good = load_text(action->loader, place->name, "the name of a test", &name);
	if (values->kind != DOC_LIST || values->count == 0)
		return load_wrong(action->loader, values,
				  "a test has a list of values: { \"check root login is off\": "
				  "[\"(?i)^permitrootlogin no$\"] }");
	for (size_t i = 0; i < values->count && good; i++)
		good &= read_value(action, place, values->items[i]);
	return good;
}

static bool read_method(struct action *action, struct place *place, const struct doc *key,
			const struct doc *tests)
{
	struct near near = near_begin(key->text);
	place->method = NULL;
	for (size_t i = 0; i < array_len(methods); i++) {
		near_try(&near, methods[i].name);
		if (text_is(key->text, methods[i].name))
			place->method = &methods[i];
	}
	if (!place->method)
		return load_unknown(
			action->loader, key, "method", &near,
			"write regex, filename, md5, sha1, sha256, sha384, sha512 or sha3_256");
	if (tests->kind != DOC_MAP || tests->count == 0)
		return load_wrong(
			action->loader, tests,
			"a method has named tests: { \"regex\": { \"what it shows\": [ … ] } }");
	bool good = true;
	for (size_t i = 0; i < tests->count; i++) {
		place->name = tests->keys[i];
		good &= read_values(action, place, tests->items[i]);
	}
	return good;
}

bool filechecker_read(struct action *action, const struct doc *parameters)
{
	bool good = parameters->count > 0 ||
		    load_wrong(action->loader, parameters,
			       "filechecker has paths: { \"/etc/passwd\": { \"regex\": … } }");
	for (size_t i = 0; i < parameters->count; i++) {
		const struct doc *below = parameters->items[i];
		struct place place = {.path = parameters->keys[i]};
		good &= build_path(action, place.path);
		if (below->kind != DOC_MAP || below->count == 0)
			good = load_wrong(action->loader, below,
					  "a path has methods: { \"regex\": { … } }");
		for (size_t j = 0; below->kind == DOC_MAP && j < below->count; j++)
			good &= read_method(action, &place, below->keys[j], below->items[j]);
	}
	return good;
}
