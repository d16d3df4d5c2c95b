#include <string.h>

#include "store/embedded/embedded.h"

#define ACTION "a.id, a.by, a.target, a.policies, a.created, a.expires"

static void read_action(sqlite3_stmt *asked, struct arena *arena, struct store_action *action)
{
	*action = (struct store_action){
		.by = db_text(asked, 1, arena),
		.target = db_text(asked, 2, arena),
		.policies = db_text(asked, 3, arena),
		.created_us = sqlite3_column_int64(asked, 4),
		.expires_us = sqlite3_column_int64(asked, 5),
	};
	db_hex(asked, 0, action->id, sizeof(action->id));
}

static bool add_action(struct db *db, const struct store_action *action, struct err *err)
{
	if (action->recipient_count > STORE_RECIPIENTS_MAX)
		return err_set(err, ERR_LIMIT, "an action for %zu hosts; at most %d are taken",
			       action->recipient_count, STORE_RECIPIENTS_MAX);
	bool done = db_run(db, err,
			   "INSERT INTO actions (id, by, target, policies, created, expires)"
			   " VALUES (?, ?, ?, ?, ?, ?)",
			   "stttii", action->id, action->by, action->target, action->policies,
			   action->created_us, action->expires_us);
	for (size_t i = 0; i < action->recipient_count && done; i++) {
		const char *host = action->recipients[i].host;
		done = db_run(db, err,
			      "INSERT INTO recipients (action, host, status, answered)"
			      " SELECT ?, id, 0, 0 FROM hosts WHERE id = ?",
			      "ss", action->id, host);
		if (done && db_changes(db) == 0)
			done = err_set(err, ERR_REFUSED, "an action for an unknown host, %s", host);
	}
	return done;
}

bool embedded_action_add(struct store *store, const struct store_action *action, struct err *err)
{
	struct db *db = embedded_begin(store, err);
	return db && embedded_end(store, add_action(db, action, err), err);
}

static bool gather_recipients(struct db *db, sqlite3_stmt *asked, struct arena *arena,
			      struct store_action *action, struct err *err)
{
	size_t room = 0;
	enum db_step step = DB_FAILED;
	while (asked && (step = db_next(db, asked, err)) == DB_ROW) {
		size_t count = action->recipient_count + 1, size = sizeof(*action->recipients);
		if (!db_fits(asked, arena, count * size, err)) {
			step = DB_FAILED;
			break;
		}
		action->recipients = arena_grow(arena, action->recipients, &room, count, size);
		struct store_recipient *recipient = &action->recipients[action->recipient_count++];
		db_hex(asked, 0, recipient->host, sizeof(recipient->host));
		recipient->status = (enum recipient_status)sqlite3_column_int(asked, 1);
		recipient->answered_us = sqlite3_column_int64(asked, 2);
	}
	if (asked)
		db_end(asked);
	return step != DB_FAILED;
}

static bool get_action(struct db *db, const char *id, struct arena *arena,
		       struct store_action *action, bool *found, struct err *err)
{
	sqlite3_stmt *asked = db_ask(db, err, "SELECT " ACTION " FROM actions a WHERE a.id = ?",
				     "s", id);
	if (!asked)
		return false;
	enum db_step step = db_next(db, asked, err);
	if (step == DB_ROW && !db_fits(asked, arena, 0, err))
		step = DB_FAILED;
	if (step == DB_ROW)
		read_action(asked, arena, action);
	db_end(asked);
	*found = step == DB_ROW;
	if (step != DB_ROW)
		return step == DB_DONE;
	return gather_recipients(db,
				 db_ask(db, err,
					"SELECT host, status, answered FROM recipients"
					" WHERE action = ? ORDER BY host",
					"s", id),
				 arena, action, err);
}

bool embedded_action_get(struct store *store, const char *id, struct arena *arena,
			 struct store_action *action, bool *found, struct err *err)
{
	struct store_action got;
	struct db *db = embedded_read(store);
	bool done = get_action(db, id, arena, &got, found, err);
	embedded_give_back(store, db);
	if (done && *found)
		*action = got;
	return done;
}

