#include "assess/setting/document.h"

#include "format/doc.h"

struct kept {
	const struct doc *doc; /* NULL: an empty text, or err */
	struct err err;
};

static void parse(struct arena *arena, enum document_kind kind, struct text content,
		  struct kept *kept)
{
	struct doc **docs;
	size_t count;
	if (arena_left(arena) < DOC_ARENA_MAX + GATHER_ARENA_SPARE)
		err_set(&kept->err, ERR_LIMIT,
			"this run has read as much as it may keep in memory");
	else if (text_trim(content).len == 0)
		kept->doc = NULL;
	else if (kind == DOCUMENT_JSON)
		kept->doc = doc_parse_json(content, arena, &kept->err);
	else if (doc_parse_yaml(content, arena, &docs, &count, &kept->err) && count > 0)
		kept->doc = docs[0];
}

static const struct kept *load(struct gather *gather, const struct document_question *question,
			       struct text content)
{
	struct arena *arena = gather_arena(gather);
	const char *key = arena_print(arena, "document:%d:%.*s", (int)question->kind,
				      TEXT_ARG(question->path));
	struct kept *kept = gather_fact(gather, key);
	if (kept)
		return kept;
	kept = arena_get(arena, 1, sizeof(*kept));
	parse(arena, question->kind, content, kept);
	gather_keep_fact(gather, key, kept);
	return kept;
}

static const struct doc *member(struct arena *arena, const struct doc *map, struct text name,
				const struct doc **key)
{
	const char *text = arena_copy(arena, name.at, name.len);
	*key = doc_key(map, text);
	return doc_get(map, text);
}

/* The node at the end of the way; NULL: it isn't there. */
static const struct doc *find(struct arena *arena, const struct doc *doc,
			      const struct document_question *question, const struct doc **key)
{
	struct text part, section = question->section;
	while (doc && text_next(&section, '/', &part))
		doc = member(arena, doc, part, key);
	return doc ? member(arena, doc, question->key, key) : NULL;
}

static bool read_list(struct arena *arena, const struct doc *doc, struct value *value,
		      struct err *err)
{
	struct text *list = arena_get(arena, doc->count, sizeof(*list));
	if (doc->count > SETTING_COUNT_MAX)
		return err_set(err, ERR_LIMIT, "it lists more than %d values", SETTING_COUNT_MAX);
	for (size_t i = 0; i < doc->count; i++) {
		if (doc->items[i]->kind != DOC_SCALAR)
			return err_set(err, ERR_INPUT,
				       "its list holds maps or lists; texts can be compared");
		list[i] = arena_text(arena, doc->items[i]->text);
	}
	*value = (struct value){.type = VALUE_LIST, .list = list, .count = doc->count};
	return true;
}

/* What stands at the node as the answer. */
static bool take_node(struct arena *arena, const struct document_question *question,
		      const struct doc *doc, struct document_answer *answer, struct err *err)
{
	if (doc->kind == DOC_MAP)
		return err_set(err, ERR_INPUT,
			       "%.*s:%zu: %.*s is a map; name it in section, and a key in it",
			       TEXT_ARG(question->path), (size_t)answer->where.line,
			       TEXT_ARG(question->key));
	if (doc->kind == DOC_LIST)
		return read_list(arena, doc, &answer->value, err) ||
		       err_add(err, "%.*s", TEXT_ARG(question->path));
	answer->value = value_text(VALUE_TEXT, arena_text(arena, doc->text));
	answer->where.text = text_of(
		arena_print(arena, "%.*s: %.*s", TEXT_ARG(question->key),
			    (int)text_cut(doc->text, 4 * ITEM_EVIDENCE_TEXT_MAX), doc->text.at));
	return true;
}

bool document_ask(struct gather *gather, const struct document_question *question,
		  struct document_answer *answer, struct err *err)
{
	struct settings files = {0};
	struct text content;
	const struct doc *at = NULL;
	*answer = (struct document_answer){.where = {.path = question->path}};
	if (!setting_read(&files, gather, question->path, &content, err))
		return false;
	if (!content.at)
		return true;
	const struct kept *kept = load(gather, question, content);
	*err = kept->err;
	if (kept->err.kind != ERR_NONE)
		return err_add(err, "%.*s", TEXT_ARG(question->path));
	const struct doc *doc = find(gather_arena(gather), kept->doc, question, &at);
	if (!doc || doc_is_null(doc))
		return true;
	answer->where.line = at->line;
	return take_node(gather_arena(gather), question, doc, answer, err);
}
