#include <string.h>

#include "store/memory/memory.h"

static size_t action_len(const struct store_action *action)
{
	return sizeof(*action) + action->by.len + action->target.len + action->policies.len + 48;
}

/* Without recipients. */
static struct store_action copy_action(const struct store_action *action, struct arena *arena)
{
	struct store_action copy = *action;
	copy.by = memory_text(arena, action->by);
	copy.target = memory_text(arena, action->target);
	copy.policies = memory_text(arena, action->policies);
	copy.recipients = NULL;
	copy.recipient_count = 0;
	return copy;
}

static struct store_action *find_action(struct store *store, const char *id)
{
	for (size_t i = 0; i < store->action_count; i++)
		if (strcmp(store->actions[i].id, id) == 0)
			return &store->actions[i];
	return NULL;
}

/* Puts one recipient into its place in the order. */
static void add_recipient(struct store_action *action, const struct store_recipient *recipient)
{
	size_t at = action->recipient_count++;
	for (; at > 0 && strcmp(action->recipients[at - 1].host, recipient->host) > 0; at--)
		action->recipients[at] = action->recipients[at - 1];
	action->recipients[at] = *recipient;
}

static bool add_action(struct store *store, const struct store_action *action, struct err *err)
{
	if (action->recipient_count > STORE_RECIPIENTS_MAX)
		return err_set(err, ERR_LIMIT, "an action for %zu hosts; at most %d are taken",
			       action->recipient_count, STORE_RECIPIENTS_MAX);
	for (size_t i = 0; i < action->recipient_count; i++)
		if (!memory_find_host(store, action->recipients[i].host))
			return err_set(err, ERR_REFUSED, "an action for an unknown host, %s",
				       action->recipients[i].host);
	size_t len = (action->recipient_count + 1) * sizeof(*action->recipients);
	if (!memory_has_room(store, action_len(action) + len, err))
		return false;
	struct store_action copy = copy_action(action, store->arena);
	copy.recipients = arena_get(store->arena, action->recipient_count + 1,
				    sizeof(*copy.recipients));
	for (size_t i = 0; i < action->recipient_count; i++) {
		struct store_recipient pending = {0};
		memcpy(pending.host, action->recipients[i].host, sizeof(pending.host));
		add_recipient(&copy, &pending);
	}
	store->actions = mem_grow(store->actions, &store->action_room, store->action_count + 1,
				  sizeof(*store->actions));
	size_t at = store->action_count++;
	for (; at > 0 && store->actions[at - 1].created_us > copy.created_us; at--)
		store->actions[at] = store->actions[at - 1];
	store->actions[at] = copy;
	return true;
}

bool memory_action_add(struct store *store, const struct store_action *action, struct err *err)
{
	lock_take(store->lock);
	bool done = add_action(store, action, err);
	lock_give(store->lock);
	return done;
}

bool memory_action_get(struct store *store, const char *id, struct arena *arena,
		       struct store_action *action, bool *found, struct err *err)
{
	lock_take(store->lock);
	const struct store_action *kept = find_action(store, id);
	size_t size = kept ? kept->recipient_count * sizeof(*kept->recipients) : 0;
	bool fits = !kept || memory_fits(arena, action_len(kept) + size, err);
	*found = kept && fits;
	if (*found) {
		*action = copy_action(kept, arena);
		action->recipients = arena_get(arena, kept->recipient_count + 1,
					       sizeof(*action->recipients));
		memcpy(action->recipients, kept->recipients, size);
		action->recipient_count = kept->recipient_count;
	}
	lock_give(store->lock);
	return fits;
}

static bool begin(struct store_actions *actions, size_t limit, struct arena *arena, struct err *err)
{
	must(limit > 0 && limit <= STORE_LIST_MAX);
	if (!memory_fits(arena, limit * sizeof(*actions->list), err))
		return false;
	*actions = (struct store_actions){.list = arena_get(arena, limit, sizeof(*actions->list))};
	return true;
}

static bool add(struct store_actions *actions, const struct store_action *action,
		struct arena *arena, struct err *err)
{
	if (!memory_fits(arena, action_len(action), err))
		return false;
	actions->list[actions->count++] = copy_action(action, arena);
	return true;
}

bool memory_action_list(struct store *store, size_t limit, struct arena *arena,
			struct store_actions *actions, struct err *err)
{
	bool fits = true;
	if (!begin(actions, limit, arena, err))
		return false;
	lock_take(store->lock);
	for (size_t i = store->action_count; i-- > 0 && actions->count < limit && fits;)
		fits = add(actions, &store->actions[i], arena, err);
	lock_give(store->lock);
	return fits || actions->count > 0;
}

static struct store_recipient *find_recipient(const struct store_action *action, const char *host)
{
	for (size_t i = 0; i < action->recipient_count; i++)
		if (strcmp(action->recipients[i].host, host) == 0)
			return &action->recipients[i];
	return NULL;
}

bool memory_action_answer(struct store *store, const char *id, const char *host,
			  enum recipient_status status, int64_t at_us, struct err *err unused)
{
	lock_take(store->lock);
	const struct store_action *action = find_action(store, id);
	struct store_recipient *recipient = action ? find_recipient(action, host) : NULL;
	if (recipient && recipient->status == RECIPIENT_PENDING) {
		recipient->status = status;
		recipient->answered_us = at_us;
	}
	lock_give(store->lock);
	return true;
}

bool memory_actions_pending(struct store *store, const char *host, int64_t now_us,
			    struct arena *arena, struct store_actions *actions, struct err *err)
{
	bool fits = true;
	if (!begin(actions, STORE_LIST_MAX, arena, err))
		return false;
	lock_take(store->lock);
	for (size_t i = 0; i < store->action_count && fits && actions->count < STORE_LIST_MAX;
	     i++) {
		const struct store_action *action = &store->actions[i];
		const struct store_recipient *recipient = find_recipient(action, host);
		if (action->expires_us > now_us && recipient &&
		    recipient->status == RECIPIENT_PENDING)
			fits = add(actions, action, arena, err);
	}
	lock_give(store->lock);
	return fits || actions->count > 0;
}

/* Copies up to *left of those that are pending. */
static bool add_pending(struct store_action *copy, const struct store_action *action, size_t *left,
			struct arena *arena, struct err *err)
{
	if (!memory_fits(arena, *left * sizeof(*copy->recipients), err))
		return false;
	copy->recipients = arena_get(arena, *left, sizeof(*copy->recipients));
	for (size_t i = 0; i<action->recipient_count && * left> 0; i++)
		if (action->recipients[i].status == RECIPIENT_PENDING) {
			copy->recipients[copy->recipient_count++] = action->recipients[i];
			(*left)--;
		}
	return true;
}

bool memory_actions_overdue(struct store *store, int64_t now_us, size_t limit, struct arena *arena,
			    struct store_actions *actions, struct err *err)
{
	size_t left = limit;
	bool done = true;
	if (!begin(actions, limit, arena, err))
		return false;
	lock_take(store->lock);
	for (size_t i = 0; i < store->action_count && left > 0 && done; i++) {
		const struct store_action *action = &store->actions[i];
		if (action->expires_us > now_us)
			continue;
		done = add(actions, action, arena, err) &&
		       add_pending(&actions->list[actions->count - 1], action, &left, arena, err);
		if (done && actions->list[actions->count - 1].recipient_count == 0)
			actions->count--;
	}
	lock_give(store->lock);
	return done;
}
