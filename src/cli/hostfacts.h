/* hostfacts.h: what this host, or the tree below a root, is: for targets and for the name in items.
 */
#pragma once
#include "assess/engine/gather.h"
#include "model/host.h"

/* Read through the gather, before the walls. A tree (--root) is told from the machine: it has no
 * kernel and no addresses, and is called what its /etc/hostname says. */
void hostfacts_read(struct gather *gather, bool is_tree, struct host_facts *facts);

/* The machine's addresses, which only targets ask for. */
void hostfacts_read_addresses(struct gather *gather, struct host_facts *facts);
