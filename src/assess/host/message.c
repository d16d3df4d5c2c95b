#include "assess/host/message.h"

#include <linux/netlink.h>
#include <string.h>

#define ALIGN 4 /* bytes: NLMSG_ALIGNTO, NLA_ALIGNTO */

/* What a head of `head` bytes that says `len` for all of it leaves for the rest, which moves behind
 * it and what fills it up. False: the bytes are not there. */
static bool cut(struct text *rest, size_t head, size_t len, struct text *body)
{
	if (len < head || len > rest->len)
		return false;
	size_t step = (len + ALIGN - 1) / ALIGN * ALIGN;
	if (step > rest->len)
		step = rest->len;
	*body = (struct text){rest->at + head, len - head};
	*rest = (struct text){rest->at + step, rest->len - step};
	return true;
}

bool message_next(struct text *rest, struct message *message, bool *broken)
{
	struct nlmsghdr head;
	*broken = rest->len > 0;
	if (rest->len < sizeof(head))
		return false;
	memcpy(&head, rest->at, sizeof(head));
	if (!cut(rest, sizeof(head), head.nlmsg_len, &message->body))
		return false;
	*broken = false;
	message->type = head.nlmsg_type;
	return true;
}

bool message_head(struct text *body, void *head, size_t size)
{
	if (body->len < size)
		return false;
	memcpy(head, body->at, size);
	*body = (struct text){body->at + size, body->len - size};
	return true;
}

bool attribute_next(struct text *rest, struct attribute *attribute, bool *broken)
{
	struct nlattr head;
	*broken = rest->len > 0;
	if (rest->len < sizeof(head))
		return false;
	memcpy(&head, rest->at, sizeof(head));
	if (!cut(rest, sizeof(head), head.nla_len, &attribute->data))
		return false;
	*broken = false;
	attribute->type = head.nla_type & (unsigned)NLA_TYPE_MASK;
	return true;
}

struct text attribute_find(struct text list, unsigned type)
{
	struct attribute one;
	bool broken;
	while (attribute_next(&list, &one, &broken))
		if (one.type == type)
			return one.data;
	return (struct text){0};
}

bool attribute_number(struct text data, uint32_t *number)
{
	*number = 0;
	for (size_t i = 0; i < data.len; i++)
		*number = *number << 8 | (unsigned char)data.at[i];
	return data.len == 1 || data.len == 2 || data.len == 4;
}

bool attribute_u32(struct text list, unsigned type, uint32_t *number)
{
	struct text data = attribute_find(list, type);
	return data.len == 4 && attribute_number(data, number);
}

struct text attribute_string(struct text data)
{
	const char *end = data.len > 0 ? memchr(data.at, '\0', data.len) : NULL;
	return (struct text){data.at, end ? (size_t)(end - data.at) : data.len};
}
