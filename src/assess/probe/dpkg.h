/* dpkg.h: which packages dpkg has: its status file, read as it streams by, once a run. */
#pragma once
#include "assess/engine/gather.h"
#include "base/map.h"

#define DPKG_PACKAGES_MAX 200000
#define DPKG_LINE_MAX 4096 /* bytes of a line that are looked at */
#define DPKG_FIELD_MAX 256 /* bytes of a field that are kept */

struct dpkg_package {
	struct text name, version, architecture;
	struct text want, state; /* "install", "hold" …; "installed", "config-files" … */
	struct text path;
	uint64_t line; /* of "Package:" */
};

struct dpkg_packages {
	struct dpkg_package *at;
	size_t count;
};

/* Takes the file in pieces of any size. */
struct dpkg_reader;
must_use struct dpkg_reader *dpkg_reader_new(struct arena *arena, struct text path);
/* Only packages with these names are kept; lent until dpkg_reader_free. */
void dpkg_reader_only(struct dpkg_reader *reader, const struct map *names);
void dpkg_reader_add(struct dpkg_reader *reader, struct text piece);
/* What came: false when there were too many. Ends the reader's last stanza. */
must_use bool dpkg_reader_end(struct dpkg_reader *reader, struct dpkg_packages *packages);
void dpkg_reader_free(struct dpkg_reader **reader);

/* /var/lib/dpkg/status and, of distroless images, the files in status.d; once a run.
 * GATHER_MISSING: neither is there. */
must_use enum gather_answer dpkg_read(struct gather *gather, const struct dpkg_packages **packages,
				      struct text *why);

/* Whether files of it are there: all states but not-installed and config-files. */
must_use bool dpkg_is_installed(const struct dpkg_package *package);
