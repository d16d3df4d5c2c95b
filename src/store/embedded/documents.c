#include "store/embedded/embedded.h"

/* Sets *revision to that of the current document when it has this text, else to 0. */
static bool find_same(struct db *db, const struct store_document *document, int64_t *revision,
		      struct err *err)
{
	*revision = 0;
	return db_number(
		db, revision, err,
		"SELECT revision FROM documents WHERE name = ? AND current = 1 AND text = ?", "tt",
		document->name, document->text);
}

static bool replace(struct db *db, const struct store_document *document, int64_t *revision,
		    struct err *err)
{
	int64_t last = 0, others = 0;
	if (!db_number(db, &others, err,
		       "SELECT count(*) FROM documents WHERE current = 1 AND name != ?", "t",
		       document->name) ||
	    !db_number(
		    db, &last, err,
		    "SELECT revision FROM documents WHERE name = ? ORDER BY revision DESC LIMIT 1",
		    "t", document->name))
		return false;
	if (others >= STORE_KEPT_MAX)
		return err_set(err, ERR_LIMIT, "there are %d documents already; remove some",
			       STORE_KEPT_MAX);
	*revision = last + 1;
	return db_run(db, err, "UPDATE documents SET current = 0 WHERE name = ? AND current = 1",
		      "t", document->name) &&
	       db_run(db, err,
		      "INSERT INTO documents (name, revision, text, policy, target, by, sha256,"
		      " pushed, current) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)",
		      "tittttsi", document->name, *revision, document->text, document->policy,
		      document->target, document->by, document->sha256, document->pushed_us);
}

bool embedded_document_put(struct store *store, const struct store_document *document,
			   int64_t *revision, struct err *err)
{
	int64_t got;
	struct db *db = embedded_begin(store, err);
	if (!db)
		return false;
	bool done = find_same(db, document, &got, err);
	if (done && got == 0)
		done = replace(db, document, &got, err);
	done = embedded_end(store, done, err);
	if (done)
		*revision = got;
	return done;
}

static bool list_documents(struct db *db, sqlite3_stmt *asked, struct arena *arena,
			   struct store_documents *documents, struct err *err)
{
	size_t room = 0;
	enum db_step step;
	while ((step = db_next(db, asked, err)) == DB_ROW) {
		if (!db_fits(asked, arena, (documents->count + 1) * sizeof(*documents->list), err))
			return false;
		documents->list = arena_grow(arena, documents->list, &room, documents->count + 1,
					     sizeof(*documents->list));
		struct store_document *document = &documents->list[documents->count++];
		*document = (struct store_document){
			.name = db_text(asked, 0, arena),
			.revision = sqlite3_column_int64(asked, 1),
			.text = db_text(asked, 2, arena),
			.policy = db_text(asked, 3, arena),
			.target = db_text(asked, 4, arena),
			.by = db_text(asked, 5, arena),
			.pushed_us = sqlite3_column_int64(asked, 7),
		};
		db_hex(asked, 6, document->sha256, sizeof(document->sha256));
	}
	return step == DB_DONE;
}

bool embedded_document_list(struct store *store, struct arena *arena,
			    struct store_documents *documents, struct err *err)
{
	bool done = false;
	struct store_documents found = {0};
	struct db *db = embedded_read(store);
	sqlite3_stmt *asked = db_ask(
		db, err,
		"SELECT name, revision, text, policy, target, by, sha256, pushed"
		" FROM documents WHERE current = 1 ORDER BY name",
		"");
	if (asked) {
		done = list_documents(db, asked, arena, &found, err);
		db_end(asked);
	}
	embedded_give_back(store, db);
	if (done)
		*documents = found;
	return done;
}

/* Runs a statement that takes one text, in a transaction; *found: a row changed. */
static bool change_one(struct store *store, const char *sql, struct text key, bool *found,
		       struct err *err)
{
	struct db *db = embedded_begin(store, err);
	if (!db)
		return false;
	bool done = db_run(db, err, sql, "t", key);
	bool changed = done && db_changes(db) > 0;
	done = embedded_end(store, done, err);
	*found = done && changed;
	return done;
}

bool embedded_document_remove(struct store *store, struct text name, bool *found, struct err *err)
{
	return change_one(store, "UPDATE documents SET current = 0 WHERE name = ? AND current = 1",
			  name, found, err);
}

static bool put_requirement(struct db *db, const struct store_requirement *requirement,
			    struct err *err)
{
	int64_t others = 0;
	if (!db_number(db, &others, err, "SELECT count(*) FROM requirements WHERE query != ?", "t",
		       requirement->query))
		return false;
	if (others >= STORE_KEPT_MAX)
		return err_set(err, ERR_LIMIT, "there are %d requirements already; remove some",
			       STORE_KEPT_MAX);
	return db_run(db, err,
		      "INSERT INTO requirements (query, level, by, since) VALUES (?, ?, ?, ?)"
		      " ON CONFLICT (query) DO UPDATE SET level = excluded.level,"
		      " by = excluded.by, since = excluded.since",
		      "titi", requirement->query, (int64_t)requirement->level, requirement->by,
		      requirement->since_us);
}

bool embedded_requirement_put(struct store *store, const struct store_requirement *requirement,
			      struct err *err)
{
	struct db *db = embedded_begin(store, err);
	return db && embedded_end(store, put_requirement(db, requirement, err), err);
}

static bool list_requirements(struct db *db, sqlite3_stmt *asked, struct arena *arena,
			      struct store_requirements *requirements, struct err *err)
{
	size_t room = 0;
	enum db_step step;
	while ((step = db_next(db, asked, err)) == DB_ROW) {
		size_t count = requirements->count + 1, size = sizeof(*requirements->list);
		if (!db_fits(asked, arena, count * size, err))
			return false;
		requirements->list = arena_grow(arena, requirements->list, &room, count, size);
		requirements->list[requirements->count++] = (struct store_requirement){
			.query = db_text(asked, 0, arena),
			.level = (enum level)sqlite3_column_int(asked, 1),
			.by = db_text(asked, 2, arena),
			.since_us = sqlite3_column_int64(asked, 3),
		};
	}
	return step == DB_DONE;
}

bool embedded_requirement_list(struct store *store, struct arena *arena,
			       struct store_requirements *requirements, struct err *err)
{
	bool done = false;
	struct store_requirements found = {0};
	struct db *db = embedded_read(store);
	sqlite3_stmt *asked = db_ask(
		db, err, "SELECT query, level, by, since FROM requirements ORDER BY query", "");
	if (asked) {
		done = list_requirements(db, asked, arena, &found, err);
		db_end(asked);
	}
	embedded_give_back(store, db);
	if (done)
		*requirements = found;
	return done;
}

bool embedded_requirement_remove(struct store *store, struct text query, bool *found,
				 struct err *err)
{
	return change_one(store, "DELETE FROM requirements WHERE query = ?", query, found, err);
}
