/* helpers.h: the helpers of the judge that runs (judge/helper.h): started by the monitor when the
 * judge asks for one, ended with it. */
#pragma once
#include "agent/post.h"

struct helpers; /* a handle, one a judge */

/* fd: the monitor's end of the channel to the judge; taken, also when it fails. */
must_use struct helpers *helpers_new(struct loop *loop, int fd, struct err *err);
void helpers_free(struct helpers **helpers); /* kills those that are left */
