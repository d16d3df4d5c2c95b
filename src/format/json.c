#include "format/json.h"

#include <json-c/json.h>
#include <string.h>

#include "base/mem.h"

/* struct json is json-c's json_object; nobody outside this file knows. */
static json_object *inner(const struct json *json)
{
	json_object *object;
	memcpy(&object, &json, sizeof(object));
	return object;
}

static struct json *outer(json_object *object)
{
	return (struct json *)(void *)object;
}

static void place_of(struct text text, size_t at, size_t *line, size_t *column)
{
	*line = 1;
	*column = 1;
	for (size_t i = 0; i < at && i < text.len; i++) {
		(*column)++;
		if (text.at[i] == '\n') {
			(*line)++;
			*column = 1;
		}
	}
}

static bool refuse(struct text text, json_tokener *tokener, size_t end, struct err *err)
{
	enum json_tokener_error error = json_tokener_get_error(tokener);
	size_t line, column;
	place_of(text, end, &line, &column);
	if (error == json_tokener_error_depth)
		return err_set(err, ERR_LIMIT, "%zu:%zu: JSON nested deeper than %d", line, column,
			       JSON_DEPTH_MAX);
	const char *why = error == json_tokener_success || error == json_tokener_continue
				  ? "it ends too early or something follows it"
				  : json_tokener_error_desc(error);
	return err_set(err, ERR_INPUT, "%zu:%zu: not JSON: %s", line, column, why);
}

struct json *json_parse(struct text text, struct err *err)
{
	if (text.len >= INT32_MAX) {
		err_set(err, ERR_LIMIT, "JSON of %zu bytes is more than 2 GiB", text.len);
		return NULL;
	}
	if (text.len == 0) {
		err_set(err, ERR_INPUT, "1:1: not JSON: it is empty");
		return NULL;
	}
	json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
	must(tokener);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	json_object *object = json_tokener_parse_ex(tokener, text.at, (int)text.len);
	enum json_tokener_error error = json_tokener_get_error(tokener);
	if (error == json_tokener_continue) /* a bare number ends only at what is behind it */
		object = json_tokener_parse_ex(tokener, " ", 1);
	size_t end = error == json_tokener_continue ? text.len
						    : json_tokener_get_parse_end(tokener);
	error = json_tokener_get_error(tokener);
	struct text rest = text_trim((struct text){text.at + end, text.len - end});
	if (error != json_tokener_success || rest.len > 0 || !object) {
		if (error == json_tokener_success && !object && rest.len == 0)
			err_set(err, ERR_INPUT, "1:1: a bare null says nothing");
		else
			refuse(text, tokener, end, err);
		json_object_put(object);
		object = NULL;
	}
	json_tokener_free(tokener);
	return outer(object);
}

void json_free(struct json **json)
{
	json_object_put(inner(*json));
	*json = NULL;
}

struct keys { /* where a scan of valid JSON stands */
	struct text text;
	size_t depth;
	json_object *seen[JSON_DEPTH_MAX + 2]; /* of each open object its keys; NULL: a list */
};

static bool refuse_key(const struct keys *keys, size_t at, const char *why, struct err *err)
{
	size_t line, column;
	place_of(keys->text, at, &line, &column);
	return err_set(err, ERR_INPUT, "%zu:%zu: %s", line, column, why);
}

/* Behind the closing quote of the text that opens at at. */
static size_t text_end(struct text text, size_t at)
{
	for (at++; at < text.len && text.at[at] != '"'; at++)
		at += text.at[at] == '\\' ? 1 : 0;
	return at + 1;
}

static bool is_key(struct text text, size_t end)
{
	while (end < text.len && strchr(" \t\r\n", text.at[end]))
		end++;
	return end < text.len && text.at[end] == ':';
}

