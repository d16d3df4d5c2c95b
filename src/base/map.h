/* map.h: from a text to a pointer: open addressing, a hash keyed anew in every process.
 *
 * Keys are copied, values are the caller's own (never NULL). Iteration is in order of insertion, so
 * that output does not change from run to run. */
#pragma once
#include "base/text.h"

struct map;

must_use struct map *map_new(void);
must_use void *map_get(const struct map *map, struct text key); /* NULL: not there */
/* Returns the value that stood there before, else NULL. */
void *map_put(struct map *map, struct text key, void *value);
void *map_remove(struct map *map, struct text key); /* returns it; NULL: was not there */
must_use size_t map_count(const struct map *map);
/* *at begins at 0; false at the end. What is put meanwhile comes too; don't remove meanwhile. */
must_use bool map_next(const struct map *map, size_t *at, struct text *key, void **value);
void map_free(struct map **map);
