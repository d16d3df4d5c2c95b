#include "server/stream.h"

#include "unit.h"

static void publish(struct stream *stream, int count)
{
	for (int i = 0; i < count; i++)
		stream_publish(stream, STREAM_ITEM, text_of(unit_text("%d", i)), TEXT("a"));
}

test(gives_what_came_after)
{
	bool lost;
	struct stream_message *messages;
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	scoped(stream_free) struct stream *stream = stream_new();
	assert_int_equal(stream_read(stream, 0, 10, arena, &messages, &lost), 0);
	assert_false(lost);
	publish(stream, 5);
	assert_int_equal(stream_newest(stream), 5);
	assert_int_equal(stream_read(stream, 2, 10, arena, &messages, &lost), 3);
	assert_false(lost);
	assert_int_equal(messages[0].number, 3);
	assert_true(text_is(messages[0].json, "2"));
	assert_true(text_is(messages[0].action, "a"));
	assert_int_equal(stream_read(stream, 2, 2, arena, &messages, &lost), 2);
	assert_int_equal(stream_read(stream, 5, 2, arena, &messages, &lost), 0);
}

test(tells_who_fell_behind)
{
	bool lost;
	struct stream_message *messages;
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	scoped(stream_free) struct stream *stream = stream_new();
	publish(stream, STREAM_KEPT + 3);
	assert_int_equal(stream_read(stream, 2, 1, arena, &messages, &lost), 1);
	assert_true(lost);
	assert_int_equal(messages[0].number, 4);
	assert_int_equal(stream_read(stream, 3, 1, arena, &messages, &lost), 1);
	assert_false(lost);
}

static void count(void *data)
{
	(*(int *)data)++;
}

test(wakes_its_one_listener)
{
	int woken = 0;
	scoped(stream_free) struct stream *stream = stream_new();
	stream_on_publish(stream, count, &woken);
	publish(stream, 3);
	stream_on_publish(stream, NULL, NULL);
	publish(stream, 3);
	assert_int_equal(woken, 3);
}

test(never_takes_more_than_the_arena_has)
{
	bool lost;
	struct stream_message *messages;
	scoped(arena_free) struct arena *arena = arena_new(16384);
	scoped(stream_free) struct stream *stream = stream_new();
	for (int i = 0; i < 20; i++)
		stream_publish(stream, STREAM_HOST, text_of(unit_text("%2000d", i)), TEXT(""));
	size_t got = stream_read(stream, 0, 20, arena, &messages, &lost);
	assert_true(got > 0 && got < 20);
	assert_int_equal(messages[got - 1].number, got);
}
