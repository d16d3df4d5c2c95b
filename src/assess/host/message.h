/* message.h: the kernel's netlink messages, one behind the other as rulereader passes them on, and
 * the attributes in them: in this machine's byte order, with a length before each, at multiples of
 * 4 bytes.
 *
 * What a body begins with is its family's own: message_head cuts it off, the attributes follow. */
#pragma once
#include "base/text.h"

struct message {
	unsigned type;
	struct text body; /* what follows the head */
};

/* The next of several. False: there is none; *broken when what is left is none. */
must_use bool message_next(struct text *rest, struct message *message, bool *broken);

/* Cuts the first size bytes of a body off, into head; false: it is shorter. */
must_use bool message_head(struct text *body, void *head, size_t size);

struct attribute {
	unsigned type; /* without its flags */
	struct text data;
};

/* The next of a list. False: there is none; *broken when what is left is none. */
must_use bool attribute_next(struct text *rest, struct attribute *attribute, bool *broken);

/* The first of this type; at NULL: none. */
must_use struct text attribute_find(struct text list, unsigned type);

/* Numbers in network order, of up to 4 bytes and exactly as many; false: it is none. */
must_use bool attribute_number(struct text data, uint32_t *number);
/* The first of this type, of 4 bytes. */
must_use bool attribute_u32(struct text list, unsigned type, uint32_t *number);
/* Without the NUL behind it. */
must_use struct text attribute_string(struct text data);
