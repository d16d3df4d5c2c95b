#include <string.h>

#include "base/log.h"
#include "server/fleet/inner.h"

/* The summary's newest changes: a ring. The lock is taken. */
static void note_change(struct fleet *fleet, const struct store_item *item)
{
	char when[TIME_TEXT_SIZE];
	struct json *json = json_new_object();
	struct buf text = {0};
	time_put(item->at_us, when);
	json_put_cstr(json, "id", item->id);
	json_put_cstr(json, "agent", item->agent);
	json_put_text(json, "target", item->target);
	json_put_text(json, "policy", item->policy);
	json_put_text(json, "ref", item->ref);
	json_put_text(json, "name", item->name);
	json_put_cstr(json, "level", level_name(item->level));
	json_put_cstr(json, "from", status_name(item->before));
	json_put_cstr(json, "to", status_name(item->status));
	json_put_cstr(json, "utctimestamp", when);
	json_write(json, &text);
	json_free(&json);
	struct change *change = &fleet->changes[fleet->change_count++ % FLEET_CHANGES_KEPT];
	mem_free(&change->json);
	change->json = mem_copy(text.at, text.len);
	buf_end(&text);
}

static void count_one(struct fleet *fleet, const struct store_item *item)
{
	struct host *host = item->fresh && item->current ? roster_find(fleet, item->agent) : NULL;
	if (!host)
		return;
	host_count(host, item);
	if (item->before != STATUS_PENDING && item->before != item->status)
		note_change(fleet, item);
}

void fleet_tell_host(struct fleet *fleet, const char *id)
{
	struct buf text = {0};
	lock_take(fleet->lock);
	const struct host *host = roster_find(fleet, id);
	struct json *json = host ? host_json(fleet, host) : NULL;
	lock_give(fleet->lock);
	if (!json)
		return;
	json_write(json, &text);
	stream_publish(fleet->stream, STREAM_HOST, buf_view(&text), (struct text){0});
	json_free(&json);
	buf_end(&text);
}

static void tell(struct fleet *fleet, const struct store_item *items, size_t count)
{
	const char *host = "";
	for (size_t i = 0; i < count; i++)
		if (items[i].fresh)
			stream_publish(fleet->stream, STREAM_ITEM, items[i].json, items[i].action);
	for (size_t i = 0; i < count; i++) {
		if (!items[i].fresh || !items[i].current || strcmp(items[i].agent, host) == 0)
			continue;
		host = items[i].agent;
		fleet_tell_host(fleet, host);
	}
}

bool fleet_put(struct fleet *fleet, struct store_item *items, size_t count, struct err *err)
{
	lock_take(fleet->putting);
	bool done = count == 0 || fleet->port->items_put(fleet->store, items, count, err);
	if (done && count > 0) {
		lock_take(fleet->lock);
		for (size_t i = 0; i < count; i++)
			count_one(fleet, &items[i]);
		lock_give(fleet->lock);
		tell(fleet, items, count);
		fleet->figures.items += count;
		fleet->figures.batches++;
	}
	for (size_t i = 0; i < count && done; i++)
		if (items[i].foreign) {
			log_write(LOG_WARN, "fleet", "item with the id of another host refused, "
				  "agent=%s id=%s", items[i].agent, items[i].id);
			fleet->figures.items_refused++;
		}
	lock_give(fleet->putting);
	return done;
}

void item_keep(const struct item *item, bool current, struct arena *arena, struct store_item *kept)
{
	struct buf text = {0};
	struct json *json = item_to_json(item);
	json_write(json, &text);
	*kept = (struct store_item){.target = item->target,
				    .policy = item->policy.name,
				    .ref = item->check.ref,
				    .name = item->check.name,
				    .action = item->action,
				    .level = item->policy.level,
				    .status = item->status,
				    .at_us = item->at_us,
				    .taken_us = time_now_us(),
				    .json = arena_text(arena, buf_view(&text)),
				    .current = current,
				    .before = STATUS_PENDING};
	memcpy(kept->id, item->id, sizeof(kept->id));
	if (item->agent.len < sizeof(kept->agent) && item->agent.at)
		memcpy(kept->agent, item->agent.at, item->agent.len);
	json_free(&json);
	buf_end(&text);
}
