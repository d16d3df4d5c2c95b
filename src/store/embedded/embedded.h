/* embedded.h: the store in one SQLite file: one connection that writes, a few that read; what the
 * parts below share.
 *
 * Each part of the port has its file: hosts, tokens, documents, items, actions. A function takes a
 * connection, asks, and gives it back. Readers see the last commit and never wait for the writer
 * (WAL). */
#pragma once
#include "base/queue.h"
#include "store/embedded/db.h"
#include "store/port.h"

#define EMBEDDED_READERS 4
#define EMBEDDED_FILE "state.db"

struct store {
	struct lock *writing; /* whoever has it has the writer */
	struct db *writer;
	struct lock *reading; /* over what follows */
	struct db *readers[EMBEDDED_READERS];
	size_t reader_count; /* those that nobody uses are in front */
};

/* A transaction: embedded_begin, then embedded_end with whether all went well, which commits or
 * takes everything back. Where begin answers NULL there is nothing to end. */
must_use struct db *embedded_begin(struct store *store, struct err *err);
must_use bool embedded_end(struct store *store, bool done, struct err *err);

must_use struct db *embedded_read(struct store *store);
void embedded_give_back(struct store *store, struct db *db);

bool embedded_host_add(struct store *store, const struct store_host *host, const char *token_hash,
		       int64_t now_us, struct err *err);
bool embedded_host_get(struct store *store, const char *id, struct arena *arena,
		       struct store_host *host, bool *found, struct err *err);
bool embedded_host_list(struct store *store, const char *after, size_t limit, struct arena *arena,
			struct store_hosts *hosts, struct err *err);
bool embedded_hosts_seen(struct store *store, const struct store_seen *seen, size_t count,
			 struct err *err);
bool embedded_host_tag(struct store *store, const char *id, struct text tags, struct err *err);
bool embedded_host_revoke(struct store *store, const char *id, int64_t at_us, struct err *err);

bool embedded_token_add(struct store *store, const struct store_token *token, struct err *err);
bool embedded_token_find(struct store *store, const struct store_token_use *use,
			 struct arena *arena, struct store_token *token, bool *found,
			 struct err *err);
bool embedded_token_list(struct store *store, enum token_kind kind, struct arena *arena,
			 struct store_tokens *tokens, struct err *err);
bool embedded_token_remove(struct store *store, const char *id, bool *found, struct err *err);
/* Within a transaction: counts one use. ERR_REFUSED: there is none to use. */
must_use bool embedded_token_use(struct db *db, enum token_kind kind, const char *hash,
				 int64_t now_us, struct err *err);

bool embedded_document_put(struct store *store, const struct store_document *document,
			   int64_t *revision, struct err *err);
bool embedded_document_list(struct store *store, struct arena *arena,
			    struct store_documents *documents, struct err *err);
bool embedded_document_remove(struct store *store, struct text name, bool *found, struct err *err);
bool embedded_requirement_put(struct store *store, const struct store_requirement *requirement,
			      struct err *err);
bool embedded_requirement_list(struct store *store, struct arena *arena,
			       struct store_requirements *requirements, struct err *err);
bool embedded_requirement_remove(struct store *store, struct text query, bool *found,
				 struct err *err);

bool embedded_waiver_add(struct store *store, const struct store_waiver *waiver, struct err *err);
bool embedded_waiver_list(struct store *store, struct arena *arena, struct store_waivers *waivers,
			  struct err *err);
bool embedded_waiver_end(struct store *store, const char *id, int64_t at_us, struct text by,
			 bool *found, struct err *err);

bool embedded_items_put(struct store *store, struct store_item *items, size_t count,
			struct err *err);
bool embedded_items_current(struct store *store, const struct store_item_filter *filter,
			    struct arena *arena, struct store_items *items, struct err *err);
bool embedded_items_history(struct store *store, const char *id, const struct store_range *range,
			    struct arena *arena, struct store_items *items, struct err *err);
bool embedded_items_changes(struct store *store, size_t limit, struct arena *arena,
			    struct store_items *items, struct err *err);
bool embedded_items_since(struct store *store, const struct store_range *range, struct arena *arena,
			  struct store_items *items, struct err *err);
bool embedded_items_of_action(struct store *store, const char *action,
			      const struct store_range *range, struct arena *arena,
			      struct store_items *items, struct err *err);
bool embedded_items_drop(struct store *store, const char *id, struct err *err);
bool embedded_items_overdue(struct store *store, int64_t before_us, size_t limit,
			    struct arena *arena, struct store_items *items, struct err *err);
bool embedded_items_forget(struct store *store, int64_t before_us, size_t limit, size_t *count,
			   struct err *err);
bool embedded_items_tally(struct store *store, store_tally_fn each, void *data, struct err *err);

bool embedded_action_add(struct store *store, const struct store_action *action, struct err *err);
bool embedded_action_get(struct store *store, const char *id, struct arena *arena,
			 struct store_action *action, bool *found, struct err *err);
bool embedded_action_list(struct store *store, size_t limit, struct arena *arena,
			  struct store_actions *actions, struct err *err);
bool embedded_action_answer(struct store *store, const char *id, const char *host,
			    enum recipient_status status, int64_t at_us, struct err *err);
bool embedded_actions_pending(struct store *store, const char *host, int64_t now_us,
			      struct arena *arena, struct store_actions *actions, struct err *err);
bool embedded_actions_overdue(struct store *store, int64_t now_us, size_t limit,
			      struct arena *arena, struct store_actions *actions, struct err *err);
