/* store_kit.h: a store of the adapter at hand with an arena, and records to put in. Fails the test
 * when one can't. */
#pragma once
#include "store.h"
#include "unit.h"

struct kit {
	struct store *store;
	struct arena *arena;
	struct err err;
};

struct kit kit_open(void);
void kit_close(struct kit *kit);

/* An enrolment token with the hash, good for `uses` hosts until 1000 s. */
void kit_add_token(struct kit *kit, const char *hash, int64_t uses);
/* A host with an id of 32 times this digit, by the token "enrol". */
struct store_host kit_host(char digit, const char *name);
void kit_add_host(struct kit *kit, char digit, const char *name);
const char *kit_id(char digit); /* 32 of it */

/* Item `number` of a host: policy "system", ref "refNUMBER", medium, current. */
struct store_item kit_item(char host, unsigned number, enum status status, int64_t at_us);
void kit_put(struct kit *kit, struct store_item *item);
/* All current items, in order. */
struct store_items kit_current(struct kit *kit);
