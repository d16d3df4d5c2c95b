#include "store/embedded/embedded.h"

static void read_token(sqlite3_stmt *asked, struct arena *arena, struct store_token *token)
{
	*token = (struct store_token){
		.kind = (enum token_kind)sqlite3_column_int(asked, 2),
		.name = db_text(asked, 3, arena),
		.role = db_text(asked, 4, arena),
		.created_us = sqlite3_column_int64(asked, 5),
		.expires_us = sqlite3_column_int64(asked, 6),
		.last_used_us = sqlite3_column_int64(asked, 7),
		.uses_left = sqlite3_column_int64(asked, 8),
	};
	db_hex(asked, 0, token->id, sizeof(token->id));
	db_hex(asked, 1, token->hash, sizeof(token->hash));
}

static bool add_token(struct db *db, const struct store_token *token, struct err *err)
{
	int64_t count = 0, known = 0;
	if (!db_run(db, err, "DELETE FROM tokens WHERE expires != 0 AND expires < ?", "i",
		    token->created_us - TIME_DAY_US) ||
	    !db_number(db, &count, err, "SELECT count(*) FROM tokens", "") ||
	    !db_number(db, &known, err, "SELECT 1 FROM tokens WHERE hash = ?", "s", token->hash))
		return false;
	if (known)
		return err_set(err, ERR_REFUSED, "this token is there already");
	if (count >= STORE_KEPT_MAX)
		return err_set(err, ERR_LIMIT, "there are %d tokens already; revoke some",
			       STORE_KEPT_MAX);
	return db_run(db, err,
		      "INSERT INTO tokens (id, hash, kind, name, role, created, expires, used,"
		      " uses_left) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		      "ssittiiii", token->id, token->hash, (int64_t)token->kind, token->name,
		      token->role, token->created_us, token->expires_us, token->last_used_us,
		      token->uses_left);
}

bool embedded_token_add(struct store *store, const struct store_token *token, struct err *err)
{
	struct db *db = embedded_begin(store, err);
	return db && embedded_end(store, add_token(db, token, err), err);
}

bool embedded_token_use(struct db *db, enum token_kind kind, const char *hash, int64_t now_us,
			struct err *err)
{
	int64_t expires = 0, uses_left = -2;
	if (!db_number(db, &expires, err, "SELECT expires FROM tokens WHERE hash = ? AND kind = ?",
		       "si", hash, (int64_t)kind) ||
	    !db_number(db, &uses_left, err,
		       "SELECT uses_left FROM tokens WHERE hash = ? AND kind = ?", "si", hash,
		       (int64_t)kind))
		return false;
	if (uses_left == -2)
		return err_set(err, ERR_REFUSED, "this token is unknown here");
	if (expires != 0 && expires <= now_us)
		return err_set(err, ERR_REFUSED, "this token has expired; ask for a new one");
	if (uses_left == 0)
		return err_set(err, ERR_REFUSED, "this token has been used; ask for a new one");
	return db_run(db, err,
		      "UPDATE tokens SET used = max(used, ?), uses_left = CASE WHEN uses_left > 0"
		      " THEN uses_left - 1 ELSE uses_left END WHERE hash = ? AND kind = ?",
		      "isi", now_us, hash, (int64_t)kind);
}

static bool find_token(struct db *db, const struct store_token_use *use, struct arena *arena,
		       struct store_token *token, bool *found, struct err *err)
{
	sqlite3_stmt *asked = db_ask(
		db, err,
		"SELECT id, hash, kind, name, role, created, expires, used, uses_left"
		" FROM tokens WHERE hash = ? AND kind = ? AND (expires = 0 OR expires > ?)"
		" AND uses_left != 0",
		"sii", use->hash, (int64_t)use->kind, use->now_us);
	if (!asked)
		return false;
	enum db_step step = db_next(db, asked, err);
	if (step == DB_ROW && !db_fits(asked, arena, 0, err))
		step = DB_FAILED;
	if (step == DB_ROW)
		read_token(asked, arena, token);
	db_end(asked);
	*found = step == DB_ROW;
	return step != DB_FAILED;
}

static bool use_token(struct db *db, const struct store_token_use *use, struct arena *arena,
		      struct store_token *token, bool *found, struct err *err)
{
	if (!find_token(db, use, arena, token, found, err))
		return false;
	if (!*found)
		return true;
	token->last_used_us = use->now_us;
	if (token->uses_left > 0)
		token->uses_left--;
	return embedded_token_use(db, use->kind, use->hash, use->now_us, err);
}

bool embedded_token_find(struct store *store, const struct store_token_use *use,
			 struct arena *arena, struct store_token *token, bool *found,
			 struct err *err)
{
	*found = false;
	if (use->use) {
		struct db *writer = embedded_begin(store, err);
		return writer &&
		       embedded_end(store, use_token(writer, use, arena, token, found, err), err);
	}
	struct db *reader = embedded_read(store);
	bool done = find_token(reader, use, arena, token, found, err);
	embedded_give_back(store, reader);
	return done;
}

static bool list_tokens(struct db *db, sqlite3_stmt *asked, struct arena *arena,
			struct store_tokens *tokens, struct err *err)
{
	size_t room = 0;
	enum db_step step;
	while ((step = db_next(db, asked, err)) == DB_ROW) {
		if (!db_fits(asked, arena, (tokens->count + 1) * sizeof(*tokens->list), err))
			return false;
		tokens->list = arena_grow(arena, tokens->list, &room, tokens->count + 1,
					  sizeof(*tokens->list));
		read_token(asked, arena, &tokens->list[tokens->count++]);
	}
	return step == DB_DONE;
}

bool embedded_token_list(struct store *store, enum token_kind kind, struct arena *arena,
			 struct store_tokens *tokens, struct err *err)
{
	bool done = false;
	struct store_tokens found = {0};
	struct db *db = embedded_read(store);
	sqlite3_stmt *asked = db_ask(
		db, err,
		"SELECT id, hash, kind, name, role, created, expires, used, uses_left"
		" FROM tokens WHERE kind = ? ORDER BY created, id",
		"i", (int64_t)kind);
	if (asked) {
		done = list_tokens(db, asked, arena, &found, err);
		db_end(asked);
	}
	embedded_give_back(store, db);
	if (done)
		*tokens = found;
	return done;
}

bool embedded_token_remove(struct store *store, const char *id, bool *found, struct err *err)
{
	struct db *db = embedded_begin(store, err);
	if (!db)
		return false;
	bool done = db_run(db, err, "DELETE FROM tokens WHERE id = ?", "s", id);
	bool removed = done && db_changes(db) > 0;
	done = embedded_end(store, done, err);
	*found = done && removed;
	return done;
}
