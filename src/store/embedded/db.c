#include "store/embedded/db.h"

#include <stdarg.h>
#include <string.h>

#include "store/embedded/schema.h"

#define ROW_SPARE 4096 /* bytes of an arena beside a row's texts */

struct db {
	sqlite3 *handle;
	struct {
		const char *sql;
		sqlite3_stmt *prepared;
	} kept[DB_STATEMENTS_MAX];
	size_t kept_count;
};

static bool fault(const struct db *db, int code, struct err *err)
{
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(err, ERR_BUSY,
			       "store: another process holds it; is there a second musterd?");
	case SQLITE_FULL:
		return err_set(err, ERR_SYSTEM, "store: the disk is full; nothing was changed");
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return err_set(err, ERR_SYSTEM, "store: the file is damaged: %s",
			       db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code));
	default:
		return err_set(err, ERR_SYSTEM, "store: %s",
			       db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code));
	}
}

static bool run_script(struct db *db, const char *script, struct err *err)
{
	int code = sqlite3_exec(db->handle, script, NULL, NULL, NULL);
	return code == SQLITE_OK || fault(db, code, err);
}

static bool read_version(struct db *db, int64_t *version, struct err *err)
{
	*version = 0;
	return db_number(db, version, err, "PRAGMA user_version", "");
}

