#include "format/doc.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/map.h"
#include "format/json.h"
#include "format/yaml.h"

#define KEYS_COMPARED_MAX \
	16 /* keys of a map that are compared one by one; beyond, they are hashed */

/* What one reading carries along. Nodes are counted where they are made and where an alias repeats
 * them. */
struct reader {
	struct yaml *yaml;
	struct arena *arena;
	struct map *anchors;             /* of this document: name to struct doc */
	size_t nodes, anchored;          /* anchored: nodes that were given a name */
	bool loose;                      /* duplicate keys are put up with */
	const struct doc_spared *spared; /* NULL: nothing */
	bool sparing;                    /* the node that comes next is what it is about */
	struct err *err;
};

bool doc_err(const struct doc *doc, struct err *err, const char *text, ...)
{
	char what[ERR_TEXT_SIZE - 32];
	va_list args;
	va_start(args, text);
	vsnprintf(what, sizeof(what), text, args);
	va_end(args);
	return err_set(err, ERR_INPUT, "%u:%u: %s", doc->line, doc->column, what);
}

static bool count_nodes(struct reader *reader, const struct yaml_event *event, size_t more)
{
	reader->nodes += more;
	if (reader->nodes <= DOC_NODES_MAX)
		return true;
	return err_set(reader->err, ERR_LIMIT,
		       "%u:%u: more than %d values, aliases expanded; split the file", event->line,
		       event->column, DOC_NODES_MAX);
}

static size_t doc_size(const struct doc *doc)
{
	size_t size = 1;
	for (size_t i = 0; i < doc->count && size <= DOC_NODES_MAX; i++)
		size += doc_size(doc->items[i]) + (doc->kind == DOC_MAP);
	return size;
}

static struct doc *read_node(struct reader *reader, const struct yaml_event *event, unsigned depth);

static struct doc *read_alias(struct reader *reader, const struct yaml_event *event)
{
	struct doc *doc = map_get(reader->anchors, event->text);
	if (!doc) {
		err_set(reader->err, ERR_INPUT,
			"%u:%u: alias \"*%.*s\" stands before its anchor is complete", event->line,
			event->column, TEXT_ARG(event->text));
		return NULL;
	}
	return count_nodes(reader, event, doc_size(doc)) ? doc : NULL;
}

static void add_item(struct reader *reader, struct doc *doc, size_t *room, struct doc *key,
		     struct doc *item)
{
	if (doc->count == *room) {
		size_t items_room = *room, keys_room = *room;
		doc->items = arena_grow(reader->arena, doc->items, &items_room, doc->count + 1,
					sizeof(struct doc *));
		if (doc->kind == DOC_MAP)
			doc->keys = arena_grow(reader->arena, doc->keys, &keys_room, doc->count + 1,
					       sizeof(struct doc *));
		*room = items_room;
	}
	if (doc->kind == DOC_MAP)
		doc->keys[doc->count] = key;
	doc->items[doc->count++] = item;
}

/* Reads a node and forgets what is in it, unless something in it may be asked for by its name. */
static struct doc *read_spared(struct reader *reader, const struct yaml_event *event,
			       unsigned depth)
{
	struct arena_mark mark = arena_mark(reader->arena);
	size_t anchored = reader->anchored;
	struct doc *doc = read_node(reader, event, depth);
	if (!doc || anchored != reader->anchored)
		return doc;
	struct doc place = {
		.kind = doc->kind, .line = doc->line, .column = doc->column, .text = TEXT("")};
	arena_rewind(reader->arena, mark);
	doc = arena_get(reader->arena, 1, sizeof(*doc));
	*doc = place;
	return doc;
}

static bool read_list(struct reader *reader, struct doc *doc, unsigned depth)
{
	size_t room = 0;
	for (;;) {
		struct yaml_event event;
		if (!yaml_next(reader->yaml, &event, reader->err))
			return false;
		if (event.kind == YAML_LIST_END)
			return true;
		struct doc *item = read_node(reader, &event, depth + 1);
		if (!item)
			return false;
		add_item(reader, doc, &room, NULL, item);
	}
}

