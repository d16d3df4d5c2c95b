#include "format/doc.h"

#include "fuzz.h"

/* Visits a tree; what a node promises holds, and no more nodes are there than may be. */
static void visit(const struct doc *doc, size_t depth, size_t *seen)
{
	must(doc != NULL && doc->line > 0 && doc->column > 0);
	must(depth <= DOC_DEPTH_MAX && ++*seen <= DOC_NODES_MAX);
	if (doc->kind == DOC_SCALAR) {
		must(doc->text.at[doc->text.len] == '\0');
		return;
	}
	for (size_t i = 0; i < doc->count; i++) {
		visit(doc->items[i], depth + 1, seen);
		if (doc->kind == DOC_MAP)
			must(doc_key(doc, doc->keys[i]->text.at) != NULL);
	}
}

static void read_yaml(struct text text)
{
	scoped(arena_free) struct arena *arena = arena_new(2 * (size_t)DOC_ARENA_MAX);
	struct err err = {0};
	struct doc **docs = NULL;
	size_t count = 0, seen = 0;

	if (!doc_parse_yaml(text, arena, &docs, &count, &err)) {
		must(err.kind == ERR_INPUT || err.kind == ERR_LIMIT);
		return;
	}
	for (size_t i = 0; i < count; i++)
		visit(docs[i], 0, &seen);
}

/* What is forgotten changes nothing in what is found wrong. */
static void read_sparing(struct text text)
{
	static const struct doc_spared spared = {"a", 1};
	scoped(arena_free) struct arena *arena = arena_new(4 * (size_t)DOC_ARENA_MAX);
	struct err err = {0}, again = {0};
	struct doc **docs = NULL, **less = NULL;
	size_t count = 0, less_count = 0, seen = 0;

	bool whole = doc_parse_yaml(text, arena, &docs, &count, &err);
	must(doc_parse_sparing(text, &spared, arena, &less, &less_count, &again) == whole);
	must(count == less_count && text_is(text_of(err.text), again.text));
	for (size_t i = 0; whole && i < less_count; i++)
		visit(less[i], 0, &seen);
}

static void read_json(struct text text)
{
	scoped(arena_free) struct arena *arena = arena_new(2 * (size_t)DOC_ARENA_MAX);
	struct err err = {0};
	size_t seen = 0;

	const struct doc *doc = doc_parse_json(text, arena, &err);
	if (doc == NULL)
		must(err.kind == ERR_INPUT || err.kind == ERR_LIMIT);
	else
		visit(doc, 0, &seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len};

	read_yaml(text);
	read_sparing(text);
	read_json(text);
	return 0;
}
