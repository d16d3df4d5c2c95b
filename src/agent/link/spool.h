/* spool.h: items that the server has not acknowledged yet, on the disk: they survive kill -9 and a
 * power loss.
 *
 * Records are appended to segment files of up to SPOOL_SEGMENT_SIZE and have numbers that never
 * come twice. What is acknowledged is dropped, a whole segment at a time. After a restart
 * everything that is still there is sent again. A record is its length, CRC-32, a kind and JSON; a
 * broken end is cut off when the spool is opened, and told. */
#pragma once
#include "base/buf.h"

#define SPOOL_SIZE_MAX (256u * 1024 * 1024) /* bytes; above, no new run is begun */
#define SPOOL_OVER_MAX \
	(64u * 1024 * 1024) /* what the run at hand may put above it; beyond: ERR_LIMIT */
#define SPOOL_SEGMENT_SIZE (4u * 1024 * 1024)
#define SPOOL_RECORD_MAX (128u * 1024)   /* bytes of JSON */
#define SPOOL_BATCH_ITEMS 500            /* items in one ITEMS message */
#define SPOOL_BATCH_BYTES (1024u * 1024) /* and bytes */
#define SPOOL_WINDOW 8                   /* batches on their way at once */

enum spool_kind {
	SPOOL_ITEM = 'i', /* an item's JSON */
	SPOOL_DONE = 'd', /* {"action":…}: that run is complete */
};

struct spool;

/* folder stays the caller's, and open. *lost: bytes that were broken and are gone. */
must_use struct spool *spool_open(int folder, uint64_t *lost, struct err *err);
void spool_free(struct spool **spool);

/* Appends. ERR_SYSTEM: nothing was appended (disk full). On the disk for good after spool_sync. */
must_use bool spool_put(struct spool *spool, enum spool_kind kind, struct text json,
			struct err *err);
must_use bool spool_sync(struct spool *spool, struct err *err);

must_use bool spool_is_full(const struct spool *spool);
must_use uint64_t spool_waiting(const struct spool *spool); /* records that are not acknowledged */

/* The next ITEMS message's body; empty when there is nothing to send, or SPOOL_WINDOW are on their
 * way. */
must_use bool spool_batch(struct spool *spool, struct buf *body, struct err *err);
/* Everything up to seq is durable at the server. ERR_INPUT: it was never sent. */
must_use bool spool_acknowledge(struct spool *spool, uint64_t seq, struct err *err);
void spool_rewind(struct spool *spool); /* a new connection: what was not acknowledged goes again */
