#include <string.h>

#include "store/embedded/embedded.h"

/* What checks has of one item id, before it changes. */
struct place {
	int64_t seq, kept;
	enum status status;
	enum level level;
	bool known, current, foreign;
};

static bool find_place(struct db *db, const struct store_item *item, struct place *place,
		       struct err *err)
{
	*place = (struct place){0};
	sqlite3_stmt *asked = db_ask(db, err,
				     "SELECT seq, kept, status, current, level, agent != ?"
				     " FROM checks WHERE id = ?",
				     "ss", item->agent, item->id);
	if (!asked)
		return false;
	enum db_step step = db_next(db, asked, err);
	if (step == DB_ROW)
		*place = (struct place){
			.seq = sqlite3_column_int64(asked, 0),
			.kept = sqlite3_column_int64(asked, 1),
			.status = (enum status)sqlite3_column_int(asked, 2),
			.known = true,
			.current = sqlite3_column_int(asked, 3) != 0,
			.level = (enum level)sqlite3_column_int(asked, 4),
			.foreign = sqlite3_column_int(asked, 5) != 0,
		};
	db_end(asked);
	return step != DB_FAILED;
}

/* The oldest of an item that has too many go, and the feed notes that it lacks something. */
static bool trim(struct db *db, const char *id, int64_t kept, struct err *err)
{
	if (kept <= STORE_HISTORY_PER_ITEM)
		return true;
	int64_t oldest = 0;
	return db_number(db, &oldest, err, "SELECT min(seq) FROM items WHERE id = ?", "s", id) &&
	       db_run(db, err, "DELETE FROM items WHERE seq = ?", "i", oldest) &&
	       db_run(db, err, "UPDATE feed SET gone = max(gone, ?)", "i", oldest);
}

static bool note_place(struct db *db, const struct store_item *item, const struct place *place,
		       struct err *err)
{
	int64_t kept = place->kept < STORE_HISTORY_PER_ITEM ? place->kept + 1
							    : STORE_HISTORY_PER_ITEM;
	int64_t answered = item->taken_us != 0 && item->taken_us < item->at_us ? item->taken_us
									       : item->at_us;
	if (!item->current && place->known)
		return db_run(db, err, "UPDATE checks SET kept = ? WHERE id = ?", "is", kept,
			      item->id);
	return db_run(db, err,
		      "INSERT INTO checks (id, agent, policy, ref, level, status, answered, seq,"
		      " current, kept) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		      " ON CONFLICT (id) DO UPDATE SET level = excluded.level,"
		      " status = excluded.status, answered = excluded.answered,"
		      " seq = excluded.seq, current = excluded.current, kept = excluded.kept",
		      "ssttiiiiii", item->id, item->agent, item->policy, item->ref,
		      (int64_t)item->level, (int64_t)item->status, answered, item->seq,
		      (int64_t)item->current, kept);
}

static bool insert(struct db *db, struct store_item *item, struct err *err)
{
	if (!db_run(db, err,
		    "INSERT INTO items (id, at, agent, target, policy, ref, name, action, level,"
		    " status, json, was) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		    " ON CONFLICT (id, at) DO NOTHING",
		    "sistttttiiti", item->id, item->at_us, item->agent, item->target, item->policy,
		    item->ref, item->name, item->action, (int64_t)item->level,
		    (int64_t)item->status, item->json,
		    (int64_t)(item->current ? item->before : STATUS_PENDING)))
		return false;
	item->fresh = db_changes(db) > 0;
	item->seq = db_last_row(db);
	return item->fresh ||
	       db_number(db, &item->seq, err, "SELECT seq FROM items WHERE id = ? AND at = ?", "si",
			 item->id, item->at_us);
}

static bool put_item(struct db *db, struct store_item *item, struct err *err)
{
	struct place place;
	if (!find_place(db, item, &place, err))
		return false;
	item->foreign = place.foreign;
	if (place.foreign) {
		item->current = item->fresh = false;
		return true;
	}
	item->before_level = place.level;
	item->before = place.current ? place.status : STATUS_PENDING;
	if (!insert(db, item, err))
		return false;
	if (item->fresh)
		return note_place(db, item, &place, err) && trim(db, item->id, place.kept + 1, err);
	item->current = place.current && place.seq == item->seq;
	return true;
}

static bool know_host(struct db *db, const char *id, bool *revoked, struct err *err)
{
	int64_t at = -1;
	if (!db_number(db, &at, err, "SELECT revoked FROM hosts WHERE id = ?", "s", id))
		return false;
	*revoked = at > 0;
	return at >= 0 || err_set(err, ERR_REFUSED, "an item of an unknown host, agent %s", id);
}

