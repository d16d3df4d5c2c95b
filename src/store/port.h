/* port.h: what the server keeps of everything current, and the history of items: one promise,
 * several adapters.
 *
 * Any thread may call any function; writes are serialised inside and durable when they return true.
 * Texts that come back are in the arena that was handed in; when it has too little room left the
 * answer is ERR_LIMIT, or, where a list can be continued, shorter. Times are microseconds since
 * 1970, UTC, handed in. Ids and hashes are lower-case hex. Kinds of error: ERR_SYSTEM (disk full,
 * broken store; nothing was changed, and later calls may work again), ERR_BUSY (locked for too
 * long), and what a function names. "Not there" is an answer: *found is false and no error.
 * tests/contract/store.c is the one test of all this. */
#pragma once
#include "store/record.h"

struct store;

struct store_config {
	const char *folder; /* where an embedded store lives; exists, 0700; may be ".", then and
			       as long as it is open */
};

struct store_port {
	const char *name;
	must_use struct store *(*open)(const struct store_config *config, struct err *err);
	void (*close)(struct store **store);

	/* Hosts. host_add also uses up one use of the enrolment token with this hash, in the same
	 * transaction: ERR_REFUSED when it is unknown, expired or used up, or when the name is held
	 * by an unrevoked host; the text says which. */
	must_use bool (*host_add)(struct store *store, const struct store_host *host,
				  const char *token_hash, int64_t now_us, struct err *err);
	must_use bool (*host_get)(struct store *store, const char *id, struct arena *arena,
				  struct store_host *host, bool *found, struct err *err);
	/* In order of id, those after `after` ("": from the start); revoked ones too. */
	must_use bool (*host_list)(struct store *store, const char *after, size_t limit,
				   struct arena *arena, struct store_hosts *hosts, struct err *err);
	/* All in one transaction; hosts that are not there are skipped. */
	must_use bool (*hosts_seen)(struct store *store, const struct store_seen *seen,
				    size_t count, struct err *err);
	must_use bool (*host_tag)(struct store *store, const char *id, struct text tags,
				  struct err *err);
	/* The first time counts. Its items are current no more, and none becomes so. */
	must_use bool (*host_revoke)(struct store *store, const char *id, int64_t at_us,
				     struct err *err);

	/* A token's hash is unique: ERR_REFUSED when it is there. What expired a day before
	 * created_us goes on this occasion. */
	must_use bool (*token_add)(struct store *store, const struct store_token *token,
				   struct err *err);
	/* By hash and kind, unexpired, uses left. */
	must_use bool (*token_find)(struct store *store, const struct store_token_use *use,
				    struct arena *arena, struct store_token *token, bool *found,
				    struct err *err);
	must_use bool (*token_list)(struct store *store, enum token_kind kind, struct arena *arena,
				    struct store_tokens *tokens,
				    struct err *err); /* oldest first */
	must_use bool (*token_remove)(struct store *store, const char *id, bool *found,
				      struct err *err);

	/* Documents: put replaces what has the name (older revisions are kept) and sets *revision;
	 * the same text again changes nothing and gives the old revision. Lists are in order of
	 * name. */
	must_use bool (*document_put)(struct store *store, const struct store_document *document,
				      int64_t *revision, struct err *err);
	must_use bool (*document_list)(struct store *store, struct arena *arena,
				       struct store_documents *documents, struct err *err);
	must_use bool (*document_remove)(struct store *store, struct text name, bool *found,
					 struct err *err);

	/* What hosts must meet, by the text of the query; in order of that. */
	must_use bool (*requirement_put)(struct store *store,
					 const struct store_requirement *requirement,
					 struct err *err);
	must_use bool (*requirement_list)(struct store *store, struct arena *arena,
					  struct store_requirements *requirements, struct err *err);
	must_use bool (*requirement_remove)(struct store *store, struct text query, bool *found,
					    struct err *err);

