/* random.h: bytes that nobody can guess: for secrets, ids and serial numbers. */
#pragma once
#include "base/err.h"

#define RANDOM_ID_SIZE 33 /* 32 hex digits and a NUL */

/* From the kernel; waits, early after boot, until it has gathered enough. Cannot fail otherwise. */
void random_fill(void *bytes, size_t len);

/* A new id: 128 random bits in hex. */
void random_put_id(char out[static RANDOM_ID_SIZE]);