bool embedded_items_put(struct store *store, struct store_item *items, size_t count,
			struct err *err)
{
	const char *host = "";
	bool done = true, revoked = false;
	struct db *db = embedded_begin(store, err);
	if (!db)
		return false;
	for (size_t i = 0; i < count && done; i++) {
		if (strcmp(items[i].agent, host) != 0)
			done = know_host(db, items[i].agent, &revoked, err);
		host = items[i].agent;
		items[i].current = items[i].current && !revoked;
		done = done && put_item(db, &items[i], err);
	}
	return embedded_end(store, done, err);
}

/* --- reading --- */

#define COLUMNS                                                                                 \
	"i.id, i.agent, i.target, i.policy, i.ref, i.name, i.action, i.level, i.status, i.at, " \
	"i.json, i.seq, c.current AND c.seq = i.seq"
#define JOINED " FROM items i JOIN checks c ON c.id = i.id "

static void read_item(sqlite3_stmt *asked, struct store_item *item)
{
	*item = (struct store_item){
		.target = db_lent(asked, 2),
		.policy = db_lent(asked, 3),
		.ref = db_lent(asked, 4),
		.name = db_lent(asked, 5),
		.action = db_lent(asked, 6),
		.level = (enum level)sqlite3_column_int(asked, 7),
		.status = (enum status)sqlite3_column_int(asked, 8),
		.at_us = sqlite3_column_int64(asked, 9),
		.json = db_lent(asked, 10),
		.seq = sqlite3_column_int64(asked, 11),
		.current = sqlite3_column_int(asked, 12) != 0,
		.before = STATUS_PENDING,
	};
	db_hex(asked, 0, item->id, sizeof(item->id));
	db_hex(asked, 1, item->agent, sizeof(item->agent));
}

static void keep_item(struct store_item *item, struct arena *arena)
{
	item->target = arena_text(arena, item->target);
	item->policy = arena_text(arena, item->policy);
	item->ref = arena_text(arena, item->ref);
	item->name = arena_text(arena, item->name);
	item->action = arena_text(arena, item->action);
	item->json = arena_text(arena, item->json);
}

/* One question and its answer. */
struct reading {
	struct db *db;
	const struct store_item_filter *filter; /* NULL: none */
	struct arena *arena;
	bool changes; /* a further column says what was before */
	bool more;    /* it stopped before the end, as the limit was reached or there was no room */
};

/* Rows into the list, those that the filter lets through; asked NULL: err is set already. */
static bool gather(struct reading *reading, sqlite3_stmt *asked, struct store_items *items,
		   struct err *err)
{
	size_t room = 0;
	enum db_step step = DB_FAILED;
	const struct store_item_filter *filter = reading->filter;
	*items = (struct store_items){0};
	while (asked && (step = db_next(reading->db, asked, err)) == DB_ROW) {
		struct store_item item;
		read_item(asked, &item);
		if (reading->changes)
			item.before = (enum status)sqlite3_column_int(asked, 13);
		if (filter && filter->match && !filter->match(filter->data, &item))
			continue;
		reading->more = (filter && items->count == filter->limit) ||
				!db_fits(asked, reading->arena, (items->count + 1) * sizeof(item),
					 err);
		if (reading->more)
			break;
		keep_item(&item, reading->arena);
		items->list = arena_grow(reading->arena, items->list, &room, items->count + 1,
					 sizeof(item));
		items->list[items->count++] = item;
	}
	if (asked)
		db_end(asked);
	return step != DB_FAILED && (!reading->more || items->count > 0);
}

/* Where in the order the item stands that ended the last page. */
struct mark {
	struct text agent, policy, ref;
	const char *id;
};

static bool find_mark(struct reading *reading, struct mark *mark, struct err *err)
{
	const char *after = reading->filter->after;
	*mark = (struct mark){.id = ""};
	if (!after || !*after)
		return true;
	sqlite3_stmt *asked = db_ask(
		reading->db, err, "SELECT agent, policy, ref FROM checks WHERE id = ?", "s", after);
	if (!asked)
		return false;
	enum db_step step = db_next(reading->db, asked, err);
	bool fits = step == DB_ROW && db_fits(asked, reading->arena, 0, err);
	if (fits)
		*mark = (struct mark){db_text(asked, 0, reading->arena),
				      db_text(asked, 1, reading->arena),
				      db_text(asked, 2, reading->arena), after};
	db_end(asked);
	if (step == DB_DONE)
		return err_set(err, ERR_INPUT, "this cursor leads nowhere any more; begin anew");
	return fits;
}

