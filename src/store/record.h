/* record.h: what stores keep, as plain structs: hosts, tokens, documents, requirements, waivers,
 * items, actions.
 *
 * Texts are lent: going in from the caller, coming out from the arena that was handed in. Times are
 * microseconds since 1970, UTC; ids and hashes are lower-case hex. */
#pragma once
#include "base/mem.h"
#include "model/item.h"
#include "model/level.h"

#define STORE_ID_SIZE 33     /* 32 hex digits and a NUL */
#define STORE_HASH_SIZE 65   /* SHA-256 in hex and a NUL */
#define STORE_LIST_MAX 1000  /* records a call of what can be continued */
#define STORE_KEPT_MAX 10000 /* tokens, documents, requirements, waivers: more: ERR_LIMIT */
#define STORE_WAIVER_KEPT_US (730 * 86400 * INT64_C(1000000)) /* after its end */
#define STORE_HISTORY_PER_ITEM 1000 /* newest kept of one item; older go */
#define STORE_RECIPIENTS_MAX 200000 /* of one action: more: ERR_LIMIT */

struct store_host {
	char id[STORE_ID_SIZE];
	struct text name;        /* unique among those not revoked, compared without ASCII case */
	struct text facts;       /* JSON of model/host.h */
	struct text tags;        /* JSON object of texts */
	struct text trust;       /* "server" */
	struct text fingerprint; /* SHA-256 of its certificate (DER), hex; unique */
	int64_t enrolled_us, last_seen_us, revoked_us; /* 0: not */
};
struct store_hosts {
	struct store_host *list;
	size_t count;
};

/* A host was heard of. */
struct store_seen {
	char host[STORE_ID_SIZE];
	struct text facts; /* at NULL: as before */
	int64_t at_us;
};

/* API tokens, dashboard sessions, login links and enrolment tokens are one thing: a hash that
 * stands for somebody. */
enum token_kind { TOKEN_API, TOKEN_SESSION, TOKEN_LINK, TOKEN_ENROL };
struct store_token {
	char id[STORE_ID_SIZE];
	char hash[STORE_HASH_SIZE]; /* of the secret; the secret is never stored */
	enum token_kind kind;
	struct text name, role;
	int64_t created_us, expires_us, last_used_us; /* expires 0: never */
	int64_t uses_left;                            /* of TOKEN_LINK and TOKEN_ENROL; others -1 */
};
struct store_tokens {
	struct store_token *list;
	size_t count;
};
struct store_token_use {
	enum token_kind kind;
	const char *hash;
	bool use; /* counts one use and notes the time; else it is only looked at */
	int64_t now_us;
};

struct store_document {
	struct text name, text, policy, target, by;
	char sha256[STORE_HASH_SIZE];
	int64_t revision, pushed_us; /* revisions begin at 1, and go on when a name comes back */
};
struct store_documents {
	struct store_document *list;
	size_t count;
};

struct store_requirement {
	struct text query, by;
	enum level level;
	int64_t since_us;
};
struct store_requirements {
	struct store_requirement *list;
	size_t count;
};

/* An exception: where the check fails or errs on these hosts, that is accepted until then. */
struct store_waiver {
	char id[STORE_ID_SIZE];
	struct text policy, ref, hosts, why, by; /* hosts: a query; by: who made it */
	int64_t created_us, until_us, ended_us;  /* ended 0: not yet */
	struct text ended_by;                    /* empty: by itself */
};
struct store_waivers {
	struct store_waiver *list;
	size_t count;
};

enum recipient_status { RECIPIENT_PENDING, RECIPIENT_ANSWERED, RECIPIENT_OVERDUE };
struct store_recipient {
	char host[STORE_ID_SIZE];
	enum recipient_status status;
	int64_t answered_us; /* 0: not */
};
struct store_action {
	char id[STORE_ID_SIZE];
	struct text by, target, policies; /* policies: JSON [{"name","text"}] */
	int64_t created_us, expires_us;
	struct store_recipient
		*recipients; /* in order of host; where a function says so, else none */
	size_t recipient_count;
};
struct store_actions {
	struct store_action *list;
	size_t count;
};

/* One item as it is kept: the fields that are asked for, and its whole JSON. */
struct store_item {
	char id[ITEM_ID_SIZE], agent[STORE_ID_SIZE];
	struct text target, policy, ref, name, action;
	enum level level;
	enum status status;
	int64_t at_us;
	int64_t taken_us; /* in: when it came, by the server's clock: from then on at the latest its
			     next answer is waited for; 0: at_us */
	struct text json;
	bool current;       /* in: may become current; out: is current */
	int64_t seq;        /* out: its place in the feed, from 1, rising, never used twice */
	bool fresh;         /* out of items_put: it was not known before */
	enum status before; /* out of items_put: what was current, and of items_changes;
			       STATUS_PENDING: nothing */
	enum level before_level;
	bool foreign; /* out of items_put: the id is another host's; it was not taken, the rest was
		       */
};
struct store_items {
	struct store_item *list;
	size_t count;
	char next[ITEM_ID_SIZE]; /* out of items_current: `after` of the next call; "": that was all
				  */
	bool lost; /* out of items_since: some behind `from` are gone already (retention) */
};

/* Which current items: every given condition must hold; then `match` (may be NULL) decides on the
 * JSON. */
struct store_item_filter {
	const char *agent, *id;  /* NULL: any */
	struct text policy, ref; /* at NULL: any; compared without ASCII case */
	int status;              /* -1: any, else enum status */
	bool (*match)(void *data, const struct store_item *item);
	void *data;
	const char *after; /* where the last page ended; NULL or "": from the start */
	size_t limit;      /* 1..STORE_LIST_MAX */
};

struct store_range {
	int64_t from; /* what it means the function says */
	size_t limit; /* 1..STORE_LIST_MAX */
};

/* How many current items are alike. */
struct store_tally {
	const char *agent;
	struct text policy;
	enum level level;
	enum status status;
	size_t count;
};
typedef bool (*store_tally_fn)(void *data, const struct store_tally *tally); /* false stops, well */
