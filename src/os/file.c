#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/time.h"
#include "os/kernel/linger.h"

#define PAGE_MIN 4096             /* bytes of a table in /proc that the kernel hands out at once */
#define DEAR_LINE_MAX 512         /* bytes of a line in /proc/net/tcp6: 170 or so; see there */
#define CHUNK_MAX LINGER_PATH_MAX /* bytes of a long path that are handed to the kernel at once */

struct file_root {
	int fd;
	struct linger *linger; /* NULL: no folder is kept open */
};

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* How much of a long path goes to the kernel next: whole components. 0: one is too long to exist.
 */
static size_t chunk_len(const char *path, size_t len)
{
	if (len <= CHUNK_MAX)
		return len;
	size_t cut = CHUNK_MAX;
	while (cut > 0 && path[cut] != '/')
		cut--;
	return cut;
}

/* A path longer than the kernel takes, from folder to folder; -1 with errno. */
static int open_long(const struct file_root *root, const char *path, uint64_t flags)
{
	char chunk[CHUNK_MAX + 1];
	scoped(fd_close) int folder = -1;
	size_t left = strlen(path);
	while (left > CHUNK_MAX) {
		size_t len = chunk_len(path, left);
		if (len == 0) {
			errno = ENOENT;
			return -1;
		}
		memcpy(chunk, path, len);
		chunk[len] = '\0';
		int next = folder < 0 ? linger_open_at(root->fd, chunk, O_PATH | O_DIRECTORY,
						       RESOLVE_IN_ROOT)
				      : linger_open_at(folder, chunk, O_PATH | O_DIRECTORY,
						       RESOLVE_BENEATH);
		if (next < 0)
			return -1;
		fd_close(&folder);
		folder = next;
		path += len;
		left -= len;
		while (*path == '/') {
			path++;
			left--;
		}
	}
	return linger_open_at(folder, left > 0 ? path : ".", flags, RESOLVE_BENEATH);
}

static int open_below(const struct file_root *root, const char *path, uint64_t flags)
{
	must(path[0] == '/');
	size_t len = strlen(path);
	if (len > FILE_PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (len > CHUNK_MAX)
		return open_long(root, path, flags);
	return linger_open_at(root->fd, path, flags, RESOLVE_IN_ROOT);
}

/* What errno means for a path; to be called on the line after the call that failed. */
static enum file_answer answer_errno(const char *path, struct err *err)
{
	int number = errno;
	if (number == ENOENT || number == ENOTDIR)
		return FILE_MISSING;
	if (number == ENAMETOOLONG && strlen(path) <= FILE_PATH_MAX)
		return FILE_MISSING; /* no file system holds such a name */
	if (number == ENAMETOOLONG)
		err_set(err, ERR_LIMIT, "its path is longer than %d bytes", FILE_PATH_MAX);
	else if (number == ELOOP)
		err_set(err, ERR_INPUT, "its symbolic links lead in a circle, or are too many");
	else if (number == EXDEV)
		err_set(err, ERR_LIMIT, "a symbolic link in a very long path leads away");
	else if (number == EACCES || number == EPERM)
		err_set(err, ERR_REFUSED, "permission denied");
	else
		err_set(err, ERR_SYSTEM, "%s", strerrordesc_np(number));
	return FILE_FAILED;
}

static enum file_kind kind_of(mode_t mode)
{
	static const struct {
		mode_t bits;
		enum file_kind kind;
	} kinds[] = {
		{S_IFREG, FILE_REGULAR}, {S_IFDIR, FILE_FOLDER},  {S_IFLNK, FILE_LINK},
		{S_IFIFO, FILE_FIFO},    {S_IFSOCK, FILE_SOCKET}, {S_IFCHR, FILE_CHAR},
	};
	for (size_t i = 0; i < array_len(kinds); i++)
		if ((mode & S_IFMT) == kinds[i].bits)
			return kinds[i].kind;
	return FILE_BLOCK;
}

static struct file_stat stat_of(const struct stat *stat)
{
	return (struct file_stat){
		.kind = kind_of(stat->st_mode),
		.mode = stat->st_mode & 07777,
		.uid = stat->st_uid,
		.gid = stat->st_gid,
		.size = stat->st_size > 0 ? (uint64_t)stat->st_size : 0,
		.inode = stat->st_ino,
		.device = stat->st_dev,
		.links = stat->st_nlink,
		.mtime_us = stat->st_mtim.tv_sec * TIME_SECOND_US + stat->st_mtim.tv_nsec / 1000,
	};
}

struct file_root *file_root_open(const char *path, struct err *err)
{
	scoped(fd_close) int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		err_set(err, ERR_INPUT, "%s: no such folder", path);
		return NULL;
	}
	if (fd < 0) {
		err_errno(err, "cannot open folder %s", path);
		return NULL;
	}
	scoped(fd_close) int itself = linger_open_at(fd, "/", O_PATH | O_DIRECTORY,
						     RESOLVE_IN_ROOT);
	if (itself < 0) {
		err_errno(err, "cannot stay below %s: openat2 (Linux 5.6) is refused", path);
		return NULL;
	}
	struct file_root *root = mem_new(1, sizeof(*root));
	root->fd = fd;
	fd = -1;
	return root;
}