	/* Waivers, by id, which is unique: ERR_REFUSED when it is there. In order of created_us,
	 * then id. What ended STORE_WAIVER_KEPT_US before another is made goes on that occasion.
	 * Ending: the first time counts. */
	must_use bool (*waiver_add)(struct store *store, const struct store_waiver *waiver,
				    struct err *err);
	must_use bool (*waiver_list)(struct store *store, struct arena *arena,
				     struct store_waivers *waivers, struct err *err);
	must_use bool (*waiver_end)(struct store *store, const char *id, int64_t at_us,
				    struct text by, bool *found, struct err *err);

	/* Items: all of them in one transaction. Idempotent by id and at_us. One that is
	 * new here becomes current when `current` is set: the last that came counts, for clocks are
	 * set back. Sets seq, fresh, before, current and foreign of each.
	 * Items of unknown hosts: ERR_REFUSED, and none is taken. */
	must_use bool (*items_put)(struct store *store, struct store_item *items, size_t count,
				   struct err *err);
	/* Current items in order of (agent, policy, ref, id), without ASCII case. ERR_INPUT when
	 * filter->after is no item any more. */
	must_use bool (*items_current)(struct store *store, const struct store_item_filter *filter,
				       struct arena *arena, struct store_items *items,
				       struct err *err);
	/* Newest first, those with seq below range->from (0: from the newest). */
	must_use bool (*items_history)(struct store *store, const char *id,
				       const struct store_range *range, struct arena *arena,
				       struct store_items *items, struct err *err);
	/* The newest changes, newest first: items that became current while another status was so;
	 * sets before. */
	must_use bool (*items_changes)(struct store *store, size_t limit, struct arena *arena,
				       struct store_items *items, struct err *err);
	/* The feed: in order of seq, those above range->from. */
	must_use bool (*items_since)(struct store *store, const struct store_range *range,
				     struct arena *arena, struct store_items *items,
				     struct err *err);
	/* Of one action, in order of seq, those above range->from. */
	must_use bool (*items_of_action)(struct store *store, const char *action,
					 const struct store_range *range, struct arena *arena,
					 struct store_items *items, struct err *err);
	/* What fell away is current no more; history stays. */
	must_use bool (*items_drop)(struct store *store, const char *id, struct err *err);
	/* Current ones that are older than before_us and not unknown yet, oldest
	 * first. */
	must_use bool (*items_overdue)(struct store *store, int64_t before_us, size_t limit,
				       struct arena *arena, struct store_items *items,
				       struct err *err);
	/* Retention: the oldest that are from before before_us and not current go, up to limit. */
	must_use bool (*items_forget)(struct store *store, int64_t before_us, size_t limit,
				      size_t *count, struct err *err);
	/* By host, policy, level and status, in that order. */
	must_use bool (*items_tally)(struct store *store, store_tally_fn each, void *data,
				     struct err *err);

	/* Actions with their recipients (pending, whatever they say; unknown hosts: ERR_REFUSED).
	 */
	must_use bool (*action_add)(struct store *store, const struct store_action *action,
				    struct err *err);
	must_use bool (*action_get)(struct store *store, const char *id, struct arena *arena,
				    struct store_action *action, bool *found, struct err *err);
	/* Newest first, without recipients. */
	must_use bool (*action_list)(struct store *store, size_t limit, struct arena *arena,
				     struct store_actions *actions, struct err *err);
	/* Only a recipient that is pending changes; others stay as they are. */
	must_use bool (*action_answer)(struct store *store, const char *id, const char *host,
				       enum recipient_status status, int64_t at_us,
				       struct err *err);
	/* Actions that still wait for this host and have not expired, oldest first, without
	 * recipients. */
	must_use bool (*actions_pending)(struct store *store, const char *host, int64_t now_us,
					 struct arena *arena, struct store_actions *actions,
					 struct err *err);
	/* Those whose time is over while recipients are pending, oldest first, with just these
	 * recipients; at most limit recipients over all. */
	must_use bool (*actions_overdue)(struct store *store, int64_t now_us, size_t limit,
					 struct arena *arena, struct store_actions *actions,
					 struct err *err);
};

extern const struct store_port store_memory, store_embedded;
