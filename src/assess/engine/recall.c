#include <string.h>

#include "assess/engine/source.h"

#define ENTRY_SIZE 96u /* bytes that one takes beside its own, about */

/* What was worked out, and of which state of the file. */
struct worked {
	uint64_t size;
	int64_t mtime_us;
	struct text bytes;
};

struct worked_key {
	uint64_t device, inode, what;
};

static struct text key_of(const struct gather_stat *stat, unsigned what, struct worked_key *key)
{
	*key = (struct worked_key){stat->device, stat->inode, what};
	return (struct text){(const char *)key, sizeof(*key)};
}

bool gather_recall(struct gather *gather, const struct gather_stat *stat, unsigned what,
		   struct text *bytes)
{
	struct worked_key key;
	const struct worked *worked = map_get(gather_recalls(gather)->map,
					      key_of(stat, what, &key));
	if (!worked || worked->size != stat->size || worked->mtime_us != stat->mtime_us)
		return false;
	*bytes = worked->bytes;
	return true;
}

bool gather_remember(struct gather *gather, const struct gather_stat *stat, unsigned what,
		     struct text *bytes)
{
	struct recalls *recalls = gather_recalls(gather);
	struct arena *arena = gather_arena(gather);
	struct worked_key key;
	size_t limit = what == GATHER_CONTENT ? GATHER_RECALLED_BYTES_MAX / 2
					      : GATHER_RECALLED_BYTES_MAX;
	if (stat->size == 0 || recalls->bytes + ENTRY_SIZE + bytes->len > limit ||
	    arena_left(arena) < GATHER_ARENA_SPARE)
		return false;
	struct worked *worked = arena_get(arena, 1, sizeof(*worked));
	*worked = (struct worked){stat->size, stat->mtime_us, arena_text(arena, *bytes)};
	*bytes = worked->bytes;
	map_put(recalls->map, key_of(stat, what, &key), worked);
	recalls->bytes += ENTRY_SIZE + bytes->len;
	return true;
}
