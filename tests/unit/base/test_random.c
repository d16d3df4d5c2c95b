#include "base/random.h"

#include <string.h>

#include "unit.h"

test(never_gives_the_same_twice)
{
	char first[RANDOM_ID_SIZE], second[RANDOM_ID_SIZE];
	random_put_id(first);
	random_put_id(second);
	assert_int_equal(strspn(first, "0123456789abcdef"), RANDOM_ID_SIZE - 1);
	assert_string_not_equal(first, second);
}

test(fills_all_of_it_and_nothing_more)
{
	unsigned char bytes[64] = {0}, seen[64] = {0};
	for (int i = 0; i < 64; i++) {
		random_fill(bytes, sizeof(bytes) - 1);
		for (size_t at = 0; at < sizeof(bytes); at++)
			seen[at] |= bytes[at];
	}
	for (size_t at = 0; at < sizeof(bytes) - 1; at++)
		assert_int_not_equal(seen[at], 0);
	assert_int_equal(seen[sizeof(bytes) - 1], 0);
}
