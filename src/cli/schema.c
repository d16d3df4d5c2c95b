#include "cli/schema.h"

#include <string.h>

#include "assess/policy/keys.h"
#include "assess/probe/probe.h"

#define ID_PREFIX "#/$defs/"

static struct json *typed(const char *type)
{
	struct json *json = json_new_object();
	json_put_cstr(json, "type", type);
	return json;
}

static struct json *reference(const char *name)
{
	scoped(buf_end) struct buf path = {0};
	struct json *json = json_new_object();
	buf_print(&path, "%s%s", ID_PREFIX, name);
	json_put_cstr(json, "$ref", path.at);
	return json;
}

static struct json *list_of(struct json *items)
{
	struct json *json = typed("array");
	json_put(json, "items", items);
	return json;
}

static struct json *map_of(struct json *values)
{
	struct json *json = typed("object");
	json_put(json, "additionalProperties", values);
	return json;
}

/* A scalar of YAML: people write 0, no, "0640" as it comes. */
static struct json *scalar(void)
{
	struct json *json = json_new_object(), *types = json_new_list();
	json_add_text(types, TEXT("string"));
	json_add_text(types, TEXT("number"));
	json_add_text(types, TEXT("boolean"));
	json_put(json, "type", types);
	return json;
}

static struct json *words(const char *const *choices)
{
	struct json *json = json_new_object(), *list = json_new_list();
	for (size_t i = 0; choices[i]; i++)
		json_add_text(list, text_of(choices[i]));
	json_put(json, "enum", list);
	return json;
}

static struct json *either(struct json *a, struct json *b)
{
	struct json *json = json_new_object(), *list = json_new_list();
	json_add(list, a);
	json_add(list, b);
	json_put(json, "anyOf", list);
	return json;
}

static struct json *param_schema(const struct probe_param *param)
{
	switch (param->kind) {
	case PARAM_TEXT:
	case PARAM_SIZE:
	case PARAM_SPAN:
		return scalar();
	case PARAM_WORD:
		return words(param->choices);
	case PARAM_BOOL:
		return typed("boolean");
	case PARAM_INT:
		return typed("integer");
	case PARAM_REGEX:
		return typed("string");
	case PARAM_MAP:
		return map_of(scalar());
	case PARAM_LIST:
		return either(scalar(), list_of(scalar()));
	}
	never("a parameter of no kind");
}

static void describe(struct json *json, const char *help)
{
	if (help)
		json_put_cstr(json, "description", help);
}

static struct json *matchers(void)
{
	static const char *const single[] = {"equals", "not_equals", "at_least", "at_most"};
	static const char *const lists[] = {"one_of", "none_of", "contains", "excludes", "only"};
	static const char *const texts[] = {"matches", "not_matches"};
	struct json *json = typed("object"), *properties = json_new_object();
	for (size_t i = 0; i < array_len(single); i++)
		json_put(properties, single[i], scalar());
	for (size_t i = 0; i < array_len(lists); i++)
		json_put(properties, lists[i], either(scalar(), list_of(scalar())));
	for (size_t i = 0; i < array_len(texts); i++)
		json_put(properties, texts[i], typed("string"));
	json_put(properties, "exists", typed("boolean"));
	json_put(json, "properties", properties);
	json_put_bool(json, "additionalProperties", false);
	return json;
}

/* A condition on one line; line and no_line take a list of them. */
static struct json *line_schema(void)
{
	static const char *const texts[] = {"matches", "not_matches", "number", "no_number"};
	static const char *const values[] = {"equals", "not_equals", "at_least", "at_most"};
	struct json *json = typed("object"), *properties = json_new_object();
	for (size_t i = 0; i < array_len(texts); i++)
		json_put(properties, texts[i], typed("string"));
	for (size_t i = 0; i < array_len(values); i++)
		json_put(properties, values[i], scalar());
	json_put(json, "properties", properties);
	json_put_bool(json, "additionalProperties", false);
	return json;
}

static void put_content(struct json *properties)
{
	json_put(properties, "line", either(reference("line"), list_of(reference("line"))));
	json_put(properties, "no_line", either(reference("line"), list_of(reference("line"))));
	json_put(properties, "empty", typed("boolean"));
	json_put(properties, "whole", scalar());
	json_put(properties, "regex", either(typed("string"), list_of(typed("string"))));
	json_put(properties, "no_regex", either(typed("string"), list_of(typed("string"))));
	struct json *lines = typed("object"), *inside = json_new_object();
	json_put(inside, "matches", typed("string"));
	json_put(inside, "count", either(typed("integer"), reference("matchers")));
	json_put(lines, "properties", inside);
	json_put_bool(lines, "additionalProperties", false);
	json_put(properties, "lines", lines);
}

static void put_rows(struct json *properties)
{
	static const char *const rows[] = {"every", "some", "no", "only"};
	struct json *value = either(scalar(), reference("matchers"));
	json_put(properties, "count", either(typed("integer"), reference("matchers")));
	for (size_t i = 0; i < array_len(rows); i++)
		json_put(properties, rows[i], map_of(json_copy(value)));
	json_free(&value);
}

