#include "store/embedded/embedded.h"

static void read_host(sqlite3_stmt *asked, struct arena *arena, struct store_host *host)
{
	*host = (struct store_host){
		.name = db_text(asked, 1, arena),
		.facts = db_text(asked, 2, arena),
		.tags = db_text(asked, 3, arena),
		.trust = db_text(asked, 4, arena),
		.fingerprint = db_text(asked, 5, arena),
		.enrolled_us = sqlite3_column_int64(asked, 6),
		.last_seen_us = sqlite3_column_int64(asked, 7),
		.revoked_us = sqlite3_column_int64(asked, 8),
	};
	db_hex(asked, 0, host->id, sizeof(host->id));
}

static bool add_host(struct db *db, const struct store_host *host, const char *token_hash,
		     int64_t now_us, struct err *err)
{
	int64_t held = 0;
	if (!embedded_token_use(db, TOKEN_ENROL, token_hash, now_us, err) ||
	    !db_number(db, &held, err, "SELECT 1 FROM hosts WHERE name = ? AND revoked = 0", "t",
		       host->name))
		return false;
	if (held)
		return err_set(err, ERR_REFUSED,
			       "the name \"%.*s\" is held by another agent; revoke that one first",
			       TEXT_ARG(host->name));
	return db_run(
		db, err,
		"INSERT INTO hosts (id, name, facts, tags, trust, fingerprint, enrolled, seen,"
		" revoked) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
		"stttttii", host->id, host->name, host->facts, host->tags, host->trust,
		host->fingerprint, host->enrolled_us, host->last_seen_us);
}

bool embedded_host_add(struct store *store, const struct store_host *host, const char *token_hash,
		       int64_t now_us, struct err *err)
{
	struct db *db = embedded_begin(store, err);
	return db && embedded_end(store, add_host(db, host, token_hash, now_us, err), err);
}

bool embedded_host_get(struct store *store, const char *id, struct arena *arena,
		       struct store_host *host, bool *found, struct err *err)
{
	struct db *db = embedded_read(store);
	enum db_step step = DB_FAILED;
	sqlite3_stmt *asked = db_ask(
		db, err,
		"SELECT id, name, facts, tags, trust, fingerprint, enrolled, seen,"
		" revoked FROM hosts WHERE id = ?",
		"s", id);
	if (asked) {
		step = db_next(db, asked, err);
		if (step == DB_ROW && !db_fits(asked, arena, 0, err))
			step = DB_FAILED;
		if (step == DB_ROW)
			read_host(asked, arena, host);
		db_end(asked);
	}
	embedded_give_back(store, db);
	*found = step == DB_ROW;
	return step != DB_FAILED;
}

static bool list_hosts(struct db *db, sqlite3_stmt *asked, struct arena *arena,
		       struct store_hosts *hosts, struct err *err)
{
	size_t room = 0;
	enum db_step step;
	while ((step = db_next(db, asked, err)) == DB_ROW) {
		if (!db_fits(asked, arena, (hosts->count + 1) * sizeof(*hosts->list), err))
			return hosts->count > 0; /* the rest at the next call */
		hosts->list = arena_grow(arena, hosts->list, &room, hosts->count + 1,
					 sizeof(*hosts->list));
		read_host(asked, arena, &hosts->list[hosts->count++]);
	}
	return step == DB_DONE;
}

bool embedded_host_list(struct store *store, const char *after, size_t limit, struct arena *arena,
			struct store_hosts *hosts, struct err *err)
{
	must(limit > 0 && limit <= STORE_LIST_MAX);
	bool done = false;
	struct store_hosts found = {0};
	struct db *db = embedded_read(store);
	sqlite3_stmt *asked = db_ask(
		db, err,
		"SELECT id, name, facts, tags, trust, fingerprint, enrolled, seen,"
		" revoked FROM hosts WHERE id > ? ORDER BY id LIMIT ?",
		"si", after, (int64_t)limit);
	if (asked) {
		done = list_hosts(db, asked, arena, &found, err);
		db_end(asked);
	}
	embedded_give_back(store, db);
	if (done)
		*hosts = found;
	return done;
}

bool embedded_hosts_seen(struct store *store, const struct store_seen *seen, size_t count,
			 struct err *err)
{
	struct db *db = embedded_begin(store, err);
	if (!db)
		return false;
	bool done = true;
	for (size_t i = 0; i < count && done; i++)
		done = db_run(db, err,
			      "UPDATE hosts SET seen = max(seen, ?), facts = coalesce(?, facts)"
			      " WHERE id = ?",
			      "ins", seen[i].at_us, seen[i].facts, seen[i].host);
	return embedded_end(store, done, err);
}

bool embedded_host_tag(struct store *store, const char *id, struct text tags, struct err *err)
{
	struct db *db = embedded_begin(store, err);
	return db && embedded_end(store,
				  db_run(db, err, "UPDATE hosts SET tags = ? WHERE id = ?", "ts",
					 tags, id),
				  err);
}

bool embedded_host_revoke(struct store *store, const char *id, int64_t at_us, struct err *err)
{
	struct db *db = embedded_begin(store, err);
	if (!db)
		return false;
	bool done = db_run(db, err, "UPDATE hosts SET revoked = ? WHERE id = ? AND revoked = 0",
			   "is", at_us, id) &&
		    db_run(db, err, "UPDATE checks SET current = 0 WHERE agent = ? AND current = 1",
			   "s", id);
	return embedded_end(store, done, err);
}
