/* calls.h: the names of system calls, by libseccomp's table. */
#pragma once
#include "base/buf.h"

#define CALLS_NATIVE 0 /* the machine's own architecture */

/* Adds the name of a system call of an architecture (AUDIT_ARCH_…, or CALLS_NATIVE); its number
 * where there is no name for it. */
void calls_put_name(struct buf *out, uint32_t arch, unsigned number);
