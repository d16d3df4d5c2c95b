#include <string.h>

#include "server/fleet/inner.h"

/* Where the name stands, or would. */
static size_t find(const struct fleet *fleet, struct text name)
{
	size_t at = 0;
	while (at < fleet->document_count && text_compare(fleet->documents[at]->name, name) < 0)
		at++;
	return at;
}

void library_exchange(struct fleet *fleet, struct text name, struct document *document)
{
	size_t at = find(fleet, name);
	bool known = at < fleet->document_count &&
		     text_is_equal(fleet->documents[at]->name, name);
	if (known)
		roster_drop_document(&fleet->documents[at]);
	if (!known && document) {
		fleet->documents = mem_grow(fleet->documents, &fleet->document_room,
					    fleet->document_count + 1, sizeof(struct document *));
		for (size_t i = fleet->document_count++; i > at; i--)
			fleet->documents[i] = fleet->documents[i - 1];
	}
	if (document)
		fleet->documents[at] = document;
	else if (known)
		for (fleet->document_count--; at < fleet->document_count; at++)
			fleet->documents[at] = fleet->documents[at + 1];
}

bool library_load(struct fleet *fleet, struct err *err)
{
	struct store_documents kept;
	scoped(arena_free) struct arena *arena = arena_new(512u << 20);
	if (!fleet->port->document_list(fleet->store, arena, &kept, err))
		return false;
	for (size_t i = 0; i < kept.count; i++) {
		struct document *document = document_new(&kept.list[i], NULL, err);
		if (!document)
			return err_add(err, "stored policy");
		library_exchange(fleet, document->name, document);
	}
	return true;
}

void library_end(struct fleet *fleet)
{
	while (fleet->document_count > 0)
		roster_drop_document(&fleet->documents[--fleet->document_count]);
	mem_free(&fleet->documents);
	for (size_t i = 0; i < fleet->requirement_count; i++)
		query_free(&fleet->requirements[i].query);
	mem_free(&fleet->requirements);
}

/* --- requirements --- */

bool requirements_load(struct fleet *fleet, struct err *err)
{
	struct store_requirements kept;
	scoped(arena_free) struct arena *arena = arena_new(64u << 20);
	if (!fleet->port->requirement_list(fleet->store, arena, &kept, err))
		return false;
	struct requirement *list = mem_new(kept.count + 1, sizeof(*list));
	bool done = true;
	size_t count = 0;
	for (; count < kept.count && done; count++) {
		list[count].level = kept.list[count].level;
		list[count].query = query_parse(kept.list[count].query, &query_hosts, err);
		done = list[count].query != NULL;
	}
	lock_take(fleet->lock);
	struct requirement *old = done ? fleet->requirements : list;
	size_t old_count = done ? fleet->requirement_count : count;
	if (done) {
		fleet->requirements = list;
		fleet->requirement_count = count;
	}
	lock_give(fleet->lock);
	for (size_t i = 0; i < old_count; i++)
		query_free(&old[i].query);
	mem_free(&old);
	return done;
}

/* Looks at one host; the letter goes while the lock is held, so that a later one cannot overtake it. */
static bool assign_next(struct fleet *fleet, char after[static STORE_ID_SIZE])
{
	struct letter letter = {0};
	lock_take(fleet->lock);
	struct host *host = roster_next(fleet, after);
	bool changed = host && host->revoked_us == 0 && host_assign(fleet, host, &letter.bytes);
	if (host)
		memcpy(after, host->id, STORE_ID_SIZE);
	letter.serial = changed ? host->serial : 0;
	hub_post(fleet->hub, &letter);
	lock_give(fleet->lock);
	if (changed)
		fleet_tell_host(fleet, after);
	return host != NULL;
}

void library_assign(struct fleet *fleet)
{
	char after[STORE_ID_SIZE] = "";
	while (assign_next(fleet, after))
		;
	clerk_look(fleet);
}

bool fleet_require(struct fleet *fleet, struct text query, enum level level, const char *by,
		   struct err *err)
{
	struct query *parsed = query_parse(query, &query_hosts, err);
	if (!parsed)
		return false;
	query_free(&parsed);
	const struct store_requirement requirement = {query, text_of(by), level, time_now_us()};
	lock_take(fleet->pushing);
	bool done = fleet->port->requirement_put(fleet->store, &requirement, err) &&
		    requirements_load(fleet, err);
	if (done)
		library_assign(fleet);
	lock_give(fleet->pushing);
	return done;
}

bool fleet_unrequire(struct fleet *fleet, struct text query, bool *found, struct err *err)
{
	lock_take(fleet->pushing);
	bool done = fleet->port->requirement_remove(fleet->store, query, found, err) &&
		    requirements_load(fleet, err);
	if (done && *found)
		library_assign(fleet);
	lock_give(fleet->pushing);
	return done;
}
