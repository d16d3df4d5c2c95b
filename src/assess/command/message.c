#include "assess/command/message.h"

#include <string.h>

/* Messages and attributes begin at multiples of 4. */
static struct text skip(struct text rest, size_t len)
{
	size_t step = (len + 3) & ~(size_t)3;
	step = step < rest.len ? step : rest.len;
	return (struct text){rest.at + step, rest.len - step};
}

bool message_next(struct text *rest, struct message *message, bool *broken)
{
	struct {
		uint32_t len;
		uint16_t type, flags;
		uint32_t sequence, port;
	} head;
	*broken = rest->len > 0;
	if (rest->len < sizeof(head))
		return false;
	memcpy(&head, rest->at, sizeof(head));
	if (head.len < sizeof(head) || head.len > rest->len)
		return false;
	*broken = false;
	message->type = head.type;
	message->body = (struct text){rest->at + sizeof(head), head.len - sizeof(head)};
	*rest = skip(*rest, head.len);
	return true;
}

struct text message_attribute(struct text rest, unsigned type)
{
	struct {
		uint16_t len, type;
	} head;
	while (rest.len >= sizeof(head)) {
		memcpy(&head, rest.at, sizeof(head));
		if (head.len < sizeof(head) || head.len > rest.len)
			break;
		if ((head.type & 0x3fff) == type)
			return (struct text){rest.at + sizeof(head), head.len - sizeof(head)};
		rest = skip(rest, head.len);
	}
	return (struct text){0};
}
