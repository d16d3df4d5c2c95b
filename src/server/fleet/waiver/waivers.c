#include <ctype.h>
#include <stdatomic.h>
#include <string.h>

#include "base/log.h"
#include "server/fleet/inner.h"

#define ARENA_MAX (64u << 20)
#define PAGE 500
#define REASON_MAX 8192 /* of the verdict, in the sentence of one that is waived */

/* One that goes on, of its check the first or a further one. */
struct waiver {
	struct store_waiver kept;
	struct query *hosts;
	struct waiver *next;
};

struct waivers {
	struct arena *arena;
	struct waiver *list;
	size_t count;
	struct map *by_check; /* "policy\nref" in small letters -> struct waiver */
};

static void waivers_free(struct waivers **waivers)
{
	if (!*waivers)
		return;
	for (size_t i = 0; i < (*waivers)->count; i++)
		query_free(&(*waivers)->list[i].hosts);
	map_free(&(*waivers)->by_check);
	arena_free(&(*waivers)->arena);
	mem_free(waivers);
}

void waivers_end(struct fleet *fleet)
{
	waivers_free(&fleet->waivers);
}

static void put_key(struct text policy, struct text ref, struct buf *key)
{
	buf_text(key, policy);
	buf_char(key, '\n');
	buf_text(key, ref);
	for (size_t i = 0; i < key->len; i++)
		key->at[i] = (char)tolower((unsigned char)key->at[i]);
}

static struct waiver *first_of(const struct waivers *waivers, struct text policy, struct text ref)
{
	scoped(buf_end) struct buf key = {0};
	put_key(policy, ref, &key);
	return map_get(waivers->by_check, buf_view(&key));
}

/* -------- which there are -------- */

static bool take_waiver(struct waivers *waivers, const struct store_waiver *kept, struct err *err)
{
	struct waiver *waiver = &waivers->list[waivers->count];
	scoped(buf_end) struct buf key = {0};
	waiver->kept = *kept;
	waiver->hosts = query_parse(kept->hosts, &query_hosts, err);
	if (!waiver->hosts)
		return err_add(err, "waiver %s", kept->id);
	waivers->count++;
	put_key(kept->policy, kept->ref, &key);
	waiver->next = map_put(waivers->by_check, buf_view(&key), waiver);
	return true;
}

/* Reads those that have not ended. */
bool waivers_load(struct fleet *fleet, struct err *err)
{
	struct store_waivers kept;
	struct waivers *fresh = mem_new(1, sizeof(*fresh));
	fresh->arena = arena_new(ARENA_MAX);
	fresh->by_check = map_new();
	bool done = fleet->port->waiver_list(fleet->store, fresh->arena, &kept, err);
	fresh->list = done ? arena_get(fresh->arena, kept.count + 1, sizeof(*fresh->list)) : NULL;
	for (size_t i = 0; done && i < kept.count; i++)
		if (kept.list[i].ended_us == 0)
			done = take_waiver(fresh, &kept.list[i], err);
	lock_take(fleet->lock);
	struct waivers *old = done ? fleet->waivers : fresh;
	if (done)
		fleet->waivers = fresh;
	lock_give(fleet->lock);
	waivers_free(&old);
	return done;
}

/* The lock is taken. Of several the one that lasts longest. */
static const struct waiver *find(struct fleet *fleet, const struct store_item *item, int64_t now_us)
{
	const struct host *host = NULL;
	const struct waiver *found = NULL;
	struct json *json = NULL;
	struct waiver *waiver = first_of(fleet->waivers, item->policy, item->ref);
	for (; waiver; waiver = waiver->next) {
		if (waiver->kept.until_us <= now_us ||
		    (found && found->kept.until_us >= waiver->kept.until_us))
			continue;
		host = host ? host : roster_find(fleet, item->agent);
		if (!host)
			break;
		json = json ? json : host_json(fleet, host);
		struct query_record record = query_json_record(json);
		if (query_is_match(waiver->hosts, &record, now_us))
			found = waiver;
	}
	json_free(&json);
	return found;
}

/* -------- what they do to items -------- */

static void say_waived(const struct waived *waived, struct buf *reason)
{
	char until[TIME_TEXT_SIZE];
	time_put(waived->until_us, until);
	buf_print(reason, "waived until %.19sZ by ", until);
	buf_text(reason, waived->by);
	buf_cstr(reason, ": ");
	buf_text(reason, waived->why);
	buf_print(reason, "; it is %s: ", status_name(waived->status));
	buf_add(reason, waived->reason.at,
		waived->reason.len < REASON_MAX ? waived->reason.len : REASON_MAX);
}

