/* check.h: `muster check -t`: the same check on the fleet, now, by way of the server. */
#pragma once
#include "cli/option.h"

struct fleet_check {
	const char *hosts; /* the query of -t */
	char **policies;   /* files; none: what is assigned to each host */
	int policy_count;
	const char *format, *wait; /* of the options; wait NULL: 30 s */
};

/* Runs it, prints results as they arrive; returns the exit status: that of `muster check`. Hosts
 * that do not answer in time are unknown. */
must_use int fleet_check_run(const struct program *program, const struct command *command,
			     const struct fleet_check *check);
