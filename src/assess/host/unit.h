/* unit.h: systemd's units as its files say: which file is a unit's, whether links start it, and
 * what is set in it.
 *
 * Folders are systemd.unit(5)'s, the first that has the name wins; a link to another name is an
 * alias, one to /dev/null (or an empty file) masks, an instance falls back to its template.
 * Drop-ins (also of the template, of each prefix up to a dash, and of the type) follow the file.
 * Presets are not considered: they say what would be, not what is. */
#pragma once
#include "assess/setting/setting.h"

#define UNIT_NAME_MAX 255  /* bytes */
#define UNIT_ALIASES_MAX 8 /* one behind the other */
#define UNIT_WANTED_MAX 1000

extern const char *const unit_folders[]; /* of unit files; ends with NULL */

struct unit {
	struct text name, asked; /* the unit's own; the one it was found by */
	struct text path;        /* of its file, or of the link that masks it; at NULL: none */
	bool exists, masked;
	const char *state; /* as "systemctl is-enabled" calls it; NULL: there is none */
	bool enabled; /* links of /etc or /run start it: by a target's, or by an alias's name */
	const struct text *wanted_by; /* the units that pull it in, by links in any folder */
	size_t wanted_count;
};

/* The name with .service where it has no type; false: that can be no unit's. */
must_use bool unit_name(struct gather *gather, struct text given, struct text *name);

must_use bool unit_find(struct gather *gather, struct text name, struct unit *unit,
			struct err *err);

/* What is set under a key (of any section, or of one): all assignments since the last empty one. */
must_use bool unit_read(struct gather *gather, const struct unit *unit, const char *section,
			struct text key, struct settings *settings, struct err *err);

/* Whether any folder of systemd's is there. */
must_use bool unit_has_systemd(struct gather *gather);
