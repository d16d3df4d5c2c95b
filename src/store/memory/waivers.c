#include <string.h>

#include "store/memory/memory.h"

static size_t len_of(const struct store_waiver *waiver)
{
	return waiver->policy.len + waiver->ref.len + waiver->hosts.len + waiver->why.len +
	       waiver->by.len + waiver->ended_by.len + 128;
}

static struct store_waiver copy_of(const struct store_waiver *waiver, struct arena *arena)
{
	struct store_waiver copy = *waiver;
	copy.policy = memory_text(arena, waiver->policy);
	copy.ref = memory_text(arena, waiver->ref);
	copy.hosts = memory_text(arena, waiver->hosts);
	copy.why = memory_text(arena, waiver->why);
	copy.by = memory_text(arena, waiver->by);
	copy.ended_by = memory_text(arena, waiver->ended_by);
	return copy;
}

static void forget_old(struct store *store, int64_t now_us)
{
	size_t kept = 0;
	for (size_t i = 0; i < store->waiver_count; i++) {
		int64_t ended_us = store->waivers[i].ended_us;
		if (ended_us == 0 || ended_us >= now_us - STORE_WAIVER_KEPT_US)
			store->waivers[kept++] = store->waivers[i];
	}
	store->waiver_count = kept;
}

static struct store_waiver *find(struct store *store, const char *id)
{
	for (size_t i = 0; i < store->waiver_count; i++)
		if (strcmp(store->waivers[i].id, id) == 0)
			return &store->waivers[i];
	return NULL;
}

static bool comes_before(const struct store_waiver *a, const struct store_waiver *b)
{
	return a->created_us != b->created_us ? a->created_us < b->created_us
					      : strcmp(a->id, b->id) < 0;
}

static void insert(struct store *store, const struct store_waiver *waiver)
{
	store->waivers = mem_grow(store->waivers, &store->waiver_room, store->waiver_count + 1,
				  sizeof(*store->waivers));
	size_t at = store->waiver_count++;
	for (; at > 0 && comes_before(waiver, &store->waivers[at - 1]); at--)
		store->waivers[at] = store->waivers[at - 1];
	store->waivers[at] = copy_of(waiver, store->arena);
}

bool memory_waiver_add(struct store *store, const struct store_waiver *waiver, struct err *err)
{
	lock_take(store->lock);
	forget_old(store, waiver->created_us);
	bool done = memory_has_room(store, len_of(waiver), err);
	if (done && find(store, waiver->id))
		done = err_set(err, ERR_REFUSED, "there is a waiver %s already", waiver->id);
	else if (done && store->waiver_count >= STORE_KEPT_MAX)
		done = err_set(err, ERR_LIMIT, "there are %d waivers already", STORE_KEPT_MAX);
	if (done)
		insert(store, waiver);
	lock_give(store->lock);
	return done;
}

bool memory_waiver_list(struct store *store, struct arena *arena, struct store_waivers *waivers,
			struct err *err)
{
	size_t len = 0;
	lock_take(store->lock);
	for (size_t i = 0; i < store->waiver_count; i++)
		len += sizeof(*store->waivers) + len_of(&store->waivers[i]);
	bool fits = memory_fits(arena, len, err);
	if (fits)
		*waivers = (struct store_waivers){
			.list = arena_get(arena, store->waiver_count + 1, sizeof(*waivers->list))};
	for (size_t i = 0; i < store->waiver_count && fits; i++)
		waivers->list[waivers->count++] = copy_of(&store->waivers[i], arena);
	lock_give(store->lock);
	return fits;
}

bool memory_waiver_end(struct store *store, const char *id, int64_t at_us, struct text by,
		       bool *found, struct err *err)
{
	lock_take(store->lock);
	bool done = memory_has_room(store, by.len, err);
	struct store_waiver *waiver = find(store, id);
	if (done && waiver && waiver->ended_us == 0) {
		waiver->ended_us = at_us;
		waiver->ended_by = memory_text(store->arena, by);
	}
	if (done)
		*found = waiver != NULL;
	lock_give(store->lock);
	return done;
}
