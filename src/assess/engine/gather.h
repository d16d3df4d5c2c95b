/* gather.h: what one run reads, each thing once: files below the root, and facts that probes keep.
 *
 * Probes ask here and nowhere else, so that `--root`, limits, fixtures (`muster test`) and the
 * count of opens hold for all. A path is always absolute and means "below the root". Nothing
 * outside the root is ever read. */
#pragma once
#include "base/map.h"
#include "base/mem.h"
#include "base/time.h"

#define GATHER_FILE_SIZE_MAX (64u * 1024 * 1024)   /* a file's default size limit */
#define GATHER_KEPT_BYTES_MAX (8u * 1024 * 1024)   /* contents kept; beyond, they are read anew */
#define GATHER_LENT_BYTES_MAX (128u * 1024 * 1024) /* beyond these, that one call may hold */
#define GATHER_ARENA_MAX (512u * 1024 * 1024)
#define GATHER_ARENA_SPARE (64u * 1024 * 1024) /* with less left, reading more is refused */
#define GATHER_PATH_MAX 65536                  /* bytes */
#define GATHER_NAMES_MAX 1000000               /* entries of one folder */
#define GATHER_WALK_DEPTH_MAX 1000
#define GATHER_WALK_ENTRIES_MAX 1000000
#define GATHER_WALK_SPAN_US (60 * TIME_SECOND_US)
#define GATHER_STREAM_SIZE_MAX (1024u * 1024 * 1024)    /* of a file that is read in pieces */
#define GATHER_WALKS_KEPT_BYTES_MAX (32u * 1024 * 1024) /* what walks found; beyond, made anew */
#define GATHER_LOOKS_KEPT_BYTES_MAX (32u * 1024 * 1024) /* looks at that; likewise */
#define GATHER_RECALLED_BYTES_MAX (32u * 1024 * 1024)   /* digests, and half of it contents */
#define GATHER_WALK_NAMES_MAX 4000000                   /* waiting to be visited */
#define GATHER_GLOB_PATHS_MAX 100000

struct gather;
struct file_root;

enum gather_kind {
	GATHER_FILE,
	GATHER_FOLDER,
	GATHER_LINK,
	GATHER_FIFO,
	GATHER_SOCKET,
	GATHER_CHAR,
	GATHER_BLOCK,
	GATHER_UNKNOWN, /* of gather_list alone: the file system doesn't say */
};

struct gather_stat {
	enum gather_kind kind;
	uint32_t mode; /* 07777 */
	uint32_t uid, gid;
	uint64_t size, inode, device, links;
	int64_t mtime_us;
	bool made_up; /* a folder of proc, sysfs and their like */
};

enum gather_answer {
	GATHER_OK,
	GATHER_MISSING, /* it, or a folder above it, is not there (also: a dangling link) */
	GATHER_FAILED,  /* it is there but can't be read: *why says so for people, with the path */
};

/* Of a real system below a folder ("/" for this one; held open), or of fixtures (fixture.h). */
struct gather_config {
	const char *root; /* NULL: "/" */
	bool running;     /* the root is the running system: live probes apply */
	int64_t now_us;
	uint64_t file_size_limit; /* 0: GATHER_FILE_SIZE_MAX */
};
must_use struct gather *gather_new(const struct gather_config *config, struct err *err);
/* A new run over the same root (also behind walls), and that root, lent; not of fixtures. */
must_use struct gather *gather_again(struct gather *before, int64_t now_us);
must_use const struct file_root *gather_root(struct gather *gather);
void gather_free(struct gather **gather);

must_use struct arena *gather_arena(struct gather *gather); /* lives as long as the run */
must_use bool gather_is_running(const struct gather *gather);
/* The run's one idea of now; becomes the dependency "clock": what comes of it ages by itself. */
must_use int64_t gather_now_us(struct gather *gather);
must_use int64_t gather_began_us(const struct gather *gather); /* the same, and no dependency */
must_use uint64_t gather_opens(const struct gather *gather);   /* files, for tests */
must_use uint64_t gather_lists(const struct gather *gather);   /* folders, for tests */

/* follow: a link's target (inside the root); else the link itself. A link that leads in a circle is
 * GATHER_FAILED, and stat->kind GATHER_LINK. */
must_use enum gather_answer gather_stat(struct gather *gather, struct text path, bool follow,
					struct gather_stat *stat, struct text *why);

/* The same of one file of many. Not followed: no dependency, and not kept, but for the entry that a
 * walk is visiting (the very path that `each` was given), which is kept with the walk. Followed: as
 * gather_stat, for what a link leads to may lie outside of the walk. */
must_use enum gather_answer gather_peek(struct gather *gather, struct text path, bool follow,
					struct gather_stat *stat, struct text *why);

/* What stat(1) and ls(1) show beyond that; asked anew each time, and a dependency. */
struct gather_moment {
	int64_t at_s; /* Unix time */
	uint32_t ns;
};
struct gather_details {
	struct gather_stat stat;
	uint64_t blocks;              /* of 512 bytes */
	uint64_t block_size, special; /* special: the device that a device is */
	struct gather_moment accessed, modified, changed, born;
	bool has_born;
};
must_use enum gather_answer gather_details(struct gather *gather, struct text path, bool follow,
					   struct gather_details *details, struct text *why);

