#include "server/stream.h"

#include <string.h>

#include "base/queue.h"

struct kept {
	int64_t number; /* 0: nothing was here yet */
	enum stream_kind kind;
	char *json, *action;
	size_t json_len, action_len;
};

struct stream {
	struct lock *lock;
	int64_t newest;
	void (*wake)(void *data);
	void *wake_data;
	struct kept ring[STREAM_KEPT]; /* number n is at n % STREAM_KEPT */
};

struct stream *stream_new(void)
{
	struct stream *stream = mem_new(1, sizeof(*stream));
	stream->lock = lock_new();
	return stream;
}

void stream_free(struct stream **stream)
{
	if (!*stream)
		return;
	for (size_t i = 0; i < STREAM_KEPT; i++) {
		mem_free(&(*stream)->ring[i].json);
		mem_free(&(*stream)->ring[i].action);
	}
	lock_free(&(*stream)->lock);
	mem_free(stream);
}

void stream_publish(struct stream *stream, enum stream_kind kind, struct text json,
		    struct text action)
{
	struct kept kept = {.kind = kind,
			    .json = mem_copy(json.at, json.len),
			    .json_len = json.len,
			    .action = action.len > 0 ? mem_copy(action.at, action.len) : NULL,
			    .action_len = action.len};
	lock_take(stream->lock);
	kept.number = ++stream->newest;
	struct kept *place = &stream->ring[(uint64_t)kept.number % STREAM_KEPT];
	struct kept old = *place;
	*place = kept;
	/* Within the lock, so that nobody is called after stream_on_publish has taken them away. */
	if (stream->wake)
		stream->wake(stream->wake_data);
	lock_give(stream->lock);
	mem_free(&old.json);
	mem_free(&old.action);
}

int64_t stream_newest(struct stream *stream)
{
	lock_take(stream->lock);
	int64_t newest = stream->newest;
	lock_give(stream->lock);
	return newest;
}

static struct stream_message copy_out(const struct kept *kept, struct arena *arena)
{
	struct text json = {kept->json, kept->json_len};
	struct text action = {kept->action ? kept->action : "", kept->action_len};
	return (struct stream_message){.number = kept->number,
				       .kind = kept->kind,
				       .json = arena_text(arena, json),
				       .action = arena_text(arena, action)};
}

size_t stream_read(struct stream *stream, int64_t after, size_t limit, struct arena *arena,
		   struct stream_message **messages, bool *lost)
{
	size_t count = 0;
	lock_take(stream->lock);
	int64_t oldest = stream->newest < STREAM_KEPT ? 1 : stream->newest - STREAM_KEPT + 1;
	*lost = after + 1 < oldest;
	int64_t next = *lost ? oldest : after + 1;
	size_t there = stream->newest >= next ? (size_t)(stream->newest - next + 1) : 0;
	if (there > limit)
		there = limit;
	*messages = arena_get(arena, there + 1, sizeof(**messages));
	while (count < there) {
		const struct kept *kept = &stream->ring[(uint64_t)next++ % STREAM_KEPT];
		if (arena_left(arena) < kept->json_len + kept->action_len + 1024)
			break; /* the rest comes with the next call */
		(*messages)[count++] = copy_out(kept, arena);
	}
	lock_give(stream->lock);
	return count;
}

void stream_on_publish(struct stream *stream, void (*wake)(void *data), void *data)
{
	lock_take(stream->lock);
	stream->wake = wake;
	stream->wake_data = data;
	lock_give(stream->lock);
}
