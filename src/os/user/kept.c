#include "os/user/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/folder.h"

#define PIECE_SIZE 4096

/* Whether nobody but root and we can have written it. */
static bool is_ours(const char *path, const struct stat *stat, struct err *err)
{
	bool sticky = S_ISDIR(stat->st_mode) && (stat->st_mode & S_ISVTX);
	if (stat->st_uid != 0 && stat->st_uid != geteuid())
		return err_set(err, ERR_REFUSED,
			       "%s: it belongs to user %u, who could write what they like; "
			       "chown it to root",
			       path, stat->st_uid);
	if ((stat->st_mode & (S_IWGRP | S_IWOTH)) && !sticky)
		return err_set(err, ERR_REFUSED,
			       "%s: others may write it (mode %04o); chmod go-w it", path,
			       stat->st_mode & 07777u);
	return true;
}

/* The folder that the file is in, if it is ours; -1: err, or not *found. */
static int open_parent(const char *path, const char *name, bool *found, struct err *err)
{
	struct stat stat;
	scoped(buf_end) struct buf parent = {0};
	if (name == path)
		buf_cstr(&parent, ".");
	else
		buf_add(&parent, path, name - 1 == path ? 1 : (size_t)(name - 1 - path));
	buf_char(&parent, '\0');
	int fd = open(parent.at, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*found = fd >= 0 || (errno != ENOENT && errno != ENOTDIR);
	if (!*found)
		return -1;
	if (fd < 0 || fstat(fd, &stat) != 0)
		err_errno(err, "%s: cannot be looked at", parent.at);
	else if (is_ours(parent.at, &stat, err))
		return fd;
	folder_close(&fd);
	return -1;
}

static bool read_all(int fd, const char *path, size_t limit, struct buf *out, struct err *err)
{
	char piece[PIECE_SIZE];
	size_t begin = out->len;
	for (;;) {
		ssize_t len = read(fd, piece, sizeof(piece));
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return err_errno(err, "%s: cannot be read", path);
		if (len == 0)
			return true;
		if (out->len - begin + (size_t)len > limit)
			return err_set(err, ERR_LIMIT, "%s: it has more than %zu bytes", path,
				       limit);
		buf_add(out, piece, (size_t)len);
	}
}

bool kept_read(const char *path, size_t limit, struct buf *out, bool *found, struct err *err)
{
	struct stat stat;
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t begin = out->len;
	int folder = open_parent(path, name, found, err);
	if (folder < 0)
		return !*found;
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	*found = fd >= 0 || errno != ENOENT;
	bool done = !*found;
	if (fd < 0 && errno == ELOOP)
		err_set(err, ERR_REFUSED, "%s: it is a symbolic link; put the file itself here",
			path);
	else if (*found && (fd < 0 || fstat(fd, &stat) != 0))
		err_errno(err, "%s: cannot be opened", path);
	else if (*found && !S_ISREG(stat.st_mode))
		err_set(err, ERR_REFUSED, "%s: it is no regular file", path);
	else if (*found)
		done = is_ours(path, &stat, err) && read_all(fd, path, limit, out, err);
	if (!done)
		out->len = begin;
	folder_close(&fd);
	folder_close(&folder);
	return done;
}
