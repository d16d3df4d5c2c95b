#include "os/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNFINISHED ".new" /* ends the name of what folder_write is writing */

static bool is_plain(const char *name)
{
	size_t len = strlen(name);
	if (len == 0 || len > FOLDER_NAME_MAX || name[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = name[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '.' || c == '_' || c == '-'))
			return false;
	}
	return true;
}

static int open_folder(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		err_set(err, ERR_INPUT, "\"%s\" is no folder", path);
	else if (fd < 0)
		err_errno(err, "cannot open folder \"%s\"", path);
	return fd;
}

int folder_open_known(const char *path, struct err *err)
{
	return open_folder(path, err);
}

int folder_open(const char *path, struct err *err)
{
	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		err_errno(err, "cannot make folder \"%s\"", path);
		return -1;
	}
	return open_folder(path, err);
}

int folder_open_below(int folder, const char *name, unsigned user, struct err *err)
{
	must(is_plain(name));
	if (mkdirat(folder, name, 0700) != 0 && errno != EEXIST) {
		err_errno(err, "cannot make folder \"%s\"", name);
		return -1;
	}
	int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		err_errno(err, "cannot open folder \"%s\"", name);
		return -1;
	}
	if (geteuid() == 0 && fchown(fd, user, user) != 0) {
		err_errno(err, "cannot give folder \"%s\" to user %u", name, user);
		close(fd);
		return -1;
	}
	return fd;
}

int folder_lock(int folder, const char *name, struct err *err)
{
	must(is_plain(name));
	int fd = openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		err_errno(err, "cannot open \"%s\"", name);
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (errno == EWOULDBLOCK)
		err_set(err, ERR_BUSY, "another process uses this folder");
	else
		err_errno(err, "cannot lock \"%s\"", name);
	close(fd);
	return -1;
}

int folder_open_file(int folder, const char *name, struct err *err)
{
	must(is_plain(name));
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		err_errno(err, "cannot open \"%s\"", name);
	return fd;
}

int folder_open_path(const char *path, struct err *err)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		err_errno(err, "cannot look at \"%s\"", path);
	return fd;
}

bool folder_is_there(int folder, const char *name)
{
	struct stat stat;
	must(is_plain(name));
	return fstatat(folder, name, &stat, AT_SYMLINK_NOFOLLOW) == 0;
}

bool folder_read(int folder, const char *name, size_t limit, struct buf *out, bool *found,
		 struct err *err)
{
	must(is_plain(name));
	struct stat stat;
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		*found = false;
		return true;
	}
	if (fd < 0)
		return err_errno(err, "cannot open \"%s\"", name);
	bool done = fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode);
	if (!done)
		err_set(err, ERR_SYSTEM, "\"%s\" is no regular file", name);
	else if ((uint64_t)stat.st_size > limit)
		done = err_set(err, ERR_LIMIT, "\"%s\" is larger than %zu bytes", name, limit);
	size_t size = done ? (size_t)stat.st_size : 0, len = 0;
	char *bytes = mem_new(size + 1, 1);
	done = done && (file_read_at(fd, 0, bytes, size, &len, err) || err_add(err, "%s", name));
	if (done)
		buf_add(out, bytes, len);
	mem_free(&bytes);
	close(fd);
	*found = done ? true : *found;
	return done;
}

/* Writes, syncs and closes; whether all of it is on the disk. */
static bool fill(int fd, const char *name, struct text text, unsigned mode, struct err *err)
{
	bool done = fchmod(fd, mode) == 0 || err_errno(err, "cannot set the mode of \"%s\"", name);
	done = done && file_grow(fd, text, err) && file_sync(fd, err);
	close(fd);
	return done || err_add(err, "%s", name);
}