/* The key between from and end, with its quotes. */
static bool note_key(struct keys *keys, size_t from, size_t end, struct err *err)
{
	scoped(buf_end) struct buf why = {0};
	scoped(json_free) struct json *json = json_parse(
		(struct text){keys->text.at + from, end - from}, err);
	struct text key = json_as_text(json);
	must(key.at && keys->depth > 0);
	json_object *seen = keys->seen[keys->depth - 1];
	must(seen);
	if (memchr(key.at, '\0', key.len))
		return refuse_key(keys, from, "a key holds NUL", err);
	if (!json_object_object_get_ex(seen, key.at, NULL)) {
		must(json_object_object_add(seen, key.at, NULL) == 0);
		return true;
	}
	buf_cstr(&why, "the key \"");
	buf_printable(&why, key, 60);
	buf_cstr(&why, "\" stands twice in one object");
	return refuse_key(keys, from, why.at, err);
}

static void open_value(struct keys *keys, bool is_object)
{
	must(keys->depth < array_len(keys->seen));
	keys->seen[keys->depth++] = is_object ? json_object_new_object() : NULL;
}

static void close_value(struct keys *keys)
{
	must(keys->depth > 0);
	json_object_put(keys->seen[--keys->depth]);
}

static bool scan_keys(struct keys *keys, struct err *err)
{
	for (size_t at = 0, end; at < keys->text.len; at = end) {
		char c = keys->text.at[at];
		end = c == '"' ? text_end(keys->text, at) : at + 1;
		if (c == '"' && is_key(keys->text, end) && !note_key(keys, at, end, err))
			return false;
		if (c == '\'')
			return refuse_key(keys, at, "a key stands in double quotes", err);
		if (c == '{' || c == '[')
			open_value(keys, c == '{');
		else if (c == '}' || c == ']')
			close_value(keys);
	}
	return true;
}

bool json_check_keys(struct text text, struct err *err)
{
	struct keys keys = {.text = text};
	bool done = scan_keys(&keys, err);
	while (keys.depth > 0)
		close_value(&keys);
	return done;
}

enum json_kind json_kind(const struct json *json)
{
	switch (json_object_get_type(inner(json))) {
	case json_type_null:
		return JSON_NULL;
	case json_type_boolean:
		return JSON_BOOL;
	case json_type_double:
		return JSON_NUMBER;
	case json_type_int:
		return JSON_INT;
	case json_type_object:
		return JSON_OBJECT;
	case json_type_array:
		return JSON_LIST;
	case json_type_string:
		return JSON_TEXT;
	}
	never("a type that json-c does not have");
}

const struct json *json_get(const struct json *object, const char *key)
{
	json_object *value;
	if (json_kind(object) != JSON_OBJECT ||
	    !json_object_object_get_ex(inner(object), key, &value))
		return NULL;
	return outer(value);
}

struct text json_text(const struct json *object, const char *key)
{
	return json_as_text(json_get(object, key));
}

int64_t json_int(const struct json *object, const char *key, int64_t fallback)
{
	return json_as_int(json_get(object, key), fallback);
}

bool json_truth(const struct json *object, const char *key, bool fallback)
{
	return json_as_bool(json_get(object, key), fallback);
}

struct text json_as_text(const struct json *json)
{
	if (json_kind(json) != JSON_TEXT)
		return (struct text){0};
	return (struct text){json_object_get_string(inner(json)),
			     (size_t)json_object_get_string_len(inner(json))};
}

int64_t json_as_int(const struct json *json, int64_t fallback)
{
	return json_kind(json) == JSON_INT ? json_object_get_int64(inner(json)) : fallback;
}

double json_as_number(const struct json *json, double fallback)
{
	enum json_kind type = json_kind(json);
	return type == JSON_INT || type == JSON_NUMBER ? json_object_get_double(inner(json))
						       : fallback;
}

bool json_as_bool(const struct json *json, bool fallback)
{
	return json_kind(json) == JSON_BOOL ? json_object_get_boolean(inner(json)) : fallback;
}

size_t json_count(const struct json *list)
{
	return json_kind(list) == JSON_LIST ? json_object_array_length(inner(list)) : 0;
}

