/* proof.h: the evidence of an item while it is collected: masked, then cut, within the item's
 * limits. */
#pragma once
#include "model/item.h"

struct proof {
	struct arena *arena;
	bool hidden; /* texts are never shown: places alone */
	struct evidence *list;
	size_t count, bytes;
	bool truncated;
};

must_use struct proof proof_begin(struct arena *arena, bool hidden);
void proof_add(struct proof *proof, const struct evidence *evidence);
void proof_join(struct proof *proof, const struct proof *other);

/* A text as it may be shown: masked, then cut to limit bytes with an ellipsis behind. */
must_use struct text proof_show(struct text text, size_t limit, struct arena *arena);
