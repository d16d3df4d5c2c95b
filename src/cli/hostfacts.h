/* hostfacts.h: what this host, or the tree below a root, is: for targets and for the name in items.
 */
#pragma once
#include "assess/engine/gather.h"
#include "model/host.h"

/* Read through the gather, before or after the walls. `is_root` tells a tree of its own (--root)
 * from the machine: a tree has no kernel and is called what its /etc/hostname says. */
void hostfacts_read(struct gather *gather, bool is_tree, struct host_facts *facts);
