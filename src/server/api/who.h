/* who.h: who asks: tokens and sessions, and what each role may do.
 *
 * A secret is 256 random bits; the store holds its SHA-256 alone, so that a lookup compares nothing
 * that an observer of time could use. Roles: each may do what those before it may; intake stands
 * apart. */
#pragma once
#include "base/mem.h"
#include "store/port.h"

#define WHO_COOKIE "muster_session"
#define WHO_SESSION_US (12 * 3600 * TIME_SECOND_US)
#define WHO_LINK_US (60 * TIME_SECOND_US)
#define WHO_SECRET_SIZE 52 /* "muster_" and 43 characters, and a NUL, rounded up */

enum role { ROLE_ANYONE, ROLE_VIEWER, ROLE_OPERATOR, ROLE_INVESTIGATOR, ROLE_ADMIN, ROLE_INTAKE };

must_use const char *role_name(enum role role);
must_use bool role_read(struct text text, enum role *role); /* those of a token: not anyone */
must_use bool role_may(enum role role, enum role needed);
#define ROLE_NAMES "viewer, operator, investigator, admin or intake"

struct who {
	enum role role; /* ROLE_ANYONE: nobody that we know */
	struct text name;
	char token[STORE_ID_SIZE]; /* of the store: a token's or session's id */
	char hash[STORE_HASH_SIZE];
	bool is_session; /* by the cookie: the rules against cross-site requests hold */
	int64_t expires_us;
};

/* A new secret and its hash. */
void who_make_secret(char secret[static WHO_SECRET_SIZE], char hash[static STORE_HASH_SIZE]);
void who_hash(struct text secret, char hash[static STORE_HASH_SIZE]);

/* Whoever a secret stands for, as a token or (by_cookie) a session's; role ROLE_ANYONE: nobody.
 * Texts of who are in arena. */
struct who_asked {
	const struct store_port *port;
	struct store *store;
	struct text secret;
	bool by_cookie;
	int64_t now_us;
};
must_use bool who_find(const struct who_asked *asked, struct arena *arena, struct who *who,
		       struct err *err);

/* Whether it still stands for somebody: not revoked, not expired. When the store can't tell: as
 * before. */
must_use bool who_is_valid(const struct store_port *port, struct store *store,
			   const struct who *who, int64_t now_us);

/* Slows down guessing: failures by address, forgotten after a minute. */
#define GUARD_FAILURES_MAX 20
#define GUARD_ADDRESSES_MAX 4096 /* more: the table is begun anew */
struct guard;
must_use struct guard *guard_new(void);
void guard_free(struct guard **guard);
must_use bool guard_is_open(struct guard *guard, const char *peer, int64_t span_us);
void guard_fail(struct guard *guard, const char *peer, int64_t span_us);
