#include "os/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "unit.h"

struct pair {
	struct channel *a, *b;
};

static struct pair make_pair(void)
{
	int fds[2];
	struct err err = {0};
	assert_true(channel_pair(fds, &err));
	return (struct pair){channel_new(fds[0]), channel_new(fds[1])};
}

static void end_pair(struct pair *pair)
{
	channel_free(&pair->a);
	channel_free(&pair->b);
}

test(what_is_sent_arrives_whole_and_in_order)
{
	struct pair pair = make_pair();
	struct err err = {0};
	struct channel_message message;
	assert_true(channel_send(pair.a, 1, TEXT("one"), -1, &err));
	assert_true(channel_send(pair.a, 2, TEXT(""), -1, &err));
	assert_true(channel_send(pair.a, 3, TEXT("t\0ree"), -1, &err));
	assert_int_equal(channel_receive(pair.b, &message, &err), CHANNEL_GOT);
	assert_int_equal(message.type, 1);
	assert_int_equal(message.fd, -1);
	assert_true(text_is(message.body, "one"));
	assert_int_equal(channel_receive(pair.b, &message, &err), CHANNEL_GOT);
	assert_int_equal(message.type, 2);
	assert_int_equal(message.body.len, 0);
	assert_int_equal(channel_receive(pair.b, &message, &err), CHANNEL_GOT);
	assert_true(text_is_equal(message.body, TEXT("t\0ree")));
	assert_int_equal(channel_receive(pair.b, &message, &err), CHANNEL_NOTHING);
	end_pair(&pair);
}

test(a_large_body_goes_in_pieces)
{
	struct pair pair = make_pair();
	struct err err = {0};
	struct channel_message message;
	struct buf body = {0};
	for (unsigned i = 0; i < 3000000; i++)
		buf_char(&body, (char)(i % 253));
	assert_true(channel_send(pair.a, 7, buf_view(&body), -1, &err));
	assert_true(channel_send(pair.a, 8, TEXT("behind"), -1, &err));
	bool empty = false;
	enum channel_answer answer;
	while ((answer = channel_receive(pair.b, &message, &err)) == CHANNEL_NOTHING)
		assert_true(channel_flush(pair.a, &empty, &err));
	assert_int_equal(answer, CHANNEL_GOT);
	assert_int_equal(message.type, 7);
	assert_true(text_is_equal(message.body, buf_view(&body)));
	assert_true(channel_flush(pair.a, &empty, &err));
	assert_true(empty);
	assert_int_equal(channel_receive(pair.b, &message, &err), CHANNEL_GOT);
	assert_true(text_is(message.body, "behind"));
	buf_end(&body);
	end_pair(&pair);
}

