#include <string.h>

#include "query/query.h"

#define NAME_MAX_LEN 256
#define TEXT_DEPTH_MAX 6

struct sink {
	struct value *values;
	size_t limit, count;
	bool texts_only;
};

static void give(struct sink *sink, struct value value)
{
	if (sink->count < sink->limit)
		sink->values[sink->count++] = value;
}

static void give_json(struct sink *sink, const struct json *json, unsigned depth)
{
	struct text key;
	const struct json *member;
	void *state = NULL;
	switch (json_kind(json)) {
	case JSON_TEXT:
		give(sink, value_text(VALUE_TEXT, json_as_text(json)));
		break;
	case JSON_INT:
	case JSON_NUMBER:
		if (!sink->texts_only)
			give(sink,
			     value_number(VALUE_INT, json_kind(json) == JSON_INT
							     ? json_as_int(json, 0)
							     : (int64_t)json_as_number(json, 0)));
		break;
	case JSON_BOOL:
		if (!sink->texts_only)
			give(sink, value_bool(json_as_bool(json, false)));
		break;
	case JSON_LIST:
		for (size_t i = 0; i < json_count(json) && depth < TEXT_DEPTH_MAX; i++)
			give_json(sink, json_at(json, i), depth + 1);
		break;
	case JSON_OBJECT:
		while (sink->texts_only && depth < TEXT_DEPTH_MAX &&
		       json_next(json, &state, &key, &member))
			give_json(sink, member, depth + 1);
		break;
	case JSON_NULL:
		break;
	}
}

/* The member that a dotted name leads to: the name as a whole first, then part by part. */
static const struct json *walk(const struct json *object, const char *name)
{
	char part[NAME_MAX_LEN];
	const struct json *whole = json_get(object, name);
	const char *dot = strchr(name, '.');
	if (whole || !dot || (size_t)(dot - name) >= sizeof(part))
		return whole;
	memcpy(part, name, (size_t)(dot - name));
	part[dot - name] = '\0';
	const struct json *inside = json_get(object, part);
	return inside ? walk(inside, dot + 1) : NULL;
}

static size_t get(const struct query_record *record, const char *name, struct value *values,
		  size_t limit)
{
	struct sink sink = {.values = values, .limit = limit, .texts_only = !name};
	const struct json *json = record->data;
	give_json(&sink, name ? walk(json, name) : json, 0);
	return sink.count;
}

struct query_record query_json_record(const struct json *object)
{
	return (struct query_record){.get = get, .data = object};
}
