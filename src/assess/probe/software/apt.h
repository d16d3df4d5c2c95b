/* apt.h: what apt would fetch: its lists of packages below /var/lib/apt/lists, once a run.
 *
 * Of what is installed, where it came from and what there is now. Priorities are apt's own
 * (apt_preferences(5)): what pins say, else 500, 100 for what is installed and for lists that say
 * NotAutomatic with ButAutomaticUpgrades, 1 for NotAutomatic alone. Where a default release or a
 * pin that isn't followed (pins.h) decides, what would be fetched isn't known here. Lists that are
 * kept compressed are not read. */
#pragma once
#include "assess/probe/dpkg.h"

#define APT_LISTS_MAX 1000
#define APT_OFFERS_MAX 1000000 /* of installed packages, in all lists */

struct apt_offer {
	struct text origin;    /* whose list has the installed version; at NULL: none has it */
	struct text candidate; /* what would be installed; the installed one, or newer */
	bool upgradable;
};

struct apt {
	enum gather_answer answer;
	struct text why;          /* of GATHER_MISSING: there are no lists; of GATHER_FAILED */
	struct text pinned;       /* why candidates are not known; at NULL: they are */
	struct apt_offer *offers; /* one a package, in dpkg_read's order */
};

must_use const struct apt *apt_read(struct gather *gather, const struct dpkg_packages *packages);
