/* memory.h: the store as plain tables in memory, for tests: what its parts share.
 *
 * One lock over all; every search is linear. Texts are kept in one arena until the store closes,
 * also those that were replaced: MEMORY_MAX bytes in all, then ERR_LIMIT. */
#pragma once
#include "base/queue.h"
#include "store/port.h"

#define MEMORY_MAX (256u * 1024 * 1024)
#define MEMORY_SPARE (64 * 1024) /* beside the texts of one call */

struct memory_document {
	struct store_document document;
	bool current;
};

struct store {
	struct lock *lock;
	struct arena *arena;
	struct store_host *hosts; /* in order of id */
	struct store_token *tokens;
	struct memory_document *documents;
	struct store_requirement *requirements;
	struct store_waiver *waivers; /* in order of created_us, id */
	struct store_item *items;     /* in order of seq */
	struct store_action *actions;
	size_t host_count, host_room, token_count, token_room, document_count, document_room;
	size_t waiver_count, waiver_room;
	size_t requirement_count, requirement_room, item_count, item_room, action_count,
		action_room;
	int64_t seq, gone; /* the last that was given; the last that went */
};

/* Whether this many bytes of text can still be kept; ERR_LIMIT. */
must_use bool memory_has_room(const struct store *store, size_t len, struct err *err);
/* Whether they fit into the caller's arena; ERR_LIMIT. */
must_use bool memory_fits(const struct arena *arena, size_t len, struct err *err);
must_use struct text memory_text(struct arena *arena, struct text text); /* a copy; never at NULL */

must_use struct store_host *memory_find_host(struct store *store, const char *id); /* NULL: none */
/* Takes one use of a token; ERR_REFUSED. */
must_use bool memory_token_use(struct store *store, enum token_kind kind, const char *hash,
			       int64_t now_us, struct err *err);
must_use struct store_token *memory_find_token(struct store *store, const char *hash);
/* Takes the host's items from what is current. */
void memory_items_revoke(struct store *store, const char *host);

/* The parts of the port that are in other files fill in theirs. */
bool memory_token_add(struct store *store, const struct store_token *token, struct err *err);
bool memory_token_find(struct store *store, const struct store_token_use *use, struct arena *arena,
		       struct store_token *token, bool *found, struct err *err);
bool memory_token_list(struct store *store, enum token_kind kind, struct arena *arena,
		       struct store_tokens *tokens, struct err *err);
bool memory_token_remove(struct store *store, const char *id, bool *found, struct err *err);

bool memory_document_put(struct store *store, const struct store_document *document,
			 int64_t *revision, struct err *err);
bool memory_document_list(struct store *store, struct arena *arena,
			  struct store_documents *documents, struct err *err);
bool memory_document_remove(struct store *store, struct text name, bool *found, struct err *err);
bool memory_requirement_put(struct store *store, const struct store_requirement *requirement,
			    struct err *err);
bool memory_requirement_list(struct store *store, struct arena *arena,
			     struct store_requirements *requirements, struct err *err);
bool memory_requirement_remove(struct store *store, struct text query, bool *found,
			       struct err *err);

bool memory_waiver_add(struct store *store, const struct store_waiver *waiver, struct err *err);
bool memory_waiver_list(struct store *store, struct arena *arena, struct store_waivers *waivers,
			struct err *err);
bool memory_waiver_end(struct store *store, const char *id, int64_t at_us, struct text by,
		       bool *found, struct err *err);

bool memory_items_put(struct store *store, struct store_item *items, size_t count, struct err *err);
bool memory_items_current(struct store *store, const struct store_item_filter *filter,
			  struct arena *arena, struct store_items *items, struct err *err);
bool memory_items_history(struct store *store, const char *id, const struct store_range *range,
			  struct arena *arena, struct store_items *items, struct err *err);
bool memory_items_changes(struct store *store, size_t limit, struct arena *arena,
			  struct store_items *items, struct err *err);
bool memory_items_since(struct store *store, const struct store_range *range, struct arena *arena,
			struct store_items *items, struct err *err);
bool memory_items_of_action(struct store *store, const char *action,
			    const struct store_range *range, struct arena *arena,
			    struct store_items *items, struct err *err);
bool memory_items_drop(struct store *store, const char *id, struct err *err);
bool memory_items_overdue(struct store *store, int64_t before_us, size_t limit, struct arena *arena,
			  struct store_items *items, struct err *err);
bool memory_items_forget(struct store *store, int64_t before_us, size_t limit, size_t *count,
			 struct err *err);
bool memory_items_tally(struct store *store, store_tally_fn each, void *data, struct err *err);

bool memory_action_add(struct store *store, const struct store_action *action, struct err *err);
bool memory_action_get(struct store *store, const char *id, struct arena *arena,
		       struct store_action *action, bool *found, struct err *err);
bool memory_action_list(struct store *store, size_t limit, struct arena *arena,
			struct store_actions *actions, struct err *err);
bool memory_action_answer(struct store *store, const char *id, const char *host,
			  enum recipient_status status, int64_t at_us, struct err *err);
bool memory_actions_pending(struct store *store, const char *host, int64_t now_us,
			    struct arena *arena, struct store_actions *actions, struct err *err);
bool memory_actions_overdue(struct store *store, int64_t now_us, size_t limit, struct arena *arena,
			    struct store_actions *actions, struct err *err);