/* The same key that stood in the map before, or NULL. A large map has its keys in *seen, too. */
static struct doc *find_before(const struct doc *doc, struct map **seen, struct doc *key)
{
	if (doc->count < KEYS_COMPARED_MAX) {
		for (size_t i = 0; i < doc->count; i++)
			if (text_is_equal(doc->keys[i]->text, key->text))
				return doc->keys[i];
		return NULL;
	}
	if (!*seen) {
		*seen = map_new();
		for (size_t i = 0; i < doc->count; i++)
			must(!map_put(*seen, doc->keys[i]->text, doc->keys[i]));
	}
	return map_put(*seen, key->text, key);
}

/* *before receives the same key that stood there before, or NULL. */
static bool check_key(struct reader *reader, const struct doc *doc, struct map **seen,
		      struct doc *key, struct doc **before)
{
	if (key->kind != DOC_SCALAR)
		return doc_err(key, reader->err, "a key must be a plain word or a text");
	*before = find_before(doc, seen, key);
	if (*before && !reader->loose)
		return doc_err(key, reader->err,
			       "duplicate key \"%.*s\"; it stands in line %u already",
			       TEXT_ARG(key->text), (*before)->line);
	return true;
}

static void replace_item(struct doc *doc, const struct doc *before, struct doc *key,
			 struct doc *item)
{
	size_t at = 0;
	while (doc->keys[at] != before)
		must(++at < doc->count);
	doc->keys[at] = key;
	doc->items[at] = item;
	doc->again = key;
}

static bool is_spared(const struct reader *reader, const struct doc *key, unsigned depth)
{
	return reader->spared && depth == reader->spared->depth &&
	       text_is(key->text, reader->spared->key);
}

static bool read_map(struct reader *reader, struct doc *doc, unsigned depth)
{
	scoped(map_free) struct map *seen = NULL;
	bool sparing = reader->sparing;
	size_t room = 0;
	reader->sparing = false;
	for (;;) {
		struct yaml_event event;
		if (!yaml_next(reader->yaml, &event, reader->err))
			return false;
		if (event.kind == YAML_MAP_END)
			return true;
		struct doc *key = read_node(reader, &event, depth + 1), *before = NULL;
		if (!key || !check_key(reader, doc, &seen, key, &before) ||
		    !yaml_next(reader->yaml, &event, reader->err))
			return false;
		reader->sparing = is_spared(reader, key, depth) && event.kind == YAML_MAP;
		struct doc *item = sparing ? read_spared(reader, &event, depth + 1)
					   : read_node(reader, &event, depth + 1);
		if (!item)
			return false;
		if (before)
			replace_item(doc, before, key, item);
		else
			add_item(reader, doc, &room, key, item);
	}
}

static struct doc *read_node(struct reader *reader, const struct yaml_event *event, unsigned depth)
{
	if (event->kind == YAML_ALIAS)
		return read_alias(reader, event);
	if (depth > DOC_DEPTH_MAX) {
		err_set(reader->err, ERR_LIMIT, "%u:%u: nested deeper than %d", event->line,
			event->column, DOC_DEPTH_MAX);
		return NULL;
	}
	if (!count_nodes(reader, event, 1))
		return NULL;
	struct doc *doc = arena_get(reader->arena, 1, sizeof(*doc));
	scoped(mem_free) char *anchor = event->anchor.at ? mem_text(event->anchor.at) : NULL;
	doc->line = event->line;
	doc->column = event->column;
	bool done = true;
	if (event->kind == YAML_SCALAR) {
		doc->plain = event->plain;
		doc->text = arena_text(reader->arena, event->text);
	} else if (event->kind == YAML_LIST) {
		doc->kind = DOC_LIST;
		done = read_list(reader, doc, depth);
	} else {
		must(event->kind == YAML_MAP);
		doc->kind = DOC_MAP;
		done = read_map(reader, doc, depth);
	}
	if (done && anchor) { /* only now: a node may not hold itself */
		map_put(reader->anchors, text_of(anchor), doc);
		reader->anchored++;
	}
	return done ? doc : NULL;
}

static struct doc *read_document(struct reader *reader)
{
	struct yaml_event event;
	scoped(map_free) struct map *anchors = map_new();
	reader->anchors = anchors;
	if (!yaml_next(reader->yaml, &event, reader->err))
		return NULL;
	struct doc *doc = read_node(reader, &event, 0);
	if (!doc || !yaml_next(reader->yaml, &event, reader->err))
		return NULL;
	must(event.kind == YAML_DOCUMENT_END);
	return doc;
}

