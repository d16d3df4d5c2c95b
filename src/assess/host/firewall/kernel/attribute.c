#include "assess/host/firewall/kernel/attribute.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>

#define ALIGN 4 /* bytes: NLMSG_ALIGNTO, NLA_ALIGNTO */

/* Cuts len bytes and what fills them up. */
static void skip(struct text *rest, size_t len)
{
	size_t step = (len + ALIGN - 1) / ALIGN * ALIGN;
	if (step > rest->len)
		step = rest->len;
	*rest = (struct text){rest->at + step, rest->len - step};
}

bool attribute_next(struct text *rest, struct attribute *attribute, bool *broken)
{
	struct nlattr head;
	*broken = false;
	if (rest->len == 0)
		return false;
	*broken = rest->len < sizeof(head);
	if (*broken)
		return false;
	memcpy(&head, rest->at, sizeof(head));
	*broken = head.nla_len < sizeof(head) || head.nla_len > rest->len;
	if (*broken)
		return false;
	attribute->type = head.nla_type & (unsigned)NLA_TYPE_MASK;
	attribute->data = (struct text){rest->at + sizeof(head), head.nla_len - sizeof(head)};
	skip(rest, head.nla_len);
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

struct text attribute_string(struct text data)
{
	const char *end = data.len > 0 ? memchr(data.at, '\0', data.len) : NULL;
	return (struct text){data.at, end ? (size_t)(end - data.at) : data.len};
}

bool netfilter_next(struct text *rest, struct netfilter_message *message, bool *broken)
{
	struct nlmsghdr head;
	struct nfgenmsg family;
	*broken = false;
	if (rest->len == 0)
		return false;
	*broken = rest->len < sizeof(head) + sizeof(family);
	if (*broken)
		return false;
	memcpy(&head, rest->at, sizeof(head));
	*broken = head.nlmsg_len < sizeof(head) + sizeof(family) || head.nlmsg_len > rest->len;
	if (*broken)
		return false;
	memcpy(&family, rest->at + sizeof(head), sizeof(family));
	*message = (struct netfilter_message){
		.type = head.nlmsg_type,
		.family = family.nfgen_family,
		.generation = family.res_id,
		.attributes = {rest->at + sizeof(head) + sizeof(family),
			       head.nlmsg_len - sizeof(head) - sizeof(family)},
	};
	skip(rest, head.nlmsg_len);
	return true;
}
