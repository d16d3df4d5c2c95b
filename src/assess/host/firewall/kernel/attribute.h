/* attribute.h: netlink messages and the attributes in them, as the kernel sent them: bytes in this
 * machine's order with a length before each. */
#pragma once
#include "base/text.h"

struct attribute {
	unsigned type;
	struct text data;
};

/* The next of a list. False: there is none; *broken when what is left is none. */
must_use bool attribute_next(struct text *rest, struct attribute *attribute, bool *broken);

/* The first of this type; at NULL: none. */
must_use struct text attribute_find(struct text list, unsigned type);

/* Numbers in network order, of up to 4 bytes and exactly as many; false: it is none. */
must_use bool attribute_number(struct text data, uint32_t *number);
/* Without the NUL behind it. */
must_use struct text attribute_string(struct text data);

struct netfilter_message {
	unsigned type, family;
	unsigned generation; /* of the ruleset; another one means that it was changed meanwhile */
	struct text attributes;
};

must_use bool netfilter_next(struct text *rest, struct netfilter_message *message, bool *broken);
