/* inner.h: what the keys of machine.h share, and those that stand in files of their own. */
#pragma once
#include "assess/policy/machine.h"
#include "base/buf.h"

/* An ordinary file with this content. */
must_use bool machine_put(struct machine *machine, const char *path, const struct buf *content);
/* /proc/PID/NAME, as a link to target. */
must_use bool machine_put_link(struct machine *machine, uint64_t pid, const char *name,
			       struct text target);

/* Whether the map has no keys but these, and each has one value, or where `lists` a list. */
must_use bool machine_has_keys(struct machine *machine, const struct doc *doc,
			       const char *const *keys, bool lists, const char *usage);
/* The value of a key; without it what is given otherwise. */
must_use struct text machine_part(const struct doc *doc, const char *key, const char *otherwise);
must_use bool machine_number(struct machine *machine, const struct doc *doc, const char *key,
			     uint64_t max, uint64_t otherwise, uint64_t *number);

/* The keys. */
must_use bool machine_add_listening(struct machine *machine, const struct doc *doc);
must_use bool machine_add_connections(struct machine *machine, const struct doc *doc);
must_use bool machine_add_sockets(struct machine *machine, const struct doc *doc);
must_use bool machine_add_interfaces(struct machine *machine, const struct doc *doc);
must_use bool machine_add_routes(struct machine *machine, const struct doc *doc);
must_use bool machine_add_neighbours(struct machine *machine, const struct doc *doc);
must_use bool machine_add_firewall(struct machine *machine, const struct doc *doc);
must_use bool machine_add_audit(struct machine *machine, const struct doc *doc);
must_use bool machine_add_tls(struct machine *machine, const struct doc *doc);
must_use bool machine_add_reach(struct machine *machine, const struct doc *doc);
must_use bool machine_add_time(struct machine *machine, const struct doc *doc);
