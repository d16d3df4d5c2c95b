/* query.h: the one query language (CONTRACT 7): which hosts, items, events, alerts, rows.
 *
 * A text is parsed once into a tree; the tree is matched against records here (stored, live, or the
 * rows of a probe) and compiled to SQL by the stores. A record answers for a field name with its
 * values. Matching is total: a missing or wrong-typed field matches nothing, so `not f:x` is the
 * exact complement of `f:x`. */
#pragma once
#include "base/mem.h"
#include "format/json.h"
#include "model/value.h"

#define QUERY_TEXT_MAX 16384
#define QUERY_NODES_MAX 1000
#define QUERY_DEPTH_MAX 50

struct query;

/* Where a record's values come from: fills at most `limit` values of the field (a list gives one
 * value a member), returns how many there are. name NULL asks for every text field, for bare words.
 */
struct query_record {
	size_t (*get)(const struct query_record *record, const char *name, struct value *values,
		      size_t limit);
	const void *data;
};
#define QUERY_VALUES_MAX 64

/* Which fields there are, so that errors can suggest; NULL in query_parse accepts any name. */
struct query_field {
	const char *name;
	enum value_type type; /* VALUE_TEXT, VALUE_LIST (of texts), VALUE_INT … */
	bool words;       /* a text field: a value matches as a word, a quoted one as a phrase */
	const char *also; /* a second name that it answers to; NULL: none */
};
struct query_schema {
	const struct query_field *fields;
	size_t count;
	bool open; /* further names are allowed (tags.*, events' details) */
};

/* ERR_INPUT: "column 7: expected a value after \"status:\"". now_us resolves now-1d at match time.
 * The text is copied. `*` and the empty text are everything. Stages (| count …) are refused here.
 */
must_use struct query *query_parse(struct text text, const struct query_schema *schema,
				   struct err *err);
void query_free(struct query **query);

must_use bool query_is_match(const struct query *query, const struct query_record *record,
			     int64_t now_us);

/* A record over a JSON object: dotted names walk into it (`policy.level`), lists give each member;
 * texts are texts, which the query's own values turn into times, levels, versions or addresses
 * where it compares. */
must_use struct query_record query_json_record(const struct json *object);

/* For stores that can narrow down by an index before matching: if every match must have this field
 * equal to one exact text (no wildcard, under `and` only), that text; else at NULL. */
must_use struct text query_required(const struct query *query, const char *field);

extern const struct query_schema query_hosts, query_items, query_waivers;