/* asked NULL: err is set already. Ends it, and gives the connection back. */
static bool list_actions(struct store *store, struct db *db, sqlite3_stmt *asked,
			 struct arena *arena, struct store_actions *actions, struct err *err)
{
	size_t room = 0;
	enum db_step step = DB_FAILED;
	struct store_actions found = {0};
	while (asked && (step = db_next(db, asked, err)) == DB_ROW) {
		if (!db_fits(asked, arena, (found.count + 1) * sizeof(*found.list), err)) {
			step = found.count > 0 ? DB_DONE : DB_FAILED;
			break;
		}
		found.list = arena_grow(arena, found.list, &room, found.count + 1,
					sizeof(*found.list));
		read_action(asked, arena, &found.list[found.count++]);
	}
	if (asked)
		db_end(asked);
	embedded_give_back(store, db);
	if (step != DB_FAILED)
		*actions = found;
	return step != DB_FAILED;
}

bool embedded_action_list(struct store *store, size_t limit, struct arena *arena,
			  struct store_actions *actions, struct err *err)
{
	must(limit > 0 && limit <= STORE_LIST_MAX);
	struct db *db = embedded_read(store);
	return list_actions(store, db,
			    db_ask(db, err,
				   "SELECT " ACTION " FROM actions a ORDER BY a.created DESC, a.id"
				   " LIMIT ?",
				   "i", (int64_t)limit),
			    arena, actions, err);
}

bool embedded_action_answer(struct store *store, const char *id, const char *host,
			    enum recipient_status status, int64_t at_us, struct err *err)
{
	struct db *db = embedded_begin(store, err);
	return db && embedded_end(store,
				  db_run(db, err,
					 "UPDATE recipients SET status = ?, answered = ?"
					 " WHERE action = ? AND host = ? AND status = 0",
					 "iiss", (int64_t)status, at_us, id, host),
				  err);
}

bool embedded_actions_pending(struct store *store, const char *host, int64_t now_us,
			      struct arena *arena, struct store_actions *actions, struct err *err)
{
	struct db *db = embedded_read(store);
	return list_actions(store, db,
			    db_ask(db, err,
				   "SELECT " ACTION " FROM recipients r JOIN actions a"
				   " ON a.id = r.action WHERE r.host = ? AND r.status = 0"
				   " AND a.expires > ? ORDER BY a.created, a.id LIMIT ?",
				   "sii", host, now_us, (int64_t)STORE_LIST_MAX),
			    arena, actions, err);
}

bool embedded_actions_overdue(struct store *store, int64_t now_us, size_t limit,
			      struct arena *arena, struct store_actions *actions, struct err *err)
{
	must(limit > 0 && limit <= STORE_LIST_MAX);
	struct store_actions found;
	struct db *db = embedded_read(store);
	if (!list_actions(store, db,
			  db_ask(db, err,
				 "SELECT DISTINCT " ACTION " FROM recipients r JOIN actions a"
				 " ON a.id = r.action WHERE r.status = 0 AND a.expires <= ?"
				 " ORDER BY a.created, a.id LIMIT ?",
				 "ii", now_us, (int64_t)limit),
			  arena, &found, err))
		return false;
	bool done = true;
	size_t left = limit, i = 0;
	db = embedded_read(store);
	for (; i < found.count && left > 0 && done; i++) {
		done = gather_recipients(
			db,
			db_ask(db, err,
			       "SELECT host, status, answered FROM recipients WHERE"
			       " action = ? AND status = 0 ORDER BY host LIMIT ?",
			       "si", found.list[i].id, (int64_t)left),
			arena, &found.list[i], err);
		left -= done ? found.list[i].recipient_count : 0;
	}
	embedded_give_back(store, db);
	if (!done)
		return false;
	*actions = found;
	actions->count = i;
	return true;
}
