/* pins.h: apt_preferences(5): which priority a version has, where a pin says so.
 *
 * Of the pins that name a package the first that matches a version decides; else the first of those
 * for all (Package: *). What is not followed (regular expressions, src: names) makes the whole
 * unknown: `odd` says where. */
#pragma once
#include "base/mem.h"

#define PINS_MAX 10000
#define PINS_NEVER INT32_MIN /* Pin-Priority: never */

/* Whose list offers a version. */
struct pins_source {
	struct text origin, label, suite, codename, version, component, site;
};

enum pins_kind { PINS_RELEASE, PINS_ORIGIN, PINS_VERSION };

struct pin {
	struct text packages; /* names with wildcards, white space between; or "*" */
	enum pins_kind kind;
	struct text value; /* what stands behind the kind */
	int32_t priority;
};

struct pins {
	struct pin *at;
	size_t room, count;
	bool odd, full; /* full: more than PINS_MAX */
};

/* Adds the stanzas of one file; texts are lent from it. */
void pins_parse(struct text content, struct arena *arena, struct pins *pins);

/* The priority that pins give to a version of a package in a list; false: they say nothing. */
must_use bool pins_find(const struct pins *pins, struct text package, struct text version,
			const struct pins_source *source, int32_t *priority);
