/* grep.h: grep over a text or a tree; of the row `grep` alone. */
#pragma once
#include "assess/command/text/feed.h"
#include "assess/command/text/pattern.h"

#define GREP_PATTERNS_MAX 64
#define GREP_DEPTH_MAX 64     /* folders within folders */
#define GREP_FILES_MAX 200000 /* of one search; beyond: NATIVE_ERROR */

struct grep {
	bool extended, fixed, perl, fold, invert, word, whole_line, silent, quiet;
	bool recursive, through_links, names, no_names, list, list_others, count, only, numbers;
	bool binary_is_text;
	int64_t max; /* matches of one file; -1: all */
	struct text patterns[GREP_PATTERNS_MAX];
	size_t pattern_count;
	struct text includes[GREP_PATTERNS_MAX], excludes[GREP_PATTERNS_MAX];
	size_t include_count, exclude_count;
	struct text exclude_folders[GREP_PATTERNS_MAX];
	size_t exclude_folder_count;

	const struct native_call *call;
	struct said *said;
	struct regex *regex;
	bool show_names, matched, errors, stop;
	size_t files;
	struct grep_folder { /* being read */
		uint64_t device, inode;
	} above[GREP_DEPTH_MAX];
	size_t depth;
};

/* All patterns as one; false: not understood. */
must_use bool grep_compile(struct grep *grep);

/* False: the answer is an error. */
must_use bool grep_text(struct grep *grep, struct text name, struct text text);
must_use bool grep_tree(struct grep *grep, struct text path);
must_use bool grep_file(struct grep *grep, struct text path, bool named);
