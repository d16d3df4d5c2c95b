/* run.h: the server while it runs: everything started in order, watched, and stopped in order. */
#pragma once
#include "base/err.h"

struct run_options {
	const char *state, *listen, *agents, *config; /* NULL: not given */
};

/* Until SIGTERM or SIGINT. Prints the ready line when both ports accept. */
must_use bool run_server(const struct run_options *options, struct err *err);
