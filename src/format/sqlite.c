#include "format/sqlite.h"

#include <dlfcn.h>
#include <sqlite3.h>
#include <string.h>

#define LIBRARY "libsqlite3.so.0"
#define HEADER_SIZE 100
#define VERSION_AT 18 /* of the file format: 1 for a rollback journal, 2 for a write-ahead log */
#define STEPS_AT_ONCE 1000

struct library {
	__typeof__(&sqlite3_open_v2) open;
	__typeof__(&sqlite3_close_v2) close;
	__typeof__(&sqlite3_db_config) configure;
	__typeof__(&sqlite3_limit) limit;
	__typeof__(&sqlite3_deserialize) deserialize;
	__typeof__(&sqlite3_progress_handler) on_progress;
	__typeof__(&sqlite3_prepare_v2) prepare;
	__typeof__(&sqlite3_step) step;
	__typeof__(&sqlite3_column_blob) blob;
	__typeof__(&sqlite3_column_bytes) bytes;
	__typeof__(&sqlite3_finalize) finalize;
	__typeof__(&sqlite3_errmsg) message;
};

static bool load(struct library *sqlite, struct err *err)
{
	const struct {
		const char *name;
		void *slot;
	} functions[] = {
		{"sqlite3_open_v2", &sqlite->open},
		{"sqlite3_close_v2", &sqlite->close},
		{"sqlite3_db_config", &sqlite->configure},
		{"sqlite3_limit", &sqlite->limit},
		{"sqlite3_deserialize", &sqlite->deserialize},
		{"sqlite3_progress_handler", &sqlite->on_progress},
		{"sqlite3_prepare_v2", &sqlite->prepare},
		{"sqlite3_step", &sqlite->step},
		{"sqlite3_column_blob", &sqlite->blob},
		{"sqlite3_column_bytes", &sqlite->bytes},
		{"sqlite3_finalize", &sqlite->finalize},
		{"sqlite3_errmsg", &sqlite->message},
	};
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return err_set(err, ERR_SYSTEM, "cannot load %s: %s; install libsqlite3-0", LIBRARY,
			       dlerror());
	for (size_t i = 0; i < array_len(functions); i++) {
		void *found = dlsym(library, functions[i].name);
		if (!found)
			return err_set(err, ERR_SYSTEM, "%s has no %s; install libsqlite3-0",
				       LIBRARY, functions[i].name);
		memcpy(functions[i].slot, &found, sizeof(found));
	}
	return true;
}

bool sqlite_load(struct err *err)
{
	struct library sqlite;
	return load(&sqlite, err);
}

static int count_steps(void *data)
{
	uint64_t *steps = data;
	*steps += STEPS_AT_ONCE;
	return *steps > SQLITE_STEPS_MAX;
}

/* SQLite opens no database in memory that wants a log beside it; ours is only read. */
static bool prepare_bytes(struct buf *database, struct err *err)
{
	static const char magic[16] = "SQLite format 3";
	if (database->len < HEADER_SIZE || memcmp(database->at, magic, sizeof(magic)) != 0)
		return err_set(err, ERR_INPUT, "it is no SQLite database");
	for (size_t i = VERSION_AT; i < VERSION_AT + 2; i++)
		database->at[i] = database->at[i] == 2 ? 1 : database->at[i];
	return true;
}

static bool run(const struct library *sqlite, sqlite3 *db, const char *query, sqlite_fn each,
		void *data, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	uint64_t steps = 0;
	sqlite->limit(db, SQLITE_LIMIT_LENGTH, SQLITE_VALUE_MAX);
	sqlite->on_progress(db, STEPS_AT_ONCE, count_steps, &steps);
	int code = sqlite->prepare(db, query, -1, &statement, NULL);
	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = sqlite->step(statement);
		if (code != SQLITE_ROW)
			break;
		const void *bytes = sqlite->blob(statement, 0);
		int len = sqlite->bytes(statement, 0);
		if (!each(data, (struct text){bytes ? bytes : "", len > 0 ? (size_t)len : 0}))
			code = SQLITE_DONE;
	}
	if (code == SQLITE_INTERRUPT)
		err_set(err, ERR_LIMIT, "it takes too long to read: more than %d steps",
			SQLITE_STEPS_MAX);
	else if (code != SQLITE_DONE)
		err_set(err, ERR_INPUT, "%s", sqlite->message(db));
	sqlite->finalize(statement);
	return code == SQLITE_DONE;
}

bool sqlite_each(struct buf *database, const char *query, sqlite_fn each, void *data,
		 struct err *err)
{
	struct library sqlite;
	sqlite3 *db = NULL;
	if (!load(&sqlite, err) || !prepare_bytes(database, err))
		return false;
	bool done = false;
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX;
	if (sqlite.open(":memory:", &db, flags, NULL) != SQLITE_OK)
		err_set(err, ERR_SYSTEM, "SQLite does not start");
	else if (sqlite.configure(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) != SQLITE_OK ||
		 sqlite.configure(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL) != SQLITE_OK ||
		 sqlite.deserialize(db, "main", (unsigned char *)database->at,
				    (sqlite3_int64)database->len, (sqlite3_int64)database->len,
				    SQLITE_DESERIALIZE_READONLY) != SQLITE_OK)
		err_set(err, ERR_INPUT, "%s", sqlite.message(db));
	else
		done = run(&sqlite, db, query, each, data, err);
	sqlite.close(db);
	return done;
}
