/* aid.h: what the rows of the table share: options, output within its limit, files by name, owners.
 */
#pragma once
#include "assess/command/native.h"

/* -------- options, as GNU's getopt_long takes them, but for shortened names -------- */

struct option_word {
	char letter;      /* given back; a control character where there is a name alone */
	const char *name; /* of --name; NULL: none */
	bool value;       /* wants one: -n5, -n 5, --name=5, --name 5 */
};

struct args {
	const struct native_call *call;
	const struct option_word *options; /* ends with letter 0 */
	bool in_order; /* options end with the first operand, as in a shell's POSIX programs */
	size_t at;
	struct text cluster; /* what is left of -abc */
	bool ended;
};

#define ARGS_END 0
#define ARGS_OPERAND 1
#define ARGS_UNKNOWN 2 /* an option that isn't in the table, or lacks its value */

/* The next option's letter, its value in *value; or one of the above, an operand in *value. */
must_use int args_next(struct args *args, struct text *value);

/* All operands, in the gather's arena; without a gather they are counted only. */
struct operands {
	const struct text *at;
	size_t count;
};

must_use bool is_absolute(struct text path); /* and not empty: others depend on a folder */
must_use bool read_number(struct text text, int64_t *number); /* digits and a sign */

/* -------- what is printed -------- */

struct said {
	struct gather *gather;
	struct native_answer *answer;
	struct buf out, err;
	int exit;
	bool full; /* more than NATIVE_PRINTED_MAX */
};

must_use struct said said_begin(const struct native_call *call, struct native_answer *answer);
void said_end(struct said *said); /* for scoped */
void said_text(struct said *said, struct text text);
void said_char(struct said *said, char c);
void said_print(struct said *said, const char *text, ...) format_like(2, 3);
/* Makes it the answer. Returns true, so that a row can return it. */
bool said_give(struct said *said);

/* Whether so many bytes more may be kept in the run's memory. */
must_use bool has_room(struct gather *gather, size_t len);

/* Text as GNU's programs write it in messages: in quotes where a shell would need them (or always),
 * escaped where it isn't printable ASCII. */
void quote_put(struct buf *out, struct text text, bool always);

/* -------- files by name -------- */

/* LOOK_NO: the system would say *fault; LOOK_FAILED: the answer is NATIVE_ERROR. */
enum look { LOOK_OK, LOOK_NO, LOOK_FAILED };

must_use enum look look_at(struct said *said, struct text path, bool follow,
			   struct gather_details *details, const char **fault);
/* The same without times and blocks. */
must_use enum look look_kind(struct said *said, struct text path, bool follow,
			     struct gather_stat *stat, const char **fault);
must_use enum look look_read(struct said *said, struct text path, struct text *content,
			     const char **fault);

/* Prints where a program is, of the usual folders (all of them, or the first); false: nowhere. */
must_use bool program_find(struct said *said, struct text name, bool all, bool *failed);

/* The name of the owner; false: nobody has this number. */
bool owner_name(struct gather *gather, uint32_t uid, struct text *name);
bool owner_group(struct gather *gather, uint32_t gid, struct text *name);
must_use bool owner_find(struct gather *gather, struct text name, uint32_t *uid);
must_use bool owner_find_group(struct gather *gather, struct text name, uint32_t *gid);

char mode_letter(enum gather_kind kind);
/* "-rw-r--r--" */
void mode_put(enum gather_kind kind, uint32_t mode, char out[static 11]);
/* The kind's bits of st_mode: 0100000. */
must_use uint32_t mode_kind(enum gather_kind kind);
