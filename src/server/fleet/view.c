#include <string.h>

#include "server/alert/alert.h"
#include "server/fleet/inner.h"

#define TAG_MAX 256 /* bytes of a tag's name, and of its value */

bool fleet_is_online(struct fleet *fleet, const char *id)
{
	lock_take(fleet->lock);
	const struct host *host = roster_find(fleet, id);
	bool online = host && host->serial != 0;
	lock_give(fleet->lock);
	return online;
}

struct json *fleet_host(struct fleet *fleet, const char *id, struct err *err unused)
{
	lock_take(fleet->lock);
	const struct host *host = roster_find(fleet, id);
	struct json *json = host ? host_json(fleet, host) : NULL;
	lock_give(fleet->lock);
	return json;
}

struct json *fleet_hosts(struct fleet *fleet, const struct query *query, const char *after,
			 size_t limit, char next[static STORE_ID_SIZE], struct err *err unused)
{
	int64_t now_us = time_now_us();
	struct json *list = json_new_list();
	char at[STORE_ID_SIZE];
	memset(at, 0, sizeof(at));
	memcpy(at, after, strnlen(after, sizeof(at) - 1));
	next[0] = '\0';
	for (bool more = true; more;) {
		lock_take(fleet->lock); /* anew for each: others come in between */
		const struct host *host = roster_next(fleet, at);
		struct json *json = host ? host_json(fleet, host) : NULL;
		if (host)
			memcpy(at, host->id, sizeof(at));
		lock_give(fleet->lock);
		more = json != NULL;
		struct query_record record = query_json_record(json);
		if (!json || (query && !query_is_match(query, &record, now_us))) {
			json_free(&json);
		} else if (json_count(list) == limit) {
			json_free(&json);
			const struct json *last = json_at(list, limit - 1);
			memcpy(next, json_text(last, "id").at, STORE_ID_SIZE);
			more = false;
		} else {
			json_add(list, json);
		}
	}
	return list;
}

/* --- changing --- */

static bool is_tag(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] < ' ' || text.at[i] == 127)
			return false;
	return text.len > 0 && text.len <= TAG_MAX;
}

static bool set_tags(struct json *tags, const struct json *set, struct err *err)
{
	void *state = NULL;
	struct text key;
	const struct json *value;
	while (json_next(set, &state, &key, &value)) {
		if (!is_tag(key) || !is_tag(json_as_text(value)))
			return err_set(err, ERR_INPUT,
				       "a tag is a name and a text, each of 1 to %d bytes",
				       TAG_MAX);
		scoped(mem_free) char *name = mem_copy(key.at, key.len);
		json_put_text(tags, name, json_as_text(value));
	}
	return true;
}

static bool is_unset(const struct json *unset, struct text key)
{
	for (size_t i = 0; i < json_count(unset); i++)
		if (text_is_equal(json_as_text(json_at(unset, i)), key))
			return true;
	return false;
}

/* The tags after the change, as JSON text. */
static bool change_tags(const char *before, const struct json *change, struct buf *after,
			struct err *err)
{
	void *state = NULL;
	struct text key;
	size_t count = 0;
	const struct json *value;
	scoped(json_free) struct json *old = json_parse(text_of(before), err);
	scoped(json_free) struct json *tags = json_new_object();
	if (!old)
		return false;
	while (json_next(old, &state, &key, &value)) {
		scoped(mem_free) char *name = mem_copy(key.at, key.len);
		if (!is_unset(json_get(change, "unset"), key))
			json_put_text(tags, name, json_as_text(value));
	}
	if (!set_tags(tags, json_get(change, "set"), err))
		return false;
	for (state = NULL; json_next(tags, &state, &key, &value);)
		count++;
	if (count > HOST_TAGS_MAX)
		return err_set(err, ERR_LIMIT, "a host has at most %d tags", HOST_TAGS_MAX);
	json_write(tags, after);
	return true;
}

/* What follows from other facts or tags. The lock is taken. */
static void reassign(struct fleet *fleet, struct host *host)
{
	struct letter letter = {.serial = host->serial};
	(void)host_assign(fleet, host, &letter.bytes);
	hub_post(fleet->hub, &letter);
}

