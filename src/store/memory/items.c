#include <stdlib.h>
#include <string.h>

#include "store/memory/memory.h"

void memory_items_revoke(struct store *store, const char *host)
{
	for (size_t i = 0; i < store->item_count; i++)
		if (strcmp(store->items[i].agent, host) == 0)
			store->items[i].current = false;
}

static struct store_item copy_item(const struct store_item *item, struct arena *arena)
{
	struct store_item copy = *item;
	copy.target = memory_text(arena, item->target);
	copy.policy = memory_text(arena, item->policy);
	copy.ref = memory_text(arena, item->ref);
	copy.name = memory_text(arena, item->name);
	copy.action = memory_text(arena, item->action);
	copy.json = memory_text(arena, item->json);
	return copy;
}

static size_t item_len(const struct store_item *item)
{
	return sizeof(*item) + item->target.len + item->policy.len + item->ref.len +
	       item->name.len + item->action.len + item->json.len + 96;
}

static void remove_item(struct store *store, size_t at)
{
	if (store->items[at].seq > store->gone)
		store->gone = store->items[at].seq;
	for (store->item_count--; at < store->item_count; at++)
		store->items[at] = store->items[at + 1];
}

/* The oldest of an item that has too many goes. */
static void trim(struct store *store, const char *id)
{
	size_t kept = 0, oldest = 0;
	for (size_t i = store->item_count; i-- > 0;)
		if (strcmp(store->items[i].id, id) == 0) {
			kept++;
			oldest = i;
		}
	if (kept > STORE_HISTORY_PER_ITEM)
		remove_item(store, oldest);
}

static void put_item(struct store *store, struct store_item *item)
{
	struct store_item *current = NULL, *same = NULL;
	item->foreign = false;
	for (size_t i = 0; i < store->item_count; i++) {
		struct store_item *kept = &store->items[i];
		if (strcmp(kept->id, item->id) != 0)
			continue;
		item->foreign = strcmp(kept->agent, item->agent) != 0;
		if (kept->current)
			current = kept;
		if (kept->at_us == item->at_us)
			same = kept;
	}
	if (item->foreign) {
		item->current = item->fresh = false;
		return;
	}
	item->before_level = current ? current->level : LEVEL_NONE;
	item->before = current ? current->status : STATUS_PENDING;
	item->fresh = !same;
	if (same) {
		item->seq = same->seq;
		item->current = same->current;
		return;
	}
	if (item->current && current)
		current->current = false;
	item->seq = ++store->seq;
	store->items = mem_grow(store->items, &store->item_room, store->item_count + 1,
				sizeof(*store->items));
	store->items[store->item_count] = copy_item(item, store->arena);
	if (!item->current)
		store->items[store->item_count].before = STATUS_PENDING;
	store->item_count++;
	trim(store, item->id);
}

bool memory_items_put(struct store *store, struct store_item *items, size_t count, struct err *err)
{
	bool done = true;
	size_t len = 0;
	lock_take(store->lock);
	for (size_t i = 0; i < count && done; i++) {
		const struct store_host *host = memory_find_host(store, items[i].agent);
		len += item_len(&items[i]);
		items[i].current = items[i].current && host && host->revoked_us == 0;
		if (!host)
			done = err_set(err, ERR_REFUSED, "an item of an unknown host, agent %s",
				       items[i].agent);
	}
	done = done && memory_has_room(store, len, err);
	for (size_t i = 0; i < count && done; i++)
		put_item(store, &items[i]);
	lock_give(store->lock);
	return done;
}

static int compare_alike(struct text a, struct text b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	for (size_t i = 0; i < len; i++) {
		int x = (unsigned char)a.at[i], y = (unsigned char)b.at[i];
		x += x >= 'A' && x <= 'Z' ? 'a' - 'A' : 0;
		y += y >= 'A' && y <= 'Z' ? 'a' - 'A' : 0;
		if (x != y)
			return x - y;
	}
	return a.len < b.len ? -1 : a.len > b.len;
}

static int compare_place(const void *a, const void *b)
{
	const struct store_item *left = *(const struct store_item *const *)a;
	const struct store_item *right = *(const struct store_item *const *)b;
	int order = strcmp(left->agent, right->agent);
	if (order == 0)
		order = compare_alike(left->policy, right->policy);
	if (order == 0)
		order = compare_alike(left->ref, right->ref);
	return order != 0 ? order : strcmp(left->id, right->id);
}

static int64_t answered(const struct store_item *item)
{
	return item->taken_us != 0 && item->taken_us < item->at_us ? item->taken_us : item->at_us;
}