/* The item as it stands under the waiver; what it was stays in it. */
static bool waive(struct store_item *item, const struct waived *waived, struct arena *arena,
		  struct err *err)
{
	struct item read;
	struct waived whole = *waived;
	struct store_item before = *item;
	scoped(buf_end) struct buf reason = {0};
	scoped(json_free) struct json *json = json_parse(item->json, err);
	if (!json || !item_from_json(json, arena, &read, err))
		return false;
	whole.status = read.status;
	whole.reason = read.reason;
	read.status = STATUS_WAIVED;
	read.waiver = &whole;
	say_waived(&whole, &reason);
	read.reason = buf_view(&reason);
	item_keep(&read, before.current, arena, item);
	item->taken_us = before.taken_us;
	return true;
}

bool waivers_apply(struct fleet *fleet, struct store_item *items, size_t count, struct arena *arena,
		   struct err *err)
{
	int64_t now_us = time_now_us();
	for (size_t i = 0; i < count; i++) {
		struct waived waived = {0};
		if (items[i].status != STATUS_FAIL && items[i].status != STATUS_ERROR)
			continue;
		lock_take(fleet->lock);
		const struct waiver *waiver = find(fleet, &items[i], now_us);
		if (waiver)
			waived = (struct waived){.id = arena_text(arena, text_of(waiver->kept.id)),
						 .until_us = waiver->kept.until_us,
						 .why = arena_text(arena, waiver->kept.why),
						 .by = arena_text(arena, waiver->kept.by)};
		lock_give(fleet->lock);
		if (waiver && !waive(&items[i], &waived, arena, err))
			return false;
	}
	return true;
}

/* The item anew, from now on: as its verdict was when it is waived. Answers are still waited for
 * from when it was answered. */
static bool again(const struct store_item *old, struct arena *arena, struct store_item *kept,
		  struct err *err)
{
	struct item item;
	int64_t now_us = time_now_us();
	scoped(json_free) struct json *json = json_parse(old->json, err);
	if (!json || !item_from_json(json, arena, &item, err))
		return false;
	if (item.waiver) {
		item.status = item.waiver->status;
		item.reason = item.waiver->reason;
		item.waiver = NULL;
	}
	item.at_us = now_us > old->at_us ? now_us : old->at_us + 1; /* clocks are set back */
	item.action = (struct text){0};
	item.by = NULL; /* nobody changed anything on the host */
	item_keep(&item, true, arena, kept);
	kept->taken_us = old->at_us;
	return true;
}

/* Whether the item stands otherwise than the waivers have it. */
static bool is_wrong(struct fleet *fleet, const struct store_item *item)
{
	int64_t now_us = time_now_us();
	lock_take(fleet->lock);
	const struct waiver *waiver = find(fleet, item, now_us);
	char id[STORE_ID_SIZE] = "";
	if (waiver)
		memcpy(id, waiver->kept.id, sizeof(id));
	lock_give(fleet->lock);
	if (item->status != STATUS_WAIVED)
		return id[0] && (item->status == STATUS_FAIL || item->status == STATUS_ERROR);
	struct err odd = {0};
	scoped(json_free) struct json *json = json_parse(item->json, &odd);
	return !text_is(json_text(json_get(json, "waiver"), "id"), id);
}

/* Current items of the filter, each put right. */
static bool put_right(struct fleet *fleet, struct store_item_filter *filter, struct err *err)
{
	char after[ITEM_ID_SIZE] = "";
	filter->after = after;
	filter->limit = PAGE;
	do {
		struct store_items items;
		size_t count = 0;
		scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
		if (!fleet->port->items_current(fleet->store, filter, arena, &items, err))
			return false;
		memcpy(after, items.next, sizeof(after));
		struct store_item *wrong = arena_get(arena, items.count + 1, sizeof(*wrong));
		for (size_t i = 0; i < items.count; i++)
			if (is_wrong(fleet, &items.list[i]) &&
			    !again(&items.list[i], arena, &wrong[count++], err))
				return false;
		if (!fleet_put(fleet, wrong, count, err))
			return false;
	} while (after[0]);
	return true;
}

static bool put_check_right(struct fleet *fleet, struct text policy, struct text ref,
			    struct err *err)
{
	struct store_item_filter filter = {.policy = policy, .ref = ref, .status = -1};
	return put_right(fleet, &filter, err);
}

/* -------- what is due -------- */

void waivers_look(struct fleet *fleet)
{
	atomic_store(&fleet->waivers_due, true);
	clerk_look(fleet);
}

void waivers_host_changed(struct fleet *fleet)
{
	if (fleet->waivers->count > 0)
		atomic_store(&fleet->waivers_due, true);
}

/* Those whose time is over are ended in the store first; until everything is right after that, the
 * clerk comes back. */
