/* dump.h: what the kernel lists by netlink, as one number: sockets, interfaces, addresses; the
 * watch's own business.
 *
 * Only what stays as it is while nothing happens counts: neither queues, timers nor lifetimes; and
 * the order doesn't. Everybody may ask. Where the kernel doesn't answer (a sandbox, a kernel
 * without sock_diag), sockets are read from /proc/net instead. A list is read to its end, however
 * long. */
#pragma once
#include "os/file.h"

#define DUMP_TABLE_MAX                                                             \
	(16u * 1024 * 1024) /* bytes of a table of /proc/net; beyond: not possible \
			     */

enum dump_list {
	DUMP_LISTENING,   /* TCP's that listen, UDP's that take from anybody */
	DUMP_CONNECTIONS, /* all of TCP's and UDP's */
	DUMP_INTERFACES, /* what /proc/net/dev and /sys/class/net say of them, but their counters */
	DUMP_ADDRESSES,
};

struct dump; /* a handle */

/* Makes its sockets: before walls. Those that can't be made are done without. */
must_use struct dump *dump_new(void);
void dump_free(struct dump **dump);

/* False: it can be had in no way. Never blocks. */
must_use bool dump_look(struct dump *dump, const struct file_root *root, enum dump_list list,
			uint64_t *print);

enum dump_progress { DUMP_MORE, DUMP_DONE, DUMP_FAILED };
/* One datagram of an answer, added to *print. Messages that answer another request are passed over.
 */
must_use enum dump_progress dump_fold(struct text bytes, uint32_t sequence, uint64_t *print);

/* Lines of /proc/net/tcp or udp, behind the first; state: two hexadecimal digits, or NULL for all.
 */
void dump_fold_table(struct text table, const char *state, uint64_t *print);
