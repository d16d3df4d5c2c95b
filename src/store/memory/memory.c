#include "store/memory/memory.h"

#include <string.h>

static struct store *open_store(const struct store_config *config unused, struct err *err unused)
{
	struct store *store = mem_new(1, sizeof(*store));
	store->lock = lock_new();
	store->arena = arena_new(MEMORY_MAX);
	return store;
}

static void close_store(struct store **store)
{
	if (!*store)
		return;
	mem_free(&(*store)->hosts);
	mem_free(&(*store)->tokens);
	mem_free(&(*store)->documents);
	mem_free(&(*store)->requirements);
	mem_free(&(*store)->waivers);
	mem_free(&(*store)->items);
	mem_free(&(*store)->actions);
	arena_free(&(*store)->arena);
	lock_free(&(*store)->lock);
	mem_free(store);
}

bool memory_fits(const struct arena *arena, size_t len, struct err *err)
{
	return len + MEMORY_SPARE <= arena_left(arena) ||
	       err_set(err, ERR_LIMIT, "store: the answer is larger than there is room for");
}

bool memory_has_room(const struct store *store, size_t len, struct err *err)
{
	return len + MEMORY_SPARE <= arena_left(store->arena) ||
	       err_set(err, ERR_LIMIT, "store: %u bytes are in use, more it does not keep",
		       MEMORY_MAX);
}

struct text memory_text(struct arena *arena, struct text text)
{
	return arena_text(arena, text.at ? text : TEXT(""));
}

/* --- hosts --- */

struct store_host *memory_find_host(struct store *store, const char *id)
{
	for (size_t i = 0; i < store->host_count; i++)
		if (strcmp(store->hosts[i].id, id) == 0)
			return &store->hosts[i];
	return NULL;
}

static struct store_host copy_host(const struct store_host *host, struct arena *arena)
{
	struct store_host copy = *host;
	copy.name = memory_text(arena, host->name);
	copy.facts = memory_text(arena, host->facts);
	copy.tags = memory_text(arena, host->tags);
	copy.trust = memory_text(arena, host->trust);
	copy.fingerprint = memory_text(arena, host->fingerprint);
	return copy;
}

static size_t host_len(const struct store_host *host)
{
	return host->name.len + host->facts.len + host->tags.len + host->trust.len +
	       host->fingerprint.len;
}

static bool add_host(struct store *store, const struct store_host *host, struct err *err)
{
	if (!memory_has_room(store, host_len(host), err))
		return false;
	store->hosts = mem_grow(store->hosts, &store->host_room, store->host_count + 1,
				sizeof(*store->hosts));
	size_t at = store->host_count++;
	for (; at > 0 && strcmp(store->hosts[at - 1].id, host->id) > 0; at--)
		store->hosts[at] = store->hosts[at - 1];
	store->hosts[at] = copy_host(host, store->arena);
	return true;
}

static bool is_held(const struct store *store, struct text name)
{
	for (size_t i = 0; i < store->host_count; i++)
		if (store->hosts[i].revoked_us == 0 && text_is_alike(store->hosts[i].name, name))
			return true;
	return false;
}

static bool host_add(struct store *store, const struct store_host *host, const char *token_hash,
		     int64_t now_us, struct err *err)
{
	lock_take(store->lock);
	bool done = memory_token_use(store, TOKEN_ENROL, token_hash, now_us, err);
	if (done && is_held(store, host->name)) {
		memory_find_token(store, token_hash)->uses_left++;
		done = err_set(err, ERR_REFUSED,
			       "the name \"%.*s\" is held by another agent; revoke that one first",
			       TEXT_ARG(host->name));
	}
	done = done && add_host(store, host, err);
	lock_give(store->lock);
	return done;
}

static bool host_get(struct store *store, const char *id, struct arena *arena,
		     struct store_host *host, bool *found, struct err *err)
{
	lock_take(store->lock);
	const struct store_host *kept = memory_find_host(store, id);
	bool fits = !kept || memory_fits(arena, host_len(kept), err);
	*found = kept && fits;
	if (*found)
		*host = copy_host(kept, arena);
	lock_give(store->lock);
	return fits;
}