static bool tag(struct fleet *fleet, const char *id, const struct json *change, struct err *err)
{
	struct buf tags = {0};
	lock_take(fleet->lock);
	struct host *host = roster_find(fleet, id);
	bool done = host ? change_tags(host->tags, change, &tags, err)
			 : err_set(err, ERR_INPUT, "there is no such host");
	lock_give(fleet->lock);
	done = done && fleet->port->host_tag(fleet->store, id, buf_view(&tags), err);
	if (done) {
		lock_take(fleet->lock);
		mem_free(&host->tags); /* hosts stay as long as the fleet */
		host->tags = mem_copy(tags.at, tags.len);
		reassign(fleet, host);
		lock_give(fleet->lock);
	}
	buf_end(&tags);
	return done;
}

bool fleet_tag(struct fleet *fleet, const char *id, const struct json *change, struct err *err)
{
	lock_take(fleet->pushing);
	bool done = tag(fleet, id, change, err);
	lock_give(fleet->pushing);
	if (!done)
		return false;
	lock_take(fleet->lock);
	waivers_host_changed(fleet);
	lock_give(fleet->lock);
	fleet_tell_host(fleet, id);
	clerk_look(fleet);
	return true;
}

bool fleet_revoke(struct fleet *fleet, const char *id, bool *found, struct err *err)
{
	int64_t now_us = time_now_us();
	lock_take(fleet->lock);
	*found = roster_find(fleet, id) != NULL;
	lock_give(fleet->lock);
	if (!*found)
		return true;
	lock_take(fleet->putting); /* no item may become current meanwhile */
	bool done = fleet->port->host_revoke(fleet->store, id, now_us, err);
	if (done) {
		lock_take(fleet->lock);
		struct host *host = roster_find(fleet, id);
		struct letter letter = {.serial = host->serial};
		if (host->revoked_us == 0)
			host->revoked_us = now_us;
		memset(&host->tally, 0, sizeof(host->tally));
		memset(host->expected, 0, sizeof(host->expected));
		if (letter.serial != 0)
			hub_refuse(&letter, "this agent was revoked", true);
		hub_post(fleet->hub, &letter);
		lock_give(fleet->lock);
	}
	lock_give(fleet->putting);
	if (done)
		fleet_tell_host(fleet, id);
	return done;
}

/* --- figures --- */

static void put_figure(struct buf *out, const char *name, const char *type, const char *help,
		       uint64_t value)
{
	buf_print(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", name, help, name, type, name,
		  (unsigned long long)value);
}

void fleet_metrics(struct fleet *fleet, struct buf *out)
{
	struct figures *figures = &fleet->figures;
	lock_take(fleet->lock);
	size_t hosts = fleet->host_count, online = fleet->online, documents = fleet->document_count;
	uint64_t defects = 0;
	for (size_t i = 0; i < hosts; i++)
		if (fleet->hosts[i]->revoked_us == 0)
			defects += (uint64_t)fleet->hosts[i]->watch_defects;
	lock_give(fleet->lock);
	const struct {
		const char *name, *type, *help;
		uint64_t value;
	} list[] = {
		{"muster_hosts", "gauge", "Hosts, revoked ones too.", hosts},
		{"muster_hosts_online", "gauge", "Agents that are connected.", online},
		{"muster_watch_defects", "gauge",
		 "Changes that agents' watches missed and their daily runs found.", defects},
		{"muster_documents", "gauge", "Documents that are assigned.", documents},
		{"muster_agents_accepted_total", "counter", "Agents that said hello.",
		 figures->accepted},
		{"muster_agents_refused_total", "counter", "Enrolments and agents refused.",
		 figures->refused},
		{"muster_connections_dropped_total", "counter",
		 "Agents' connections dropped: nonsense, stalled, too slow.", figures->dropped},
		{"muster_items_total", "counter", "Items written, repeated ones too.",
		 figures->items},
		{"muster_items_refused_total", "counter", "Items that were not valid.",
		 figures->items_refused},
		{"muster_items_batches_total", "counter",
		 "Transactions that items were written in.", figures->batches},
		{"muster_items_overdue_total", "counter", "Answers that did not come in time.",
		 figures->overdue},
		{"muster_writer_queue_bytes", "gauge",
		 "Bytes of messages on their way to the store.", fleet->job_bytes},
	};
	for (size_t i = 0; i < array_len(list); i++)
		put_figure(out, list[i].name, list[i].type, list[i].help, list[i].value);
	if (fleet->config.alerts)
		alerts_metrics(fleet->config.alerts, out);
}
