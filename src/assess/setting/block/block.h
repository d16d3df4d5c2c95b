/* block.h: configurations that are made of blocks within blocks: nginx's and Apache's.
 *
 * A reader makes one tree of the main file and all that it includes, in place; the tree is a fact
 * that all tests of a run share. block_ask tells what one setting comes to in each block of a kind:
 * what the block says itself, else what it takes over from the blocks around it. */
#pragma once
#include "assess/setting/setting.h"

#define BLOCK_LINES_MAX 100000 /* settings and blocks of one configuration */
#define BLOCK_DEPTH_MAX 32     /* blocks within blocks */
#define BLOCK_INCLUDE_MAX 16   /* includes within includes */
#define BLOCK_NAMES_MAX 8      /* of a section: http/server/location */

struct block { /* also a setting, which has no children */
	struct text name;
	const struct text *words;
	size_t word_count;
	struct evidence where;
	bool opens;
	struct block *parent, *first, **end, *next;
};

/* What the setting comes to in one block. */
struct block_answer {
	struct evidence where;           /* of the block, or of the setting that decides */
	const struct block *const *said; /* the settings that count; none: it isn't set */
	size_t count;
};

/* The tree of the main file at `path`; err: it can't be read, or is more than the limits allow. Its
 * root is a block without a name. NULL and no err->kind: there is no such file. */
must_use const struct block *nginx_read(struct gather *gather, struct text path, struct err *err);
must_use const struct block *apache_read(struct gather *gather, struct text path, struct err *err);

/* How a program takes over what blocks say. */
struct block_rules {
	bool caseless; /* names in any case */
	bool last;     /* of several in one block the last counts, but for those that add up */
	const char *const
		*adding; /* ends with NULL; of these all count, those of outer blocks too */
	const char *const *apart; /* ends with NULL; blocks of these names take over nothing */
	bool top; /* what stands outside of all blocks is judged, too, where no section is given */
};
extern const struct block_rules nginx_rules, apache_rules;

struct block_question {
	struct text section; /* names of blocks, outermost first, with slashes between */
	struct text key;
};

/* An answer for each block of the section, or, where there is none, for one that would be. No
 * section: an answer for each block that sets it. ERR_LIMIT beyond BLOCK_NAMES_MAX. */
struct block_answers {
	struct block_answer *at;
	size_t count, room;
};
must_use bool block_ask(struct gather *gather, const struct block *root,
			const struct block_rules *rules, const struct block_question *question,
			struct block_answers *answers, struct err *err);

/* For readers. */
struct block_reading {
	struct gather *gather;
	struct settings files; /* counts those that are read */
	struct text folder;    /* what relative paths are below */
	struct block *at;      /* the block that is open */
	size_t lines;
	unsigned depth, includes;
	struct block_seen *seen; /* what the tree depends on, for those who ask it later */
	size_t seen_count, seen_room;
	struct err *err;
};

/* Adds one to the tree; words are the gather's. ERR_LIMIT. */
must_use struct block *block_add(struct block_reading *reading, const struct text *words,
				 size_t count, struct evidence where);
must_use bool block_open(struct block_reading *reading, struct block *block);
/* A file's text, the gather's; at NULL: it is not there. */
must_use bool block_file(struct block_reading *reading, struct text path, struct text *content);
/* The files that an include names: below the folder where it is relative. */
must_use bool block_glob(struct block_reading *reading, struct text pattern,
			 const struct text **paths, size_t *count);
/* The tree that was kept for the path, or one that `read` makes and that is kept now. */
typedef bool (*block_fn)(struct block_reading *reading, struct text path);
must_use const struct block *block_load(struct gather *gather, const char *program,
					struct text path, block_fn read, struct err *err);