bool folder_write(int folder, const char *name, struct text text, unsigned mode, struct err *err)
{
	must(is_plain(name));
	struct buf made = {0};
	buf_print(&made, "%s" UNFINISHED, name);
	int fd = openat(folder, made.at,
			O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool done = fd >= 0 || err_errno(err, "cannot make \"%s\"", made.at);
	done = done && fill(fd, made.at, text, mode, err);
	if (done && renameat(folder, made.at, folder, name) != 0)
		done = err_errno(err, "cannot put \"%s\" in its place", name);
	if (!done && fd >= 0)
		unlinkat(folder, made.at, 0);
	done = done && folder_sync(folder, err);
	buf_end(&made);
	return done;
}

bool folder_overwrite(int folder, const char *name, struct text text, struct err *err)
{
	struct stat there;
	must(is_plain(name));
	scoped(folder_close) int fd = openat(folder, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, "cannot write over \"%s\"", name);
	if (fstat(fd, &there) != 0 || !S_ISREG(there.st_mode) || (size_t)there.st_size != text.len)
		return err_set(err, ERR_INPUT, "cannot write over \"%s\": it is of another size",
			       name);
	return file_grow(fd, text, err) || err_add(err, "%s", name);
}

bool folder_remove(int folder, const char *name, struct err *err)
{
	must(is_plain(name));
	if (unlinkat(folder, name, 0) != 0 && errno != ENOENT)
		return err_errno(err, "cannot remove \"%s\"", name);
	return true;
}

bool folder_remove_below(int folder, const char *name, struct err *err)
{
	must(is_plain(name));
	if (unlinkat(folder, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
		return err_errno(err, "cannot remove folder \"%s\"", name);
	return true;
}

static int compare_names(const void *a, const void *b)
{
	return text_compare(*(const struct text *)a, *(const struct text *)b);
}

/* Keeps the name, unless it is of an unfinished write, or nothing of ours. */
static void take_name(int folder, const char *name, struct arena *arena, struct text **names,
		      size_t *count, size_t *room)
{
	struct stat stat;
	if (!is_plain(name) || fstatat(folder, name, &stat, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(stat.st_mode))
		return;
	if (text_ends(text_of(name), UNFINISHED)) {
		unlinkat(folder, name, 0);
		return;
	}
	*names = arena_grow(arena, *names, room, *count + 1, sizeof(**names));
	(*names)[(*count)++] = arena_text(arena, text_of(name));
}

bool folder_list(int folder, struct arena *arena, struct text **names, size_t *count,
		 struct err *err)
{
	size_t room = 0;
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
	if (!entries) {
		err_errno(err, "cannot list a folder");
		folder_close(&fd);
		return false;
	}
	*names = NULL;
	*count = 0;
	struct dirent *entry;
	while (*count <= FOLDER_LIST_MAX && (entry = readdir(entries)))
		take_name(folder, entry->d_name, arena, names, count, &room);
	closedir(entries);
	if (*count > FOLDER_LIST_MAX)
		return err_set(err, ERR_LIMIT, "more than %d files in a folder", FOLDER_LIST_MAX);
	if (*count > 1)
		qsort(*names, *count, sizeof(**names), compare_names);
	return true;
}

bool folder_sync(int folder, struct err *err)
{
	if (fsync(folder) != 0)
		return err_errno(err, "cannot write a folder to the disk");
	return true;
}

/* --- a file that grows --- */

int folder_append(int folder, const char *name, struct err *err)
{
	must(is_plain(name));
	int fd = openat(folder, name, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		err_errno(err, "cannot open \"%s\"", name);
	return fd;
}

bool file_grow(int fd, struct text text, struct err *err)
{
	struct stat before;
	if (fstat(fd, &before) != 0)
		return err_errno(err, "cannot look at a file");
	for (size_t done = 0; done < text.len;) {
		ssize_t wrote = write(fd, text.at + done, text.len - done);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0) {
			err_errno(err, "cannot write");
			if (ftruncate(fd, before.st_size) != 0)
				return err_add(err, "a part stays behind");
			return false;
		}
		done += (size_t)wrote;
	}
	return true;
}

bool file_cut(int fd, uint64_t size, struct err *err)
{
	if (ftruncate(fd, (off_t)size) != 0)
		return err_errno(err, "cannot shorten a file");
	return true;
}

bool file_sync(int fd, struct err *err)
{
	if (fdatasync(fd) != 0)
		return err_errno(err, "cannot write to the disk");
	return true;
}

bool file_size(int fd, uint64_t *size, struct err *err)
{
	struct stat stat;
	if (fstat(fd, &stat) != 0)
		return err_errno(err, "cannot look at a file");
	*size = (uint64_t)stat.st_size;
	return true;
}

bool file_read_at(int fd, uint64_t offset, void *bytes, size_t size, size_t *len, struct err *err)
{
	size_t done = 0;
	while (done < size) {
		ssize_t got = pread(fd, (char *)bytes + done, size - done, (off_t)(offset + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, "cannot read");
		if (got == 0)
			break;
		done += (size_t)got;
	}
	*len = done;
	return true;
}

void folder_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

bool folder_give(int folder, unsigned user, struct err *err)
{
	struct text *names;
	size_t count;
	scoped(arena_free) struct arena *arena = arena_new(FOLDER_LIST_MAX *
							   (FOLDER_NAME_MAX + 64));
	if (geteuid() != 0)
		return true;
	if (!folder_list(folder, arena, &names, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (fchownat(folder, names[i].at, user, user, AT_SYMLINK_NOFOLLOW) != 0)
			return err_errno(err, "cannot give \"%s\" to user %u", names[i].at, user);
	if (fchown(folder, user, user) != 0)
		return err_errno(err, "cannot give the folder to user %u", user);
	return true;
}

bool folder_enter(int folder, struct err *err)
{
	return fchdir(folder) == 0 || err_errno(err, "cannot enter the folder");
}
