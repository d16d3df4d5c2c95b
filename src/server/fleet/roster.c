#include <string.h>

#include "server/fleet/inner.h"

#define PAGE 500
#define ARENA_MAX (32u << 20)

struct host *roster_find(struct fleet *fleet, const char *id)
{
	return map_get(fleet->by_id, text_of(id));
}

/* The place of the first host with an id above `after`. */
static size_t place_after(const struct fleet *fleet, const char *after)
{
	size_t low = 0, high = fleet->host_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(fleet->hosts[middle]->id, after) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct host *roster_next(struct fleet *fleet, const char *after)
{
	size_t at = place_after(fleet, after);
	return at < fleet->host_count ? fleet->hosts[at] : NULL;
}

static char *copy(struct text text)
{
	return mem_copy(text.at ? text.at : "", text.len);
}

struct host *roster_add(struct fleet *fleet, const struct store_host *kept)
{
	struct host *host = mem_new(1, sizeof(*host));
	memcpy(host->id, kept->id, sizeof(host->id));
	if (kept->fingerprint.len < sizeof(host->fingerprint))
		memcpy(host->fingerprint, kept->fingerprint.at, kept->fingerprint.len);
	host->name = copy(kept->name);
	host->facts = copy(kept->facts);
	host->tags = copy(kept->tags);
	host->trust = copy(kept->trust);
	host->enrolled_us = kept->enrolled_us;
	host->last_seen_us = host->noted_us = kept->last_seen_us;
	host->revoked_us = kept->revoked_us;
	size_t at = place_after(fleet, host->id);
	fleet->hosts = mem_grow(fleet->hosts, &fleet->host_room, fleet->host_count + 1,
				sizeof(struct host *));
	memmove(&fleet->hosts[at + 1], &fleet->hosts[at],
		(fleet->host_count - at) * sizeof(struct host *));
	fleet->hosts[at] = host;
	fleet->host_count++;
	(void)map_put(fleet->by_id, text_of(host->id), host);
	return host;
}

static bool count_tally(void *data, const struct store_tally *tally)
{
	struct fleet *fleet = data;
	struct host *host = roster_find(fleet, tally->agent);
	if (host)
		host->tally.count[tally->level][tally->status] += (unsigned)tally->count;
	return true;
}

bool roster_load(struct fleet *fleet, struct err *err)
{
	char after[STORE_ID_SIZE] = "";
	for (struct store_hosts page = {.count = 1}; page.count > 0;) {
		scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
		if (!fleet->port->host_list(fleet->store, after, PAGE, arena, &page, err))
			return false;
		for (size_t i = 0; i < page.count; i++) {
			(void)roster_add(fleet, &page.list[i]);
			memcpy(after, page.list[i].id, sizeof(after));
		}
	}
	if (!fleet->port->items_tally(fleet->store, count_tally, fleet, err))
		return false;
	for (size_t i = 0; i < fleet->host_count; i++) {
		if (fleet->hosts[i]->revoked_us == 0)
			(void)host_assign(fleet, fleet->hosts[i], NULL);
		fleet->hosts[i]->sweep = true;
	}
	return true;
}

void roster_drop_document(struct document **document)
{
	if (--(*document)->holders == 0)
		document_free(document);
	*document = NULL;
}

static void drop_assigned(struct assigned *assigned, size_t count)
{
	for (size_t i = 0; i < count; i++)
		roster_drop_document(&assigned[i].document);
	mem_free(&assigned);
}

void roster_end(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->host_count; i++) {
		struct host *host = fleet->hosts[i];
		drop_assigned(host->assigned, host->assigned_count);
		mem_free(&host->name);
		mem_free(&host->facts);
		mem_free(&host->tags);
		mem_free(&host->trust);
		mem_free(&host);
	}
	mem_free(&fleet->hosts);
	map_free(&fleet->by_id);
}

/* --- one host --- */

static void put_time(struct json *json, const char *key, int64_t at_us)
{
	char when[TIME_TEXT_SIZE];
	time_put(at_us, when);
	json_put_cstr(json, key, when);
}

unsigned host_pending(const struct host *host, enum level level)
{
	unsigned answered = 0;
	for (size_t status = 0; status < STATUS_PENDING; status++)
		answered += host->tally.count[level][status];
	return host->expected[level] > answered ? host->expected[level] - answered : 0;
}

enum level host_achieved(const struct host *host)
{
	struct tally tally = host->tally;
	for (enum level level = LEVEL_LOW; level < LEVEL_COUNT; level++)
		tally.count[level][STATUS_PENDING] = host_pending(host, level);
	return tally_achieved(&tally);
}

static struct json *counts_json(const struct host *host)
{
	struct json *json = json_new_object();
	for (enum status status = 0; status < STATUS_COUNT; status++) {
		int64_t count = 0;
		for (enum level level = LEVEL_LOW; level < LEVEL_COUNT; level++)
			count += status == STATUS_PENDING ? host_pending(host, level)
							  : host->tally.count[level][status];
		json_put_int(json, status_name(status), count);
	}
	return json;
}

/* The facts, as the host stated them, are in the shape of HOST already but for the walls. */
static struct json *facts_json(const struct host *host)
{
	struct err err = {0};
	struct host_facts facts;
	scoped(arena_free) struct arena *arena = arena_new(1u << 20);
	scoped(json_free) struct json *stated = json_parse(text_of(host->facts), &err);
	if (!stated || !host_facts_from_json(stated, arena, &facts, &err))
		return json_new_object();
	return host_facts_to_json(&facts);
}

