/* disk.h: the rules that a host loads when it starts, from the files of those who load them:
 * nftables, iptables-persistent, Red Hat's iptables service, and ufw where it is enabled. */
#pragma once
#include "assess/engine/gather.h"
#include "assess/host/firewall/rule.h"

/* GATHER_MISSING: there is no such file, *why names them. GATHER_FAILED: *why. */
must_use enum gather_answer disk_read(struct gather *gather, struct firewall *firewall,
				      struct text *why);
