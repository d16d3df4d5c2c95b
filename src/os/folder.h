/* folder.h: a program's own folder of state, held open: its files are reached through the
 * descriptor alone.
 *
 * Names are plain names ([A-Za-z0-9._-], no leading dot); links are not followed. What folder_write
 * wrote is there whole or not at all, also after a power loss. For files of the host that we look
 * at there is file.h. */
#pragma once
#include "base/buf.h"
#include "base/mem.h"

#define FOLDER_NAME_MAX 200
#define FOLDER_LIST_MAX 10000 /* names that folder_list takes; more is ERR_LIMIT */

/* Opens a folder, made (0700) where it is missing; its parent must be there. -1: err. */
must_use int folder_open(const char *path, struct err *err);
must_use int folder_open_known(const char *path,
			       struct err *err); /* not made: ERR_INPUT when it is missing */

/* A folder below, made where it is missing, and given to this user (as root; else it stays ours).
 */
must_use int folder_open_below(int folder, const char *name, unsigned user, struct err *err);

/* Takes the folder's lock for as long as the descriptor lives: ERR_BUSY when another process holds
 * it. The result is the lock's descriptor. */
must_use int folder_lock(int folder, const char *name, struct err *err);

/* Appends the file's bytes to out; *found is false (and true returned) when there is none.
 * ERR_LIMIT: larger than limit. */
must_use bool folder_read(int folder, const char *name, size_t limit, struct buf *out, bool *found,
			  struct err *err);
must_use bool folder_write(int folder, const char *name, struct text text, unsigned mode,
			   struct err *err);
/* Over what is there, which is a file of just this size: so it takes no further room, and works
 * where the disk is full. Not whole or not at all: a crash meanwhile may leave a part of each.
 * ERR_INPUT: no such file, or of another size. */
must_use bool folder_overwrite(int folder, const char *name, struct text text, struct err *err);
must_use bool folder_remove(int folder, const char *name, struct err *err); /* none there: fine */
must_use bool folder_is_there(int folder, const char *name);

/* Names of regular files, sorted by bytes, into arena; those that folder_write left unfinished are
 * removed. */
must_use bool folder_list(int folder, struct arena *arena, struct text **names, size_t *count,
			  struct err *err);
must_use bool folder_remove_below(int folder, const char *name,
				  struct err *err); /* an empty folder */

/* --- a file that grows --- */
/* Opens for appending and reading, made (0600) where it is missing. -1: err. */
must_use int folder_append(int folder, const char *name, struct err *err);
must_use int folder_open_file(int folder, const char *name, struct err *err); /* for reading */
must_use int folder_open_path(const char *path,
			      struct err *err); /* to name it alone (O_PATH), e.g. to powers */
must_use bool file_grow(int fd, struct text text,
			struct err *err); /* all of it, or the file is as before */
must_use bool file_cut(int fd, uint64_t size, struct err *err);
must_use bool file_sync(int fd, struct err *err);
must_use bool folder_sync(int folder, struct err *err);
must_use bool file_size(int fd, uint64_t *size, struct err *err);
/* Up to size bytes from offset; *len is less only at the end of the file. */
must_use bool file_read_at(int fd, uint64_t offset, void *bytes, size_t size, size_t *len,
			   struct err *err);

/* Gives the folder and the regular files in it to this user; when we are not root, nothing changes.
 */
must_use bool folder_give(int folder, unsigned user, struct err *err);
must_use bool folder_enter(int folder, struct err *err); /* makes it the working folder */
void folder_close(int *fd); /* any descriptor of this header; -1 afterwards */
