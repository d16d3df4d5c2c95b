/* sqlite.h: what an SQLite database says that was read into memory, by libsqlite3, which is loaded
 * on the first use.
 *
 * The database is input like any other: its schema is not trusted, and a query ends after
 * SQLITE_STEPS_MAX steps of SQLite's machine. Only its main file is known here: what stands in a
 * write-ahead log beside it is not. */
#pragma once
#include "base/buf.h"

#define SQLITE_STEPS_MAX 200000000
#define SQLITE_VALUE_MAX (64 * 1024 * 1024) /* bytes of one; a longer one is ERR_INPUT */

/* Before walls go up: loads the library. False: it isn't there. */
must_use bool sqlite_load(struct err *err);

/* Hands each row's first column, a blob or text lent, to `each`, which returns false to stop (which
 * is no failure). The bytes are used in place and changed. ERR_INPUT: no database, or not this
 * query's; ERR_LIMIT: too many steps; ERR_SYSTEM: no library. */
typedef bool (*sqlite_fn)(void *data, struct text value);
must_use bool sqlite_each(struct buf *database, const char *query, sqlite_fn each, void *data,
			  struct err *err);
