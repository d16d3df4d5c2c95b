#include "base/map.h"

#include <string.h>
#include <sys/auxv.h>

#include "base/mem.h"

struct entry {
	char *key; /* NULL: removed */
	size_t key_len;
	uint64_t hash;
	void *value;
};

/* slots hold 0 (free) or 1 + the index of an entry; a removed entry keeps its slot until a rebuild.
 */
struct map {
	struct entry *entries;
	size_t entry_room, entry_count, removed;
	uint32_t *slots;
	size_t slot_count; /* a power of two, at least 2 * entry_count */
	uint64_t seed;
};

/* FNV-1a with a seed and a final mix; the seed keeps a sender from choosing keys that collide. */
static uint64_t hash_of(const struct map *map, struct text key)
{
	uint64_t hash = 0xcbf29ce484222325u ^ map->seed;
	for (size_t i = 0; i < key.len; i++)
		hash = (hash ^ (unsigned char)key.at[i]) * 0x100000001b3u;
	hash ^= hash >> 32;
	hash *= 0xd6e8feb86659fd93u ^ (map->seed | 1);
	return hash ^ (hash >> 29);
}

/* From the random bytes that the kernel gave to this process at its start: maps are made by the
 * thousand, and a system call each would be most of their cost. Mixed, since the C library guards
 * its stack with the same bytes. */
static uint64_t process_seed(void)
{
	const void *bytes = (const void *)getauxval(AT_RANDOM); /* 16 of them */
	uint64_t half[2];
	must(bytes);
	memcpy(half, bytes, sizeof(half));
	uint64_t seed = (half[0] ^ (half[1] << 17 | half[1] >> 47)) * 0x9e3779b97f4a7c15u;
	seed ^= seed >> 32;
	return seed * 0xbf58476d1ce4e5b9u;
}

struct map *map_new(void)
{
	struct map *map = mem_new(1, sizeof(*map));
	map->seed = process_seed();
	map->slot_count = 16;
	map->slots = mem_new(map->slot_count, sizeof(*map->slots));
	return map;
}

/* The slot that holds the key, or the free one where it would go. */
static size_t slot_of(const struct map *map, struct text key, uint64_t hash)
{
	size_t slot = hash & (map->slot_count - 1);
	for (; map->slots[slot] != 0; slot = (slot + 1) & (map->slot_count - 1)) {
		const struct entry *entry = &map->entries[map->slots[slot] - 1];
		if (entry->key && entry->hash == hash && entry->key_len == key.len &&
		    (key.len == 0 || memcmp(entry->key, key.at, key.len) == 0))
			break;
	}
	return slot;
}

static void put_slot(struct map *map, size_t index)
{
	size_t slot = map->entries[index].hash & (map->slot_count - 1);
	while (map->slots[slot] != 0)
		slot = (slot + 1) & (map->slot_count - 1);
	map->slots[slot] = (uint32_t)index + 1;
}

static void rebuild(struct map *map)
{
	size_t count = 0;
	for (size_t i = 0; i < map->entry_count; i++)
		if (map->entries[i].key)
			map->entries[count++] = map->entries[i];
	map->entry_count = count;
	map->removed = 0;
	while (map->slot_count < 4 * (count + 1))
		map->slot_count *= 2;
	mem_free(&map->slots);
	map->slots = mem_new(map->slot_count, sizeof(*map->slots));
	for (size_t i = 0; i < count; i++)
		put_slot(map, i);
}

void *map_get(const struct map *map, struct text key)
{
	size_t slot = slot_of(map, key, hash_of(map, key));
	return map->slots[slot] ? map->entries[map->slots[slot] - 1].value : NULL;
}

void *map_put(struct map *map, struct text key, void *value)
{
	must(value);
	uint64_t hash = hash_of(map, key);
	size_t slot = slot_of(map, key, hash);
	if (map->slots[slot]) {
		struct entry *entry = &map->entries[map->slots[slot] - 1];
		void *before = entry->value;
		entry->value = value;
		return before;
	}
	must(map->entry_count < UINT32_MAX / 2);
	map->entries = mem_grow(map->entries, &map->entry_room, map->entry_count + 1,
				sizeof(*map->entries));
	map->entries[map->entry_count++] = (struct entry){mem_copy(key.at, key.len), key.len, hash,
							  value};
	if (2 * map->entry_count > map->slot_count)
		rebuild(map);
	else
		map->slots[slot] = (uint32_t)map->entry_count;
	return NULL;
}

void *map_remove(struct map *map, struct text key)
{
	size_t slot = slot_of(map, key, hash_of(map, key));
	if (!map->slots[slot])
		return NULL;
	struct entry *entry = &map->entries[map->slots[slot] - 1];
	mem_free(&entry->key);
	if (++map->removed > 32 && 2 * map->removed > map->entry_count) {
		void *value = entry->value;
		rebuild(map);
		return value;
	}
	return entry->value;
}

size_t map_count(const struct map *map)
{
	return map->entry_count - map->removed;
}

bool map_next(const struct map *map, size_t *at, struct text *key, void **value)
{
	while (*at < map->entry_count && !map->entries[*at].key)
		(*at)++;
	if (*at >= map->entry_count)
		return false;
	const struct entry *entry = &map->entries[(*at)++];
	*key = (struct text){entry->key, entry->key_len};
	*value = entry->value;
	return true;
}

void map_free(struct map **map)
{
	if (!*map)
		return;
	for (size_t i = 0; i < (*map)->entry_count; i++)
		mem_free(&(*map)->entries[i].key);
	mem_free(&(*map)->entries);
	mem_free(&(*map)->slots);
	mem_free(map);
}
