#include <stdlib.h>
#include <string.h>

#include "server/alert/alert.h"
#include "server/fleet/inner.h"

#define ARENA_MAX (128u << 20)
#define PAGE 500
#define GROUPS_SHOWN 100
#define ITEMS_SHOWN 20
#define KEPT_US (TIME_SECOND_US / 2) /* a summary is as old as this at most */

/* Items that fail alike. */
struct group {
	struct text policy, ref, name;
	enum level level;
	int64_t count;
	struct json *items;
};

/* What is counted of one policy. */
struct part {
	struct tally tally;
	int64_t hosts;
	char last[STORE_ID_SIZE]; /* the host that was counted last */
};

struct summary {
	struct fleet *fleet;
	struct arena *arena;
	struct map *parts, *groups;
	int64_t total, online, meeting, below, not_required;
	int64_t achieved[LEVEL_COUNT], required[LEVEL_COUNT];
	struct tally tally;
};

static struct part *part_of(struct summary *summary, struct text policy)
{
	struct part *part = map_get(summary->parts, policy);
	if (!part) {
		part = arena_get(summary->arena, 1, sizeof(*part));
		(void)map_put(summary->parts, policy, part);
	}
	return part;
}

static void count_host(struct part *part, const char *host)
{
	part->hosts += strcmp(part->last, host) != 0;
	memcpy(part->last, host, sizeof(part->last));
}

/* What is assigned: as pending until answers are taken off again. The lock is taken. */
static void expect_host(struct summary *summary, const struct host *host)
{
	for (size_t i = 0; i < host->assigned_count; i++) {
		const struct assigned *assigned = &host->assigned[i];
		for (size_t at = 0; at < assigned->document->policies.count; at++) {
			const struct policy *policy = &assigned->document->policies.list[at];
			if (!(assigned->matched >> at & 1))
				continue;
			struct part *part = part_of(summary, policy->name);
			count_host(part, host->id);
			for (size_t k = 0; k < policy->check_count; k++)
				part->tally.count[policy->checks[k].level][STATUS_PENDING]++;
		}
	}
}

static void add_host(struct summary *summary, const struct host *host)
{
	enum level achieved = host_achieved(host);
	summary->total++;
	summary->online += host->serial != 0;
	summary->achieved[achieved]++;
	summary->required[host->required]++;
	summary->not_required += host->required == LEVEL_NONE;
	summary->meeting += host->required != LEVEL_NONE && achieved >= host->required;
	summary->below += host->required != LEVEL_NONE && achieved < host->required;
	for (enum level level = LEVEL_LOW; level < LEVEL_COUNT; level++) {
		for (size_t status = 0; status < STATUS_PENDING; status++)
			summary->tally.count[level][status] += host->tally.count[level][status];
		summary->tally.count[level][STATUS_PENDING] += host_pending(host, level);
	}
	expect_host(summary, host);
}

static void add_hosts(struct summary *summary)
{
	struct fleet *fleet = summary->fleet;
	lock_take(fleet->lock);
	for (size_t i = 0; i < fleet->host_count; i++)
		if (fleet->hosts[i]->revoked_us == 0)
			add_host(summary, fleet->hosts[i]);
	lock_give(fleet->lock);
}

static bool add_tally(void *data, const struct store_tally *tally)
{
	struct summary *summary = data;
	struct part *part = part_of(summary, tally->policy);
	unsigned *pending = &part->tally.count[tally->level][STATUS_PENDING];
	part->tally.count[tally->level][tally->status] += (unsigned)tally->count;
	*pending -= *pending < tally->count ? *pending : (unsigned)tally->count;
	return true;
}

/* --- failures --- */

static struct group *group_of(struct summary *summary, const struct store_item *item)
{
	scoped(buf_end) struct buf key = {0};
	buf_text(&key, item->policy);
	buf_char(&key, '\n');
	buf_text(&key, item->ref);
	struct group *group = map_get(summary->groups, buf_view(&key));
	if (group)
		return group;
	group = arena_get(summary->arena, 1, sizeof(*group));
	group->policy = arena_text(summary->arena, item->policy);
	group->ref = arena_text(summary->arena, item->ref);
	group->name = arena_text(summary->arena, item->name);
	group->level = item->level;
	group->items = json_new_list();
	(void)map_put(summary->groups, buf_view(&key), group);
	return group;
}

/* A filter that keeps nothing: what it sees is counted. */
static bool add_failure(void *data, const struct store_item *item)
{
	struct err err = {0};
	struct summary *summary = data;
	struct group *group = group_of(summary, item);
	group->count++;
	if (json_count(group->items) >= ITEMS_SHOWN)
		return false;
	scoped(json_free) struct json *whole = json_parse(item->json, &err);
	struct json *entry = json_new_object();
	json_put_cstr(entry, "id", item->id);
	json_put_cstr(entry, "agent", item->agent);
	json_put_text(entry, "target", item->target);
	json_put_cstr(entry, "status", status_name(item->status));
	json_put_text(entry, "reason", json_text(whole, "reason"));
	json_put_text(entry, "utctimestamp", json_text(whole, "utctimestamp"));
	json_add(group->items, entry);
	return false;
}

static bool add_failures(struct summary *summary, enum status status, struct err *err)
{
	struct store_items none;
	const struct store_item_filter filter = {
		.status = (int)status, .match = add_failure, .data = summary, .limit = 1};
	return summary->fleet->port->items_current(summary->fleet->store, &filter, summary->arena,
						   &none, err);
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *left = *(const struct group *const *)a;
	const struct group *right = *(const struct group *const *)b;
	if (left->level != right->level)
		return left->level < right->level ? -1 : 1;
	if (left->count != right->count)
		return left->count > right->count ? -1 : 1;
	return text_compare(left->ref, right->ref);
}