/* Each step of the schema is one transaction, its version number in it. */
static bool bring_up(struct db *db, struct err *err)
{
	int64_t version;
	if (!read_version(db, &version, err))
		return false;
	if (version > (int64_t)schema_count)
		return err_set(err, ERR_INPUT,
			       "store: made by a newer musterd (schema %lld, this one knows %zu)",
			       (long long)version, schema_count);
	for (size_t i = (size_t)version; i < schema_count; i++) {
		if (run_script(db, schema_steps[i], err))
			continue;
		(void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
		return err_add(err, "schema %zu", i + 1);
	}
	return true;
}

/* FULL: a commit is on the disk when it returns. */
static const char writer_setup[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
				   "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
				   "PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 16384;"
				   "PRAGMA journal_size_limit = 134217728;";
static const char reader_setup[] = "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;"
				   "PRAGMA cache_size = -4096;";

/* SQLite would make every path absolute, and a server that entered its folder before it dropped
 * root may not walk down to it from "/" any more: this file system is SQLite's own, but for that it
 * takes paths as they are. */
static int keep_path(sqlite3_vfs *vfs, const char *path, int size, char *out)
{
	(void)vfs;
	if (strlen(path) >= (size_t)size)
		return SQLITE_CANTOPEN;
	memcpy(out, path, strlen(path) + 1);
	return SQLITE_OK;
}

static const char *path_keeper(void)
{
	static const char name[] = "muster-relative";
	static sqlite3_vfs
		vfs; /* SQLite's list of them points at it; the same whoever fills it first */
	if (!sqlite3_vfs_find(name)) {
		vfs = *sqlite3_vfs_find(NULL);
		vfs.zName = name;
		vfs.xFullPathname = keep_path;
		must(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
	}
	return name;
}

struct db *db_open(const char *path, bool writer, struct err *err)
{
	struct db *db = mem_new(1, sizeof(*db));
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int code = sqlite3_open_v2(path, &db->handle, flags | (writer ? SQLITE_OPEN_CREATE : 0),
				   path_keeper());
	bool done = code == SQLITE_OK || fault(db, code, err);
	if (done)
		(void)sqlite3_busy_timeout(db->handle, DB_BUSY_MS);
	done = done && run_script(db, writer ? writer_setup : reader_setup, err) &&
	       (!writer || bring_up(db, err));
	if (!done) {
		err_add(err, "%s", path);
		db_close(&db);
	}
	return db;
}

void db_close(struct db **db)
{
	if (!*db)
		return;
	for (size_t i = 0; i < (*db)->kept_count; i++)
		(void)sqlite3_finalize((*db)->kept[i].prepared);
	must(sqlite3_close((*db)->handle) == SQLITE_OK);
	mem_free(db);
}

static sqlite3_stmt *prepare(struct db *db, const char *sql, struct err *err)
{
	sqlite3_stmt *prepared = NULL;
	for (size_t i = 0; i < db->kept_count; i++)
		if (db->kept[i].sql == sql)
			return db->kept[i].prepared;
	must(db->kept_count < DB_STATEMENTS_MAX);
	int code = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared,
				      NULL);
	if (code != SQLITE_OK) {
		fault(db, code, err);
		return NULL;
	}
	db->kept[db->kept_count].sql = sql;
	db->kept[db->kept_count++].prepared = prepared;
	return prepared;
}

static void bind(sqlite3_stmt *asked, const char *types, va_list *values)
{
	int code = SQLITE_OK;
	for (int i = 1; types[i - 1] && code == SQLITE_OK; i++) {
		struct text text = {0};
		switch (types[i - 1]) {
		case 't':
		case 'n':
			text = va_arg(*values, struct text);
			if (!text.at && types[i - 1] == 't')
				text = TEXT("");
			code = sqlite3_bind_text64(asked, i, text.at, text.len, SQLITE_STATIC,
						   SQLITE_UTF8);
			break;
		case 's':
			code = sqlite3_bind_text(asked, i, va_arg(*values, const char *), -1,
						 SQLITE_STATIC);
			break;
		case 'i':
			code = sqlite3_bind_int64(asked, i, va_arg(*values, int64_t));
			break;
		default:
			code = SQLITE_MISUSE;
		}
	}
	must(code == SQLITE_OK);
}

static sqlite3_stmt *ask(struct db *db, struct err *err, const char *sql, const char *types,
			 va_list *values)
{
	sqlite3_stmt *asked = prepare(db, sql, err);
	if (!asked)
		return NULL;
	must(!sqlite3_stmt_busy(asked));
	bind(asked, types, values);
	return asked;
}

sqlite3_stmt *db_ask(struct db *db, struct err *err, const char *sql, const char *types, ...)
{
	va_list values;
	va_start(values, types);
	sqlite3_stmt *asked = ask(db, err, sql, types, &values);
	va_end(values);
	return asked;
}

enum db_step db_next(struct db *db, sqlite3_stmt *asked, struct err *err)
{
	int code = sqlite3_step(asked);
	if (code == SQLITE_ROW)
		return DB_ROW;
	if (code == SQLITE_DONE)
		return DB_DONE;
	fault(db, code, err);
	return DB_FAILED;
}

void db_end(sqlite3_stmt *asked)
{
	(void)sqlite3_reset(asked);
	(void)sqlite3_clear_bindings(asked);
}

bool db_run(struct db *db, struct err *err, const char *sql, const char *types, ...)
{
	va_list values;
	va_start(values, types);
	sqlite3_stmt *asked = ask(db, err, sql, types, &values);
	va_end(values);
	if (!asked)
		return false;
	enum db_step step = db_next(db, asked, err);
	db_end(asked);
	return step != DB_FAILED;
}

bool db_number(struct db *db, int64_t *number, struct err *err, const char *sql, const char *types,
	       ...)
{
	va_list values;
	va_start(values, types);
	sqlite3_stmt *asked = ask(db, err, sql, types, &values);
	va_end(values);
	if (!asked)
		return false;
	enum db_step step = db_next(db, asked, err);
	if (step == DB_ROW)
		*number = sqlite3_column_int64(asked, 0);
	db_end(asked);
	return step != DB_FAILED;
}

int64_t db_changes(const struct db *db)
{
	return sqlite3_changes64(db->handle);
}

int64_t db_last_row(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

struct text db_lent(sqlite3_stmt *asked, int column)
{
	const char *at = (const char *)sqlite3_column_text(asked, column);
	return (struct text){at, (size_t)sqlite3_column_bytes(asked, column)};
}

struct text db_text(sqlite3_stmt *asked, int column, struct arena *arena)
{
	struct text lent = db_lent(asked, column);
	return lent.at ? arena_text(arena, lent) : lent;
}

void db_hex(sqlite3_stmt *asked, int column, char *out, size_t size)
{
	struct text lent = db_lent(asked, column);
	size_t len = lent.len < size ? lent.len : size - 1;
	memset(out, 0, size);
	if (lent.at)
		memcpy(out, lent.at, len);
}

bool db_fits(sqlite3_stmt *asked, const struct arena *arena, size_t list_size, struct err *err)
{
	size_t needed = ROW_SPARE + 3 * list_size;
	for (int i = 0; i < sqlite3_data_count(asked); i++)
		needed += (size_t)sqlite3_column_bytes(asked, i) + 16;
	return needed <= arena_left(arena) ||
	       err_set(err, ERR_LIMIT, "store: the answer is larger than there is room for");
}
