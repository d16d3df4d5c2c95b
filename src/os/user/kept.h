/* kept.h: a file that only its keeper may have written, such as the list of commands that root
 * allows.
 *
 * What stands in it is obeyed, so whoever could write it would be obeyed, too: it, and the folder
 * that it is in, must belong to root or to the user of this process, and be writable by nobody
 * else. (A folder where everybody may make files, but only remove their own, as /tmp, is fine.) */
#pragma once
#include "base/buf.h"

/* Appends the file's bytes to out. *found is false (and true returned) when there is no such file.
 * Errors begin with the path. ERR_REFUSED: others may write it, or it is no regular file (a link
 * is none); ERR_LIMIT: more than limit bytes. */
must_use bool kept_read(const char *path, size_t limit, struct buf *out, bool *found,
			struct err *err);