static bool check_size(struct text text, struct err *err)
{
	if (text.len <= DOC_BYTES_MAX)
		return true;
	return err_set(err, ERR_LIMIT, "1:1: the file has %zu bytes; at most %u are read", text.len,
		       DOC_BYTES_MAX);
}

static bool parse_yaml(struct text text, struct reader *reader, struct doc ***docs, size_t *count)
{
	struct err *err = reader->err;
	struct arena *arena = reader->arena;
	if (!check_size(text, err))
		return false;
	scoped(yaml_close) struct yaml *yaml = yaml_open(text);
	reader->yaml = yaml;
	struct doc **list = NULL;
	size_t room = 0, found = 0;
	for (;;) {
		struct yaml_event event;
		if (!yaml_next(yaml, &event, err))
			return false;
		if (event.kind == YAML_END)
			break;
		must(event.kind == YAML_DOCUMENT);
		if (found == DOC_FILE_DOCUMENTS_MAX)
			return err_set(err, ERR_LIMIT, "%u:%u: more than %d documents in a file",
				       event.line, event.column, DOC_FILE_DOCUMENTS_MAX);
		struct doc *doc = read_document(reader);
		if (!doc)
			return false;
		list = arena_grow(arena, list, &room, found + 1, sizeof(*list));
		list[found++] = doc;
	}
	*docs = list;
	*count = found;
	return true;
}

bool doc_parse_yaml(struct text text, struct arena *arena, struct doc ***docs, size_t *count,
		    struct err *err)
{
	struct reader reader = {.arena = arena, .err = err};
	return parse_yaml(text, &reader, docs, count);
}

bool doc_parse_sparing(struct text text, const struct doc_spared *spared, struct arena *arena,
		       struct doc ***docs, size_t *count, struct err *err)
{
	struct reader reader = {.arena = arena, .err = err, .spared = spared};
	return parse_yaml(text, &reader, docs, count);
}

bool doc_parse_loose(struct text text, struct arena *arena, struct doc ***docs, size_t *count,
		     struct err *err)
{
	struct reader reader = {.arena = arena, .err = err, .loose = true};
	return parse_yaml(text, &reader, docs, count);
}

/* JSON is, but for its stricter rules, the flow style of YAML: json.h sees to those, then the
 * events give places. */
struct doc *doc_parse_json(struct text text, struct arena *arena, struct err *err)
{
	if (!check_size(text, err))
		return NULL;
	scoped(json_free) struct json *json = json_parse(text, err);
	struct doc **docs;
	size_t count;
	if (!json || !doc_parse_yaml(text, arena, &docs, &count, err))
		return NULL;
	must(count == 1);
	return docs[0];
}

static size_t index_of(const struct doc *map, const char *key)
{
	if (!map || map->kind != DOC_MAP)
		return SIZE_MAX;
	for (size_t i = 0; i < map->count; i++)
		if (text_is(map->keys[i]->text, key))
			return i;
	return SIZE_MAX;
}

struct doc *doc_get(const struct doc *map, const char *key)
{
	size_t index = index_of(map, key);
	return index == SIZE_MAX ? NULL : map->items[index];
}

struct doc *doc_key(const struct doc *map, const char *key)
{
	size_t index = index_of(map, key);
	return index == SIZE_MAX ? NULL : map->keys[index];
}

static bool is_plain_word(const struct doc *doc, const char *a, const char *b, const char *c)
{
	return doc->kind == DOC_SCALAR && doc->plain &&
	       (text_is(doc->text, a) || text_is(doc->text, b) || text_is(doc->text, c));
}

bool doc_is_null(const struct doc *doc)
{
	return is_plain_word(doc, "", "~", "null");
}

bool doc_bool(const struct doc *doc, bool *value)
{
	bool yes = is_plain_word(doc, "true", "True", "TRUE");
	if (!yes && !is_plain_word(doc, "false", "False", "FALSE"))
		return false;
	*value = yes;
	return true;
}

bool doc_int(const struct doc *doc, int64_t *value)
{
	return doc->kind == DOC_SCALAR && text_to_i64(doc->text, INT64_MIN + 1, INT64_MAX, value);
}
