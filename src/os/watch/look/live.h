/* live.h: what is no file: its kinds, how often each is looked at, and how it looks, as one number;
 * the watch's own business.
 *
 * A look costs less than judging anew, so only what looks otherwise is told. What no look shows (a
 * socket that is handed to another process) is found by telling it all the same, every proof_ms. A
 * kind is one row of the table in live.c. */
#pragma once
#include "os/watch/look/dump.h"

#define LIVE_PROCESSES_MAX 4096 /* of those beyond only their numbers are looked at */

struct live {
	const struct file_root *root;
	struct dump *dump;
};

void live_open(struct live *live, const struct file_root *root); /* before walls */
void live_close(struct live *live);

struct live_kind {
	const char *name; /* with ':' at its end: how names begin; NULL: all others */
	int64_t every_ms; /* how often one is looked at; without a look: told. 0: never */
	int64_t proof_ms; /* how often one is told though it looks as before */
	bool (*look)(const struct live *live, uint64_t *print); /* false: not possible here */
};

#define LIVE_KINDS 9
must_use const struct live_kind *live_kind(size_t number); /* 0..LIVE_KINDS - 1 */
must_use size_t live_find(struct text name);
