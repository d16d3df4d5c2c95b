#include "server/stream.h"

#include "base/queue.h"

struct slot {
	enum stream_kind kind;
	char *json, *action;
	size_t json_len, action_len;
};

struct stream {
	struct lock *lock;
	struct slot slots[STREAM_KEPT]; /* number n is in n % STREAM_KEPT */
	int64_t newest;
	size_t bytes;   /* of all texts */
	int64_t oldest; /* the number of the oldest that is kept */
	void (*wake)(void *data);
	void *data;
};

struct stream *stream_new(void)
{
	struct stream *stream = mem_new(1, sizeof(*stream));
	stream->lock = lock_new();
	stream->oldest = 1;
	return stream;
}

static struct slot *slot_of(struct stream *stream, int64_t number)
{
	return &stream->slots[number % STREAM_KEPT];
}

static void drop_oldest(struct stream *stream)
{
	struct slot *slot = slot_of(stream, stream->oldest++);
	stream->bytes -= slot->json_len + slot->action_len;
	mem_free(&slot->json);
	mem_free(&slot->action);
}

void stream_free(struct stream **stream)
{
	if (!*stream)
		return;
	while ((*stream)->oldest <= (*stream)->newest)
		drop_oldest(*stream);
	lock_free(&(*stream)->lock);
	mem_free(stream);
}

void stream_publish(struct stream *stream, enum stream_kind kind, struct text json,
		    struct text action)
{
	struct slot slot = {kind, mem_copy(json.at, json.len),
			    mem_copy(action.at ? action.at : "", action.len), json.len, action.len};
	lock_take(stream->lock);
	if (stream->newest - stream->oldest + 1 == STREAM_KEPT)
		drop_oldest(stream);
	stream->bytes += json.len + action.len;
	while (stream->bytes > STREAM_BYTES_MAX && stream->oldest <= stream->newest)
		drop_oldest(stream);
	*slot_of(stream, ++stream->newest) = slot;
	void (*wake)(void *data) = stream->wake;
	void *data = stream->data;
	if (wake)
		wake(data);
	lock_give(stream->lock);
}

int64_t stream_newest(struct stream *stream)
{
	lock_take(stream->lock);
	int64_t newest = stream->newest;
	lock_give(stream->lock);
	return newest;
}

size_t stream_read(struct stream *stream, int64_t after, size_t limit, struct arena *arena,
		   struct stream_message **messages, bool *lost)
{
	size_t count = 0;
	*messages = arena_get(arena, limit + 1, sizeof(**messages));
	lock_take(stream->lock);
	*lost = after + 1 < stream->oldest;
	int64_t number = *lost ? stream->oldest : after + 1;
	for (; number <= stream->newest && count < limit; number++) {
		const struct slot *slot = slot_of(stream, number);
		if (slot->json_len + slot->action_len + 1024 > arena_left(arena))
			break;
		(*messages)[count++] = (struct stream_message){
			number, slot->kind,
			arena_text(arena, (struct text){slot->json, slot->json_len}),
			arena_text(arena, (struct text){slot->action, slot->action_len})};
	}
	lock_give(stream->lock);
	return count;
}

void stream_on_publish(struct stream *stream, void (*wake)(void *data), void *data)
{
	lock_take(stream->lock);
	stream->wake = wake;
	stream->data = data;
	lock_give(stream->lock);
}