static bool host_list(struct store *store, const char *after, size_t limit, struct arena *arena,
		      struct store_hosts *hosts, struct err *err)
{
	must(limit > 0 && limit <= STORE_LIST_MAX);
	if (!memory_fits(arena, limit * sizeof(*hosts->list), err))
		return false;
	bool fits = true;
	*hosts = (struct store_hosts){.list = arena_get(arena, limit, sizeof(*hosts->list))};
	lock_take(store->lock);
	for (size_t i = 0; i < store->host_count && hosts->count < limit && fits; i++) {
		const struct store_host *host = &store->hosts[i];
		if (strcmp(host->id, after) <= 0)
			continue;
		fits = memory_fits(arena, host_len(host), err);
		if (fits)
			hosts->list[hosts->count++] = copy_host(host, arena);
	}
	lock_give(store->lock);
	return fits || hosts->count > 0;
}

static bool hosts_seen(struct store *store, const struct store_seen *seen, size_t count,
		       struct err *err)
{
	size_t len = 0;
	for (size_t i = 0; i < count; i++)
		len += seen[i].facts.len + 16;
	lock_take(store->lock);
	bool done = memory_has_room(store, len, err);
	for (size_t i = 0; i < count && done; i++) {
		struct store_host *host = memory_find_host(store, seen[i].host);
		if (host && host->last_seen_us < seen[i].at_us)
			host->last_seen_us = seen[i].at_us;
		if (host && seen[i].facts.at)
			host->facts = memory_text(store->arena, seen[i].facts);
	}
	lock_give(store->lock);
	return done;
}

static bool host_tag(struct store *store, const char *id, struct text tags, struct err *err)
{
	lock_take(store->lock);
	struct store_host *host = memory_find_host(store, id);
	bool done = memory_has_room(store, tags.len, err);
	if (host && done)
		host->tags = memory_text(store->arena, tags);
	lock_give(store->lock);
	return done;
}

static bool host_revoke(struct store *store, const char *id, int64_t at_us, struct err *err unused)
{
	lock_take(store->lock);
	struct store_host *host = memory_find_host(store, id);
	if (host && host->revoked_us == 0)
		host->revoked_us = at_us;
	memory_items_revoke(store, id);
	lock_give(store->lock);
	return true;
}

const struct store_port store_memory = {
	.name = "memory",
	.open = open_store,
	.close = close_store,
	.host_add = host_add,
	.host_get = host_get,
	.host_list = host_list,
	.hosts_seen = hosts_seen,
	.host_tag = host_tag,
	.host_revoke = host_revoke,
	.token_add = memory_token_add,
	.token_find = memory_token_find,
	.token_list = memory_token_list,
	.token_remove = memory_token_remove,
	.document_put = memory_document_put,
	.document_list = memory_document_list,
	.document_remove = memory_document_remove,
	.requirement_put = memory_requirement_put,
	.requirement_list = memory_requirement_list,
	.requirement_remove = memory_requirement_remove,
	.waiver_add = memory_waiver_add,
	.waiver_list = memory_waiver_list,
	.waiver_end = memory_waiver_end,
	.items_put = memory_items_put,
	.items_current = memory_items_current,
	.items_history = memory_items_history,
	.items_changes = memory_items_changes,
	.items_since = memory_items_since,
	.items_of_action = memory_items_of_action,
	.items_drop = memory_items_drop,
	.items_overdue = memory_items_overdue,
	.items_forget = memory_items_forget,
	.items_tally = memory_items_tally,
	.action_add = memory_action_add,
	.action_get = memory_action_get,
	.action_list = memory_action_list,
	.action_answer = memory_action_answer,
	.actions_pending = memory_actions_pending,
	.actions_overdue = memory_actions_overdue,
};
