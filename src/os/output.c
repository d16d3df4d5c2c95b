#include "os/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

int output_open(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	if (fd >= 0)
		return fd;
	int number = errno;
	scoped(buf_end) struct buf shown = {0};
	buf_printable(&shown, text_of(path), 200);
	errno = number;
	err_errno(err, "cannot write %s", shown.at ? shown.at : "");
	return -1;
}

void output_close(int *fd)
{
	if (*fd > OUTPUT_ERROR)
		close(*fd);
	*fd = -1;
}

bool output_write(int fd, struct text text, bool *gone, struct err *err)
{
	*gone = false;
	for (size_t done = 0; done < text.len;) {
		ssize_t len = write(fd, text.at + done, text.len - done);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno == EPIPE) {
			*gone = true;
			return err_set(err, ERR_SYSTEM, "nobody reads the output any more");
		}
		if (len < 0)
			return err_errno(err, "cannot write the output");
		done += (size_t)len;
	}
	return true;
}

bool output_replace(int fd, struct text text, bool *gone, struct err *err)
{
	struct stat meta;
	bool done = output_write(fd, text, gone, err);
	if (fstat(fd, &meta) != 0 || !S_ISREG(meta.st_mode))
		return done;
	off_t end = lseek(fd, 0, SEEK_CUR);
	if (end < 0 || (end == 0 && !done))
		return done;
	if (ftruncate(fd, end) != 0 && done)
		return err_errno(err, "cannot cut the output");
	return done;
}

bool output_is_gone(int fd)
{
	struct pollfd state = {.fd = fd};
	return poll(&state, 1, 0) == 1 && (state.revents & POLLERR);
}

bool output_is_terminal(int fd)
{
	return isatty(fd) == 1;
}

unsigned output_width(int fd)
{
	struct winsize size;
	return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