#define CURRENT \
	"SELECT " COLUMNS " FROM checks c CROSS JOIN items i ON i.seq = c.seq WHERE c.current = 1 "
#define NARROW                                                              \
	" AND (?1 IS NULL OR c.policy = ?1) AND (?2 IS NULL OR c.ref = ?2)" \
	" AND (?3 < 0 OR c.status = ?3)"
#define IN_ORDER " ORDER BY c.agent, c.policy, c.ref, c.id"

static sqlite3_stmt *ask_current(struct reading *reading, struct err *err)
{
	const struct store_item_filter *filter = reading->filter;
	struct mark mark;
	if (!find_mark(reading, &mark, err))
		return NULL;
	if (filter->id)
		return db_ask(reading->db, err,
			      CURRENT NARROW " AND c.id = ?4 AND (?5 IS NULL OR c.agent = ?5)"
					     " AND c.id != ?6",
			      "nnisss", filter->policy, filter->ref, (int64_t)filter->status,
			      filter->id, filter->agent, mark.id);
	if (filter->agent)
		return db_ask(
			reading->db, err,
			CURRENT NARROW
			" AND c.agent = ?4 AND (c.policy, c.ref, c.id) > (?5, ?6, ?7)" IN_ORDER,
			"nnistts", filter->policy, filter->ref, (int64_t)filter->status,
			filter->agent, mark.policy, mark.ref, mark.id);
	return db_ask(reading->db, err,
		      CURRENT NARROW
		      " AND (c.agent, c.policy, c.ref, c.id) > (?4, ?5, ?6, ?7)" IN_ORDER,
		      "nnittts", filter->policy, filter->ref, (int64_t)filter->status, mark.agent,
		      mark.policy, mark.ref, mark.id);
}

bool embedded_items_current(struct store *store, const struct store_item_filter *filter,
			    struct arena *arena, struct store_items *items, struct err *err)
{
	must(filter->limit > 0 && filter->limit <= STORE_LIST_MAX);
	struct store_items found;
	struct reading reading = {.db = embedded_read(store), .filter = filter, .arena = arena};
	sqlite3_stmt *asked = ask_current(&reading, err);
	bool done = gather(&reading, asked, &found, err);
	embedded_give_back(store, reading.db);
	if (!done)
		return false;
	if (reading.more)
		memcpy(found.next, found.list[found.count - 1].id, sizeof(found.next));
	*items = found;
	return true;
}

bool embedded_items_history(struct store *store, const char *id, const struct store_range *range,
			    struct arena *arena, struct store_items *items, struct err *err)
{
	must(range->limit > 0 && range->limit <= STORE_LIST_MAX);
	struct store_items found;
	struct reading reading = {.db = embedded_read(store), .arena = arena};
	sqlite3_stmt *asked = db_ask(reading.db, err,
				     "SELECT " COLUMNS JOINED "WHERE i.id = ?1"
				     " AND (?2 = 0 OR i.seq < ?2) ORDER BY i.seq DESC LIMIT ?3",
				     "sii", id, range->from, (int64_t)range->limit);
	bool done = gather(&reading, asked, &found, err);
	embedded_give_back(store, reading.db);
	if (done)
		*items = found;
	return done;
}

bool embedded_items_changes(struct store *store, size_t limit, struct arena *arena,
			    struct store_items *items, struct err *err)
{
	must(limit > 0 && limit <= STORE_LIST_MAX);
	struct store_items found;
	struct reading reading = {.db = embedded_read(store), .arena = arena, .changes = true};
	sqlite3_stmt *asked = db_ask(reading.db, err,
				     "SELECT " COLUMNS ", i.was" JOINED
				     "WHERE i.was != 6 AND i.was != i.status"
				     " ORDER BY i.seq DESC LIMIT ?",
				     "i", (int64_t)limit);
	bool done = gather(&reading, asked, &found, err);
	embedded_give_back(store, reading.db);
	if (done)
		*items = found;
	return done;
}

bool embedded_items_since(struct store *store, const struct store_range *range, struct arena *arena,
			  struct store_items *items, struct err *err)
{
	must(range->limit > 0 && range->limit <= STORE_LIST_MAX);
	int64_t gone = 0;
	struct store_items found;
	struct reading reading = {.db = embedded_read(store), .arena = arena};
	sqlite3_stmt *asked = db_ask(
		reading.db, err, "SELECT " COLUMNS JOINED "WHERE i.seq > ? ORDER BY i.seq LIMIT ?",
		"ii", range->from, (int64_t)range->limit);
	bool done = gather(&reading, asked, &found, err) &&
		    db_number(reading.db, &gone, err, "SELECT gone FROM feed", "");
	embedded_give_back(store, reading.db);
	if (!done)
		return false;
	found.lost = range->from < gone;
	*items = found;
	return true;
}

