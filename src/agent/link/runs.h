/* runs.h: the link's side of judging: when something runs, what comes of it, and that nothing of it
 * is lost.
 *
 * A run of what is assigned is due when the assignment changes, daily, and again (RUNS_RETRY_MS and
 * longer) while one came to a bad end or its items could not be kept. It counts as done when all
 * its items are on the disk. One of a CHECK is asked of the gate; after RUNS_TRIES bad ends it is
 * given up, and the server, which is told why, says "unknown". */
#pragma once
#include "agent/link/documents.h"
#include "agent/link/spool.h"
#include "agent/link/status.h"
#include "os/loop.h"

#define RUNS_RETRY_MS 5000 /* doubled each time, up to */
#define RUNS_RETRY_MAX_MS 600000
#define RUNS_TRIES 3
#define RUNS_CHECKS_MAX 32  /* CHECKs whose answer is due; beyond, they are not taken */
#define RUNS_LOOK_MS 900000 /* how often the daily run is thought of: clocks may be set */

struct runs;

struct runs_calls {
	void (*changed)(void *data); /* items to send, facts, or status */
	void (*facts)(void *data);   /* they may be others than before */
	/* A CHECK will have no answer, and why ("refused: …"); an id that is none is not told. */
	void (*declined)(void *data, struct text action, const char *why);
	void (*broken)(void *data,
		       const struct err *err); /* the gate is gone (no error: it ended) */
};

struct runs_config {
	struct loop *loop;
	int folder;        /* the spool's; lent */
	int gate, watch;   /* ends of channels; taken */
	const char *agent; /* id */
	const struct runs_calls *calls;
	void *data;
};

must_use struct runs *runs_new(const struct runs_config *config, struct err *err);
void runs_free(struct runs **runs);

void runs_begin(struct runs *runs); /* once: facts, and what is due */
must_use bool runs_assign(struct runs *runs, const struct json *documents, struct err *err);
void runs_check(struct runs *runs, struct text check);
void runs_output(struct runs *runs, int fd); /* a judge's answers will come here; taken */

must_use const struct json *runs_facts(const struct runs *runs); /* NULL: none yet */
must_use struct json *runs_watch_facts(const struct runs *runs); /* "watch" of them */
must_use bool runs_has_begun(
	const struct runs *runs); /* the first run has told facts, or has failed */
must_use const struct documents *runs_documents(const struct runs *runs);
must_use struct spool *runs_spool(struct runs *runs);
void runs_status(const struct runs *runs,
		 struct link_status *status); /* its part: runs, spool, error */