static bool end_overdue(struct fleet *fleet, struct err *err)
{
	int64_t now_us = time_now_us();
	bool done = true, any = false, found;
	char(*ids)[STORE_ID_SIZE] = NULL;
	size_t count = 0, room = 0;
	lock_take(fleet->lock);
	for (size_t i = 0; i < fleet->waivers->count; i++)
		if (fleet->waivers->list[i].kept.until_us <= now_us) {
			ids = mem_grow(ids, &room, count + 1, sizeof(*ids));
			memcpy(ids[count++], fleet->waivers->list[i].kept.id, sizeof(*ids));
		}
	lock_give(fleet->lock);
	for (size_t i = 0; i < count && done; i++) {
		done = fleet->port->waiver_end(fleet->store, ids[i], now_us, TEXT(""), &found, err);
		any = true;
	}
	mem_free(&ids);
	if (!any)
		return done;
	atomic_store(&fleet->waivers_due, true);
	return done && waivers_load(fleet, err);
}

static bool put_all_right(struct fleet *fleet, struct err *err)
{
	struct store_waivers kept;
	struct store_item_filter waived = {.status = STATUS_WAIVED};
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	if (!put_right(fleet, &waived, err) ||
	    !fleet->port->waiver_list(fleet->store, arena, &kept, err))
		return false;
	for (size_t i = 0; i < kept.count; i++)
		if (kept.list[i].ended_us == 0 &&
		    !put_check_right(fleet, kept.list[i].policy, kept.list[i].ref, err))
			return false;
	return true;
}

bool waivers_do_due(struct fleet *fleet, struct err *err)
{
	lock_take(fleet->pushing);
	bool done = end_overdue(fleet, err);
	lock_give(fleet->pushing);
	if (!done || !atomic_exchange(&fleet->waivers_due, false))
		return done;
	done = put_all_right(fleet, err);
	if (!done)
		atomic_store(&fleet->waivers_due, true);
	return done;
}

/* -------- what people do -------- */

static bool is_check(struct fleet *fleet, struct text policy, struct text ref)
{
	bool found = false;
	lock_take(fleet->lock);
	for (size_t i = 0; i < fleet->document_count && !found; i++)
		found = document_place(fleet->documents[i], policy, ref) != NULL;
	lock_give(fleet->lock);
	return found;
}

static bool check_order(struct fleet *fleet, const struct store_waiver *waiver, struct err *err)
{
	struct query *hosts = query_parse(waiver->hosts, &query_hosts, err);
	if (!hosts)
		return err_add(err, "hosts");
	query_free(&hosts);
	if (waiver->until_us <= waiver->created_us ||
	    waiver->until_us > waiver->created_us + FLEET_WAIVER_US)
		return err_set(err, ERR_INPUT,
			       "\"until\" is to be a time to come, within 10 years");
	if (!is_check(fleet, waiver->policy, waiver->ref))
		return err_set(err, ERR_INPUT,
			       "no assigned document has a check \"%.*s/%.*s\"; muster policy show "
			       "says which there are",
			       waiver->policy.len < 60 ? (int)waiver->policy.len : 60,
			       waiver->policy.at, waiver->ref.len < 60 ? (int)waiver->ref.len : 60,
			       waiver->ref.at);
	return true;
}

bool fleet_waive(struct fleet *fleet, struct store_waiver *waiver, struct err *err)
{
	random_put_id(waiver->id);
	waiver->created_us = time_now_us();
	waiver->ended_us = 0;
	if (!check_order(fleet, waiver, err))
		return false;
	lock_take(fleet->pushing);
	bool done = fleet->port->waiver_add(fleet->store, waiver, err) && waivers_load(fleet, err);
	lock_give(fleet->pushing);
	struct err later = {0};
	if (done && !put_check_right(fleet, waiver->policy, waiver->ref, &later)) {
		log_write(LOG_WARN, "fleet", "a waiver takes effect later: %s", later.text);
		waivers_look(fleet);
	}
	return done;
}

bool fleet_unwaive(struct fleet *fleet, const char *id, const char *by, bool *found,
		   struct err *err)
{
	lock_take(fleet->pushing);
	bool done = fleet->port->waiver_end(fleet->store, id, time_now_us(), text_of(by), found,
					    err) &&
		    waivers_load(fleet, err);
	lock_give(fleet->pushing);
	if (!done || !*found)
		return done;
	struct store_item_filter waived = {.status = STATUS_WAIVED};
	struct err later = {0};
	if (!put_right(fleet, &waived, &later)) {
		log_write(LOG_WARN, "fleet", "a waiver ends later: %s", later.text);
		waivers_look(fleet);
	}
	return true;
}
