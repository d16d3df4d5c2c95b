/* gather.h: what one run reads, each thing once: files below the root, and facts that probes keep.
 *
 * Probes ask here and nowhere else, so that `--root`, limits, fixtures (`muster test`) and the count of opens hold for
 * all. A path is always absolute and means "below the root". Nothing outside the root is ever read. */
#pragma once
#include "base/map.h"
#include "base/mem.h"

#define GATHER_FILE_SIZE_MAX (64u * 1024 * 1024) /* a file's default size limit */
#define GATHER_KEPT_BYTES_MAX (8u * 1024 * 1024) /* contents kept for later checks; beyond, files are read anew */
#define GATHER_ARENA_MAX (512u * 1024 * 1024)
#define GATHER_WALK_DEPTH_MAX 64
#define GATHER_WALK_ENTRIES_MAX 1000000

struct gather;

enum gather_kind { GATHER_FILE, GATHER_FOLDER, GATHER_LINK, GATHER_FIFO, GATHER_SOCKET, GATHER_CHAR, GATHER_BLOCK };

struct gather_stat {
	enum gather_kind kind;
	uint32_t mode; /* 07777 */
	uint32_t uid, gid;
	uint64_t size, inode, device;
	int64_t mtime_us;
	uint64_t links;
};

enum gather_answer {
	GATHER_OK,
	GATHER_MISSING, /* it, or a folder above it, is not there (also: a dangling link) */
	GATHER_FAILED,	/* it is there but can't be read: *why says so for people */
};

/* Of a real system below a folder ("/" for this one; held open), or of fixtures (see fixture.h).
 * now_us is the run's one idea of now. */
struct gather_config {
	const char *root;   /* NULL: "/" */
	bool running;	    /* the root is the running system: live probes apply */
	int64_t now_us;
	uint64_t file_size_limit; /* 0: GATHER_FILE_SIZE_MAX */
};
must_use struct gather *gather_new(const struct gather_config *config, struct err *err);
void gather_free(struct gather **gather);

must_use struct arena *gather_arena(struct gather *gather); /* lives as long as the run */
must_use bool gather_is_running(const struct gather *gather);
must_use int64_t gather_now_us(const struct gather *gather);
must_use uint64_t gather_opens(const struct gather *gather); /* how many files were opened, for tests */

/* follow: a link's target (inside the root); else the link itself. */
must_use enum gather_answer gather_stat(struct gather *gather, struct text path, bool follow,
					struct gather_stat *stat, struct text *why);

/* The whole content of a regular file (also of /proc and /sys, whose sizes lie), kept for whoever asks again.
 * A folder, FIFO, device, socket, one that is too large or changes too fast: GATHER_FAILED. */
must_use enum gather_answer gather_read(struct gather *gather, struct text path, struct text *content,
					struct text *why);

/* The content in pieces, for digests and large files; `each` returns false to stop. Not kept. */
must_use enum gather_answer gather_stream(struct gather *gather, struct text path,
					  bool (*each)(void *data, struct text piece), void *data,
					  struct text *why);

must_use enum gather_answer gather_link(struct gather *gather, struct text path, struct text *target,
					struct text *why);

/* Names in a folder, sorted by bytes. */
must_use enum gather_answer gather_list(struct gather *gather, struct text path, struct text **names,
					size_t *count, struct text *why);

/* Paths that match a pattern with *, ? and [..] per component; ** is any depth. Sorted.
 * Without wildcards: the path itself, whether it is there or not. ERR_LIMIT beyond GATHER_WALK_ENTRIES_MAX. */
must_use bool gather_glob(struct gather *gather, struct text pattern, struct text **paths, size_t *count,
			  struct err *err);
must_use bool gather_has_wildcard(struct text pattern);

/* Facts that a probe parsed and wants to share ("packages", "passwd"): whatever it keeps under the key. */
must_use void *gather_fact(struct gather *gather, const char *key); /* NULL: not yet */
void gather_keep_fact(struct gather *gather, const char *key, void *fact);

/* What the current probe call has looked at, collected by the calls above; a probe hands it on. */
void gather_depends_begin(struct gather *gather);
void gather_depends_add(struct gather *gather, struct text name);
void gather_depends_end(struct gather *gather, const struct text **depends, size_t *count);
