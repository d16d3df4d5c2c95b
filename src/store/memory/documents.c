#include "store/memory/memory.h"

static struct store_document copy_document(const struct store_document *document,
					   struct arena *arena)
{
	struct store_document copy = *document;
	copy.name = memory_text(arena, document->name);
	copy.text = memory_text(arena, document->text);
	copy.policy = memory_text(arena, document->policy);
	copy.target = memory_text(arena, document->target);
	copy.by = memory_text(arena, document->by);
	return copy;
}

static size_t document_len(const struct store_document *document)
{
	return sizeof(*document) + document->name.len + document->text.len + document->policy.len +
	       document->target.len + document->by.len + 80;
}

static bool put_document(struct store *store, const struct store_document *document,
			 int64_t *revision, struct err *err)
{
	struct memory_document *replaced = NULL;
	int64_t last = 0;
	for (size_t i = 0; i < store->document_count; i++) {
		struct memory_document *kept = &store->documents[i];
		if (!text_is_equal(kept->document.name, document->name))
			continue;
		if (kept->document.revision > last)
			last = kept->document.revision;
		if (kept->current)
			replaced = kept;
	}
	if (replaced && text_is_equal(replaced->document.text, document->text)) {
		*revision = replaced->document.revision;
		return true;
	}
	if (!memory_has_room(store, document_len(document), err))
		return false;
	if (replaced)
		replaced->current = false;
	store->documents = mem_grow(store->documents, &store->document_room,
				    store->document_count + 1, sizeof(*store->documents));
	struct memory_document *added = &store->documents[store->document_count++];
	*added = (struct memory_document){copy_document(document, store->arena), true};
	*revision = added->document.revision = last + 1;
	return true;
}

bool memory_document_put(struct store *store, const struct store_document *document,
			 int64_t *revision, struct err *err)
{
	lock_take(store->lock);
	bool done = put_document(store, document, revision, err);
	lock_give(store->lock);
	return done;
}

bool memory_document_list(struct store *store, struct arena *arena,
			  struct store_documents *documents, struct err *err)
{
	size_t len = 0;
	lock_take(store->lock);
	for (size_t i = 0; i < store->document_count; i++)
		len += document_len(&store->documents[i].document);
	bool fits = memory_fits(arena, len, err);
	if (fits)
		*documents = (struct store_documents){.list = arena_get(arena,
									store->document_count + 1,
									sizeof(*documents->list))};
	for (size_t i = 0; i < store->document_count && fits; i++) {
		const struct store_document *document = &store->documents[i].document;
		size_t at = documents->count;
		if (!store->documents[i].current)
			continue;
		for (; at > 0 && text_compare(documents->list[at - 1].name, document->name) > 0;
		     at--)
			documents->list[at] = documents->list[at - 1];
		documents->list[at] = copy_document(document, arena);
		documents->count++;
	}
	lock_give(store->lock);
	return fits;
}

bool memory_document_remove(struct store *store, struct text name, bool *found,
			    struct err *err unused)
{
	*found = false;
	lock_take(store->lock);
	for (size_t i = 0; i < store->document_count; i++)
		if (store->documents[i].current &&
		    text_is_equal(store->documents[i].document.name, name)) {
			store->documents[i].current = false;
			*found = true;
		}
	lock_give(store->lock);
	return true;
}

bool memory_requirement_put(struct store *store, const struct store_requirement *requirement,
			    struct err *err)
{
	size_t at = 0;
	lock_take(store->lock);
	bool done = memory_has_room(store, requirement->query.len + requirement->by.len, err);
	while (at < store->requirement_count &&
	       text_compare(store->requirements[at].query, requirement->query) < 0)
		at++;
	bool known = at < store->requirement_count &&
		     text_is_equal(store->requirements[at].query, requirement->query);
	if (done && !known) {
		store->requirements = mem_grow(store->requirements, &store->requirement_room,
					       store->requirement_count + 1,
					       sizeof(*store->requirements));
		for (size_t i = store->requirement_count++; i > at; i--)
			store->requirements[i] = store->requirements[i - 1];
	}
	if (done)
		store->requirements[at] = (struct store_requirement){
			memory_text(store->arena, requirement->query),
			memory_text(store->arena, requirement->by), requirement->level,
			requirement->since_us};
	lock_give(store->lock);
	return done;
}

bool memory_requirement_list(struct store *store, struct arena *arena,
			     struct store_requirements *requirements, struct err *err)
{
	size_t len = 0;
	lock_take(store->lock);
	for (size_t i = 0; i < store->requirement_count; i++)
		len += sizeof(*store->requirements) + store->requirements[i].query.len +
		       store->requirements[i].by.len + 32;
	bool fits = memory_fits(arena, len, err);
	if (fits)
		*requirements = (struct store_requirements){
			.list = arena_get(arena, store->requirement_count + 1,
					  sizeof(*requirements->list))};
	for (size_t i = 0; i < store->requirement_count && fits; i++) {
		struct store_requirement copy = store->requirements[i];
		copy.query = memory_text(arena, copy.query);
		copy.by = memory_text(arena, copy.by);
		requirements->list[requirements->count++] = copy;
	}
	lock_give(store->lock);
	return fits;
}

bool memory_requirement_remove(struct store *store, struct text query, bool *found,
			       struct err *err unused)
{
	*found = false;
	lock_take(store->lock);
	for (size_t i = 0; i < store->requirement_count; i++) {
		if (*found)
			store->requirements[i - 1] = store->requirements[i];
		*found = *found || text_is_equal(store->requirements[i].query, query);
	}
	store->requirement_count -= *found;
	lock_give(store->lock);
	return true;
}
