#include <string.h>

#include "base/log.h"
#include "server/fleet/inner.h"

#define ARENA_MAX (128u << 20)
#define TICK_MS 1000
#define PAGE 500
#define SEEN_MAX 1000
#define FORGET_MAX 1000
#define RETENTION_TICK_US (60 * TIME_SECOND_US)

/* An item that stands for what we know instead of what it was; NULL texts of it stay in arena. */
static bool restate(const struct store_item *old, enum status status, const char *reason,
		    struct arena *arena, struct store_item *kept, struct err *err)
{
	struct item item;
	scoped(json_free) struct json *json = json_parse(old->json, err);
	if (!json || !item_from_json(json, arena, &item, err))
		return false;
	int64_t now_us = time_now_us();
	item.status = status;
	item.reason = text_of(reason);
	item.at_us = now_us > old->at_us ? now_us : old->at_us + 1; /* clocks are set back */
	item.action = (struct text){0};
	item.duration_us = 0;
	item.evidence = NULL;
	item.evidence_count = 0;
	item.truncated = false;
	item.by = NULL; /* who changed the host then did not make it silent, or unassigned, now */
	item_keep(&item, true, arena, kept);
	return true;
}

/* --- what is overdue --- */

static bool mark_overdue(struct fleet *fleet, struct err *err)
{
	for (size_t got = 1; got > 0;) {
		struct store_items items;
		scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
		if (!fleet->port->items_overdue(fleet->store, time_now_us() - FLEET_OVERDUE_US,
						PAGE, arena, &items, err))
			return false;
		got = items.count;
		struct store_item *unknown = arena_get(arena, got + 1, sizeof(*unknown));
		for (size_t i = 0; i < got; i++) {
			char when[TIME_TEXT_SIZE];
			time_put(items.list[i].at_us, when);
			if (!restate(&items.list[i], STATUS_UNKNOWN,
				     arena_print(arena, "no answer since %s", when), arena,
				     &unknown[i], err))
				return false;
		}
		if (!fleet_put(fleet, unknown, got, err))
			return false;
		fleet->figures.overdue += got;
	}
	return true;
}

static bool expire_actions(struct fleet *fleet, struct err *err)
{
	bool done = true;
	int64_t now_us = time_now_us();
	struct store_actions actions;
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	if (!fleet->port->actions_overdue(fleet->store, now_us, PAGE, arena, &actions, err))
		return false;
	for (size_t i = 0; i < actions.count && done; i++)
		done = action_expire(fleet, &actions.list[i], err);
	return done;
}

/* --- what fell away --- */

/* One that is still assigned is not for dropping. */
static bool is_stray(struct fleet *fleet, const struct store_item *item)
{
	lock_take(fleet->lock);
	const struct host *host = roster_find(fleet, item->agent);
	bool stray = host && host->revoked_us == 0 && !host_place(host, item);
	lock_give(fleet->lock);
	return stray;
}

static bool drop_stray(struct fleet *fleet, const struct store_item *old, struct arena *arena,
		       struct err *err)
{
	struct store_item last;
	if (!restate(old, STATUS_NOT_APPLICABLE, "no longer assigned to this host", arena, &last,
		     err) ||
	    !fleet_put(fleet, &last, 1, err) ||
	    !fleet->port->items_drop(fleet->store, old->id, err))
		return false;
	lock_take(fleet->lock);
	struct host *host = roster_find(fleet, old->agent);
	if (host && last.current)
		host_uncount(host, last.level, last.status);
	lock_give(fleet->lock);
	return true;
}

static bool sweep_host(struct fleet *fleet, const char *id, struct err *err)
{
	char after[ITEM_ID_SIZE] = "";
	size_t dropped = 0;
	do {
		struct store_items items;
		scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
		struct store_item_filter filter = {
			.agent = id, .status = -1, .after = after, .limit = PAGE};
		if (!fleet->port->items_current(fleet->store, &filter, arena, &items, err))
			return false;
		memcpy(after, items.next, sizeof(after));
		for (size_t i = 0; i < items.count; i++) {
			if (!is_stray(fleet, &items.list[i]))
				continue;
			if (!drop_stray(fleet, &items.list[i], arena, err))
				return false;
			dropped++;
		}
	} while (after[0]);
	if (dropped > 0)
		fleet_tell_host(fleet, id);
	return true;
}

