#include "store/embedded/embedded.h"

static bool add_waiver(struct db *db, const struct store_waiver *waiver, struct err *err)
{
	int64_t count = 0, known = 0;
	if (!db_run(db, err, "DELETE FROM waivers WHERE ended != 0 AND ended < ?", "i",
		    waiver->created_us - STORE_WAIVER_KEPT_US) ||
	    !db_number(db, &count, err, "SELECT count(*) FROM waivers", "") ||
	    !db_number(db, &known, err, "SELECT count(*) FROM waivers WHERE id = ?", "s",
		       waiver->id))
		return false;
	if (known > 0)
		return err_set(err, ERR_REFUSED, "there is a waiver %s already", waiver->id);
	if (count >= STORE_KEPT_MAX)
		return err_set(err, ERR_LIMIT, "there are %d waivers already", STORE_KEPT_MAX);
	return db_run(db, err,
		      "INSERT INTO waivers (id, policy, ref, hosts, why, by, created, until, ended,"
		      " ended_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		      "stttttiiit", waiver->id, waiver->policy, waiver->ref, waiver->hosts,
		      waiver->why, waiver->by, waiver->created_us, waiver->until_us,
		      waiver->ended_us, waiver->ended_by.at ? waiver->ended_by : TEXT(""));
}

bool embedded_waiver_add(struct store *store, const struct store_waiver *waiver, struct err *err)
{
	struct db *db = embedded_begin(store, err);
	return db && embedded_end(store, add_waiver(db, waiver, err), err);
}

static bool list_waivers(struct db *db, sqlite3_stmt *asked, struct arena *arena,
			 struct store_waivers *waivers, struct err *err)
{
	size_t room = 0;
	enum db_step step;
	while ((step = db_next(db, asked, err)) == DB_ROW) {
		size_t count = waivers->count + 1, size = sizeof(*waivers->list);
		if (!db_fits(asked, arena, count * size, err))
			return false;
		waivers->list = arena_grow(arena, waivers->list, &room, count, size);
		struct store_waiver *waiver = &waivers->list[waivers->count++];
		*waiver = (struct store_waiver){
			.policy = db_text(asked, 1, arena),
			.ref = db_text(asked, 2, arena),
			.hosts = db_text(asked, 3, arena),
			.why = db_text(asked, 4, arena),
			.by = db_text(asked, 5, arena),
			.created_us = sqlite3_column_int64(asked, 6),
			.until_us = sqlite3_column_int64(asked, 7),
			.ended_us = sqlite3_column_int64(asked, 8),
			.ended_by = db_text(asked, 9, arena),
		};
		db_hex(asked, 0, waiver->id, sizeof(waiver->id));
	}
	return step == DB_DONE;
}

bool embedded_waiver_list(struct store *store, struct arena *arena, struct store_waivers *waivers,
			  struct err *err)
{
	bool done = false;
	struct store_waivers found = {0};
	struct db *db = embedded_read(store);
	sqlite3_stmt *asked = db_ask(
		db, err,
		"SELECT id, policy, ref, hosts, why, by, created, until, ended, ended_by"
		" FROM waivers ORDER BY created, id",
		"");
	if (asked) {
		done = list_waivers(db, asked, arena, &found, err);
		db_end(asked);
	}
	embedded_give_back(store, db);
	if (done)
		*waivers = found;
	return done;
}

static bool end_waiver(struct db *db, const char *id, int64_t at_us, struct text by, bool *found,
		       struct err *err)
{
	int64_t known = 0;
	if (!db_number(db, &known, err, "SELECT count(*) FROM waivers WHERE id = ?", "s", id) ||
	    !db_run(db, err,
		    "UPDATE waivers SET ended = ?, ended_by = ? WHERE id = ? AND ended = 0", "its",
		    at_us, by.at ? by : TEXT(""), id))
		return false;
	*found = known > 0;
	return true;
}

bool embedded_waiver_end(struct store *store, const char *id, int64_t at_us, struct text by,
			 bool *found, struct err *err)
{
	bool known = false;
	struct db *db = embedded_begin(store, err);
	if (!db || !embedded_end(store, end_waiver(db, id, at_us, by, &known, err), err))
		return false;
	*found = known;
	return true;
}
