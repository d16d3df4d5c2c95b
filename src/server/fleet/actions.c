#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "server/fleet/inner.h"

#define ARENA_MAX (256u << 20)
#define POLICIES_BYTES_MAX (8u << 20) /* of all texts of one action */
#define POLICIES_MAX 64
#define DECLINED_MAX 300                     /* bytes of a host's reason */
#define CLOCK_APART_US (60 * TIME_SECOND_US) /* clocks that differ less are alike */

void action_put_check(const struct store_action *action, struct buf *out)
{
	struct err err = {0};
	char when[TIME_TEXT_SIZE];
	scoped(json_free) struct json *body = json_new_object();
	time_put(action->expires_us, when);
	json_put_cstr(body, "action", action->id);
	json_put_cstr(body, "expires", when);
	json_put_text(body, "target", action->target);
	json_put(body, "policies", json_parse(action->policies, &err));
	message_put(out, MESSAGE_CHECK, body);
}

/* --- starting --- */

/* Every policy must be one, and all are small enough to be sent. */
static bool check_policies(const struct json *policies, struct err *err)
{
	size_t bytes = 0;
	if (json_count(policies) > POLICIES_MAX)
		return err_set(err, ERR_LIMIT, "%zu policies in one action; at most %d are taken",
			       json_count(policies), POLICIES_MAX);
	for (size_t i = 0; i < json_count(policies); i++) {
		const struct json *policy = json_at(policies, i);
		const struct store_document kept = {.name = json_text(policy, "name"),
						    .text = json_text(policy, "text")};
		bytes += kept.text.len;
		if (bytes > POLICIES_BYTES_MAX)
			return err_set(err, ERR_LIMIT,
				       "the policies of an action have at most %u bytes together",
				       POLICIES_BYTES_MAX);
		struct document *document = document_new(&kept, NULL, err);
		if (!document)
			return false;
		document_free(&document);
	}
	return true;
}

/* Hosts that the query selects; the lock is taken. */
static void select_hosts(struct fleet *fleet, const struct query *query,
			 struct store_action *action)
{
	size_t room = 0;
	int64_t now_us = time_now_us();
	for (size_t i = 0; i < fleet->host_count; i++) {
		struct host *host = fleet->hosts[i];
		if (host->revoked_us != 0)
			continue;
		scoped(json_free) struct json *json = host_json(fleet, host);
		struct query_record record = query_json_record(json);
		if (!query_is_match(query, &record, now_us))
			continue;
		action->recipients = mem_grow(action->recipients, &room,
					      action->recipient_count + 1,
					      sizeof(*action->recipients));
		memcpy(action->recipients[action->recipient_count++].host, host->id, STORE_ID_SIZE);
	}
}

/* Sends it to those who are there, and says who that is. */
static struct json *send_action(struct fleet *fleet, const struct store_action *action)
{
	char when[TIME_TEXT_SIZE];
	struct buf check = {0};
	struct json *answer = json_new_object(), *hosts = json_new_list();
	action_put_check(action, &check);
	for (size_t i = 0; i < action->recipient_count; i++) {
		struct letter letter = {0};
		struct json *entry = json_new_object();
		lock_take(fleet->lock);
		const struct host *host = roster_find(fleet, action->recipients[i].host);
		letter.serial = host->serial;
		if (letter.serial != 0)
			buf_text(&letter.bytes, buf_view(&check));
		json_put_cstr(entry, "id", host->id);
		json_put_cstr(entry, "name", host->name);
		json_put_cstr(entry, "status", letter.serial ? "sent" : "offline");
		hub_post(fleet->hub, &letter);
		lock_give(fleet->lock);
		json_add(hosts, entry);
	}
	buf_end(&check);
	time_put(action->expires_us, when);
	json_put_cstr(answer, "id", action->id);
	json_put(answer, "hosts", hosts);
	json_put_cstr(answer, "expires", when);
	return answer;
}

static struct json *start(struct fleet *fleet, struct store_action *action,
			  const struct query *query, struct err *err)
{
	struct json *answer = NULL;
	random_put_id(action->id);
	lock_take(fleet->lock);
	select_hosts(fleet, query, action);
	lock_give(fleet->lock);
	if (fleet->port->action_add(fleet->store, action, err))
		answer = send_action(fleet, action);
	clerk_look(fleet);
	mem_free(&action->recipients);
	return answer;
}

struct json *fleet_check(struct fleet *fleet, struct text target, const struct json *policies,
			 const char *by, int64_t wait_us, struct err *err)
{
	struct buf texts = {0};
	struct json *answer = NULL;
	struct query *query = query_parse(target, &query_hosts, err);
	if (query && check_policies(policies, err)) {
		json_write(policies, &texts);
		struct store_action action = {.by = text_of(by),
					      .target = target,
					      .policies = buf_view(&texts),
					      .created_us = time_now_us()};
		action.expires_us = action.created_us + wait_us;
		answer = start(fleet, &action, query, err);
	}
	if (query)
		query_free(&query);
	buf_end(&texts);
	return answer;
}

/* --- looking --- */

