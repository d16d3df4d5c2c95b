#include "base/map.h"

#include <stdio.h>

#include "unit.h"

test(keeps_what_was_put)
{
	static int values[3000];
	char key[16];
	scoped(map_free) struct map *map = map_new();
	for (int i = 0; i < 3000; i++) {
		snprintf(key, sizeof(key), "key%d", i);
		assert_null(map_put(map, text_of(key), &values[i]));
	}
	assert_int_equal(map_count(map), 3000);
	for (int i = 0; i < 3000; i += 3) {
		snprintf(key, sizeof(key), "key%d", i);
		assert_ptr_equal(map_remove(map, text_of(key)), &values[i]);
		assert_null(map_remove(map, text_of(key)));
	}
	assert_int_equal(map_count(map), 2000);
	for (int i = 0; i < 3000; i++) {
		snprintf(key, sizeof(key), "key%d", i);
		assert_ptr_equal(map_get(map, text_of(key)), i % 3 == 0 ? NULL : &values[i]);
	}
}

test(replaces_and_gives_back_the_old)
{
	int a = 1, b = 2;
	scoped(map_free) struct map *map = map_new();
	assert_null(map_put(map, TEXT("k\0x"), &a));
	assert_null(map_get(map, TEXT("k")));
	assert_ptr_equal(map_put(map, TEXT("k\0x"), &b), &a);
	assert_ptr_equal(map_get(map, TEXT("k\0x")), &b);
	assert_int_equal(map_count(map), 1);
}

test(visits_in_order_of_insertion)
{
	static const char *const keys[] = {"z", "a", "m", ""};
	int value;
	scoped(map_free) struct map *map = map_new();
	for (size_t i = 0; i < array_len(keys); i++)
		map_put(map, text_of(keys[i]), &value);
	size_t at = 0, seen = 0;
	struct text key;
	void *found;
	while (map_next(map, &at, &key, &found))
		assert_true(text_is(key, keys[seen++]));
	assert_int_equal(seen, array_len(keys));
}
