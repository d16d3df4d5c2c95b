/* nft.h: the ruleset of nftables that the kernel has loaded, as it lists it by netlink.
 *
 * The kernel is asked through rulereader (engine/ask.h): "nftables chains", "nftables rules", and
 * "nftables elements FAMILY TABLE SET" with the names in hex. */
#pragma once
#include "assess/engine/gather.h"
#include "assess/host/firewall/rule.h"

/* GATHER_MISSING: nobody may ask the kernel here, or it has no nftables; *why. GATHER_FAILED: *why,
 * also when the ruleset was changed meanwhile. */
must_use enum gather_answer nft_read(struct gather *gather, struct firewall *firewall,
				     struct text *why);