bool embedded_items_of_action(struct store *store, const char *action,
			      const struct store_range *range, struct arena *arena,
			      struct store_items *items, struct err *err)
{
	must(range->limit > 0 && range->limit <= STORE_LIST_MAX && *action);
	struct store_items found;
	struct reading reading = {.db = embedded_read(store), .arena = arena};
	sqlite3_stmt *asked = db_ask(reading.db, err,
				     "SELECT " COLUMNS JOINED
				     "WHERE i.action = ? AND i.action != ''"
				     " AND i.seq > ? ORDER BY i.seq LIMIT ?",
				     "sii", action, range->from, (int64_t)range->limit);
	bool done = gather(&reading, asked, &found, err);
	embedded_give_back(store, reading.db);
	if (done)
		*items = found;
	return done;
}

bool embedded_items_drop(struct store *store, const char *id, struct err *err)
{
	struct db *db = embedded_begin(store, err);
	return db &&
	       embedded_end(store,
			    db_run(db, err, "UPDATE checks SET current = 0 WHERE id = ?", "s", id),
			    err);
}

bool embedded_items_overdue(struct store *store, int64_t before_us, size_t limit,
			    struct arena *arena, struct store_items *items, struct err *err)
{
	must(limit > 0 && limit <= STORE_LIST_MAX);
	struct store_items found;
	struct reading reading = {.db = embedded_read(store), .arena = arena};
	sqlite3_stmt *asked = db_ask(reading.db, err,
				     CURRENT " AND c.status != 5 AND c.answered < ?"
					     " ORDER BY c.answered, c.id LIMIT ?",
				     "ii", before_us, (int64_t)limit);
	bool done = gather(&reading, asked, &found, err);
	embedded_give_back(store, reading.db);
	if (done)
		*items = found;
	return done;
}

#define FORGETTABLE                                                                             \
	"FROM items i WHERE i.at < ?1 AND NOT EXISTS (SELECT 1 FROM checks c WHERE c.id = i.id" \
	" AND c.seq = i.seq AND c.current = 1) ORDER BY i.at LIMIT ?2"

static bool forget(struct db *db, int64_t before_us, size_t limit, size_t *count, struct err *err)
{
	int64_t newest = 0;
	if (!db_number(db, &newest, err, "SELECT max(seq) FROM (SELECT i.seq " FORGETTABLE ")",
		       "ii", before_us, (int64_t)limit) ||
	    !db_run(db, err,
		    "UPDATE checks SET kept = kept - n FROM (SELECT id AS of, count(*) AS n FROM"
		    " (SELECT i.id " FORGETTABLE ") GROUP BY id) WHERE id = of",
		    "ii", before_us, (int64_t)limit) ||
	    !db_run(db, err, "DELETE FROM items WHERE seq IN (SELECT i.seq " FORGETTABLE ")", "ii",
		    before_us, (int64_t)limit))
		return false;
	*count = (size_t)db_changes(db);
	if (*count == 0)
		return true;
	return db_run(db, err, "UPDATE feed SET gone = max(gone, ?)", "i", newest) &&
	       db_run(db, err, "DELETE FROM checks WHERE kept = 0 AND current = 0", "");
}

bool embedded_items_forget(struct store *store, int64_t before_us, size_t limit, size_t *count,
			   struct err *err)
{
	struct db *db = embedded_begin(store, err);
	return db && embedded_end(store, forget(db, before_us, limit, count, err), err);
}

bool embedded_items_tally(struct store *store, store_tally_fn each, void *data, struct err *err)
{
	bool more = true;
	enum db_step step = DB_FAILED;
	struct db *db = embedded_read(store);
	sqlite3_stmt *asked = db_ask(db, err,
				     "SELECT agent, policy, level, status, count(*) FROM checks"
				     " WHERE current = 1 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
				     "");
	while (asked && more && (step = db_next(db, asked, err)) == DB_ROW) {
		char agent[STORE_ID_SIZE];
		db_hex(asked, 0, agent, sizeof(agent));
		more = each(data, &(struct store_tally){agent, db_lent(asked, 1),
							(enum level)sqlite3_column_int(asked, 2),
							(enum status)sqlite3_column_int(asked, 3),
							(size_t)sqlite3_column_int64(asked, 4)});
	}
	if (asked)
		db_end(asked);
	embedded_give_back(store, db);
	return step != DB_FAILED;
}
