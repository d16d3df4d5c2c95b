/* unitlist.h: the names of all units of systemd that have a file, a link or a run here. */
#pragma once
#include "assess/host/unit.h"

#define UNITLIST_MAX 20000

struct unitlist {
	const struct text *names; /* sorted; with the type: "ssh.service", "getty@.service" */
	size_t count;
};

/* Names in systemd's folders, and, of a running system, of units that run (instances of templates
 * have no file of their own). type: ".timer", or NULL for all. ERR_LIMIT beyond UNITLIST_MAX. */
must_use bool unitlist_read(struct gather *gather, const char *type, struct unitlist *list,
			    struct err *err);

/* Whether it runs now, or is about to: links are made by systemd itself while a unit has an
 * invocation that is not over. GATHER_MISSING: that can't be told here, and *why. */
must_use enum gather_answer unitlist_is_active(struct gather *gather, struct text name,
					       bool *active, struct text *why);
