/* source.h: where a gather reads from: the machine below a root, or a fixture; gather's own
 * business.
 *
 * A source answers as os/file.h says of the functions alike; gather.c adds what both share: caches,
 * limits, words. */
#pragma once
#include "assess/engine/ask.h"
#include "assess/engine/gather.h"
#include "os/file.h"

#define PATH_SHOWN_MAX 256 /* bytes of a path in a sentence for people */

struct source {
	enum file_answer (*stat)(const void *data, const char *path, bool follow,
				 struct file_stat *stat, struct err *err);
	enum file_answer (*details)(const void *data, const char *path, bool follow,
				    struct file_details *details, struct err *err);
	enum file_answer (*stream)(const void *data, const char *path, uint64_t limit, file_fn each,
				   void *each_data, struct err *err);
	enum file_answer (*read)(const void *data, const char *path, uint64_t limit,
				 struct buf *out, struct err *err);
	enum file_answer (*link)(const void *data, const char *path, struct buf *out,
				 struct err *err);
	enum file_answer (*list)(const void *data, const char *path, file_name_fn each,
				 void *each_data, struct err *err);
	void (*end)(void *data);
};

/* data is the gather's from now on, ended with `end`. */
must_use struct gather *gather_new_from(const struct source *source, void *data,
					const struct gather_config *config);

must_use const struct source *gather_source(const struct gather *gather, const void **data);
must_use enum gather_kind source_kind(enum file_kind kind);

/* What the present probe call has looked at, and the facts that were kept; for depends.c. */
struct depending {
	struct map *names, *facts;
	bool recording;
	bool instead; /* a name stands for what is looked at */
};
must_use struct depending *gather_depending(struct gather *gather);
void gather_end_lent(struct gather *gather);

/* Collects what is looked at from here to the join by itself, for a fact that must bring its
 * dependencies along; the join also adds them to what was collected before. */
struct depends_aside {
	struct map *names;
	bool recording;
};
must_use struct depends_aside gather_depends_aside(struct gather *gather);
void gather_depends_join(struct gather *gather, const struct depends_aside *aside,
			 const struct text **depends, size_t *count);

/* What was worked out from contents, for recall.c. */
struct recalls {
	struct map *map;
	size_t bytes;
};
must_use struct recalls *gather_recalls(struct gather *gather);

/* source->list, counted. */
must_use enum file_answer gather_list_names(struct gather *gather, const char *path,
					    file_name_fn each, void *each_data, struct err *err);

/* For ask.c: who answers, and what was asked in this run. */
must_use const struct asker *gather_asker(const struct gather *gather);
must_use struct map *gather_asked(struct gather *gather);
