#include "server/api/who.h"

#include <string.h>

#include "base/map.h"
#include "base/queue.h"
#include "base/random.h"
#include "base/time.h"
#include "format/digest.h"

#define SECRET_BYTES 32
#define ARENA_MAX (64u * 1024) /* of one token's record */
#define SECRET_PREFIX "muster_"
#define SECRET_MAX 256                /* longer ones are nobody's */
#define NOTE_US (60 * TIME_SECOND_US) /* last_used is as exact as this */
#define GUARD_US (60 * TIME_SECOND_US)

static const char *const role_names[] = {"anyone",       "viewer", "operator",
					 "investigator", "admin",  "intake"};

const char *role_name(enum role role)
{
	return role_names[role];
}

bool role_read(struct text text, enum role *role)
{
	for (size_t i = ROLE_VIEWER; i < array_len(role_names); i++)
		if (text_is(text, role_names[i])) {
			*role = (enum role)i;
			return true;
		}
	return false;
}

bool role_may(enum role role, enum role needed)
{
	if (needed == ROLE_ANYONE)
		return true;
	if (role == ROLE_INTAKE || needed == ROLE_INTAKE)
		return role == needed;
	return role >= needed;
}

/* Base64 for addresses (RFC 4648, 5), without padding. */
static void put_base64(const unsigned char *bytes, size_t len, char *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint32_t held = 0;
	unsigned bits = 0;
	for (size_t i = 0; i < len; i++) {
		held = (held & 0xffff) << 8 | bytes[i];
		for (bits += 8; bits >= 6; bits -= 6)
			*out++ = digits[held >> (bits - 6) & 63];
	}
	if (bits > 0)
		*out++ = digits[held << (6 - bits) & 63];
	*out = '\0';
}

void who_hash(struct text secret, char hash[static STORE_HASH_SIZE])
{
	digest_hex(secret, hash);
}

void who_make_secret(char secret[static WHO_SECRET_SIZE], char hash[static STORE_HASH_SIZE])
{
	unsigned char bytes[SECRET_BYTES];
	random_fill(bytes, sizeof(bytes));
	memcpy(secret, SECRET_PREFIX, sizeof(SECRET_PREFIX));
	put_base64(bytes, sizeof(bytes), secret + sizeof(SECRET_PREFIX) - 1);
	who_hash(text_of(secret), hash);
	explicit_bzero(bytes, sizeof(bytes));
}

bool who_find(const struct who_asked *asked, struct arena *arena, struct who *who, struct err *err)
{
	char hash[STORE_HASH_SIZE];
	struct store_token token;
	bool found = false;
	struct store_token_use use = {.kind = asked->by_cookie ? TOKEN_SESSION : TOKEN_API,
				      .hash = hash,
				      .now_us = asked->now_us};
	*who = (struct who){0};
	if (asked->secret.len == 0 || asked->secret.len > SECRET_MAX)
		return true;
	who_hash(asked->secret, hash);
	if (!asked->port->token_find(asked->store, &use, arena, &token, &found, err))
		return false;
	if (!found || !role_read(token.role, &who->role))
		return true;
	who->name = token.name;
	who->is_session = asked->by_cookie;
	who->expires_us = token.expires_us;
	memcpy(who->token, token.id, sizeof(who->token));
	memcpy(who->hash, hash, sizeof(who->hash));
	if (asked->now_us - token.last_used_us < NOTE_US)
		return true;
	use.use = true;
	return asked->port->token_find(asked->store, &use, arena, &token, &found, err);
}

bool who_is_valid(const struct store_port *port, struct store *store, const struct who *who,
		  int64_t now_us)
{
	struct err err = {0};
	struct store_token token;
	bool found = false;
	scoped(arena_free) struct arena *arena = arena_new(ARENA_MAX);
	const struct store_token_use use = {.kind = who->is_session ? TOKEN_SESSION : TOKEN_API,
					    .hash = who->hash,
					    .now_us = now_us};
	return !port->token_find(store, &use, arena, &token, &found, &err) || found;
}

struct guard {
	struct lock *lock;
	struct map *failures; /* by address */
};

struct failures {
	int64_t since_us;
	unsigned count;
};

struct guard *guard_new(void)
{
	struct guard *guard = mem_new(1, sizeof(*guard));
	guard->lock = lock_new();
	guard->failures = map_new();
	return guard;
}

static void forget_all(struct guard *guard)
{
	size_t at = 0;
	struct text key;
	void *value;
	while (map_next(guard->failures, &at, &key, &value))
		mem_free(&value);
	map_free(&guard->failures);
}

void guard_free(struct guard **guard)
{
	if (!*guard)
		return;
	forget_all(*guard);
	lock_free(&(*guard)->lock);
	mem_free(guard);
}

bool guard_is_open(struct guard *guard, const char *peer, int64_t span_us)
{
	lock_take(guard->lock);
	const struct failures *failures = map_get(guard->failures, text_of(peer));
	bool open = !failures || failures->count < GUARD_FAILURES_MAX ||
		    span_us - failures->since_us > GUARD_US;
	lock_give(guard->lock);
	return open;
}

void guard_fail(struct guard *guard, const char *peer, int64_t span_us)
{
	lock_take(guard->lock);
	struct failures *failures = map_get(guard->failures, text_of(peer));
	if (!failures && map_count(guard->failures) == GUARD_ADDRESSES_MAX) {
		forget_all(guard);
		guard->failures = map_new();
	}
	if (!failures) {
		failures = mem_new(1, sizeof(*failures));
		failures->since_us = span_us;
		(void)map_put(guard->failures, text_of(peer), failures);
	}
	if (span_us - failures->since_us > GUARD_US)
		*failures = (struct failures){.since_us = span_us};
	failures->count++;
	lock_give(guard->lock);
}