/* The whole content of a regular file (also of /proc and /sys, whose sizes lie), kept for whoever
 * asks again, or, when GATHER_KEPT_BYTES_MAX are kept already, lent until the next
 * gather_depends_begin. A folder, FIFO, device, socket, one that is too large or changes too fast:
 * GATHER_FAILED. */
must_use enum gather_answer gather_read(struct gather *gather, struct text path,
					struct text *content, struct text *why);

/* Whether the present call was lent contents that end with it. */
must_use bool gather_is_lending(const struct gather *gather);

/* The same for one file of many, as the look at hand says: no dependency; remembered while there is
 * room, else (and without such a look, stat NULL) lent until the next gather_read_once. */
must_use enum gather_answer gather_read_once(struct gather *gather, struct text path,
					     const struct gather_stat *stat, struct text *content,
					     struct text *why);

/* The content in pieces, for digests and large files; `each` returns false to stop. Not
 * kept, and no dependency. */
typedef bool (*gather_piece_fn)(void *data, struct text piece);
must_use enum gather_answer gather_stream(struct gather *gather, struct text path,
					  gather_piece_fn each, void *data, struct text *why);

/* What was worked out from the content of one file of many (digest number `what`; GATHER_CONTENT:
 * the content itself), so that it isn't again: also where another path leads to the file. It holds
 * for the file that the look at hand saw (device, inode, size, time of change): false when that is
 * another, or nothing was. */
#define GATHER_CONTENT 255
must_use bool gather_recall(struct gather *gather, const struct gather_stat *stat, unsigned what,
			    struct text *bytes);
/* Copies the bytes, and puts the copy in their place; false beyond GATHER_RECALLED_BYTES_MAX, and
 * for a file whose size says 0: /proc's are ever new. */
bool gather_remember(struct gather *gather, const struct gather_stat *stat, unsigned what,
		     struct text *bytes);

must_use enum gather_answer gather_link(struct gather *gather, struct text path,
					struct text *target, struct text *why);

/* What is in a folder, sorted by bytes. */
struct gather_entry {
	struct text name;
	enum gather_kind kind;
};
must_use enum gather_answer gather_list(struct gather *gather, struct text path,
					const struct gather_entry **entries, size_t *count,
					struct text *why);

/* The same of one of many, such as processes: neither kept nor a dependency. */
must_use enum gather_answer gather_link_once(struct gather *gather, struct text path,
					     struct text *target, struct text *why);
must_use enum gather_answer gather_list_once(struct gather *gather, struct text path,
					     const struct gather_entry **entries, size_t *count,
					     struct text *why);

/* Visits what lies below a folder, parents first, each folder's names sorted; links are not
 * followed; /proc, /sys, /dev and what else the kernel makes up is left out unless the walk begins
 * there. The start itself is not visited. What lies there is a fact: whoever walks the same folder
 * to the same depth again is shown what the first was shown, up to GATHER_WALKS_KEPT_BYTES_MAX. */
enum gather_step { GATHER_GO_ON, GATHER_STOP };
struct gather_walk {
	struct text path;
	unsigned depth; /* 1: only what is directly inside; 0: GATHER_WALK_DEPTH_MAX, and deeper is
			   an error */
	enum gather_step (*each)(void *data, struct text path, enum gather_kind kind);
	/* A folder below that can't be read: NULL ends the walk with GATHER_FAILED. */
	enum gather_step (*failed)(void *data, struct text why);
	void *data;
};
must_use enum gather_answer gather_walk(struct gather *gather, const struct gather_walk *walk,
					struct text *why);

/* Paths that match a pattern with * ? [..] per component ("/etc/ssh/host?.pub"); ** is any depth; a
 * leading dot wants one in the pattern. Sorted; a fact, for whoever asks again. Without wildcards:
 * the path itself, whether it is there or not. ERR_LIMIT beyond GATHER_GLOB_PATHS_MAX; a folder
 * that can't be read is an error too. */
must_use bool gather_glob(struct gather *gather, struct text pattern, const struct text **paths,
			  size_t *count, struct err *err);
must_use bool gather_has_wildcard(struct text pattern);
must_use bool gather_is_name_match(struct text pattern, struct text name); /* of one component */
/* The same of any text: a slash and a leading dot are characters like others. */
must_use bool gather_is_text_match(struct text pattern, struct text text);

/* Facts that a probe parsed and shares ("packages"): whatever it keeps under the key, with what the
 * call has looked at so far, on which whoever is given the fact depends, too. */
must_use void *gather_fact(struct gather *gather, const char *key); /* NULL: not yet */
void gather_keep_fact(struct gather *gather, const char *key, void *fact);

/* Whether text of this file must never leave the host, only booleans and counts: shadow and gshadow
 * (under any name), private keys, environments of processes, password stores. */
must_use bool gather_is_secret(struct gather *gather, struct text path);

/* What the current probe call (probe_run) has looked at: paths, for a walk its path with a slash
 * and two stars behind it, and what probes add. */
void gather_depends_begin(struct gather *gather);
void gather_depends_add(struct gather *gather, struct text name);
void gather_depends_end(struct gather *gather, const struct text **depends, size_t *count);
/* The name stands for all that is looked at ("listening"), until this is called with NULL. */
void gather_depends_instead(struct gather *gather, const char *name);
