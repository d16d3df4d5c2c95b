/* message.h: the kernel's messages of netlink, one behind the other, as rulereader passes them on.
 */
#pragma once
#include "base/text.h"

struct message {
	unsigned type;
	struct text body; /* what follows the head */
};

/* False: none is left, or *broken: the rest is none. */
must_use bool message_next(struct text *rest, struct message *message, bool *broken);

/* An attribute's value in what is left of a body; at NULL: it isn't there. */
must_use struct text message_attribute(struct text rest, unsigned type);