test(a_descriptor_comes_along)
{
	struct pair pair = make_pair();
	struct err err = {0};
	struct channel_message message;
	int ends[2];
	char byte;
	assert_int_equal(pipe(ends), 0);
	assert_true(channel_send(pair.a, 1, TEXT("take this"), ends[0], &err));
	close(ends[0]);
	assert_int_equal(channel_receive(pair.b, &message, &err), CHANNEL_GOT);
	assert_true(message.fd >= 0);
	assert_true(fcntl(message.fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(ends[1], "!", 1), 1);
	assert_int_equal(read(message.fd, &byte, 1), 1);
	close(message.fd);
	close(ends[1]);
	end_pair(&pair);
}

test(a_descriptor_waits_with_its_message)
{
	struct pair pair = make_pair();
	struct err err = {0};
	struct channel_message message;
	struct buf body = {0};
	int ends[2];
	bool empty = false;
	for (unsigned i = 0; i < 1000000; i++)
		buf_char(&body, 'x');
	assert_int_equal(pipe(ends), 0);
	assert_true(channel_send(pair.a, 1, buf_view(&body), -1, &err));
	assert_true(channel_send(pair.a, 2, TEXT(""), ends[0], &err));
	close(ends[0]);
	for (int got = 0; got < 2;) {
		if (channel_receive(pair.b, &message, &err) == CHANNEL_GOT)
			got++;
		assert_true(channel_flush(pair.a, &empty, &err));
	}
	assert_int_equal(message.type, 2);
	assert_true(message.fd >= 0);
	close(message.fd);
	close(ends[1]);
	buf_end(&body);
	end_pair(&pair);
}

test(what_was_sent_before_the_end_still_arrives)
{
	struct pair pair = make_pair();
	struct err err = {0};
	struct channel_message message;
	assert_true(channel_send(pair.a, 1, TEXT("last words"), -1, &err));
	channel_free(&pair.a);
	assert_int_equal(channel_receive(pair.b, &message, &err), CHANNEL_GOT);
	assert_int_equal(channel_receive(pair.b, &message, &err), CHANNEL_CLOSED);
	assert_false(channel_send(pair.b, 1, TEXT("too late"), -1, &err));
	assert_int_equal(err.kind, ERR_SYSTEM);
	end_pair(&pair);
}

test(what_nobody_takes_is_refused_in_the_end)
{
	struct pair pair = make_pair();
	struct err err = {0};
	struct buf body = {0};
	size_t sent = 0;
	for (unsigned i = 0; i < 4u << 20; i++)
		buf_char(&body, 'x');
	while (channel_send(pair.a, 1, buf_view(&body), -1, &err))
		sent += body.len;
	assert_int_equal(err.kind, ERR_BUSY);
	assert_true(sent <= 2u * CHANNEL_BODY_MAX + (1u << 20));
	buf_end(&body);
	end_pair(&pair);
}

/* A packet as channel.c makes them, but with a head of our own. */
static void send_raw(int fd, uint32_t magic, uint32_t type, uint32_t body_len, uint32_t begins,
		     struct text piece)
{
	char packet[256];
	const uint32_t head[4] = {magic, type, body_len, begins};
	memcpy(packet, head, sizeof(head));
	memcpy(packet + sizeof(head), piece.at, piece.len);
	assert_true(send(fd, packet, sizeof(head) + piece.len, 0) > 0);
}

test(what_is_no_message_breaks_the_channel)
{
	enum { MAGIC = 0x6d757374 };
	static const struct {
		const char *what;
		uint32_t magic, type, body_len, begins;
		struct text piece;
	} cases[] = {
		{"another magic", 1, 1, 1, 1, {"x", 1}},
		{"a piece before its message begins", MAGIC, 1, 2, 0, {"x", 1}},
		{"more than was announced", MAGIC, 1, 1, 1, {"xx", 2}},
		{"a body above the limit", MAGIC, 1, CHANNEL_BODY_MAX + 1, 1, {"x", 1}},
		{"neither first nor later", MAGIC, 1, 1, 2, {"x", 1}},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct pair pair = make_pair();
		struct err err = {0};
		struct channel_message message;
		send_raw(channel_fd(pair.a), cases[i].magic, cases[i].type, cases[i].body_len,
			 cases[i].begins, cases[i].piece);
		if (channel_receive(pair.b, &message, &err) != CHANNEL_BROKEN)
			fail_msg("taken: %s", cases[i].what);
		assert_int_equal(err.kind, ERR_INPUT);
		end_pair(&pair);
	}
}

test(a_later_piece_must_fit_to_the_first)
{
	enum { MAGIC = 0x6d757374 };
	static const struct {
		const char *what;
		uint32_t type, body_len, begins;
		struct text piece;
	} cases[] = {
		{"another type", 2, 4, 0, {"xx", 2}},    {"another length", 1, 5, 0, {"xx", 2}},
		{"a new beginning", 1, 4, 1, {"xx", 2}}, {"an empty one", 1, 4, 0, {"", 0}},
		{"too much", 1, 4, 0, {"xxx", 3}},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct pair pair = make_pair();
		struct err err = {0};
		struct channel_message message;
		send_raw(channel_fd(pair.a), MAGIC, 1, 4, 1, TEXT("xx"));
		assert_int_equal(channel_receive(pair.b, &message, &err), CHANNEL_NOTHING);
		send_raw(channel_fd(pair.a), MAGIC, cases[i].type, cases[i].body_len,
			 cases[i].begins, cases[i].piece);
		if (channel_receive(pair.b, &message, &err) != CHANNEL_BROKEN)
			fail_msg("taken: %s", cases[i].what);
		end_pair(&pair);
	}
}

test(a_packet_without_a_head_breaks_the_channel)
{
	struct pair pair = make_pair();
	struct err err = {0};
	struct channel_message message;
	assert_int_equal(send(channel_fd(pair.a), "short", 5, 0), 5);
	assert_int_equal(channel_receive(pair.b, &message, &err), CHANNEL_BROKEN);
	end_pair(&pair);
}
