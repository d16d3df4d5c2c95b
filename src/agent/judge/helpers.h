/* helpers.h: whom a judge that runs may ask (judge/helper.h), and what it may have run
 * (commands.h): started by the monitor when the judge asks for it, ended with the judge. */
#pragma once
#include "agent/post.h"

#define HELPERS_RUNNERS_MAX 4 /* commands of one judge at a time; further ones are not run */

struct helpers; /* a handle, one a judge */

/* fd: the monitor's end of the channel to the judge; taken, also when it fails. commands: the path
 * of root's list, read when the judge first wants a command. */
must_use struct helpers *helpers_new(struct loop *loop, int fd, const char *commands,
				     struct err *err);
void helpers_free(struct helpers **helpers); /* kills those that are left */