const struct json *json_at(const struct json *list, size_t index)
{
	must(index < json_count(list));
	return outer(json_object_array_get_idx(inner(list), index));
}

bool json_next(const struct json *object, void **state, struct text *key, const struct json **value)
{
	if (json_kind(object) != JSON_OBJECT)
		return false;
	struct lh_entry *entry = *state;
	entry = entry ? lh_entry_next(entry) : lh_table_head(json_object_get_object(inner(object)));
	if (!entry)
		return false;
	*state = entry;
	*key = text_of(lh_entry_k(entry));
	*value = outer((json_object *)lh_entry_v(entry));
	return true;
}

struct json *json_new_object(void)
{
	json_object *object = json_object_new_object();
	must(object);
	return outer(object);
}

struct json *json_new_list(void)
{
	json_object *list = json_object_new_array();
	must(list);
	return outer(list);
}

/* The text with U+FFFD for each byte that is not UTF-8. */
static void put_clean(struct text text, struct buf *clean)
{
	for (size_t at = 0; at < text.len;) {
		size_t len = 1;
		while (len < 4 && at + len <= text.len &&
		       !text_is_utf8((struct text){text.at + at, len}))
			len++;
		bool whole = at + len <= text.len && text_is_utf8((struct text){text.at + at, len});
		if (whole)
			buf_add(clean, text.at + at, len);
		else
			buf_cstr(clean, "\xef\xbf\xbd");
		at += whole ? len : 1;
	}
}

static json_object *text_value(struct text text)
{
	if (!text.at)
		return NULL;
	must(text.len < INT32_MAX);
	if (text_is_utf8(text))
		return json_object_new_string_len(text.at, (int)text.len);
	struct buf clean = {0};
	put_clean(text, &clean);
	json_object *value = json_object_new_string_len(clean.at, (int)clean.len);
	buf_end(&clean);
	return value;
}

void json_put(struct json *object, const char *key, struct json *value)
{
	must(json_object_object_add(inner(object), key, inner(value)) == 0);
}

void json_put_text(struct json *object, const char *key, struct text value)
{
	json_put(object, key, outer(text_value(value)));
}

void json_put_cstr(struct json *object, const char *key, const char *value)
{
	json_put_text(object, key, text_of(value));
}

bool json_put_cut(struct json *object, const char *key, struct text value, size_t limit)
{
	struct buf clean = {0};
	must(value.at && value.len < INT32_MAX);
	if (value.len <= limit && text_is_utf8(value)) {
		json_put_text(object, key, value);
		return false;
	}
	put_clean(value, &clean);
	size_t len = text_cut(buf_view(&clean), limit);
	bool cut = len < clean.len;
	if (cut) {
		clean.len = len;
		buf_cstr(&clean, "…");
	}
	json_put_text(object, key, buf_view(&clean));
	buf_end(&clean);
	return cut;
}

void json_put_int(struct json *object, const char *key, int64_t value)
{
	json_put(object, key, outer(json_object_new_int64(value)));
}

void json_put_bool(struct json *object, const char *key, bool value)
{
	json_put(object, key, outer(json_object_new_boolean(value)));
}

void json_add(struct json *list, struct json *value)
{
	must(json_object_array_add(inner(list), inner(value)) == 0);
}

void json_add_text(struct json *list, struct text value)
{
	json_add(list, outer(text_value(value)));
}

struct json *json_copy(const struct json *json)
{
	json_object *copy = NULL;
	must(!json || json_object_deep_copy(inner(json), &copy, NULL) == 0);
	return outer(copy);
}

static void write_with(const struct json *json, int flags, struct buf *out)
{
	size_t len;
	const char *text = json_object_to_json_string_length(
		inner(json), flags | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	must(text);
	buf_add(out, text, len);
}

void json_write(const struct json *json, struct buf *out)
{
	write_with(json, JSON_C_TO_STRING_PLAIN, out);
}

void json_write_pretty(const struct json *json, struct buf *out)
{
	write_with(json, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED, out);
}