struct file_root *file_root_share(const struct file_root *root)
{
	struct file_root *other = mem_new(1, sizeof(*other));
	other->fd = fcntl(root->fd, F_DUPFD_CLOEXEC, 3);
	must(other->fd >= 0);
	return other;
}

void file_root_free(struct file_root **root)
{
	if (*root) {
		fd_close(&(*root)->fd);
		linger_free(&(*root)->linger);
	}
	mem_free(root);
}

void file_root_linger(struct file_root *root)
{
	must(!root->linger);
	root->linger = linger_new(root->fd);
}

int file_hold(const struct file_root *root, const char *path)
{
	return open_below(root, path, O_PATH | O_NOFOLLOW);
}

enum file_answer file_stat(const struct file_root *root, const char *path, bool follow,
			   struct file_stat *stat, struct err *err)
{
	struct stat found;
	bool made_up = false;
	enum linger_answer answer = root->linger ? linger_stat(root->linger, path, follow, &found,
							       &made_up)
						 : LINGER_UNSURE;
	if (answer == LINGER_MISSING)
		return FILE_MISSING;
	if (answer == LINGER_UNSURE) {
		scoped(fd_close) int fd = open_below(root, path,
						     follow ? O_PATH : O_PATH | O_NOFOLLOW);
		if (fd < 0 || fstat(fd, &found) != 0)
			return answer_errno(path, err);
		made_up = S_ISDIR(found.st_mode) && linger_is_made_up(fd);
	}
	*stat = stat_of(&found);
	stat->made_up = made_up;
	return FILE_OK;
}

static struct file_moment moment_of(const struct statx_timestamp *at)
{
	return (struct file_moment){at->tv_sec, at->tv_nsec};
}

enum file_answer file_details(const struct file_root *root, const char *path, bool follow,
			      struct file_details *details, struct err *err)
{
	scoped(fd_close) int fd = open_below(root, path, follow ? O_PATH : O_PATH | O_NOFOLLOW);
	if (fd < 0)
		return answer_errno(path, err);
	struct stat found;
	struct statx more;
	if (fstat(fd, &found) != 0)
		return answer_errno(path, err);
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &more) != 0)
		return answer_errno(path, err);
	*details = (struct file_details){
		.stat = stat_of(&found),
		.blocks = (uint64_t)found.st_blocks,
		.block_size = (uint64_t)found.st_blksize,
		.special = found.st_rdev,
		.accessed = moment_of(&more.stx_atime),
		.modified = moment_of(&more.stx_mtime),
		.changed = moment_of(&more.stx_ctime),
		.born = moment_of(&more.stx_btime),
		.has_born = (more.stx_mask & STATX_BTIME) != 0,
	};
	return FILE_OK;
}

static bool refuse_kind(enum file_kind kind, struct err *err)
{
	static const char *const names[] = {
		[FILE_REGULAR] = "a file",       [FILE_FOLDER] = "a folder",
		[FILE_LINK] = "a symbolic link", [FILE_FIFO] = "a FIFO",
		[FILE_SOCKET] = "a socket",      [FILE_CHAR] = "a character device",
		[FILE_BLOCK] = "a block device",
	};
	return err_set(err, ERR_INPUT, "it is %s, not a file", names[kind]);
}

