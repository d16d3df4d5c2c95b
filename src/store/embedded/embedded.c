#include "store/embedded/embedded.h"

#include "base/log.h"

static bool open_all(struct store *store, const char *path, struct err *err)
{
	store->writer = db_open(path, true, err);
	if (!store->writer)
		return false;
	for (size_t i = 0; i < EMBEDDED_READERS; i++) {
		store->readers[i] = db_open(path, false, err);
		if (!store->readers[i])
			return false;
		store->reader_count++;
	}
	return true;
}

static void close_store(struct store **store)
{
	if (!*store)
		return;
	for (size_t i = 0; i < (*store)->reader_count; i++)
		db_close(&(*store)->readers[i]);
	db_close(&(*store)->writer); /* last: it takes the write-ahead log in */
	lock_free(&(*store)->writing);
	lock_free(&(*store)->reading);
	mem_free(store);
}

static struct store *open_store(const struct store_config *config, struct err *err)
{
	struct store *store = mem_new(1, sizeof(*store));
	scoped(buf_end) struct buf path = {0};
	buf_print(&path, "%s/" EMBEDDED_FILE, config->folder);
	store->writing = lock_new();
	store->reading = lock_new();
	if (!open_all(store, path.at, err))
		close_store(&store);
	return store;
}

struct db *embedded_begin(struct store *store, struct err *err)
{
	lock_take(store->writing);
	if (db_run(store->writer, err, "BEGIN IMMEDIATE", ""))
		return store->writer;
	lock_give(store->writing);
	return NULL;
}

bool embedded_end(struct store *store, bool done, struct err *err)
{
	struct err ignored = {0};
	bool kept = done && db_run(store->writer, err, "COMMIT", "");
	if (!kept && !db_run(store->writer, &ignored, "ROLLBACK", ""))
		log_write(LOG_DEBUG, "store", "it had taken the change back itself: %s",
			  ignored.text);
	lock_give(store->writing);
	return kept;
}

struct db *embedded_read(struct store *store)
{
	lock_take(store->reading);
	while (store->reader_count == 0)
		lock_wait(store->reading, -1);
	struct db *db = store->readers[--store->reader_count];
	lock_give(store->reading);
	return db;
}

void embedded_give_back(struct store *store, struct db *db)
{
	lock_take(store->reading);
	must(store->reader_count < EMBEDDED_READERS);
	store->readers[store->reader_count++] = db;
	lock_wake(store->reading);
	lock_give(store->reading);
}

const struct store_port store_embedded = {
	.name = "embedded",
	.open = open_store,
	.close = close_store,
	.host_add = embedded_host_add,
	.host_get = embedded_host_get,
	.host_list = embedded_host_list,
	.hosts_seen = embedded_hosts_seen,
	.host_tag = embedded_host_tag,
	.host_revoke = embedded_host_revoke,
	.token_add = embedded_token_add,
	.token_find = embedded_token_find,
	.token_list = embedded_token_list,
	.token_remove = embedded_token_remove,
	.document_put = embedded_document_put,
	.document_list = embedded_document_list,
	.document_remove = embedded_document_remove,
	.requirement_put = embedded_requirement_put,
	.requirement_list = embedded_requirement_list,
	.requirement_remove = embedded_requirement_remove,
	.waiver_add = embedded_waiver_add,
	.waiver_list = embedded_waiver_list,
	.waiver_end = embedded_waiver_end,
	.items_put = embedded_items_put,
	.items_current = embedded_items_current,
	.items_history = embedded_items_history,
	.items_changes = embedded_items_changes,
	.items_since = embedded_items_since,
	.items_of_action = embedded_items_of_action,
	.items_drop = embedded_items_drop,
	.items_overdue = embedded_items_overdue,
	.items_forget = embedded_items_forget,
	.items_tally = embedded_items_tally,
	.action_add = embedded_action_add,
	.action_get = embedded_action_get,
	.action_list = embedded_action_list,
	.action_answer = embedded_action_answer,
	.actions_pending = embedded_actions_pending,
	.actions_overdue = embedded_actions_overdue,
};
