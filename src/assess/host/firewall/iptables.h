/* iptables.h: rules as iptables-save(8) writes them, which iptables-persistent, Red Hat's iptables
 * service and ufw keep in files. */
#pragma once
#include "assess/host/firewall/rule.h"

struct iptables_file {
	struct text path; /* of evidence */
	bool six;         /* of ip6tables */
};

/* Adds the chains and rules of a file, in their order. False: *line is the first that is not what
 * it should be, 0: there are more than FIREWALL_RULES_MAX. */
must_use bool iptables_parse(struct text text, const struct iptables_file *file,
			     struct firewall *firewall, uint64_t *line);
