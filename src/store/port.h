/* port.h: what the server keeps of everything current, and the history of items: one promise, several adapters.
 *
 * Any thread may call any function; writes are serialised inside and durable when they return true. Texts that
 * come back are in the arena that was handed in. Times are microseconds since 1970, UTC, handed in. Kinds of error:
 * ERR_SYSTEM (disk full, broken store), ERR_BUSY (locked for too long), and what a function names.
 * "Not there" is an answer: *found is false and no error. tests/contract/store.c is the one test of all this. */
#pragma once
#include "base/mem.h"
#include "model/item.h"
#include "model/level.h"

#define STORE_ID_SIZE 33	/* 32 hex digits and a NUL */
#define STORE_HASH_SIZE 65	/* SHA-256 in hex and a NUL */
#define STORE_LIST_MAX 1000	/* records a call; more: ask again with `after` */
#define STORE_HISTORY_PER_ITEM 1000 /* newest kept of one item; older go */

struct store;

struct store_config {
	const char *folder; /* where an embedded store lives; exists, 0700 */
};

struct store_host {
	char id[STORE_ID_SIZE];
	struct text name;	 /* unique among those not revoked, compared without case */
	struct text facts;	 /* JSON of model/host.h */
	struct text tags;	 /* JSON object of texts */
	struct text trust;	 /* "server" */
	struct text fingerprint; /* SHA-256 of its certificate (DER), hex */
	int64_t enrolled_us, last_seen_us, revoked_us; /* 0: not */
};

/* API tokens, dashboard sessions, login links and enrolment tokens are one thing: a hash that stands for somebody. */
enum token_kind { TOKEN_API, TOKEN_SESSION, TOKEN_LINK, TOKEN_ENROL };
struct store_token {
	char id[STORE_ID_SIZE];
	char hash[STORE_HASH_SIZE]; /* of the secret; the secret is never stored */
	enum token_kind kind;
	struct text name, role;
	int64_t created_us, expires_us, last_used_us; /* expires 0: never */
	int64_t uses_left; /* of TOKEN_LINK and TOKEN_ENROL; others -1 */
};

struct store_document {
	struct text name, text, policy, target, by;
	char sha256[STORE_HASH_SIZE];
	int64_t revision, pushed_us; /* revisions begin at 1 */
};

struct store_requirement {
	struct text query, by;
	enum level level;
	int64_t since_us;
};

struct store_action {
	char id[STORE_ID_SIZE];
	struct text by, target, policies; /* policies: JSON [{"name","text"}] */
	int64_t created_us, expires_us;
};
enum recipient_status { RECIPIENT_PENDING, RECIPIENT_ANSWERED, RECIPIENT_OVERDUE };
struct store_recipient {
	char host[STORE_ID_SIZE];
	enum recipient_status status;
	int64_t answered_us;
};

/* One item as it is kept: the fields that are asked for, and its whole JSON. */
struct store_item {
	char id[ITEM_ID_SIZE], agent[STORE_ID_SIZE];
	struct text target, policy, ref, name, action;
	enum level level;
	enum status status;
	int64_t at_us;
	struct text json;
	bool current; /* in: may become current; out: is current */
	int64_t seq;  /* out: its place in the feed, from 1, never used twice */
	bool fresh;   /* out of items_put: it was not known before */
	enum status before; /* out of items_put: what was current; STATUS_PENDING: nothing */
};

/* Which items: every given condition must hold; then `match` (may be NULL) decides on the JSON. */
struct store_item_filter {
	const char *agent, *id; /* NULL: any */
	struct text policy, ref; /* at NULL: any; compared without case */
	int status;		 /* -1: any, else enum status */
	bool (*match)(void *data, const struct store_item *item);
	void *data;
};

struct store_port {
	const char *name;
	must_use struct store *(*open)(const struct store_config *config, struct err *err);
	void (*close)(struct store **store);

	/* Hosts. host_add also uses up one use of the enrolment token with this hash, in the same transaction:
	 * ERR_REFUSED when it is unknown, expired or used up, or when the name is held by an unrevoked host. */
	must_use bool (*host_add)(struct store *store, const struct store_host *host,
				  const char *token_hash, int64_t now_us, struct err *err);
	must_use bool (*host_get)(struct store *store, const char *id, struct arena *arena,
				  struct store_host *host, bool *found, struct err *err);
	/* In order of id, those after `after` ("": from the start); revoked ones too. */
	must_use bool (*host_list)(struct store *store, const char *after, size_t limit,
				   struct arena *arena, struct store_host **hosts, size_t *count,
				   struct err *err);
	must_use bool (*host_seen)(struct store *store, const char *id, struct text facts, /* at NULL: as before */
				   int64_t at_us, struct err *err);
	must_use bool (*host_tag)(struct store *store, const char *id, struct text tags, struct err *err);
	must_use bool (*host_revoke)(struct store *store, const char *id, int64_t at_us, struct err *err);

