/* db.h: one connection to SQLite: statements by their text, prepared once, with bound values only.
 */
#pragma once
#include <sqlite3.h>

#include "base/mem.h"
#include "base/text.h"

#define DB_STATEMENTS_MAX 96 /* different texts of one connection */
#define DB_BUSY_MS 5000      /* how long another process may hold the file */

struct db;

/* writer: makes the file and the schema when they are missing, or brings an older schema up to
 * date. ERR_INPUT: made by a newer musterd, or no store at all. */
must_use struct db *db_open(const char *path, bool writer, struct err *err);
void db_close(struct db **db);

/* The statement with its values bound, one letter each in `types`: t struct text, n the same (at
 * NULL: NULL, with t empty), s const char *, i int64_t. sql is a constant: statements are found
 * again by its address. Bound texts must stay until db_end. */
must_use sqlite3_stmt *db_ask(struct db *db, struct err *err, const char *sql, const char *types,
			      ...);

enum db_step { DB_ROW, DB_DONE, DB_FAILED };
must_use enum db_step db_next(struct db *db, sqlite3_stmt *asked, struct err *err);
void db_end(sqlite3_stmt *asked); /* after the last db_next; it may be asked anew then */

/* Asks and ends; for what gives no rows. */
must_use bool db_run(struct db *db, struct err *err, const char *sql, const char *types, ...);
/* Asks for one number; *number stays as it is when there is no row. */
must_use bool db_number(struct db *db, int64_t *number, struct err *err, const char *sql,
			const char *types, ...);

must_use int64_t db_changes(const struct db *db);  /* rows that the last statement changed */
must_use int64_t db_last_row(const struct db *db); /* the rowid of the last insert */

/* Columns: text copied into arena; a lent one until db_next; hex of a known size into out. */
must_use struct text db_text(sqlite3_stmt *asked, int column, struct arena *arena);
must_use struct text db_lent(sqlite3_stmt *asked, int column);
void db_hex(sqlite3_stmt *asked, int column, char *out, size_t size);

/* Whether the row's columns fit into the arena, beside a list of list_size bytes that may grow;
 * ERR_LIMIT. */
must_use bool db_fits(sqlite3_stmt *asked, const struct arena *arena, size_t list_size,
		      struct err *err);
