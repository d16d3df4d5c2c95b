/* netfilter.h: the messages in which the kernel lists nftables' tables, chains and rules. */
#pragma once
#include "assess/host/message.h"

struct netfilter_message {
	unsigned type, family;
	unsigned generation; /* of the ruleset; another one means that it was changed meanwhile */
	struct text attributes;
};

/* The next of several. False: there is none; *broken when what is left is none. */
must_use bool netfilter_next(struct text *rest, struct netfilter_message *message, bool *broken);
