/* offer.h: what package and packages share: the database, and what apt's lists say of a package. */
#pragma once
#include "assess/probe/answer.h"
#include "assess/probe/software/apt.h"

/* dpkg's packages; false: that was the answer. */
must_use bool package_read(struct rows *rows, const struct dpkg_packages **packages);

/* Where a row's values of them stand. */
struct package_offer {
	struct value *values;
	size_t origin, upgradable, candidate;
};

/* Fills in what the call asks for, of the package with this number; false: that was the answer. */
must_use bool package_put_offer(struct rows *rows, const struct dpkg_packages *packages,
				size_t number, const struct package_offer *offer);
