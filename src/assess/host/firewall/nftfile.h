/* nftfile.h: a ruleset in nftables' language, as /etc/nftables.conf has it and `nft list ruleset`
 * prints it.
 *
 * Understood are tables with their chains, rules and sets, define and include; of a rule what has a
 * place in struct firewall_rule, the rest as conditions, word by word. Commands that change single
 * things (add, insert, delete …) are not: what comes of such a file only nft knows. */
#pragma once
#include "assess/engine/gather.h"
#include "assess/host/firewall/rule.h"

#define NFTFILE_DEPTH_MAX 10 /* files that include each other */

/* A file, with what it includes. GATHER_FAILED: *why. */
must_use enum gather_answer nftfile_read(struct gather *gather, struct text path,
					 struct firewall *firewall, struct text *why);

/* A text as if it were what the kernel has loaded: its rules have no line. */
must_use bool nftfile_parse(struct gather *gather, struct text text, struct firewall *firewall,
			    struct text *why);
