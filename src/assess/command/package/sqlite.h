/* sqlite.h: the rows of one table of an SQLite database's bytes: just enough to read rpm's without
 * opening it as a database, which may write.
 *
 * The file format is https://sqlite.org/fileformat2.html; what is in a write-ahead log is not seen,
 * so whoever asks looks for one first. */
#pragma once
#include "base/mem.h"

#define SQLITE_COLUMNS_MAX 16
#define SQLITE_DEPTH_MAX 20
#define SQLITE_ROWS_MAX 1000000
#define SQLITE_RECORD_MAX (16u * 1024 * 1024) /* bytes of one row */

struct sqlite_value {
	bool is_number; /* else text, bytes or (both empty) nothing */
	int64_t number;
	struct text bytes;
};

/* values live until it returns; false stops. */
typedef bool (*sqlite_fn)(void *data, const struct sqlite_value *values, size_t count);

/* False: the bytes are no such database, it has no such table, or a limit is passed: *why. */
must_use bool sqlite_read(struct text bytes, const char *table, sqlite_fn each, void *data,
			  const char **why);
