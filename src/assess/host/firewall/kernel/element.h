/* element.h: the elements of a set or verdict map of nftables, as ranges of keys. */
#pragma once
#include "assess/host/firewall/kernel/netfilter.h"
#include "base/mem.h"

#define ELEMENT_KEY_MAX 64      /* bytes */
#define ELEMENT_COUNT_MAX 10000 /* of one set */

struct verdict_data {
	bool known;
	int32_t code; /* NF_ACCEPT, NFT_JUMP … */
	struct text chain;
};

struct element {
	struct text key, end; /* key empty: all that no other element has; end: the last key of a
				 range, equally long; at NULL: one key */
	struct verdict_data verdict; /* of a verdict map */
	bool closes;                 /* the first key behind a range */
};

struct elements {
	struct element *at;
	size_t room, count;
	bool many; /* there are more than ELEMENT_COUNT_MAX */
};

/* The messages of NFT_MSG_GETSETELEM. False: they are not what they should be. Texts are in the
 * arena or lent from `bytes`. */
must_use bool element_parse(struct text bytes, struct arena *arena, struct elements *elements);

/* NFTA_DATA_VERDICT; false: it is none. */
must_use bool element_verdict(struct text data, struct verdict_data *verdict);
