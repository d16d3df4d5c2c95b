#include "os/kernel/linger.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

#define OPEN_TRIES_MAX 8 /* openat2 answers EAGAIN when a rename races with ".." */
#define DEVICES_KEPT 4   /* the newest; what lies on others is asked anew */

/* What is known of a file system. */
struct device {
	uint64_t number;
	unsigned long magic; /* 0: nothing yet */
};

struct linger {
	int root;
	int fd;          /* of the folder; -1: there is none */
	struct buf path; /* its path, without the slash behind it; empty: the root itself */
	struct device devices[DEVICES_KEPT];
	size_t next; /* the oldest of devices */
};

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int linger_open_at(int folder, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = resolve | RESOLVE_NO_MAGICLINKS,
	};
	for (int tries = 0; tries < OPEN_TRIES_MAX; tries++) {
		long fd = syscall(SYS_openat2, folder, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			return (int)fd;
	}
	return -1;
}

static unsigned long magic_of(int fd)
{
	struct statfs found;
	return fstatfs(fd, &found) == 0 ? (unsigned long)found.f_type : 0;
}

static bool is_made_up(unsigned long magic)
{
	static const unsigned long magics[] = {
		PROC_SUPER_MAGIC, SYSFS_MAGIC,    CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
		DEBUGFS_MAGIC,    TRACEFS_MAGIC,  SECURITYFS_MAGIC,   BPF_FS_MAGIC,
		PSTOREFS_MAGIC,   EFIVARFS_MAGIC, DEVPTS_SUPER_MAGIC};
	for (size_t i = 0; i < array_len(magics); i++)
		if (magic == magics[i])
			return true;
	return false;
}

bool linger_is_made_up(int fd)
{
	return is_made_up(magic_of(fd));
}

struct linger *linger_new(int root)
{
	struct linger *linger = mem_new(1, sizeof(*linger));
	linger->root = root;
	linger->fd = -1;
	return linger;
}

void linger_free(struct linger **linger)
{
	if (*linger) {
		fd_close(&(*linger)->fd);
		buf_end(&(*linger)->path);
	}
	mem_free(linger);
}

/* Whether the last component can be looked up in its folder without a root to stay below: it is a
 * plain name. */
static bool is_plain(const char *path, struct text *name)
{
	const char *slash = strrchr(path, '/');
	must(slash);
	*name = text_of(slash + 1);
	return (size_t)(name->at - path) + name->len <= LINGER_PATH_MAX && name->len > 0 &&
	       !text_is(*name, ".") && !text_is(*name, "..");
}

/* Keeps that folder open, if it is not yet; *anew: it was not. */
static bool go_to(struct linger *linger, struct text folder, bool *anew)
{
	*anew = linger->fd < 0 || !text_is_equal(buf_view(&linger->path), folder);
	if (!*anew)
		return true;
	fd_close(&linger->fd);
	buf_clear(&linger->path);
	buf_text(&linger->path, folder);
	linger->fd = linger_open_at(linger->root, folder.len > 0 ? linger->path.at : "/",
				    O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT);
	return linger->fd >= 0;
}

/* The look at a name in its folder; LINGER_UNSURE, too, when it is no plain one. */
static enum linger_answer look(struct linger *linger, const char *path, struct text *name,
			       struct stat *found)
{
	bool anew;
	if (!is_plain(path, name))
		return LINGER_UNSURE;
	struct text folder = {path, (size_t)(name->at - path) - 1};
	if (go_to(linger, folder, &anew) &&
	    fstatat(linger->fd, name->at, found, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) == 0)
		return LINGER_OK;
	return anew && errno == ENOENT ? LINGER_MISSING : LINGER_UNSURE;
}

/* Of the file system that a name was seen on; 0: it can't be told. */
static unsigned long find_magic(struct linger *linger, struct text name, const struct stat *seen)
{
	struct stat found;
	for (size_t i = 0; i < array_len(linger->devices); i++)
		if (linger->devices[i].magic != 0 && linger->devices[i].number == seen->st_dev)
			return linger->devices[i].magic;
	scoped(fd_close) int fd = linger_open_at(linger->fd, name.at, O_PATH | O_NOFOLLOW,
						 RESOLVE_BENEATH);
	if (fd < 0 || fstat(fd, &found) != 0 || found.st_dev != seen->st_dev)
		return 0;
	struct device device = {seen->st_dev, magic_of(fd)};
	linger->devices[linger->next++ % array_len(linger->devices)] = device;
	return device.magic;
}

enum linger_answer linger_stat(struct linger *linger, const char *path, bool follow,
			       struct stat *found, bool *made_up)
{
	struct text name;
	enum linger_answer answer = look(linger, path, &name, found);
	if (answer != LINGER_OK)
		return answer;
	if (follow && S_ISLNK(found->st_mode))
		return LINGER_UNSURE;
	*made_up = S_ISDIR(found->st_mode) && is_made_up(find_magic(linger, name, found));
	return LINGER_OK;
}

int linger_open(struct linger *linger, const char *path, struct stat *found)
{
	struct text name;
	if ((!text_starts(text_of(path), "/proc/") && !text_starts(text_of(path), "/sys/")) ||
	    look(linger, path, &name, found) != LINGER_OK || !S_ISREG(found->st_mode))
		return -1;
	unsigned long magic = find_magic(linger, name, found);
	if (magic != PROC_SUPER_MAGIC && magic != SYSFS_MAGIC)
		return -1;
	/* no other file system, thus nothing but what was just seen */
	return linger_open_at(linger->fd, name.at, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW,
			      RESOLVE_BENEATH | RESOLVE_NO_XDEV);
}
