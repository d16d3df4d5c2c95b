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
	bool known = at < fleet->document_count && text_is_equal(fleet->documents[at]->name, name);
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

/* Looks at one host; the letter goes while the lock is held, so that a later one cannot overtake
 * it. */
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

/* --- pushing and removing documents --- */

/* Whether the document is at odds with another one on some host. The lock is taken. */
static bool conflicts(struct fleet *fleet, const struct document *document, struct err *err)
{
	for (size_t i = 0; i < fleet->document_count; i++) {
		const struct document *other = fleet->documents[i];
		struct assigned all[] = {{.matched = UINT64_MAX}, {.matched = UINT64_MAX}};
		memcpy(&all[0].document, &document, sizeof(document));
		memcpy(&all[1].document, &other, sizeof(other));
		if (text_is_equal(other->name, document->name) ||
		    !assigned_overlap(&all[0], &all[1]))
			continue;
		for (size_t at = 0; at < fleet->host_count; at++) {
			if (fleet->hosts[at]->revoked_us != 0)
				continue;
			scoped(json_free) struct json *json = host_json(fleet, fleet->hosts[at]);
			struct query_record record = query_json_record(json);
			all[0].matched = document_matched(document, &record);
			all[1].matched = document_matched(other, &record);
			const struct place *place = assigned_overlap(&all[0], &all[1]);
			if (place)
				return !err_set(
					err, ERR_REFUSED,
					"policy %.*s, ref %.*s is in \"%.*s\" and in \"%.*s\", "
					"both for host %s",
					TEXT_ARG(place->policy->name), TEXT_ARG(place->check->ref),
					TEXT_ARG(document->name), TEXT_ARG(other->name),
					fleet->hosts[at]->name);
		}
	}
	return false;
}

/* How many hosts it is for. The lock is taken. */
static int64_t count_hosts(struct fleet *fleet, const struct document *document)
{
	int64_t count = 0;
	for (size_t i = 0; i < fleet->host_count; i++) {
		if (fleet->hosts[i]->revoked_us != 0)
			continue;
		scoped(json_free) struct json *json = host_json(fleet, fleet->hosts[i]);
		struct query_record record = query_json_record(json);
		count += document_matched(document, &record) != 0;
	}
	return count;
}

/* What a push would do: the document as it would be, and who stands in its way. The lock is taken.
 */
static struct json *describe(struct fleet *fleet, const struct document *document,
			     const struct err *conflict)
{
	struct json *json = json_copy(document->shown), *list = json_new_list();
	json_put_int(json, "hosts", count_hosts(fleet, document));
	if (conflict->kind != ERR_NONE)
		json_add_text(list, text_of(conflict->text));
	json_put(json, "conflicts", list);
	return json;
}

static struct json *store_document(struct fleet *fleet, struct document **document, struct err *err)
{
	const struct policy *first = &(*document)->policies.list[0];
	struct store_document kept = {.name = (*document)->name,
				      .text = (*document)->text,
				      .policy = first->name,
				      .target = first->target_text,
				      .by = (*document)->by,
				      .pushed_us = (*document)->pushed_us};
	memcpy(kept.sha256, (*document)->sha256, sizeof(kept.sha256));
	if (!fleet->port->document_put(fleet->store, &kept, &(*document)->revision, err))
		return NULL;
	json_put_int((*document)->shown, "revision", (*document)->revision);
	struct json *json = json_copy((*document)->shown);
	lock_take(fleet->lock);
	json_put_int(json, "hosts", count_hosts(fleet, *document));
	library_exchange(fleet, kept.name, take(document));
	lock_give(fleet->lock);
	library_assign(fleet);
	return json;
}

struct json *fleet_push(struct fleet *fleet, const struct fleet_text *pushed, bool dry_run,
			struct json **errors, struct err *err)
{
	struct err conflict = {0};
	struct json *answer = NULL;
	*errors = NULL;
	if (pushed->name.len == 0 || pushed->name.len > FLEET_NAME_MAX) {
		err_set(err, ERR_INPUT, "a document's name has 1 to %d bytes", FLEET_NAME_MAX);
		return NULL;
	}
	if (pushed->text.len > FLEET_DOCUMENT_MAX) {
		err_set(err, ERR_LIMIT, "the document has %zu bytes; at most %u are taken",
			pushed->text.len, FLEET_DOCUMENT_MAX);
		return NULL;
	}
	const struct store_document kept = {.name = pushed->name,
					    .text = pushed->text,
					    .by = text_of(pushed->by),
					    .pushed_us = time_now_us()};
	struct document *document = document_new(&kept, errors, err);
	if (!document)
		return NULL;
	lock_take(fleet->pushing);
	lock_take(fleet->lock);
	bool at_odds = conflicts(fleet, document, &conflict);
	if (dry_run)
		answer = describe(fleet, document, &conflict);
	lock_give(fleet->lock);
	if (!dry_run && at_odds)
		*err = conflict;
	else if (!dry_run)
		answer = store_document(fleet, &document, err);
	lock_give(fleet->pushing);
	document_free(&document);
	return answer;
}

struct json *fleet_documents(struct fleet *fleet, struct err *err unused)
{
	struct json *list = json_new_list();
	lock_take(fleet->lock);
	for (size_t i = 0; i < fleet->document_count; i++) {
		struct json *json = json_copy(fleet->documents[i]->shown);
		int64_t count = 0;
		for (size_t at = 0; at < fleet->host_count; at++)
			for (size_t k = 0; k < fleet->hosts[at]->assigned_count; k++)
				count += fleet->hosts[at]->assigned[k].document ==
					 fleet->documents[i];
		json_put_int(json, "hosts", count);
		json_add(list, json);
	}
	lock_give(fleet->lock);
	return list;
}

bool fleet_document_remove(struct fleet *fleet, struct text name, bool *found, struct err *err)
{
	lock_take(fleet->pushing);
	bool done = fleet->port->document_remove(fleet->store, name, found, err);
	if (done && *found) {
		lock_take(fleet->lock);
		library_exchange(fleet, name, NULL);
		lock_give(fleet->lock);
		library_assign(fleet);
	}
	lock_give(fleet->pushing);
	return done;
}