/* The very file that path_fd stands for, opened for reading: by its number in /proc, so that nobody
 * can put a device in its place meanwhile; without /proc by its path, and it must be the same
 * again. */
static int reopen(const struct file_root *root, const char *path, int path_fd,
		  const struct stat *was)
{
	char link[64];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", path_fd);
	int fd = open(link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 || (errno != ENOENT && errno != ENOTDIR))
		return fd;
	fd = open_below(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat now;
	if (fd >= 0 &&
	    (fstat(fd, &now) != 0 || now.st_ino != was->st_ino || now.st_dev != was->st_dev)) {
		close(fd);
		errno = ESTALE;
		return -1;
	}
	return fd;
}

static enum file_answer open_file(const struct file_root *root, const char *path, uint64_t limit,
				  int *fd, struct stat *found, struct err *err)
{
	*fd = root->linger ? linger_open(root->linger, path, found) : -1;
	if (*fd >= 0)
		return FILE_OK;
	scoped(fd_close) int path_fd = open_below(root, path, O_PATH);
	if (path_fd < 0)
		return answer_errno(path, err);
	if (fstat(path_fd, found) != 0)
		return answer_errno(path, err);
	if (!S_ISREG(found->st_mode)) {
		refuse_kind(kind_of(found->st_mode), err);
		return FILE_FAILED;
	}
	if ((uint64_t)found->st_size > limit) {
		err_set(err, ERR_LIMIT, "it is larger than %" PRIu64 " MiB", limit >> 20);
		return FILE_FAILED;
	}
	*fd = reopen(root, path, path_fd, found);
	if (*fd < 0)
		return answer_errno(path, err);
	return FILE_OK;
}

/* The longest line of a table of /proc whose end is dear to find, else 0: to say that nothing comes
 * any more, the kernel goes through all its buckets of connections once again (some 1.5 ms for
 * 262,144 of them). */
static size_t dear_line_max(const char *path, int fd)
{
	static const char *const paths[] = {"/proc/net/tcp", "/proc/net/tcp6"};
	struct statfs found;
	for (size_t i = 0; i < array_len(paths); i++)
		if (strcmp(path, paths[i]) == 0 && fstatfs(fd, &found) == 0 &&
		    (unsigned long)found.f_type == PROC_SUPER_MAGIC)
			return DEAR_LINE_MAX;
	return 0;
}

/* A read of such a table is as many whole lines as fit into a page: with room for another one, it
 * was the last. */
static bool is_last(struct text piece, size_t line_max)
{
	return line_max > 0 && piece.len + line_max <= PAGE_MIN && text_ends(piece, "\n");
}

/* At most limit bytes to the end of the file. ERR_LIMIT when there is more. */
static bool read_all(int fd, uint64_t limit, size_t line_max, file_fn each, void *data,
		     struct err *err)
{
	char small[FILE_PIECE_SIZE / 16];
	scoped(mem_free) char *large = NULL;
	char *at = small;
	size_t room = sizeof(small);
	uint64_t total = 0;
	for (;;) {
		ssize_t got = read(fd, at, room);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, "read error");
		if (got == 0)
			return true;
		total += (uint64_t)got;
		if (total > limit)
			return err_set(err, ERR_LIMIT,
				       "it grew beyond %" PRIu64 " MiB while it was read",
				       limit >> 20);
		struct text piece = {at, (size_t)got};
		if (!each(data, piece) || is_last(piece, line_max))
			return true;
		if (!large && (size_t)got == room) {
			large = mem_new(1, FILE_PIECE_SIZE);
			at = large;
			room = FILE_PIECE_SIZE;
		}
	}
}

enum file_answer file_stream(const struct file_root *root, const char *path, uint64_t limit,
			     file_fn each, void *data, struct err *err)
{
	scoped(fd_close) int fd = -1;
	struct stat found;
	enum file_answer answer = open_file(root, path, limit, &fd, &found, err);
	if (answer != FILE_OK)
		return answer;
	return read_all(fd, limit, 0, each, data, err) ? FILE_OK : FILE_FAILED;
}

static bool add_piece(void *data, struct text piece)
{
	buf_text(data, piece);
	return true;
}

/* Whether the file was written anew while it was read: shorter than what came, or as long and
 * changed. */