struct json *host_json(const struct fleet *fleet unused, const struct host *host)
{
	struct err err = {0};
	struct json *json = facts_json(host), *tags = json_parse(text_of(host->tags), &err);
	json_put_cstr(json, "id", host->id);
	json_put_cstr(json, "name", host->name);
	json_put(json, "tags", tags ? tags : json_new_object());
	json_put_cstr(json, "status",
		      host->revoked_us ? "revoked"
		      : host->serial   ? "online"
				       : "offline");
	json_put_cstr(json, "trust", host->trust);
	put_time(json, "enrolled", host->enrolled_us);
	put_time(json, "last_seen", host->last_seen_us);
	json_put_text(json, "required",
		      host->required == LEVEL_NONE ? (struct text){0}
						   : text_of(level_name(host->required)));
	json_put_cstr(json, "achieved", level_name(host_achieved(host)));
	json_put(json, "counts", counts_json(host));
	return json;
}

/* Whether a document has a check that one of those before it has, too: then the host has no use for
 * it. */
static bool is_at_odds(const struct assigned *list, size_t count, const struct assigned *added)
{
	for (size_t i = 0; i < count; i++)
		if (assigned_overlap(&list[i], added))
			return true;
	return false;
}

static size_t match_all(struct fleet *fleet, const struct query_record *record,
			struct assigned *list)
{
	size_t count = 0, size = 0;
	for (size_t i = 0; i < fleet->document_count; i++) {
		struct document *document = fleet->documents[i];
		list[count] = (struct assigned){document, document_matched(document, record)};
		if (list[count].matched == 0 || is_at_odds(list, count, &list[count]) ||
		    size + document->text.len > FLEET_ASSIGNED_MAX)
			continue;
		size += document->text.len;
		document->holders++;
		count++;
	}
	return count;
}

static void expect(struct host *host)
{
	memset(host->expected, 0, sizeof(host->expected));
	for (size_t i = 0; i < host->assigned_count; i++) {
		const struct assigned *assigned = &host->assigned[i];
		for (size_t at = 0; at < assigned->document->policies.count; at++) {
			const struct policy *policy = &assigned->document->policies.list[at];
			if (!(assigned->matched >> at & 1))
				continue;
			for (size_t k = 0; k < policy->check_count; k++)
				host->expected[policy->checks[k].level]++;
		}
	}
}

static bool is_same(const struct assigned *a, size_t a_count, const struct assigned *b,
		    size_t b_count)
{
	bool same = a_count == b_count;
	for (size_t i = 0; i < a_count && same; i++)
		same = a[i].document == b[i].document && a[i].matched == b[i].matched;
	return same;
}

static void require(struct fleet *fleet, struct host *host, const struct query_record *record)
{
	int64_t now_us = time_now_us();
	host->required = LEVEL_NONE;
	for (size_t i = 0; i < fleet->requirement_count; i++)
		if (fleet->requirements[i].level > host->required &&
		    query_is_match(fleet->requirements[i].query, record, now_us))
			host->required = fleet->requirements[i].level;
}

bool host_assign(struct fleet *fleet, struct host *host, struct buf *news)
{
	scoped(json_free) struct json *json = host_json(fleet, host);
	struct query_record record = query_json_record(json);
	enum level required = host->required;
	struct assigned *list = mem_new(fleet->document_count + 1, sizeof(*list));
	size_t count = match_all(fleet, &record, list), before_count = host->assigned_count;
	struct assigned *before = host->assigned;
	host->watch_defects = json_int(json_get(json, "watch"), "defects", 0);
	require(fleet, host, &record);
	if (is_same(list, count, before, before_count)) {
		drop_assigned(list, count);
		return host->required != required;
	}
	host->assigned = list;
	host->assigned_count = count;
	host->sweep = true;
	expect(host);
	if (news)
		host_put_assign(host, before, before_count, news);
	drop_assigned(before, before_count);
	return true;
}

static bool is_known(const struct document *document, const struct assigned *before, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(before[i].document->sha256, document->sha256) == 0)
			return true;
	return false;
}

void host_put_assign(const struct host *host, const struct assigned *before, size_t before_count,
		     struct buf *out)
{
	struct json *documents = json_new_list();
	for (size_t i = 0; i < host->assigned_count; i++) {
		const struct document *document = host->assigned[i].document;
		struct json *entry = json_new_object();
		json_put_text(entry, "name", document->name);
		json_put_int(entry, "revision", document->revision);
		json_put_cstr(entry, "sha256", document->sha256);
		if (!is_known(document, before, before_count))
			json_put_text(entry, "text", document->text);
		json_add(documents, entry);
	}
	scoped(json_free) struct json *body = json_new_object();
	json_put(body, "documents", documents);
	message_put(out, MESSAGE_ASSIGN, body);
}

/* --- which checks are its own --- */

const struct place *host_place(const struct host *host, const struct store_item *item)
{
	for (size_t i = 0; i < host->assigned_count; i++) {
		const struct assigned *assigned = &host->assigned[i];
		const struct place *place = document_place(assigned->document, item->policy,
							   item->ref);
		for (; place; place = place->next) {
			char id[ITEM_ID_SIZE];
			if (!(assigned->matched >> place->index & 1))
				continue;
			item_put_id(text_of(host->id), place->policy->name, place->check->ref,
				    place->check->part, id);
			if (strcmp(id, item->id) == 0)
				return place;
		}
	}
	return NULL;
}

void host_uncount(struct host *host, enum level level, enum status status)
{
	unsigned *count = &host->tally.count[level][status];
	if (status != STATUS_PENDING && *count > 0)
		(*count)--;
}

void host_count(struct host *host, const struct store_item *item)
{
	host_uncount(host, item->before_level, item->before);
	host->tally.count[item->level][item->status]++;
}
