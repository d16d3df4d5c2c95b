/* names.h: the names that are watched, the folders that they stand in, and the hooks of both; the
 * watch's own business. */
#pragma once
#include "base/map.h"
#include "os/watch/look/live.h"
#include "os/watch/trace.h"
#include "os/watch/watch.h"

#define NAMES_PLACE (1u << 31) /* in a hook's owner: it is a place, not a name */
#define NAMES_NONE UINT32_MAX

enum name_kind {
	NAME_NONE, /* free */
	NAME_PATH,
	NAME_TREE,
	NAME_LIVE, /* and a kind's number behind it: live.h */
};

struct name {
	char *path;                  /* as it was given */
	uint32_t hooks, place, next; /* next: in the place, or of the free ones */
	uint8_t kind, blind; /* enum name_kind, enum trace_blind; NAME_LIVE: TRACE_REFUSED where no
				look is possible */
	bool dirty, stale;   /* it changed; it may lead elsewhere by now */
	bool twice;          /* of what is only looked at: it is told once more */
	uint32_t pid;        /* who changed it last; 0: not known */
	int64_t due_us, told_us;
	uint64_t print; /* of the way; of what is only looked at: the look */
};

/* A folder in which names have their last component; traced once for all of them. */
struct place {
	char *path, *real; /* real: where it leads */
	uint32_t hooks, first, count;
	int wd; /* -1: no folder, or not watched */
	enum trace_blind blind;
	bool stale;
	uint64_t print;
};

struct names {
	const struct file_root *root;
	struct hooks *hooks; /* NULL: no inotify: everything is TRACE_FULL */
	struct live live;
	struct name *at;
	size_t room, count, used;
	struct place *places;
	size_t place_room, place_count;
	/* the rest is names.c's */
	uint32_t free, free_place;
	uint32_t *slots;
	size_t slot_count;
	struct map *place_ids;
};

void names_init(struct names *names, const struct file_root *root, struct hooks *hooks);
void names_end(struct names *names);

/* Its number, traced or looked at when it is new; NAMES_NONE when there are limit already. */
must_use uint32_t names_add(struct names *names, struct text name, size_t limit, bool *is_new);
void names_remove(struct names *names, uint32_t id);

/* Follows the name anew where it is stale (and its place, where that is); of a name without events,
 * looks. Whether it leads elsewhere, or looks otherwise, than before. */
bool names_trace(struct names *names, uint32_t id);

/* For watch_get_state: how many are only looked at, and why; and for watch_put_blind. */
void names_count(const struct names *names, struct watch_state *state);
void names_put_blind(const struct names *names, const struct watch_state *state, struct buf *out);