static struct json *failures_json(struct summary *summary)
{
	size_t at = 0, count = 0;
	struct text key;
	void *value;
	struct json *list = json_new_list();
	struct group **groups = mem_new(map_count(summary->groups) + 1, sizeof(struct group *));
	while (map_next(summary->groups, &at, &key, &value))
		groups[count++] = value;
	qsort(groups, count, sizeof(struct group *), compare_groups);
	for (size_t i = 0; i < count; i++) {
		if (i >= GROUPS_SHOWN) {
			json_free(&groups[i]->items);
			continue;
		}
		struct json *entry = json_new_object();
		json_put_text(entry, "policy", groups[i]->policy);
		json_put_text(entry, "ref", groups[i]->ref);
		json_put_text(entry, "name", groups[i]->name);
		json_put_cstr(entry, "level", level_name(groups[i]->level));
		json_put_int(entry, "count", groups[i]->count);
		json_put(entry, "items", take(&groups[i]->items));
		json_add(list, entry);
	}
	mem_free(&groups);
	return list;
}

/* --- as JSON --- */

static struct json *counts_json(const struct tally *tally, enum level from, enum level to)
{
	struct json *json = json_new_object();
	for (enum status status = 0; status < STATUS_COUNT; status++) {
		int64_t count = 0;
		for (enum level level = from; level <= to; level++)
			count += tally->count[level][status];
		json_put_int(json, status_name(status), count);
	}
	return json;
}

static struct json *policies_json(const struct summary *summary)
{
	size_t at = 0;
	struct text name;
	void *value;
	struct json *list = json_new_list();
	while (map_next(summary->parts, &at, &name, &value)) {
		const struct part *part = value;
		struct json *entry = json_new_object(), *levels = json_new_object();
		json_put_text(entry, "policy", name);
		json_put_int(entry, "hosts", part->hosts);
		json_put(entry, "counts", counts_json(&part->tally, LEVEL_LOW, LEVEL_MAXIMUM));
		for (enum level level = LEVEL_LOW; level < LEVEL_COUNT; level++)
			json_put(levels, level_name(level),
				 counts_json(&part->tally, level, level));
		json_put(entry, "levels", levels);
		json_add(list, entry);
	}
	return list;
}

static struct json *levels_json(const int64_t counts[static LEVEL_COUNT])
{
	struct json *json = json_new_object();
	for (enum level level = LEVEL_NONE; level < LEVEL_COUNT; level++)
		json_put_int(json, level_name(level), counts[level]);
	return json;
}

static struct json *changes_json(struct fleet *fleet)
{
	struct err err = {0};
	struct json *list = json_new_list();
	lock_take(fleet->lock);
	for (size_t i = 0; i < FLEET_CHANGES_KEPT && i < fleet->change_count; i++) {
		size_t at = (fleet->change_count - 1 - i) % FLEET_CHANGES_KEPT;
		struct json *change = json_parse(text_of(fleet->changes[at].json), &err);
		if (change)
			json_add(list, change);
	}
	lock_give(fleet->lock);
	return list;
}

static struct json *summary_json(struct summary *summary)
{
	char now[TIME_TEXT_SIZE];
	struct json *json = json_new_object(), *hosts = json_new_object();
	time_put(time_now_us(), now);
	json_put_cstr(json, "generated", now);
	json_put_int(hosts, "total", summary->total);
	json_put_int(hosts, "online", summary->online);
	json_put_int(hosts, "offline", summary->total - summary->online);
	json_put_int(hosts, "meeting", summary->meeting);
	json_put_int(hosts, "below", summary->below);
	json_put_int(hosts, "not_required", summary->not_required);
	json_put(json, "hosts", hosts);
	json_put(json, "achieved", levels_json(summary->achieved));
	json_put(json, "required", levels_json(summary->required));
	json_put(json, "counts", counts_json(&summary->tally, LEVEL_LOW, LEVEL_MAXIMUM));
	json_put(json, "policies", policies_json(summary));
	json_put(json, "failures", failures_json(summary));
	json_put(json, "changes", changes_json(summary->fleet));
	struct alerts *alerts = summary->fleet->config.alerts;
	json_put_int(json, "flapping", alerts ? (int64_t)alerts_flapping(alerts) : 0);
	return json;
}

static struct json *sum(struct fleet *fleet, struct err *err)
{
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	struct summary summary = {
		.fleet = fleet, .arena = arena, .parts = map_new(), .groups = map_new()};
	struct json *json = NULL;
	add_hosts(&summary);
	bool done = fleet->port->items_tally(fleet->store, add_tally, &summary, err) &&
		    add_failures(&summary, STATUS_FAIL, err) &&
		    add_failures(&summary, STATUS_ERROR, err);
	json = summary_json(&summary); /* which also ends what was gathered */
	if (!done)
		json_free(&json);
	map_free(&summary.parts);
	map_free(&summary.groups);
	return json;
}

struct json *fleet_summary(struct fleet *fleet, struct err *err)
{
	lock_take(fleet->summing); /* many pages ask at once: they share an answer */
	int64_t now_us = time_span_us();
	if (!fleet->summary || now_us - fleet->summed_us > KEPT_US) {
		json_free(&fleet->summary);
		fleet->summary = sum(fleet, err);
		fleet->summed_us = time_span_us();
	}
	struct json *json = fleet->summary ? json_copy(fleet->summary) : NULL;
	lock_give(fleet->summing);
	return json;
}
