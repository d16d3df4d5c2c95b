#include <string.h>

#include "base/log.h"
#include "net/link/token.h"
#include "net/tls/tls.h"
#include "server/alert/alert.h"
#include "server/fleet/inner.h"

#define ARENA_MAX (64u << 20)
#define ACTOR_ARENA_MAX 4096 /* bytes of who made one change */
#define NAME_MAX_LEN 253
#define DOCUMENTS_MAX 10000 /* that a hello may name */

/* --- items into the store, and what follows from them --- */

/* The summary's newest changes: a ring; whole is the item's JSON. The lock is taken. */
static void note_change(struct fleet *fleet, const struct store_item *item,
			const struct json *whole)
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
	if (json_get(whole, "by"))
		json_put(json, "by", json_copy(json_get(whole, "by")));
	json_write(json, &text);
	json_free(&json);
	struct change *change = &fleet->changes[fleet->change_count++ % FLEET_CHANGES_KEPT];
	mem_free(&change->json);
	change->json = mem_copy(text.at, text.len);
	buf_end(&text);
}

bool changes_load(struct fleet *fleet, struct err *err)
{
	struct store_items items;
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	if (!fleet->port->items_changes(fleet->store, FLEET_CHANGES_KEPT, arena, &items, err))
		return false;
	lock_take(fleet->lock);
	for (size_t i = items.count; i-- > 0;) {
		struct err odd = {0};
		scoped(json_free) struct json *whole = json_parse(items.list[i].json, &odd);
		note_change(fleet, &items.list[i], whole);
	}
	lock_give(fleet->lock);
	return true;
}

/* Whoever wants to know is told what changed, and whether the host still meets its level. */
static void tell_change(struct fleet *fleet, const struct store_item *item,
			const struct json *whole, const struct host *host, bool met)
{
	struct err err = {0};
	struct actor actor;
	const struct json *by = json_get(whole, "by");
	scoped(arena_free) struct arena *arena = arena_new(ACTOR_ARENA_MAX);
	const struct alert_change change = {
		.agent = text_of(item->agent),
		.target = item->target,
		.item = text_of(item->id),
		.policy = item->policy,
		.ref = item->ref,
		.name = item->name,
		.reason = json_text(whole, "reason"),
		.level = item->level,
		.required = host->required,
		.met = met,
		.meets = host->required != LEVEL_NONE && host_achieved(host) >= host->required,
		.from = item->before,
		.to = item->status,
		.at_us = item->at_us,
		.by = by && actor_from_json(by, arena, &actor, &err) ? &actor : NULL,
	};
	alerts_note(fleet->config.alerts, &change);
}

static void count_one(struct fleet *fleet, const struct store_item *item)
{
	struct host *host = item->fresh && item->current ? roster_find(fleet, item->agent) : NULL;
	if (!host)
		return;
	bool changes = item->before != STATUS_PENDING && item->before != item->status;
	bool met = host->required != LEVEL_NONE && host_achieved(host) >= host->required;
	host_count(host, item);
	if (!changes)
		return;
	struct err err = {0};
	scoped(json_free) struct json *whole = json_parse(item->json, &err);
	note_change(fleet, item, whole);
	if (fleet->config.alerts)
		tell_change(fleet, item, whole, host, met);
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
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX); /* of what is waived */
	lock_take(fleet->putting);
	bool done = count == 0 || (waivers_apply(fleet, items, count, arena, err) &&
				   fleet->port->items_put(fleet->store, items, count, err));
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
			log_write(LOG_WARN, "fleet",
				  "item with the id of another host refused, "
				  "agent=%s id=%s",
				  items[i].agent, items[i].id);
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

/* --- certificates --- */

static bool sign(struct fleet *fleet, const char *id, struct text csr, struct buf *certificate,
		 struct err *err)
{
	const struct tls_grant grant = {
		.common_name = id, .days = fleet->agent_days, .now_us = time_now_us()};
	if (csr.len == 0)
		return err_set(err, ERR_INPUT, "the message needs a \"csr\"");
	return tls_sign(buf_view(&fleet->ca_key), buf_view(&fleet->ca_cert), csr, &grant,
			certificate, err);
}

static bool may_renew(struct fleet *fleet, const char *id, struct err *err)
{
	lock_take(fleet->lock);
	const struct host *host = roster_find(fleet, id);
	bool may = host && host->revoked_us == 0;
	lock_give(fleet->lock);
	return may || err_set(err, ERR_REFUSED, "this agent was revoked");
}

/* For the same agent, whatever the request says. Who it is comes from the certificate, and what it
 * may from the roster: so the old one stays good until its end, and both end when it is revoked. */