static int compare_answered(const void *a, const void *b)
{
	const struct store_item *left = *(const struct store_item *const *)a;
	const struct store_item *right = *(const struct store_item *const *)b;
	if (answered(left) != answered(right))
		return answered(left) < answered(right) ? -1 : 1;
	return strcmp(left->id, right->id);
}

/* All current ones in an order: *list, mem_free ends it. */
static size_t sort_current(struct store *store, int (*compare)(const void *a, const void *b),
			   const struct store_item ***list)
{
	size_t count = 0;
	*list = mem_new(store->item_count + 1, sizeof(**list));
	for (size_t i = 0; i < store->item_count; i++)
		if (store->items[i].current)
			(*list)[count++] = &store->items[i];
	qsort(*list, count, sizeof(**list), compare);
	return count;
}

/* Copies one more into the list; false when there is no room. */
static bool add(struct store_items *items, const struct store_item *item, struct arena *arena,
		struct err *err)
{
	if (!memory_fits(arena, item_len(item), err))
		return false;
	items->list[items->count++] = copy_item(item, arena);
	return true;
}

static bool begin(struct store_items *items, size_t limit, struct arena *arena, struct err *err)
{
	must(limit > 0 && limit <= STORE_LIST_MAX);
	if (!memory_fits(arena, limit * sizeof(*items->list), err))
		return false;
	*items = (struct store_items){.list = arena_get(arena, limit, sizeof(*items->list))};
	return true;
}

static bool is_wanted(const struct store_item_filter *filter, const struct store_item *item)
{
	return (!filter->agent || strcmp(filter->agent, item->agent) == 0) &&
	       (!filter->id || strcmp(filter->id, item->id) == 0) &&
	       (!filter->policy.at || text_is_alike(filter->policy, item->policy)) &&
	       (!filter->ref.at || text_is_alike(filter->ref, item->ref)) &&
	       (filter->status < 0 || filter->status == (int)item->status) &&
	       (!filter->match || filter->match(filter->data, item));
}

/* The newest item with the id by which the last page ended, into *mark (NULL: there was none). */
static bool find_mark(const struct store *store, const char *after, const struct store_item **mark,
		      struct err *err)
{
	*mark = NULL;
	if (!after || !*after)
		return true;
	for (size_t i = store->item_count; i-- > 0;)
		if (strcmp(store->items[i].id, after) == 0) {
			*mark = &store->items[i];
			return true;
		}
	return err_set(err, ERR_INPUT, "this cursor leads nowhere any more; begin anew");
}

/* One page behind the mark; *more: there is another. */
static void gather(struct store *store, const struct store_item_filter *filter,
		   const struct store_item *mark, struct arena *arena, struct store_items *found,
		   bool *more)
{
	struct err full = {0};
	const struct store_item **list;
	size_t count = sort_current(store, compare_place, &list);
	for (size_t i = 0; i < count && !*more; i++) {
		if ((mark && compare_place(&list[i], &mark) <= 0) || !is_wanted(filter, list[i]))
			continue;
		*more = found->count == filter->limit || !add(found, list[i], arena, &full);
	}
	mem_free(&list);
}

bool memory_items_current(struct store *store, const struct store_item_filter *filter,
			  struct arena *arena, struct store_items *items, struct err *err)
{
	bool more = false;
	struct store_items found;
	const struct store_item *mark;
	if (!begin(&found, filter->limit, arena, err))
		return false;
	lock_take(store->lock);
	bool done = find_mark(store, filter->after, &mark, err);
	if (done)
		gather(store, filter, mark, arena, &found, &more);
	lock_give(store->lock);
	if (done && more && found.count == 0)
		done = err_set(err, ERR_LIMIT,
			       "store: the answer is larger than there is room for");
	if (!done)
		return false;
	if (more)
		memcpy(found.next, found.list[found.count - 1].id, sizeof(found.next));
	*items = found;
	return true;
}

bool memory_items_history(struct store *store, const char *id, const struct store_range *range,
			  struct arena *arena, struct store_items *items, struct err *err)
{
	bool fits = true;
	if (!begin(items, range->limit, arena, err))
		return false;
	lock_take(store->lock);
	for (size_t i = store->item_count; i-- > 0 && items->count < range->limit && fits;)
		if (strcmp(store->items[i].id, id) == 0 &&
		    (range->from == 0 || store->items[i].seq < range->from))
			fits = add(items, &store->items[i], arena, err);
	lock_give(store->lock);
	return fits || items->count > 0;
}