static bool sweep(struct fleet *fleet, struct err *err)
{
	char after[STORE_ID_SIZE] = "";
	for (bool more = true; more;) {
		lock_take(fleet->lock);
		struct host *host = roster_next(fleet, after);
		while (host && !host->sweep)
			host = roster_next(fleet, host->id);
		if (host) {
			host->sweep = false;
			memcpy(after, host->id, sizeof(after));
		}
		lock_give(fleet->lock);
		more = host != NULL;
		if (!more || sweep_host(fleet, after, err))
			continue;
		lock_take(fleet->lock);
		host = roster_find(fleet, after);
		if (host)
			host->sweep = true; /* again, next time */
		lock_give(fleet->lock);
		return false;
	}
	return true;
}

/* --- who was seen --- */

static bool note_seen(struct fleet *fleet, bool all, struct err *err)
{
	int64_t now_us = time_now_us();
	size_t count = 0;
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	struct store_seen *seen = arena_get(arena, SEEN_MAX, sizeof(*seen));
	lock_take(fleet->lock);
	for (size_t i = 0; i < fleet->host_count && count < SEEN_MAX; i++) {
		struct host *host = fleet->hosts[i];
		bool has_facts = host->noted_us < 0;
		if (host->serial != 0)
			host->last_seen_us = now_us;
		if (!has_facts &&
		    (host->last_seen_us == host->noted_us ||
		     (!all && now_us - host->noted_us < FLEET_SEEN_US && now_us >= host->noted_us)))
			continue;
		seen[count].at_us = host->noted_us = host->last_seen_us;
		memcpy(seen[count].host, host->id, STORE_ID_SIZE);
		if (has_facts)
			seen[count].facts = arena_text(arena, text_of(host->facts));
		count++;
	}
	lock_give(fleet->lock);
	return count == 0 || fleet->port->hosts_seen(fleet->store, seen, count, err);
}

/* --- the thread --- */

void clerk_look(struct fleet *fleet)
{
	lock_take(fleet->due);
	fleet->look = true;
	lock_wake(fleet->due);
	lock_give(fleet->due);
}

/* Waits for a tick or a nudge; false: we are stopping. */
static bool wait_turn(struct fleet *fleet)
{
	lock_take(fleet->due);
	if (!fleet->look && !fleet->stopping)
		lock_wait(fleet->due, TICK_MS);
	fleet->look = false;
	bool stopping = fleet->stopping;
	lock_give(fleet->due);
	return !stopping;
}

static bool forget(struct fleet *fleet, int64_t *next_us, struct err *err)
{
	size_t count = FORGET_MAX;
	if (fleet->config.keep_us == 0 || time_span_us() < *next_us)
		return true;
	if (!fleet->port->items_forget(fleet->store, time_now_us() - fleet->config.keep_us,
				       FORGET_MAX, &count, err))
		return false;
	if (count < FORGET_MAX)
		*next_us = time_span_us() + RETENTION_TICK_US;
	return true;
}

void clerk_run(void *data)
{
	struct fleet *fleet = data;
	struct err err = {0};
	int64_t forget_us = 0;
	while (wait_turn(fleet)) {
		err = (struct err){0};
		if (!sweep(fleet, &err) || !waivers_do_due(fleet, &err) ||
		    !expire_actions(fleet, &err) || !mark_overdue(fleet, &err) ||
		    !note_seen(fleet, false, &err) || !forget(fleet, &forget_us, &err))
			log_write(LOG_ERROR, "clerk", "%s", err.text);
	}
	if (!note_seen(fleet, true, &err))
		log_write(LOG_ERROR, "clerk", "%s", err.text);
}
