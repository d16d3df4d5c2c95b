/* file.h: files below a held folder: nothing outside it is ever reached, and nothing there can harm
 * us.
 *
 * A path always begins with '/' and means "below the root": links, absolute ones too, and ".."
 * resolve inside it (openat2 with RESOLVE_IN_ROOT). Only regular files are opened, after a look at
 * what they are: FIFOs, sockets and devices are refused without being opened. What is read has a
 * limit, is never mapped, and never blocks.
 *
 * Paths beyond PATH_MAX are walked in pieces; links in their later pieces may not lead out of the
 * piece. */
#pragma once
#include "base/buf.h"

#define FILE_PATH_MAX 65536         /* bytes of a path; longer: FILE_FAILED */
#define FILE_LINK_MAX 4096          /* bytes of a link's target */
#define FILE_PIECE_SIZE (64 * 1024) /* what is read at once */
#define FILE_TRIES_MAX 3 /* how often a file that changes while it is read is begun anew */

enum file_kind {
	FILE_REGULAR,
	FILE_FOLDER,
	FILE_LINK,
	FILE_FIFO,
	FILE_SOCKET,
	FILE_CHAR,
	FILE_BLOCK,
	FILE_UNKNOWN, /* of file_list alone: this file system doesn't say; file_stat does */
};

struct file_stat {
	enum file_kind kind;
	uint32_t mode; /* 07777 */
	uint32_t uid, gid;
	uint64_t size, inode, device, links;
	int64_t mtime_us;
	bool made_up; /* a folder of a file system that the kernel makes up: proc, sysfs and their
			 like */
};

/* What stat(1) and ls(1) show beyond that. */
struct file_details {
	struct file_stat stat;
	uint64_t blocks;              /* of 512 bytes */
	uint64_t block_size, special; /* special: the device that a device is */
	struct file_moment {
		int64_t at_s; /* Unix time */
		uint32_t ns;
	} accessed, modified, changed, born;
	bool has_born;
};

enum file_answer {
	FILE_OK,
	FILE_MISSING, /* it, or a folder above it, is not there; also a link to nothing. err is
			 untouched */
	FILE_FAILED,  /* it is there but can't be had: err says why, without the path */
};

struct file_root; /* a handle: holds the folder open, so that it stays the same folder */

/* ERR_INPUT: no such folder; ERR_SYSTEM: the kernel lacks openat2 (Linux 5.6). */
must_use struct file_root *file_root_open(const char *path, struct err *err);
void file_root_free(struct file_root **root);
/* The same folder, held a second time; also behind walls. */
must_use struct file_root *file_root_share(const struct file_root *root);

/* From now on file_stat keeps the folder that it last looked into open, for the next name in it: a
 * third of the system calls. For a run, to which a folder is what it was at first; not for who
 * waits for folders to be exchanged. */
void file_root_linger(struct file_root *root);

/* For os/ alone: holds what is at the path (a link: itself) by an O_PATH descriptor; -1 with errno.
 */
must_use int file_hold(const struct file_root *root, const char *path);

/* follow: of what a link leads to; else of the link itself. Opens nothing. */
must_use enum file_answer file_stat(const struct file_root *root, const char *path, bool follow,
				    struct file_stat *stat, struct err *err);

must_use enum file_answer file_details(const struct file_root *root, const char *path, bool follow,
				       struct file_details *details, struct err *err);

/* Appends the content of a regular file to out (which is empty). Files larger than limit, by their
 * size or while they are read, are ERR_LIMIT. Files whose size says 0 (/proc, /sys) are read to
 * their end. */
must_use enum file_answer file_read(const struct file_root *root, const char *path, uint64_t limit,
				    struct buf *out, struct err *err);

/* The content piece by piece; `each` returns false to stop early, which is FILE_OK. */
typedef bool (*file_fn)(void *data, struct text piece);
must_use enum file_answer file_stream(const struct file_root *root, const char *path,
				      uint64_t limit, file_fn each, void *data, struct err *err);

/* Appends what the link says; FILE_FAILED when it is no link. */
must_use enum file_answer file_link(const struct file_root *root, const char *path, struct buf *out,
				    struct err *err);

/* Visits the names in a folder, in no order, without "." and ".."; `each` returns false to stop,
 * which is FILE_OK. */
typedef bool (*file_name_fn)(void *data, struct text name, enum file_kind kind);
must_use enum file_answer file_list(const struct file_root *root, const char *path,
				    file_name_fn each, void *data, struct err *err);