static void renew(struct fleet *fleet, struct job *job)
{
	struct err err = {0};
	char fingerprint[65];
	struct letter letter = {.serial = job->serial};
	scoped(buf_end) struct buf certificate = {0};
	scoped(json_free) struct json *body = json_parse(buf_view(&job->body), &err);
	if (body && may_renew(fleet, job->host, &err) &&
	    sign(fleet, job->host, json_text(body, "csr"), &certificate, &err) &&
	    tls_fingerprint(buf_view(&certificate), fingerprint, &err)) {
		scoped(json_free) struct json *answer = json_new_object();
		json_put_text(answer, "certificate", buf_view(&certificate));
		message_put(&letter.bytes, MESSAGE_RENEWED, answer);
		log_write(LOG_INFO, "fleet", "certificate renewed, agent=%s peer=%s sha256=%s",
			  job->host, job->peer, fingerprint);
	} else {
		fleet->figures.refused++;
		log_write(LOG_WARN, "fleet", "no new certificate, agent=%s peer=%s: %s", job->host,
			  job->peer, err.text);
		hub_refuse(&letter, err.text, false);
	}
	hub_post(fleet->hub, &letter);
}

/* --- enrolling --- */

static bool read_facts(const struct json *json, struct arena *arena, struct buf *facts,
		       struct err *err)
{
	struct host_facts read;
	if (!host_facts_from_json(json, arena, &read, err))
		return err_add(err, "facts");
	struct json *again = host_facts_to_json(&read);
	json_write(again, facts);
	json_free(&again);
	return true;
}

static bool is_name(struct text name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] <= ' ' || name.at[i] > '~')
			return false;
	return name.len > 0 && name.len <= NAME_MAX_LEN;
}

struct enrolment {
	struct store_host host;
	struct buf facts, certificate;
	char token_hash[65], fingerprint[65], secret[TOKEN_SECRET_SIZE];
};

static bool read_enrolment(struct fleet *fleet, const struct json *body, struct arena *arena,
			   struct enrolment *enrolment, struct err *err)
{
	struct text token = json_text(body, "token"), trust = json_text(body, "trust");
	struct store_host *host = &enrolment->host;
	host->name = json_text(body, "name");
	if (!is_name(host->name))
		return err_set(err, ERR_INPUT, "a host's name is 1 to %d printable characters",
			       NAME_MAX_LEN);
	if (token.len != TOKEN_SECRET_SIZE - 1)
		return err_set(err, ERR_REFUSED, "this token is unknown here");
	memcpy(enrolment->secret, token.at, token.len);
	token_hash(enrolment->secret, enrolment->token_hash);
	random_put_id(host->id);
	if (!read_facts(json_get(body, "facts"), arena, &enrolment->facts, err) ||
	    !sign(fleet, host->id, json_text(body, "csr"), &enrolment->certificate, err) ||
	    !tls_fingerprint(buf_view(&enrolment->certificate), enrolment->fingerprint, err))
		return false;
	host->facts = buf_view(&enrolment->facts);
	host->tags = TEXT("{}");
	host->trust = trust.len > 0 ? trust : TEXT("server");
	host->fingerprint = text_of(enrolment->fingerprint);
	host->enrolled_us = host->last_seen_us = time_now_us();
	return true;
}

static void put_enrolled(struct fleet *fleet, const struct enrolment *enrolment, struct buf *out)
{
	scoped(json_free) struct json *body = json_new_object();
	json_put_cstr(body, "agent", enrolment->host.id);
	json_put_text(body, "certificate", buf_view(&enrolment->certificate));
	json_put_text(body, "ca", buf_view(&fleet->ca_cert));
	message_put(out, MESSAGE_ENROLLED, body);
}

static void enroll(struct fleet *fleet, struct job *job)
{
	struct err err = {0};
	struct enrolment enrolment = {0};
	struct letter letter = {.serial = job->serial, .close = true};
	char shown[LOG_VALUE_SIZE];
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	scoped(json_free) struct json *body = json_parse(buf_view(&job->body), &err);
	if (body && read_enrolment(fleet, body, arena, &enrolment, &err) &&
	    fleet->port->host_add(fleet->store, &enrolment.host, enrolment.token_hash,
				  time_now_us(), &err)) {
		lock_take(fleet->lock);
		(void)host_assign(fleet, roster_add(fleet, &enrolment.host), NULL);
		lock_give(fleet->lock);
		put_enrolled(fleet, &enrolment, &letter.bytes);
		log_write(LOG_INFO, "fleet", "agent enrolled, name=%s agent=%s peer=%s",
			  log_value(enrolment.host.name, shown), enrolment.host.id, job->peer);
		fleet_tell_host(fleet, enrolment.host.id);
	} else {
		fleet->figures.refused++;
		log_write(LOG_WARN, "fleet", "enrolment refused, peer=%s: %s", job->peer,
			  log_value(text_of(err.text), shown));
		hub_refuse(&letter, err.text, false);
	}
	hub_post(fleet->hub, &letter);
	buf_end(&enrolment.facts);
	buf_end(&enrolment.certificate);
	explicit_bzero(enrolment.secret, sizeof(enrolment.secret));
}

