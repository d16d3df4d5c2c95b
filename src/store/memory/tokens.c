#include <string.h>

#include "store/memory/memory.h"

static struct store_token copy_token(const struct store_token *token, struct arena *arena)
{
	struct store_token copy = *token;
	copy.name = memory_text(arena, token->name);
	copy.role = memory_text(arena, token->role);
	return copy;
}

struct store_token *memory_find_token(struct store *store, const char *hash)
{
	for (size_t i = 0; i < store->token_count; i++)
		if (strcmp(store->tokens[i].hash, hash) == 0)
			return &store->tokens[i];
	return NULL;
}

static void remove_token(struct store *store, size_t at)
{
	for (store->token_count--; at < store->token_count; at++)
		store->tokens[at] = store->tokens[at + 1];
}

static bool add_token(struct store *store, const struct store_token *token, struct err *err)
{
	for (size_t i = store->token_count; i-- > 0;)
		if (store->tokens[i].expires_us != 0 &&
		    store->tokens[i].expires_us < token->created_us - TIME_DAY_US)
			remove_token(store, i);
	if (memory_find_token(store, token->hash))
		return err_set(err, ERR_REFUSED, "this token is there already");
	if (store->token_count >= STORE_KEPT_MAX)
		return err_set(err, ERR_LIMIT, "there are %d tokens already; revoke some",
			       STORE_KEPT_MAX);
	if (!memory_has_room(store, token->name.len + token->role.len, err))
		return false;
	store->tokens = mem_grow(store->tokens, &store->token_room, store->token_count + 1,
				 sizeof(*store->tokens));
	store->tokens[store->token_count++] = copy_token(token, store->arena);
	return true;
}

bool memory_token_add(struct store *store, const struct store_token *token, struct err *err)
{
	lock_take(store->lock);
	bool done = add_token(store, token, err);
	lock_give(store->lock);
	return done;
}

bool memory_token_use(struct store *store, enum token_kind kind, const char *hash, int64_t now_us,
		      struct err *err)
{
	struct store_token *token = memory_find_token(store, hash);
	if (!token || token->kind != kind)
		return err_set(err, ERR_REFUSED, "this token is unknown here");
	if (token->expires_us != 0 && token->expires_us <= now_us)
		return err_set(err, ERR_REFUSED, "this token has expired; ask for a new one");
	if (token->uses_left == 0)
		return err_set(err, ERR_REFUSED, "this token has been used; ask for a new one");
	if (token->uses_left > 0)
		token->uses_left--;
	if (token->last_used_us < now_us)
		token->last_used_us = now_us;
	return true;
}

bool memory_token_find(struct store *store, const struct store_token_use *use, struct arena *arena,
		       struct store_token *token, bool *found, struct err *err)
{
	lock_take(store->lock);
	struct store_token *kept = memory_find_token(store, use->hash);
	bool good = kept && kept->kind == use->kind && kept->uses_left != 0 &&
		    (kept->expires_us == 0 || kept->expires_us > use->now_us);
	bool fits = !good || memory_fits(arena, kept->name.len + kept->role.len, err);
	if (good && fits && use->use)
		good = memory_token_use(store, use->kind, use->hash, use->now_us, err);
	if (good && fits)
		*token = copy_token(kept, arena);
	*found = good && fits;
	lock_give(store->lock);
	return fits;
}

bool memory_token_list(struct store *store, enum token_kind kind, struct arena *arena,
		       struct store_tokens *tokens, struct err *err)
{
	size_t len = 0;
	lock_take(store->lock);
	for (size_t i = 0; i < store->token_count; i++)
		len += sizeof(*store->tokens) + store->tokens[i].name.len +
		       store->tokens[i].role.len + 32;
	bool fits = memory_fits(arena, len, err);
	if (fits)
		*tokens = (struct store_tokens){
			.list = arena_get(arena, store->token_count + 1, sizeof(*tokens->list))};
	for (size_t i = 0; i < store->token_count && fits; i++) {
		size_t at = tokens->count;
		if (store->tokens[i].kind != kind)
			continue;
		for (; at > 0 && tokens->list[at - 1].created_us > store->tokens[i].created_us;
		     at--)
			tokens->list[at] = tokens->list[at - 1];
		tokens->list[at] = copy_token(&store->tokens[i], arena);
		tokens->count++;
	}
	lock_give(store->lock);
	return fits;
}

bool memory_token_remove(struct store *store, const char *id, bool *found, struct err *err unused)
{
	*found = false;
	lock_take(store->lock);
	for (size_t i = 0; i < store->token_count && !*found; i++)
		if (strcmp(store->tokens[i].id, id) == 0) {
			remove_token(store, i);
			*found = true;
		}
	lock_give(store->lock);
	return true;
}