static const char *recipient_name(struct fleet *fleet, const struct store_recipient *recipient)
{
	switch (recipient->status) {
	case RECIPIENT_ANSWERED:
		return "answered";
	case RECIPIENT_OVERDUE:
		return "overdue";
	case RECIPIENT_PENDING:
		return fleet_is_online(fleet, recipient->host) ? "pending" : "offline";
	}
	must(!"a status that recipients do not have");
}

static struct json *recipients_json(struct fleet *fleet, const struct store_action *action)
{
	struct json *list = json_new_list();
	for (size_t i = 0; i < action->recipient_count; i++) {
		struct json *entry = json_new_object();
		const char *status = recipient_name(fleet, &action->recipients[i]);
		lock_take(fleet->lock);
		const struct host *host = roster_find(fleet, action->recipients[i].host);
		json_put_cstr(entry, "id", action->recipients[i].host);
		json_put_cstr(entry, "name", host ? host->name : "");
		json_put_cstr(entry, "status", status);
		lock_give(fleet->lock);
		json_add(list, entry);
	}
	return list;
}

static bool is_recipient(const struct store_action *action, const char *host)
{
	size_t low = 0, high = action->recipient_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(action->recipients[middle].host, host);
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* All items that its recipients sent of it. */
static struct json *items_json(struct fleet *fleet, const struct store_action *action,
			       struct err *err)
{
	struct json *list = json_new_list();
	struct store_range range = {0, STORE_LIST_MAX};
	for (size_t got = 1; got > 0;) {
		struct store_items items;
		scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
		if (!fleet->port->items_of_action(fleet->store, action->id, &range, arena, &items,
						  err)) {
			json_free(&list);
			return NULL;
		}
		got = items.count;
		for (size_t i = 0; i < items.count; i++) {
			struct json *json = is_recipient(action, items.list[i].agent)
						    ? json_parse(items.list[i].json, err)
						    : NULL;
			range.from = items.list[i].seq;
			if (json)
				json_add(list, json);
		}
	}
	return list;
}

struct json *fleet_action(struct fleet *fleet, const char *id, struct err *err)
{
	bool found = false;
	char when[TIME_TEXT_SIZE];
	struct store_action action;
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	if (!fleet->port->action_get(fleet->store, id, arena, &action, &found, err) || !found)
		return NULL;
	struct json *items = items_json(fleet, &action, err);
	if (!items)
		return NULL;
	struct json *json = json_new_object();
	json_put_cstr(json, "id", action.id);
	time_put(action.created_us, when);
	json_put_cstr(json, "created", when);
	json_put_text(json, "by", action.by);
	json_put_text(json, "target", action.target);
	time_put(action.expires_us, when);
	json_put_cstr(json, "expires", when);
	json_put(json, "hosts", recipients_json(fleet, &action));
	json_put(json, "items", items);
	return json;
}

/* --- ending --- */

struct expiry {
	struct fleet *fleet;
	const struct store_action *action;
	struct text reason;
	int64_t now_us;
	struct arena *arena;
	struct store_item *items;
	size_t count, room;
};

static void add_unknown(struct expiry *expiry, const struct host *host, const struct policy *policy,
			const struct check *check)
{
	struct item item = {.target = text_of(host->name),
			    .at_us = expiry->now_us,
			    .status = STATUS_UNKNOWN,
			    .reason = expiry->reason,
			    .agent = text_of(host->id),
			    .action = text_of(expiry->action->id)};
	item.policy.name = policy->name;
	item.policy.url = policy->url;
	item.policy.level = check->level;
	item.check.ref = check->ref;
	item.check.name = check->name;
	item.check.description = check->description;
	item.check.location = check->location;
	item_put_id(item.agent, policy->name, check->ref, check->part, item.id);
	expiry->items = mem_grow(expiry->items, &expiry->room, expiry->count + 1,
				 sizeof(*expiry->items));
	struct store_item *kept = &expiry->items[expiry->count++];
	item.target = arena_text(expiry->arena, item.target);
	item_keep(&item, false, expiry->arena, kept);
	kept->policy = arena_text(expiry->arena, kept->policy);
	kept->ref = arena_text(expiry->arena, kept->ref);
	kept->name = arena_text(expiry->arena, kept->name);
}

static void add_document(struct expiry *expiry, const struct host *host,
			 const struct document *document, uint64_t matched)
{
	for (size_t i = 0; i < document->policies.count; i++) {
		const struct policy *policy = &document->policies.list[i];
		for (size_t at = 0; at < policy->check_count && (matched >> i & 1); at++)
			add_unknown(expiry, host, policy, &policy->checks[at]);
	}
}

struct asked { /* the policies of an action; none: what is assigned to the host */
	struct document *list[POLICIES_MAX];
	size_t count;
};

static void end_asked(struct asked *asked)
{
	for (size_t i = 0; i < asked->count; i++)
		document_free(&asked->list[i]);
}

static void compile_asked(const struct store_action *action, struct asked *asked)
{
	struct err err = {0};
	scoped(json_free) struct json *policies = json_parse(action->policies, &err);
	for (size_t i = 0; i < json_count(policies) && i < POLICIES_MAX; i++) {
		const struct json *policy = json_at(policies, i);
		const struct store_document kept = {.name = json_text(policy, "name"),
						    .text = json_text(policy, "text")};
		asked->list[asked->count] = document_new(&kept, NULL, &err);
		asked->count += asked->list[asked->count] != NULL;
	}
}

/* What the host was asked. The lock is taken. */
static void add_host(struct expiry *expiry, const struct host *host, const struct asked *asked)
{
	scoped(json_free) struct json *json = host_json(expiry->fleet, host);
	struct query_record record = query_json_record(json);
	for (size_t i = 0; i < asked->count; i++)
		add_document(expiry, host, asked->list[i],
			     document_matched(asked->list[i], &record));
	for (size_t i = 0; i < host->assigned_count && asked->count == 0; i++)
		add_document(expiry, host, host->assigned[i].document, host->assigned[i].matched);
}

/* One recipient is not waited for any more: what it was asked is unknown, for this reason. */
static bool expire(struct fleet *fleet, const struct store_action *action,
		   const struct asked *asked, const char *id, struct text reason, struct err *err)
{
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	struct expiry expiry = {.fleet = fleet,
				.action = action,
				.reason = reason,
				.now_us = time_now_us(),
				.arena = arena};
	lock_take(fleet->lock);
	const struct host *host = roster_find(fleet, id);
	if (host)
		add_host(&expiry, host, asked);
	lock_give(fleet->lock);
	bool done = fleet_put(fleet, expiry.items, expiry.count, err) &&
		    fleet->port->action_answer(fleet->store, action->id, id, RECIPIENT_OVERDUE,
					       expiry.now_us, err);
	fleet->figures.overdue += expiry.count;
	mem_free(&expiry.items);
	return done;
}

bool action_expire(struct fleet *fleet, const struct store_action *action, struct err *err)
{
	bool done = true;
	scoped(end_asked) struct asked asked = {0};
	compile_asked(action, &asked);
	for (size_t i = 0; i < action->recipient_count && done; i++)
		done = expire(fleet, action, &asked, action->recipients[i].host,
			      TEXT("the host did not answer in time"), err);
	return done;
}

/* --- a host that will not answer --- */

/* How far its clock is away, where that is worth a word. */
static void put_clock(struct text now, struct buf *reason)
{
	static const struct {
		int64_t above_s, unit_s;
		const char *unit;
	} units[] = {{2 * 86400, 86400, "days"}, {2 * 3600, 3600, "h"}, {0, 60, "min"}};
	int64_t host_us;
	if (!time_read(now, &host_us))
		return;
	int64_t ahead_us = host_us - time_now_us();
	int64_t apart_us = ahead_us < 0 ? -ahead_us : ahead_us;
	if (apart_us < CLOCK_APART_US)
		return;
	size_t i = 0;
	while (apart_us < units[i].above_s * TIME_SECOND_US)
		i++;
	int64_t unit_us = units[i].unit_s * TIME_SECOND_US;
	buf_print(reason, "; its clock is %" PRId64 " %s %s the server's",
		  (apart_us + unit_us / 2) / unit_us, units[i].unit,
		  ahead_us < 0 ? "behind" : "ahead of");
}

static bool waits_for(const struct store_action *action, const char *host)
{
	for (size_t i = 0; i < action->recipient_count; i++)
		if (strcmp(action->recipients[i].host, host) == 0)
			return action->recipients[i].status == RECIPIENT_PENDING;
	return false;
}

static bool decline(struct fleet *fleet, const struct job *job, struct err *err)
{
	bool found = false;
	unsigned char bytes[16];
	char id[STORE_ID_SIZE];
	struct store_action action;
	scoped(buf_end) struct buf reason = {0};
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	scoped(json_free) struct json *body = json_parse(buf_view(&job->body), err);
	if (!body)
		return false;
	if (!text_to_bytes(json_text(body, "action"), bytes, sizeof(bytes)))
		return err_set(err, ERR_INPUT, "message \"declined\" names no action");
	text_put_hex(bytes, sizeof(bytes), id);
	buf_printable(&reason, json_text(body, "reason"), DECLINED_MAX);
	if (reason.len == 0)
		buf_cstr(&reason, "the host will not answer");
	put_clock(json_text(body, "now"), &reason);
	if (!fleet->port->action_get(fleet->store, id, arena, &action, &found, err))
		return false;
	if (!found || !waits_for(&action, job->host)) /* it may have expired meanwhile */
		return true;
	log_write(LOG_WARN, "fleet", "a check is not done, agent=%s: %s", job->host, reason.at);
	scoped(end_asked) struct asked asked = {0};
	compile_asked(&action, &asked);
	return expire(fleet, &action, &asked, job->host, buf_view(&reason), err);
}

void action_decline(struct fleet *fleet, const struct job *job)
{
	struct err err = {0};
	if (!decline(fleet, job, &err)) /* at its expiry it is unknown all the same */
		log_write(LOG_ERROR, "fleet", "what agent %s declines: %s", job->host, err.text);
}
