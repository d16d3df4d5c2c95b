/* schema.h: the tables, as the steps that made them what they are; a store remembers how many it
 * has taken.
 *
 * A step, once released, is never changed: what comes later is a new step. Times are microseconds
 * since 1970; 0 stands for "not". Ids and hashes are hex text, so that a person with sqlite3 at
 * hand can read the store. */
#pragma once
#include <stddef.h>

extern const char *const schema_steps[];
extern const size_t schema_count;
