#include "os/user/operand.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_SIZE 4096

static void close_fd(int *fd)
{
	if (*fd > STDERR_FILENO)
		close(*fd);
}

static bool read_all(int fd, size_t limit, struct buf *out, struct err *err)
{
	char piece[PIECE_SIZE];
	for (;;) {
		ssize_t got = read(fd, piece, sizeof(piece));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, "read error");
		if (got == 0)
			return true;
		if ((size_t)got > limit - out->len)
			return err_set(err, ERR_LIMIT, "it has more than %zu bytes", limit);
		buf_add(out, piece, (size_t)got);
	}
}

static bool check_kind(int fd, struct err *err)
{
	struct stat status;
	if (fstat(fd, &status) != 0)
		return err_errno(err, "cannot look at it");
	if (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode))
		return true;
	return err_set(err, ERR_INPUT, "it is %s, not a file",
		       S_ISDIR(status.st_mode) ? "a folder" : "a device or socket");
}

bool operand_read(const char *path, size_t limit, struct buf *out, struct err *err)
{
	scoped(close_fd) int fd = STDIN_FILENO;
	bool named = strcmp(path, "-") != 0;
	if (named) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
			return err_set(err, ERR_INPUT, "cannot read %s: there is no such file",
				       path);
		if (fd < 0)
			return err_errno(err, "cannot read %s", path);
	}
	if ((!named || check_kind(fd, err)) && read_all(fd, limit, out, err))
		return true;
	return err_add(err, "cannot read %s", named ? path : "standard input");
}
