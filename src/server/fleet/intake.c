#include <string.h>

#include "base/log.h"
#include "server/fleet/inner.h"

#define ARENA_MAX (128u << 20) /* of one message of 2 MiB, as items and as their text */
#define ITEMS_MAX 20000        /* in one message */

void job_free(struct job **job)
{
	if (!*job)
		return;
	buf_end(&(*job)->body);
	arena_free(&(*job)->arena);
	mem_free(&(*job)->peer);
	mem_free(job);
}

static bool is_id(struct text text)
{
	unsigned char bytes[16];
	return text_to_bytes(text, bytes, sizeof(bytes));
}

/* What an agent says of itself in an item counts for nothing: target and agent are its
 * certificate's. */
static bool take_item(struct job *job, const struct json *json, struct text target, struct err *err)
{
	struct item item;
	if (!item_from_json(json, job->arena, &item, err))
		return false;
	if (!is_id(text_of(item.id)) || (item.action.len > 0 && !is_id(item.action)))
		return err_set(err, ERR_INPUT, "item: \"id\" and \"action\" are 32 hex digits");
	item.target = target;
	item.agent = text_of(job->host);
	item_keep(&item, true, job->arena, &job->items[job->item_count++]);
	return true;
}

static void take_items(struct fleet *fleet, struct job *job, const struct json *list,
		       struct text target)
{
	size_t refused = 0;
	struct err first = {0};
	size_t count = json_count(list) < ITEMS_MAX ? json_count(list) : ITEMS_MAX;
	job->items = arena_get(job->arena, count + 1, sizeof(*job->items));
	for (size_t i = 0; i < count; i++) {
		struct err err = {0};
		if (take_item(job, json_at(list, i), target, &err))
			continue;
		if (refused++ == 0)
			first = err;
	}
	refused += json_count(list) - count;
	if (refused == 0)
		return;
	char shown[LOG_VALUE_SIZE];
	fleet->figures.items_refused += refused;
	log_write(LOG_WARN, "intake", "%zu items refused, agent=%s: %s", refused, job->host,
		  log_value(text_of(first.text), shown));
}

/* Whether each may become current: its check is assigned to this host. */
static void mark_assigned(struct fleet *fleet, struct job *job)
{
	lock_take(fleet->lock);
	const struct host *host = roster_find(fleet, job->host);
	for (size_t i = 0; i < job->item_count; i++)
		job->items[i].current = host && host->revoked_us == 0 &&
					host_place(host, &job->items[i]) != NULL;
	lock_give(fleet->lock);
}

static bool read_items(struct fleet *fleet, struct job *job, struct err *err)
{
	scoped(json_free) struct json *body = json_parse(buf_view(&job->body), err);
	if (!body)
		return false;
	const struct json *done = json_get(body, "done");
	struct text action = json_text(done, "action");
	job->seq = json_int(body, "seq", -1);
	job->done = json_kind(done) == JSON_OBJECT;
	if (job->seq < 0 || json_kind(json_get(body, "items")) != JSON_LIST)
		return err_set(err, ERR_INPUT, "message \"items\" needs \"seq\" and \"items\"");
	if (action.len > 0 && !is_id(action))
		return err_set(err, ERR_INPUT, "message \"items\": \"done\" names no action");
	memcpy(job->action, action.at ? action.at : "", action.len);
	job->arena = arena_new(ARENA_MAX);
	lock_take(fleet->lock);
	const struct host *host = roster_find(fleet, job->host);
	struct text target = arena_text(job->arena, text_of(host ? host->name : ""));
	lock_give(fleet->lock);
	take_items(fleet, job, json_get(body, "items"), target);
	mark_assigned(fleet, job);
	return true;
}

void intake_run(void *data)
{
	struct fleet *fleet = data;
	void *taken[FLEET_BATCH_MAX];
	for (;;) {
		size_t count = queue_take(fleet->read, taken, 1, -1);
		if (count == 0 && queue_is_closed(fleet->read))
			break;
		for (size_t i = 0; i < count; i++) {
			struct err err = {0};
			struct job *job = taken[i];
			if (job->kind == JOB_ITEMS && !read_items(fleet, job, &err)) {
				struct letter letter = {.serial = job->serial};
				log_write(LOG_WARN, "intake", "agent %s: %s", job->host, err.text);
				hub_refuse(&letter, err.text, false);
				hub_post(fleet->hub, &letter);
				fleet->job_bytes -= job->body.len;
				hub_drained(fleet->hub);
				job_free(&job);
			} else if (!queue_give(fleet->written, job)) {
				fleet->job_bytes -= job->body.len;
				job_free(&job);
			}
		}
	}
	queue_close(fleet->written);
}
