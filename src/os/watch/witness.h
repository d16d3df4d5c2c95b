/* witness.h: which process changed a file: fanotify beside inotify, which does not say; the watch's
 * own business.
 *
 * A folder's mark tells of everything directly inside it, a file has one of its own only where it
 * has several links, or is on no device (settings of the kernel; told by newer ones, 6.18 does).
 * Wants CAP_SYS_ADMIN when it is opened, not later (fanotify_init(2)), and Linux 5.19: marks that
 * end with their file. Where a file system gives its files no handles there is no mark, and nobody
 * is known. Nothing is ever held up by it (FAN_CLASS_NOTIF). */
#pragma once
#include "base/text.h"

#define WITNESS_FILES_MAX 262144 /* beyond, further folders have no witness */

struct witness;

must_use struct witness *witness_new(struct err *err);
void witness_free(struct witness **witness);
must_use int witness_fd(const struct witness *witness);

/* Marks what fd (O_PATH) holds, if it is to have a mark; its events will be said to be of wd. */
void witness_mark(struct witness *witness, int fd, int wd);

/* Reads what is there. name: of the entry in a folder; at NULL: the file or folder itself. */
typedef void (*witness_fn)(void *data, int wd, struct text name, uint32_t pid);
void witness_read(struct witness *witness, witness_fn each, void *data);
