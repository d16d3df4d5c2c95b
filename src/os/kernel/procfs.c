#include "os/kernel/procfs.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum procfs_answer fail(const char *path, struct err *err)
{
	int number = errno;
	err_errno(err, "cannot read %s", path);
	if (number == ENOENT || number == ESRCH)
		return PROCFS_GONE;
	return number == EACCES || number == EPERM ? PROCFS_REFUSED : PROCFS_FAILED;
}

enum procfs_answer procfs_exe(uint32_t pid, struct buf *out, struct err *err)
{
	char path[64], target[PATH_MAX];
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/exe", pid);
	ssize_t len = readlink(path, target, sizeof(target));
	if (len < 0)
		return fail(path, err);
	buf_add(out, target, (size_t)len);
	return PROCFS_OK;
}

/* "socket:[1076]" */
static bool add_socket(int folder, const char *name, struct buf *out)
{
	static const char start[] = "socket:[";
	char target[64];
	size_t head = sizeof(start) - 1;
	ssize_t len = readlinkat(folder, name, target, sizeof(target));
	if (len < 0)
		return errno == ENOENT; /* closed meanwhile */
	if ((size_t)len <= head || (size_t)len == sizeof(target) ||
	    memcmp(target, start, head) != 0 || target[len - 1] != ']')
		return true;
	buf_add(out, target + head, (size_t)len - head - 1);
	buf_print(out, " %s\n", name);
	return true;
}

enum procfs_answer procfs_sockets(uint32_t pid, size_t limit, struct buf *out, struct err *err)
{
	char path[64];
	enum procfs_answer answer = PROCFS_OK;
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/fd", pid);
	DIR *folder = opendir(path);
	if (!folder)
		return fail(path, err);
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(folder);
		if (!entry) {
			if (errno != 0)
				answer = fail(path, err);
			break;
		}
		if (entry->d_name[0] == '.')
			continue;
		if (!add_socket(dirfd(folder), entry->d_name, out)) {
			answer = fail(path, err);
			break;
		}
		if (out->len > limit) {
			err_set(err, ERR_LIMIT, "%s lists more sockets than can be told", path);
			answer = PROCFS_FAILED;
			break;
		}
	}
	closedir(folder);
	return answer;
}
