#include "net/link/message.h"

#include <string.h>

#define KIB 1024u
#define MIB (1024u * 1024)

static const struct kind {
	const char *name;
	unsigned from;
	bool before_enrolment; /* what a peer without a certificate may say */
	size_t limit;          /* bytes of JSON */
} kinds[] = {
	[MESSAGE_ENROLL] = {"enroll", MESSAGE_FROM_AGENT, true, 128 * KIB},
	[MESSAGE_ENROLLED] = {"enrolled", MESSAGE_FROM_SERVER, true, 64 * KIB},
	[MESSAGE_HELLO] = {"hello", MESSAGE_FROM_AGENT, false, 1 * MIB},
	[MESSAGE_WELCOME] = {"welcome", MESSAGE_FROM_SERVER, false, 4 * KIB},
	[MESSAGE_ASSIGN] = {"assign", MESSAGE_FROM_SERVER, false, MESSAGE_MAX},
	[MESSAGE_CHECK] = {"check", MESSAGE_FROM_SERVER, false, MESSAGE_MAX},
	[MESSAGE_ITEMS] = {"items", MESSAGE_FROM_AGENT, false, 2 * MIB},
	[MESSAGE_ACK] = {"ack", MESSAGE_FROM_SERVER, false, 256},
	[MESSAGE_PING] = {"ping", MESSAGE_FROM_BOTH, false, 64},
	[MESSAGE_PONG] = {"pong", MESSAGE_FROM_BOTH, false, 64},
	[MESSAGE_LEAVE] = {"leave", MESSAGE_FROM_AGENT, false, 64},
	[MESSAGE_REFUSED] = {"refused", MESSAGE_FROM_SERVER, true, 4 * KIB},
	[MESSAGE_RENEW] = {"renew", MESSAGE_FROM_AGENT, false, 16 * KIB},
	[MESSAGE_RENEWED] = {"renewed", MESSAGE_FROM_SERVER, false, 16 * KIB},
	[MESSAGE_FACTS] = {"facts", MESSAGE_FROM_AGENT, false, 256 * KIB},
	[MESSAGE_DECLINED] = {"declined", MESSAGE_FROM_AGENT, false, 4 * KIB},
};

static const struct kind *kind_of(unsigned type)
{
	return type < array_len(kinds) && kinds[type].name ? &kinds[type] : NULL;
}

const char *message_name(enum message_type type)
{
	const struct kind *kind = kind_of(type);
	return kind ? kind->name : "unknown";
}

size_t message_limit(enum message_type type)
{
	const struct kind *kind = kind_of(type);
	return kind ? kind->limit : 0;
}

static void put_head(struct buf *out, enum message_type type, size_t len)
{
	must(kind_of(type) && len <= kind_of(type)->limit);
	uint32_t follows = (uint32_t)len + 1;
	const unsigned char head[MESSAGE_HEAD] = {
		(unsigned char)(follows >> 24), (unsigned char)(follows >> 16),
		(unsigned char)(follows >> 8), (unsigned char)follows, (unsigned char)type};
	buf_add(out, head, sizeof(head));
}

void message_put_text(struct buf *out, enum message_type type, struct text body)
{
	put_head(out, type, body.len);
	buf_text(out, body);
}

void message_put(struct buf *out, enum message_type type, const struct json *body)
{
	struct buf text = {0};
	json_write(body, &text);
	message_put_text(out, type, buf_view(&text));
	buf_end(&text);
}

/* What the head tells: type and length are checked before a byte of the body is waited for. */
static bool read_head(const unsigned char *head, enum message_side from, bool enrolled,
		      size_t *body_len, struct err *err)
{
	size_t follows = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 |
			 head[3];
	const struct kind *kind = kind_of(head[4]);
	if (!kind || follows == 0)
		return err_set(err, ERR_INPUT, "this is no message of muster/1");
	if (!(kind->from & (unsigned)from))
		return err_set(err, ERR_INPUT, "message \"%s\" comes from the wrong side",
			       kind->name);
	if (!enrolled && !kind->before_enrolment)
		return err_set(err, ERR_REFUSED, "message \"%s\" needs a certificate; enrol first",
			       kind->name);
	if (follows - 1 > kind->limit)
		return err_set(err, ERR_LIMIT, "message \"%s\" of %zu bytes; at most %zu are taken",
			       kind->name, follows - 1, kind->limit);
	*body_len = follows - 1;
	return true;
}

bool message_get(struct text received, enum message_side from, bool enrolled,
		 struct message *message, size_t *used, bool *whole, struct err *err)
{
	if (received.len < MESSAGE_HEAD) {
		*whole = false;
		return true;
	}
	unsigned char head[MESSAGE_HEAD];
	size_t body_len;
	memcpy(head, received.at, sizeof(head));
	if (!read_head(head, from, enrolled, &body_len, err))
		return false;
	*whole = received.len - MESSAGE_HEAD >= body_len;
	if (!*whole)
		return true;
	message->type = (enum message_type)head[4];
	message->body = (struct text){received.at + MESSAGE_HEAD, body_len};
	*used = MESSAGE_HEAD + body_len;
	return true;
}
