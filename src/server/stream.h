/* stream.h: what happens, told to whoever listens: browsers and CLIs on /api/v1/stream.
 *
 * Publishers never wait: a ring of the newest STREAM_KEPT messages; a listener that fell further
 * behind is told so (it reloads). Thread-safe. */
#pragma once
#include "base/mem.h"

#define STREAM_KEPT 16384		      /* messages */
#define STREAM_BYTES_MAX (32u * 1024 * 1024) /* of all their texts; above it the oldest go, too */

enum stream_kind { STREAM_ITEM, STREAM_HOST };

struct stream;
struct stream_message {
	int64_t number; /* from 1, in order; of the Last-Event-ID */
	enum stream_kind kind;
	struct text json;   /* one line */
	struct text action; /* the action that an item answers; empty: none */
};

must_use struct stream *stream_new(void);
void stream_free(struct stream **stream);

/* Copies both texts. */
void stream_publish(struct stream *stream, enum stream_kind kind, struct text json,
		    struct text action);

must_use int64_t stream_newest(struct stream *stream); /* the number of the newest message */

/* The messages after `after`, up to limit, copied into arena. *lost: some in between are gone. */
must_use size_t stream_read(struct stream *stream, int64_t after, size_t limit, struct arena *arena,
			    struct stream_message **messages, bool *lost);

/* Called after something was published, by its thread and under the lock: it may call nothing of this header. At
 * most one; NULL: none, and none runs any more when this returns. */
void stream_on_publish(struct stream *stream, void (*wake)(void *data), void *data);
