/* mem.h: memory with three lifetimes: the process, an arena, a handle.
 *
 * Nothing here returns NULL: sizes are checked against ceilings before, so exhaustion (or an arena
 * beyond its limit) ends the process, which starts anew and has lost nothing that it acknowledged.
 */
#pragma once
#include "base/text.h"

#define MEM_EXIT 3 /* the exit status when there is no more memory; an arena's limit is abort() */

/* Zeroed memory for count things of size bytes; mem_free ends it. count * size may not overflow. */
must_use void *mem_new(size_t count, size_t size);

/* A copy of len bytes with a NUL behind it. */
must_use char *mem_copy(const void *bytes, size_t len);
must_use char *mem_text(const char *text); /* a copy of a C string; NULL gives NULL */

/* Room for at least need things: returns the array, moved when it had to grow, new room zeroed.
 * *room counts things. `list = mem_grow(list, &room, count + 1, sizeof(*list))`. */
must_use void *mem_grow(void *array, size_t *room, size_t need, size_t size);

/* Frees what *pointer points at (NULL is fine) and sets it to NULL. Takes the address of any
 * pointer. */
void mem_free(void *pointer_address);

/* Hands what was freed back to the system, after something large has ended; takes up to a few
 * milliseconds. */
void mem_trim(void);

bool size_add(size_t a, size_t b,
	      size_t *sum); /* false when it overflows; *sum is untouched then */
bool size_mul(size_t a, size_t b, size_t *product);

/* An arena: all that comes of one message, request, file or run; ended whole. */
struct arena;
must_use struct arena *arena_new(size_t limit); /* limit in bytes over all its blocks */
void arena_free(struct arena **arena);
must_use size_t arena_used(const struct arena *arena);
must_use size_t
arena_left(const struct arena *arena); /* what callers check before they ask for much */

/* What came out of the arena behind a mark goes back into it; older memory stays. */
struct arena_mark {
	const void *newest, *older;
	size_t block_used, used;
};
must_use struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

must_use void *arena_get(struct arena *arena, size_t count,
			 size_t size); /* zeroed, aligned to 16 */
must_use char *arena_copy(struct arena *arena, const void *bytes,
			  size_t len);                            /* with a NUL behind */
must_use char *arena_cstr(struct arena *arena, const char *text); /* NULL gives NULL */
must_use struct text arena_text(struct arena *arena, struct text text);
must_use char *arena_print(struct arena *arena, const char *text, ...) format_like(2, 3);
/* mem_grow in an arena: the old array stays until the arena ends. */
must_use void *arena_grow(struct arena *arena, void *array, size_t *room, size_t need, size_t size);
