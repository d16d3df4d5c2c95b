/* procevents.h: processes that begin a program or change their user, as the kernel tells of them:
 * the process events connector (linux/cn_proc.h).
 *
 * Wants CAP_NET_ADMIN in the first namespaces when it is opened, not later. The kernel filters:
 * forks and ends are not told. What is not read in time is lost, and said to be. */
#pragma once
#include "base/err.h"

enum procevent {
	PROCEVENT_EXEC, /* it runs another program now */
	PROCEVENT_USER, /* its user is another */
	PROCEVENT_LOST, /* some were lost; of no process */
};

/* A socket, nonblocking, for reading; -1 where the kernel does not tell us: *err says why. */
must_use int procevents_open(struct err *err);
void procevents_close(int *fd);

typedef void (*procevents_fn)(void *data, enum procevent event, uint32_t pid);
/* All that is there, PROCEVENTS_READ_MAX at most. */
void procevents_read(int fd, procevents_fn each, void *data);

#define PROCEVENTS_READ_MAX 1000