/* --- hello --- */

static void put_welcome(const struct host *host, struct buf *out)
{
	char now[TIME_TEXT_SIZE];
	scoped(json_free) struct json *body = json_new_object();
	time_put(time_now_us(), now);
	json_put_cstr(body, "agent", host->id);
	json_put_cstr(body, "now", now);
	message_put(out, MESSAGE_WELCOME, body);
}

/* What is assigned, without the texts that the hello says are there. */
static void put_assigned(const struct host *host, const struct json *hello, struct buf *out)
{
	const struct json *known = json_get(hello, "documents");
	struct assigned *before = mem_new(host->assigned_count + 1, sizeof(*before));
	size_t count = 0, named = json_count(known);
	for (size_t i = 0; i < host->assigned_count; i++)
		for (size_t at = 0; at < named && at < DOCUMENTS_MAX; at++)
			if (text_is(json_text(json_at(known, at), "sha256"),
				    host->assigned[i].document->sha256)) {
				before[count++] = host->assigned[i];
				break;
			}
	host_put_assign(host, before, count, out);
	mem_free(&before);
}

static void put_pending(struct fleet *fleet, const char *id, struct buf *out)
{
	struct err err = {0};
	struct store_actions actions = {0};
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	if (!fleet->port->actions_pending(fleet->store, id, time_now_us(), arena, &actions, &err))
		log_write(LOG_ERROR, "fleet", "actions of agent %s: %s", id, err.text);
	for (size_t i = 0; i < actions.count && out->len < FLEET_OUT_MAX / 2; i++)
		action_put_check(&actions.list[i], out);
}

/* Under the lock: true when they are others. */
static bool keep_facts(struct fleet *fleet, struct host *host, const struct buf *facts)
{
	if (text_is(buf_view(facts), host->facts))
		return false;
	mem_free(&host->facts);
	host->facts = mem_copy(facts->at, facts->len);
	host->noted_us = -1; /* with its facts */
	waivers_host_changed(fleet);
	return true;
}

/* Under the lock: the connection is this host's from now on; a former one ends. */
static void attach(struct fleet *fleet, struct host *host, const struct job *job, struct buf *facts)
{
	if (host->serial != 0) {
		struct letter former = {.serial = host->serial};
		hub_refuse(&former, "this agent has connected again from elsewhere", false);
		hub_post(fleet->hub, &former);
	} else {
		fleet->online++;
	}
	host->serial = job->serial;
	host->last_seen_us = time_now_us();
	(void)!keep_facts(fleet, host, facts);
	(void)host_assign(fleet, host, NULL);
}

static bool hello(struct fleet *fleet, const struct job *job, struct letter *letter,
		  struct err *err)
{
	struct buf facts = {0};
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	scoped(json_free) struct json *body = json_parse(buf_view(&job->body), err);
	if (!body || !read_facts(json_get(body, "facts"), arena, &facts, err)) {
		buf_end(&facts);
		return false;
	}
	put_pending(fleet, job->host, &letter->bytes);
	struct buf pending = letter->bytes;
	letter->bytes = (struct buf){0};
	lock_take(fleet->lock);
	struct host *host = roster_find(fleet, job->host);
	bool known = host && host->revoked_us == 0;
	if (known) {
		attach(fleet, host, job, &facts);
		put_welcome(host, &letter->bytes);
		put_assigned(host, body, &letter->bytes);
		buf_text(&letter->bytes, buf_view(&pending));
		letter->admit = true;
		hub_post(fleet->hub, letter);
	}
	lock_give(fleet->lock);
	buf_end(&facts);
	buf_end(&pending);
	return known || err_set(err, ERR_REFUSED, "this agent was revoked");
}

static void greet(struct fleet *fleet, struct job *job)
{
	struct err err = {0};
	struct letter letter = {.serial = job->serial};
	if (hello(fleet, job, &letter, &err)) {
		fleet->figures.accepted++;
		fleet_tell_host(fleet, job->host);
		clerk_look(fleet);
		return;
	}
	fleet->figures.refused++;
	log_write(LOG_WARN, "fleet", "agent refused, agent=%s peer=%s: %s", job->host, job->peer,
		  err.text);
	hub_refuse(&letter, err.text, err.kind == ERR_REFUSED);
	hub_post(fleet->hub, &letter);
}

/* --- other facts --- */