static bool was_torn(int fd, const struct stat *before, size_t len)
{
	struct stat after;
	if (before->st_size == 0 || fstat(fd, &after) != 0)
		return false;
	bool changed = after.st_mtim.tv_sec != before->st_mtim.tv_sec ||
		       after.st_mtim.tv_nsec != before->st_mtim.tv_nsec;
	return (size_t)after.st_size < len || (changed && after.st_size <= before->st_size);
}

enum file_answer file_read(const struct file_root *root, const char *path, uint64_t limit,
			   struct buf *out, struct err *err)
{
	for (int tries = 0; tries < FILE_TRIES_MAX; tries++) {
		scoped(fd_close) int fd = -1;
		struct stat found;
		enum file_answer answer = open_file(root, path, limit, &fd, &found, err);
		if (answer != FILE_OK)
			return answer;
		buf_clear(out);
		size_t line_max = found.st_size == 0 ? dear_line_max(path, fd) : 0;
		if (!read_all(fd, limit, line_max, add_piece, out, err))
			return FILE_FAILED;
		if (!was_torn(fd, &found, out->len))
			return FILE_OK;
	}
	err_set(err, ERR_BUSY, "it keeps changing while it is read");
	return FILE_FAILED;
}

enum file_answer file_link(const struct file_root *root, const char *path, struct buf *out,
			   struct err *err)
{
	scoped(fd_close) int fd = open_below(root, path, O_PATH | O_NOFOLLOW);
	if (fd < 0)
		return answer_errno(path, err);
	char target[FILE_LINK_MAX];
	ssize_t len = readlinkat(fd, "", target, sizeof(target));
	if (len < 0 && (errno == EINVAL || errno == ENOENT)) {
		err_set(err, ERR_INPUT, "it is not a symbolic link");
		return FILE_FAILED;
	}
	if (len < 0)
		return answer_errno(path, err);
	buf_add(out, target, (size_t)len);
	return FILE_OK;
}

static enum file_kind kind_of_entry(unsigned char type)
{
	return type == DT_UNKNOWN ? FILE_UNKNOWN : kind_of((mode_t)type << 12);
}

/* Hands on the names in one block that the kernel filled; false: `each` said stop. */
static bool give_names(const char *block, size_t len, file_name_fn each, void *data)
{
	for (size_t at = 0; at < len;) {
		unsigned short size;
		memcpy(&size, block + at + offsetof(struct dirent64, d_reclen), sizeof(size));
		unsigned char type = (unsigned char)block[at + offsetof(struct dirent64, d_type)];
		struct text name = text_of(block + at + offsetof(struct dirent64, d_name));
		if (!text_is(name, ".") && !text_is(name, "..") &&
		    !each(data, name, kind_of_entry(type)))
			return false;
		at += size;
	}
	return true;
}

/* Most folders fit into a small block; for one that does not a large one is worth its making. */
static enum file_answer list_all(int fd, const char *path, file_name_fn each, void *data,
				 struct err *err)
{
	char piece[FILE_PIECE_SIZE / 16];
	scoped(mem_free) char *large = NULL;
	char *at = piece;
	size_t room = sizeof(piece);
	for (;;) {
		ssize_t len = getdents64(fd, at, room);
		if (len < 0)
			return answer_errno(path, err);
		if (len == 0 || !give_names(at, (size_t)len, each, data))
			return FILE_OK;
		if (!large && (size_t)len > room / 2) {
			large = mem_new(1, FILE_PIECE_SIZE);
			at = large;
			room = FILE_PIECE_SIZE;
		}
	}
}

enum file_answer file_list(const struct file_root *root, const char *path, file_name_fn each,
			   void *data, struct err *err)
{
	/* O_DIRECTORY: what is no folder is not opened at all. */
	scoped(fd_close) int fd = open_below(root, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
	if (fd < 0 && errno == ENOTDIR) {
		struct file_stat stat;
		enum file_answer answer = file_stat(root, path, true, &stat, err);
		if (answer == FILE_OK)
			err_set(err, ERR_INPUT, "it is not a folder");
		return answer == FILE_OK ? FILE_FAILED : answer;
	}
	if (fd < 0)
		return answer_errno(path, err);
	return list_all(fd, path, each, data, err);
}