	must_use bool (*token_add)(struct store *store, const struct store_token *token, struct err *err);
	/* By hash and kind, unexpired, uses left; use: counts one use and notes the time. */
	must_use bool (*token_find)(struct store *store, enum token_kind kind, const char *hash,
				    bool use, int64_t now_us, struct arena *arena,
				    struct store_token *token, bool *found, struct err *err);
	must_use bool (*token_list)(struct store *store, enum token_kind kind, struct arena *arena,
				    struct store_token **tokens, size_t *count, struct err *err);
	must_use bool (*token_remove)(struct store *store, const char *id, bool *found, struct err *err);

	/* Documents: put replaces what has the name (older revisions are kept) and sets *revision; the same text
	 * again changes nothing and gives the old revision. */
	must_use bool (*document_put)(struct store *store, const struct store_document *document,
				      int64_t *revision, struct err *err);
	must_use bool (*document_list)(struct store *store, struct arena *arena,
				       struct store_document **documents, size_t *count, struct err *err);
	must_use bool (*document_remove)(struct store *store, struct text name, bool *found,
					 struct err *err);

	must_use bool (*requirement_put)(struct store *store, const struct store_requirement *requirement,
					 struct err *err);
	must_use bool (*requirement_list)(struct store *store, struct arena *arena,
					  struct store_requirement **requirements, size_t *count,
					  struct err *err);
	must_use bool (*requirement_remove)(struct store *store, struct text query, bool *found,
					    struct err *err);

	/* Items: all of them in one transaction. Idempotent by id and at_us. One becomes current when `current` is set
	 * and none newer is. Sets seq, fresh, before of each. Items of unknown hosts: ERR_REFUSED. */
	must_use bool (*items_put)(struct store *store, struct store_item *items, size_t count,
				   struct err *err);
	/* Current items in order of (agent, policy, ref, id) after the cursor ("": start); *next is "" at the end. */
	must_use bool (*items_current)(struct store *store, const struct store_item_filter *filter,
				       struct text cursor, size_t limit, struct arena *arena,
				       struct store_item **items, size_t *count, struct text *next,
				       struct err *err);
	/* Newest first, those with seq below `before` (0: from the newest). */
	must_use bool (*items_history)(struct store *store, const char *id, int64_t before, size_t limit,
				       struct arena *arena, struct store_item **items, size_t *count,
				       struct err *err);
	/* The feed: in order of seq, those above `since`. */
	must_use bool (*items_since)(struct store *store, int64_t since, size_t limit,
				     struct arena *arena, struct store_item **items, size_t *count,
				     struct err *err);
	must_use bool (*items_of_action)(struct store *store, const char *action, size_t limit,
					 struct arena *arena, struct store_item **items, size_t *count,
					 struct err *err);
	/* What fell away is current no more; history stays. */
	must_use bool (*items_drop)(struct store *store, const char *agent, const char *id,
				    struct err *err);
	/* Current ones that are older than before_us and not unknown yet: overdue. */
	must_use bool (*items_overdue)(struct store *store, int64_t before_us, size_t limit,
				       struct arena *arena, struct store_item **items, size_t *count,
				       struct err *err);
	/* How many current items of unrevoked hosts there are by host, policy, level and status; false from `each` stops. */
	must_use bool (*items_tally)(struct store *store,
				     bool (*each)(void *data, const char *agent, struct text policy,
						  enum level level, enum status status, size_t count),
				     void *data, struct err *err);

	must_use bool (*action_add)(struct store *store, const struct store_action *action,
				    const struct store_recipient *recipients, size_t count,
				    struct err *err);
	must_use bool (*action_get)(struct store *store, const char *id, struct arena *arena,
				    struct store_action *action, struct store_recipient **recipients,
				    size_t *count, bool *found, struct err *err);
	must_use bool (*action_list)(struct store *store, size_t limit, struct arena *arena,
				     struct store_action **actions, size_t *count, struct err *err);
	must_use bool (*action_answer)(struct store *store, const char *id, const char *host,
				       enum recipient_status status, int64_t at_us, struct err *err);
	/* Actions of this host that still wait for it and have not expired. */
	must_use bool (*actions_pending)(struct store *store, const char *host, int64_t now_us,
					 struct arena *arena, struct store_action **actions,
					 size_t *count, struct err *err);
	/* Recipients still pending after their action expired: (action, host) pairs, as recipients with action ids. */
	must_use bool (*actions_overdue)(struct store *store, int64_t now_us, size_t limit,
					 struct arena *arena, struct store_action **actions,
					 struct store_recipient **recipients, size_t *count,
					 struct err *err);
};

extern const struct store_port store_memory, store_embedded;
