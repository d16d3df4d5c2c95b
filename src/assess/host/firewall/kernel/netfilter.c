#include "assess/host/firewall/kernel/netfilter.h"

#include <linux/netfilter/nfnetlink.h>

bool netfilter_next(struct text *rest, struct netfilter_message *message, bool *broken)
{
	struct message one;
	struct nfgenmsg family;
	if (!message_next(rest, &one, broken))
		return false;
	*broken = !message_head(&one.body, &family, sizeof(family));
	if (*broken)
		return false;
	*message = (struct netfilter_message){
		.type = one.type,
		.family = family.nfgen_family,
		.generation = family.res_id,
		.attributes = one.body,
	};
	return true;
}
