#include "base/mem.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA_BLOCK_MIN 4096
#define ARENA_BLOCK_MAX (256 * 1024)
#define ARENA_ALIGN 16

struct block {
	struct block *older;
	size_t size, used;
	_Alignas(ARENA_ALIGN) unsigned char bytes[];
};

struct arena {
	struct block *newest;
	size_t limit, used, next_size;
};

void mem_trim(void)
{
	malloc_trim(0);
}

bool size_add(size_t a, size_t b, size_t *sum)
{
	size_t result;
	if (__builtin_add_overflow(a, b, &result))
		return false;
	*sum = result;
	return true;
}

bool size_mul(size_t a, size_t b, size_t *product)
{
	size_t result;
	if (__builtin_mul_overflow(a, b, &result))
		return false;
	*product = result;
	return true;
}

/* The machine has no more, or lets this process have no more. */
static never_returns void end_out_of_memory(const char *what, size_t size)
{
	fprintf(stderr, "muster: out of memory: %s of %zu bytes\n", what, size);
	_exit(MEM_EXIT);
}

/* A caller's breach: it did not look what is left. */
static never_returns void end_exhausted(const char *what, size_t size)
{
	fprintf(stderr, "muster: out of memory: %s of %zu bytes\n", what, size);
	abort();
}

void *mem_new(size_t count, size_t size)
{
	size_t total;
	must(size_mul(count, size, &total));
	void *memory = calloc(1, total ? total : 1);
	if (!memory)
		end_out_of_memory("an allocation", total);
	return memory;
}

/* Memory that holds anything: for whoever fills it at once. */
static void *mem_raw(size_t size)
{
	void *memory = malloc(size);
	if (!memory)
		end_out_of_memory("an allocation", size);
	return memory;
}

char *mem_copy(const void *bytes, size_t len)
{
	size_t size;
	must(size_add(len, 1, &size));
	char *copy = mem_raw(size);
	if (len > 0)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

char *mem_text(const char *text)
{
	return text ? mem_copy(text, strlen(text)) : NULL;
}

static size_t grown(size_t room, size_t need)
{
	size_t more = room < 8 ? 8 : room;
	while (more < need)
		must(size_mul(more, 2, &more));
	return more;
}

void *mem_grow(void *array, size_t *room, size_t need, size_t size)
{
	if (need <= *room)
		return array;
	size_t more = grown(*room, need), total;
	must(size_mul(more, size, &total));
	unsigned char *memory = realloc(array, total);
	if (!memory)
		end_out_of_memory("an array", total);
	memset(memory + *room * size, 0, total - *room * size);
	*room = more;
	return memory;
}

void mem_free(void *pointer_address)
{
	void *pointer;
	memcpy(&pointer, pointer_address, sizeof(pointer));
	free(pointer);
	pointer = NULL;
	memcpy(pointer_address, &pointer, sizeof(pointer));
}

struct arena *arena_new(size_t limit)
{
	struct arena *arena = mem_new(1, sizeof(*arena));
	arena->limit = limit;
	arena->next_size = ARENA_BLOCK_MIN;
	return arena;
}

void arena_free(struct arena **arena)
{
	if (!*arena)
		return;
	struct block *block = (*arena)->newest;
	while (block) {
		struct block *older = block->older;
		mem_free(&block);
		block = older;
	}
	mem_free(arena);
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}

size_t arena_left(const struct arena *arena)
{
	return arena->limit - arena->used;
}

struct arena_mark arena_mark(const struct arena *arena)
{
	const struct block *newest = arena->newest;
	return (struct arena_mark){newest, newest ? newest->older : NULL, newest ? newest->used : 0,
				   arena->used};
}

/* Ends the blocks from *list on that stand before `last`. */
static void drop_blocks(struct block **list, const struct block *last)
{
	while (*list != last) {
		struct block *block = *list;
		must(block); /* the mark is of another arena, or of one that was rewound further */
		*list = block->older;
		mem_free(&block);
	}
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
	drop_blocks(&arena->newest, mark.newest);
	if (arena->newest) {
		drop_blocks(&arena->newest->older, mark.older); /* big ones of their own */
		arena->newest->used = mark.block_used;
	}
	arena->used = mark.used;
}

static struct block *block_new(struct arena *arena, size_t need)
{
	size_t size = need > arena->next_size ? need : arena->next_size;
	size_t whole;
	must(size_add(sizeof(struct block), size, &whole));
	struct block *block = mem_raw(whole);
	*block = (struct block){.size = size};
	if (need > arena->next_size &&
	    arena->newest) { /* a big one of its own, behind the newest */
		block->older = arena->newest->older;
		arena->newest->older = block;
		return block;
	}
	block->older = arena->newest;
	arena->newest = block;
	if (arena->next_size < ARENA_BLOCK_MAX)
		arena->next_size *= 2;
	return block;
}

/* Room that holds anything. What is filled at once need not be cleared before, and what nobody
 * takes is never touched. */
static void *get_raw(struct arena *arena, size_t size)
{
	size_t total;
	must(size_add(size, ARENA_ALIGN, &total));
	total = (total - 1) / ARENA_ALIGN * ARENA_ALIGN;
	if (total > arena_left(arena))
		end_exhausted("an arena", arena->limit);
	struct block *block = arena->newest;
	if (!block || block->size - block->used < total)
		block = block_new(arena, total);
	void *memory = block->bytes + block->used;
	block->used += total;
	arena->used += total;
	return memory;
}

void *arena_get(struct arena *arena, size_t count, size_t size)
{
	size_t total;
	must(size_mul(count, size, &total));
	return memset(get_raw(arena, total), 0, total);
}

char *arena_copy(struct arena *arena, const void *bytes, size_t len)
{
	size_t size;
	must(size_add(len, 1, &size));
	char *copy = get_raw(arena, size);
	if (len > 0)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

char *arena_cstr(struct arena *arena, const char *text)
{
	return text ? arena_copy(arena, text, strlen(text)) : NULL;
}

struct text arena_text(struct arena *arena, struct text text)
{
	return (struct text){arena_copy(arena, text.at, text.len), text.len};
}

char *arena_print(struct arena *arena, const char *text, ...)
{
	va_list args, again;
	struct block *block = arena->newest;
	size_t room = block ? block->size - block->used : 0;
	char *end = block ? (char *)block->bytes + block->used : NULL;
	va_start(args, text);
	va_copy(again, args);
	int len = vsnprintf(end, room, text, args); /* mostly it fits where it is going to be */
	va_end(args);
	must(len >= 0);
	char *out = get_raw(arena, (size_t)len + 1);
	if (out != end)
		vsnprintf(out, (size_t)len + 1, text, again);
	va_end(again);
	return out;
}

void *arena_grow(struct arena *arena, void *array, size_t *room, size_t need, size_t size)
{
	if (need <= *room)
		return array;
	size_t more = grown(*room, need), before = *room * size, total;
	must(size_mul(more, size, &total));
	unsigned char *memory = get_raw(arena, total);
	if (before > 0)
		memcpy(memory, array, before);
	memset(memory + before, 0, total - before);
	*room = more;
	return memory;
}
