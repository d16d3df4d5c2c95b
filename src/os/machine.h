/* machine.h: what the kernel says of the machine that we run on. */
#pragma once
#include "base/err.h"

#define MACHINE_TEXT_SIZE 65

struct machine {
	char name[MACHINE_TEXT_SIZE];   /* the host name, as it is set */
	char kernel[MACHINE_TEXT_SIZE]; /* "6.1.0-26-amd64" */
	char arch[MACHINE_TEXT_SIZE];   /* "x86_64" */
};

void machine_read(struct machine *machine);

/* Whether something keeps the clock right, and by how much the kernel thinks that it may be wrong
 * (it grows while nothing does, up to 16 s). */
must_use bool machine_clock(bool *synchronised, int64_t *error_us, struct err *err);