bool memory_items_changes(struct store *store, size_t limit, struct arena *arena,
			  struct store_items *items, struct err *err)
{
	bool fits = true;
	if (!begin(items, limit, arena, err))
		return false;
	lock_take(store->lock);
	for (size_t i = store->item_count; i-- > 0 && items->count < limit && fits;) {
		const struct store_item *item = &store->items[i];
		if (item->before != STATUS_PENDING && item->before != item->status)
			fits = add(items, item, arena, err);
	}
	lock_give(store->lock);
	return fits || items->count > 0;
}

/* In order of seq, above the range's start; action NULL: all. */
static bool list_rising(struct store *store, const char *action, const struct store_range *range,
			struct arena *arena, struct store_items *items, struct err *err)
{
	bool fits = true;
	if (!begin(items, range->limit, arena, err))
		return false;
	lock_take(store->lock);
	for (size_t i = 0; i < store->item_count && items->count < range->limit && fits; i++)
		if (store->items[i].seq > range->from &&
		    (!action || text_is(store->items[i].action, action)))
			fits = add(items, &store->items[i], arena, err);
	items->lost = !action && range->from < store->gone;
	lock_give(store->lock);
	return fits || items->count > 0;
}

bool memory_items_since(struct store *store, const struct store_range *range, struct arena *arena,
			struct store_items *items, struct err *err)
{
	return list_rising(store, NULL, range, arena, items, err);
}

bool memory_items_of_action(struct store *store, const char *action,
			    const struct store_range *range, struct arena *arena,
			    struct store_items *items, struct err *err)
{
	must(*action);
	return list_rising(store, action, range, arena, items, err);
}

bool memory_items_drop(struct store *store, const char *id, struct err *err unused)
{
	lock_take(store->lock);
	for (size_t i = 0; i < store->item_count; i++)
		if (strcmp(store->items[i].id, id) == 0)
			store->items[i].current = false;
	lock_give(store->lock);
	return true;
}

bool memory_items_overdue(struct store *store, int64_t before_us, size_t limit, struct arena *arena,
			  struct store_items *items, struct err *err)
{
	bool fits = true;
	const struct store_item **list;
	if (!begin(items, limit, arena, err))
		return false;
	lock_take(store->lock);
	size_t count = sort_current(store, compare_answered, &list);
	for (size_t i = 0; i < count && items->count < limit && fits; i++)
		if (list[i]->status != STATUS_UNKNOWN && answered(list[i]) < before_us)
			fits = add(items, list[i], arena, err);
	mem_free(&list);
	lock_give(store->lock);
	return fits || items->count > 0;
}

/* The oldest by time that may go; item_count: none. */
static size_t find_oldest(const struct store *store, int64_t before_us)
{
	size_t oldest = store->item_count;
	for (size_t i = 0; i < store->item_count; i++) {
		const struct store_item *item = &store->items[i];
		if (!item->current && item->at_us < before_us &&
		    (oldest == store->item_count || item->at_us < store->items[oldest].at_us))
			oldest = i;
	}
	return oldest;
}

bool memory_items_forget(struct store *store, int64_t before_us, size_t limit, size_t *count,
			 struct err *err unused)
{
	*count = 0;
	lock_take(store->lock);
	for (; *count < limit; (*count)++) {
		size_t oldest = find_oldest(store, before_us);
		if (oldest == store->item_count)
			break;
		remove_item(store, oldest);
	}
	lock_give(store->lock);
	return true;
}

static bool is_same_tally(const struct store_item *a, const struct store_item *b)
{
	return strcmp(a->agent, b->agent) == 0 && text_is_alike(a->policy, b->policy) &&
	       a->level == b->level && a->status == b->status;
}

static int compare_tally(const void *a, const void *b)
{
	const struct store_item *left = *(const struct store_item *const *)a;
	const struct store_item *right = *(const struct store_item *const *)b;
	int order = strcmp(left->agent, right->agent);
	if (order == 0)
		order = compare_alike(left->policy, right->policy);
	if (order == 0)
		order = (int)left->level - (int)right->level;
	return order != 0 ? order : (int)left->status - (int)right->status;
}

bool memory_items_tally(struct store *store, store_tally_fn each, void *data,
			struct err *err unused)
{
	bool more = true;
	const struct store_item **list;
	lock_take(store->lock);
	size_t count = sort_current(store, compare_tally, &list);
	for (size_t i = 0, alike; i < count && more; i += alike) {
		for (alike = 1; i + alike < count && is_same_tally(list[i], list[i + alike]);)
			alike++;
		more = each(data, &(struct store_tally){list[i]->agent, list[i]->policy,
							list[i]->level, list[i]->status, alike});
	}
	mem_free(&list);
	lock_give(store->lock);
	return true;
}