/* What follows from them, too: what is assigned may be something else. */
static bool replace_facts(struct fleet *fleet, const struct job *job, const struct buf *facts)
{
	struct letter letter = {.serial = job->serial};
	lock_take(fleet->lock);
	struct host *host = roster_find(fleet, job->host);
	bool fresh = host && host->revoked_us == 0 && host->serial == job->serial &&
		     keep_facts(fleet, host, facts);
	if (fresh) {
		(void)host_assign(fleet, host, &letter.bytes);
		hub_post(fleet->hub, &letter);
	}
	lock_give(fleet->lock);
	return fresh;
}

static void take_facts(struct fleet *fleet, struct job *job)
{
	struct err err = {0};
	struct buf facts = {0};
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	scoped(json_free) struct json *body = json_parse(buf_view(&job->body), &err);
	if (!body || !read_facts(json_get(body, "facts"), arena, &facts, &err)) {
		struct letter letter = {.serial = job->serial};
		log_write(LOG_WARN, "fleet", "agent %s: %s", job->host, err.text);
		hub_refuse(&letter, err.text, false);
		hub_post(fleet->hub, &letter);
	} else if (replace_facts(fleet, job, &facts)) {
		fleet_tell_host(fleet, job->host);
		clerk_look(fleet);
	}
	buf_end(&facts);
}

static void leave(struct fleet *fleet, struct job *job)
{
	bool found = false;
	struct err err = {0};
	if (fleet_revoke(fleet, job->host, &found, &err))
		log_write(LOG_INFO, "fleet", "agent left, agent=%s", job->host);
	else
		log_write(LOG_ERROR, "fleet", "agent %s cannot leave: %s", job->host, err.text);
}

/* --- items --- */

static void acknowledge(struct fleet *fleet, struct job *job)
{
	struct err err = {0};
	struct letter letter = {.serial = job->serial};
	if (job->done && job->action[0] &&
	    !fleet->port->action_answer(fleet->store, job->action, job->host, RECIPIENT_ANSWERED,
					time_now_us(), &err)) {
		log_write(LOG_ERROR, "writer", "answer of agent %s: %s", job->host, err.text);
		letter.close = true; /* it will say so again */
	} else {
		scoped(json_free) struct json *body = json_new_object();
		json_put_int(body, "seq", job->seq);
		message_put(&letter.bytes, MESSAGE_ACK, body);
	}
	hub_post(fleet->hub, &letter);
}

/* All items of all jobs in one transaction; then, not before, they are acknowledged. When the store
 * fails the agents keep what they have, and are sent away to come again. */
static void write_items(struct fleet *fleet, struct job **jobs, size_t count)
{
	struct err err = {0};
	size_t total = 0;
	for (size_t i = 0; i < count; i++)
		total += jobs[i]->item_count;
	struct store_item *all = mem_new(total + 1, sizeof(*all));
	total = 0;
	for (size_t i = 0; i < count; i++) {
		if (jobs[i]->item_count > 0)
			memcpy(&all[total], jobs[i]->items, jobs[i]->item_count * sizeof(*all));
		total += jobs[i]->item_count;
	}
	bool done = fleet_put(fleet, all, total, &err);
	if (!done)
		log_write(LOG_ERROR, "writer", "%zu items not kept: %s", total, err.text);
	for (size_t i = 0; i < count; i++) {
		if (jobs[i]->kind != JOB_ITEMS)
			continue;
		if (done) {
			acknowledge(fleet, jobs[i]);
		} else {
			struct letter letter = {.serial = jobs[i]->serial, .close = true};
			hub_post(fleet->hub, &letter);
		}
	}
	mem_free(&all);
}

static void do_job(struct fleet *fleet, struct job *job)
{
	switch (job->kind) {
	case JOB_ENROLL:
		enroll(fleet, job);
		break;
	case JOB_HELLO:
		greet(fleet, job);
		break;
	case JOB_FACTS:
		take_facts(fleet, job);
		break;
	case JOB_LEAVE:
		leave(fleet, job);
		break;
	case JOB_RENEW:
		renew(fleet, job);
		break;
	case JOB_DECLINED:
		action_decline(fleet, job);
		break;
	case JOB_ITEMS:
		break;
	}
}

void writer_run(void *data)
{
	struct fleet *fleet = data;
	void *taken[FLEET_BATCH_MAX];
	for (;;) {
		size_t count = queue_take(fleet->written, taken, FLEET_BATCH_MAX, -1), bytes = 0;
		if (count == 0 && queue_is_closed(fleet->written))
			break;
		struct job *jobs[FLEET_BATCH_MAX] = {0};
		for (size_t i = 0; i < count; i++) {
			jobs[i] = taken[i];
			bytes += jobs[i]->body.len;
		}
		write_items(fleet, jobs, count);
		for (size_t i = 0; i < count; i++) {
			do_job(fleet, jobs[i]);
			job_free(&jobs[i]);
		}
		fleet->job_bytes -= bytes;
		hub_drained(fleet->hub);
	}
}
