/* dpkgdb.h: dpkg's database as dpkg-query sees it: whole stanzas, and the packages that are known
 * only because others mention them.
 *
 * The status file is read once a run. What dpkg itself refuses to read is GATHER_FAILED here, too;
 * no file is an empty database. */
#pragma once
#include "assess/engine/gather.h"
#include "base/buf.h"

#define DPKGDB_PACKAGES_MAX 400000 /* with those that are only mentioned */

struct dpkgdb_package {
	struct text name, arch, version;
	struct text want, flag, state; /* "install", "ok", "installed" */
	struct text stanza;            /* its lines; at NULL: others mention it, no more */
	bool same;                     /* Multi-Arch: same, so that its name has its architecture */
};

struct dpkgdb {
	struct dpkgdb_package *at; /* by name, then architecture */
	size_t count, room;
	struct text warnings; /* what dpkg-query says of fields that are missing */
};

must_use enum gather_answer dpkgdb_read(struct gather *gather, const struct dpkgdb **db,
					struct text *why);

/* A field's value, with its further lines; at NULL: it has none. */
must_use struct text dpkgdb_field(const struct dpkgdb_package *package, struct text name);

/* The next field of a stanza: its name and value. */
must_use bool dpkgdb_next_field(struct text *rest, struct text *name, struct text *value);

must_use bool dpkgdb_is_installed(const struct dpkgdb_package *package); /* not "not-installed" */

/* The name as dpkg shows it: libc6:amd64 where that has to be told apart. */
void dpkgdb_show_name(const struct dpkgdb_package *package, struct buf *out);