/* "certificate", of values such as certificate.expires: they may stand in a map. */
static void put_family(struct json *properties, const struct probe_field *field)
{
	const char *dot = strchr(field->name, '.');
	if (!dot)
		return;
	scoped(buf_end) struct buf name = {0};
	buf_text(&name, (struct text){field->name, (size_t)(dot - field->name)});
	if (!json_get(properties, name.at))
		json_put(properties, name.at, typed("object"));
}

static void put_values(struct json *properties, const struct probe *probe)
{
	for (size_t i = 0; i < probe->field_count; i++) {
		const struct probe_field *field = &probe->fields[i];
		struct json *value = either(scalar(), reference("matchers"));
		describe(value, field->help);
		json_put(properties, field->name, value);
		put_family(properties, field);
	}
	struct json *all = matchers(); /* the test itself may hold them */
	struct text key;
	const struct json *matcher;
	void *state = NULL;
	while (json_next(json_get(all, "properties"), &state, &key, &matcher))
		if (!json_get(properties, key.at))
			json_put(properties, key.at, json_copy(matcher));
	json_free(&all);
}

static struct json *probe_schema(const struct probe *probe)
{
	struct json *json = typed("object"), *properties = json_new_object();
	struct json *required = json_new_list(), *subject = scalar();
	if (probe->words)
		subject = either(subject, list_of(scalar()));
	describe(subject, probe->subject_help);
	json_put(properties, probe->name, subject);
	for (size_t i = 0; i < probe->param_count; i++) {
		if (probe->params[i].internal)
			continue;
		struct json *param = param_schema(&probe->params[i]);
		describe(param, probe->params[i].help);
		json_put(properties, probe->params[i].name, param);
		if (probe->params[i].required)
			json_add_text(required, text_of(probe->params[i].name));
	}
	if (probe->table)
		put_rows(properties);
	else
		put_values(properties, probe);
	if (probe->content)
		put_content(properties);
	json_put(properties, "when", reference("test"));
	json_add_text(required, text_of(probe->name));
	describe(json, probe->help);
	json_put(json, "properties", properties);
	json_put(json, "required", required);
	json_put_bool(json, "additionalProperties", false);
	return json;
}

static struct json *test_schema(void)
{
	static const char *const groups[] = {"all", "any", "none"};
	struct json *json = json_new_object(), *list = json_new_list();
	for (size_t i = 0; i < array_len(groups); i++) {
		struct json *group = typed("object"), *properties = json_new_object();
		struct json *required = json_new_list();
		json_put(properties, groups[i], list_of(reference("test")));
		json_put(properties, "when", reference("test"));
		json_add_text(required, text_of(groups[i]));
		json_put(group, "properties", properties);
		json_put(group, "required", required);
		json_put_bool(group, "additionalProperties", false);
		json_add(list, group);
	}
	for (size_t i = 0; probes[i]; i++)
		json_add(list, probe_schema(probes[i]));
	json_put(json, "oneOf", list);
	return json;
}

static struct json *examples_schema(void)
{
	struct json *json = typed("object"), *properties = json_new_object();
	json_put(properties, "pass", list_of(typed("object")));
	json_put(properties, "fail", list_of(typed("object")));
	json_put(json, "properties", properties);
	json_put_bool(json, "additionalProperties", false);
	return json;
}

static struct json *key_schema(const struct key *key)
{
	static const char *const levels[] = {"low", "medium", "high", "maximum", NULL};
	switch (key->kind) {
	case KEY_TEXT:
		return scalar();
	case KEY_TEXTS:
		return map_of(scalar());
	case KEY_LEVEL:
		return words(levels);
	case KEY_LISTS:
		return map_of(either(scalar(), list_of(scalar())));
	case KEY_TEST:
		return reference("test");
	case KEY_EXAMPLES:
		return examples_schema();
	case KEY_CHECKS:
		return list_of(reference("check"));
	}
	never("a key of no kind");
}

static void put_keys(struct json *json, const struct key *keys)
{
	struct json *properties = json_new_object(), *required = json_new_list();
	for (size_t i = 0; keys[i].name; i++) {
		struct json *value = key_schema(&keys[i]);
		if (!json_get(value, "$ref"))
			describe(value, keys[i].help);
		json_put(properties, keys[i].name, value);
		if (keys[i].required)
			json_add_text(required, text_of(keys[i].name));
	}
	json_put_cstr(json, "type", "object");
	json_put(json, "properties", properties);
	json_put(json, "required", required);
	json_put_bool(json, "additionalProperties", false);
}

struct json *schema_make(void)
{
	struct json *json = json_new_object(), *defs = json_new_object(),
		    *check = json_new_object();
	json_put_cstr(json, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_put_cstr(json, "title", "Muster policy");
	put_keys(json, policy_keys);
	put_keys(check, check_keys);
	json_put(defs, "check", check);
	json_put(defs, "test", test_schema());
	json_put(defs, "matchers", matchers());
	json_put(defs, "line", line_schema());
	json_put(json, "$defs", defs);
	return json;
}
