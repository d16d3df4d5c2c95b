/* find.h: find's expression as a tree; of the row `find` alone. */
#pragma once
#include "assess/command/aid.h"
#include "assess/command/text/pattern.h"

#define FIND_NODES_MAX 256
#define FIND_DEPTH_MAX 32 /* parentheses within parentheses */
#define FIND_EXEC_MAX 4
#define FIND_PATHS_MAX 100000 /* handed to one -exec … + */

enum find_kind {
	FIND_AND,
	FIND_OR,
	FIND_NOT,
	FIND_COMMA,
	FIND_TRUE,
	FIND_FALSE,
	FIND_NAME,
	FIND_PATH,
	FIND_REGEX,
	FIND_LINK_NAME,
	FIND_TYPE,
	FIND_PERM,
	FIND_UID,
	FIND_GID,
	FIND_NO_USER,
	FIND_NO_GROUP,
	FIND_SIZE,
	FIND_EMPTY,
	FIND_AGE,
	FIND_NEWER,
	FIND_LINKS,
	FIND_INODE,
	FIND_PRUNE,
	FIND_PRINT,
	FIND_PRINT0,
	FIND_LS,
	FIND_PRINTF,
	FIND_EXEC,
	FIND_QUIT,
};

struct find_node {
	enum find_kind kind;
	const struct find_node *left, *right;
	struct text text; /* pattern, letters of -type, format, name of an owner, file of -newer */
	bool fold;
	struct regex *regex;
	char sign; /* of numbers '+', '-' or 0; of -perm '-', '/' or 0 */
	int64_t number;
	uint64_t unit;           /* of -size: bytes; of -mtime: seconds */
	size_t exec;             /* its place in find.execs */
	const struct text *argv; /* of -exec, with {} in it */
	size_t argc;
	bool batch; /* … + */
};

struct find {
	const struct native_call *call;
	struct said *said;
	struct find_node nodes[FIND_NODES_MAX];
	size_t node_count, starts; /* starts: words in front of the expression */
	const struct find_node *top;
	enum pattern_kind regex_kind;
	int64_t depth_max, depth_min;
	bool one_device, acts, failed, quit;
	struct find_batch {
		struct text *at;
		size_t room, count;
		const struct find_node *node;
	} execs[FIND_EXEC_MAX];
	size_t exec_count;
	int widths[6]; /* of the columns of -ls so far */
};

/* The words behind the starting points; false: not understood. */
must_use bool find_read(struct find *find);

/* Visits what lies below one starting point. False: the answer is an error. */
must_use bool find_walk(struct find *find, struct text start);
/* -ls and -printf. */
struct find_seen {
	struct text path, start; /* as it is printed; the starting point's part of it */
	struct text real;        /* where it is */
	struct gather_stat stat;
	bool looked;
	unsigned depth;
};
void find_put_ls(struct find *find, const struct find_seen *seen);
void find_printf(struct find *find, const struct find_seen *seen, struct text format);
must_use bool find_printf_check(struct text format);
