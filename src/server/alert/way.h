/* way.h: the ways that an alert can go, a row each; the courier's own business. */
#pragma once
#include "server/alert/courier.h"

struct way {
	const char *name; /* NULL: the end of the table */
	bool (*is_set)(const struct courier_ways *ways);
	bool (*check)(const struct courier_ways *ways, struct err *err);
	/* One try. */
	bool (*send)(const struct courier_ways *ways, const struct courier_alert *alert,
		     struct err *err);
};
extern const struct way ways_all[];

/* Before the walls: loads what the ways need. */
must_use bool ways_prepare(const struct courier_ways *ways, struct err *err);
