#include "os/user/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct reader {
	struct arena *arena;
	struct tree_file *files;
	size_t count, room, count_limit, bytes_left;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static bool read_all(int fd, char *bytes, size_t len, struct err *err)
{
	for (size_t done = 0; done < len;) {
		ssize_t got = read(fd, bytes + done, len - done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, "cannot read it");
		if (got == 0)
			return err_set(err, ERR_SYSTEM,
				       "it became shorter while it was read; try again");
		done += (size_t)got;
	}
	return true;
}

static bool read_file(struct reader *reader, int fd, size_t size, const char *name, struct err *err)
{
	if (reader->count == reader->count_limit)
		return err_set(err, ERR_LIMIT, "more than %zu files", reader->count_limit);
	if (size > reader->bytes_left)
		return err_set(err, ERR_LIMIT, "the files are too large together");
	reader->bytes_left -= size;
	char *bytes = arena_get(reader->arena, size + 1, 1);
	if (!read_all(fd, bytes, size, err))
		return false;
	reader->files = arena_grow(reader->arena, reader->files, &reader->room, reader->count + 1,
				   sizeof(*reader->files));
	reader->files[reader->count++] = (struct tree_file){
		text_of(arena_cstr(reader->arena, name)), {bytes, size}};
	return true;
}

static bool read_folder(struct reader *reader, int fd, const char *prefix, unsigned depth,
			struct err *err);

static bool read_entry(struct reader *reader, int folder, const char *prefix, const char *name,
		       unsigned depth, struct err *err)
{
	struct stat status;
	const char *path = arena_print(reader->arena, "%s%s%s", prefix, *prefix ? "/" : "", name);
	scoped(close_fd) int fd = openat(folder, name,
					 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ELOOP)
		return err_set(err, ERR_INPUT, "%s is a symbolic link; put the file itself there",
			       path);
	if (fd < 0 || fstat(fd, &status) != 0)
		return err_errno(err, "cannot open %s", path);
	if (S_ISDIR(status.st_mode))
		return read_folder(reader, fd, path, depth + 1, err);
	if (!S_ISREG(status.st_mode))
		return err_set(err, ERR_INPUT, "%s is neither a file nor a folder", path);
	return read_file(reader, fd, (size_t)status.st_size, path, err) || err_add(err, "%s", path);
}

static bool read_folder(struct reader *reader, int fd, const char *prefix, unsigned depth,
			struct err *err)
{
	if (depth > TREE_DEPTH_MAX)
		return err_set(err, ERR_LIMIT, "folders deeper than %d", TREE_DEPTH_MAX);
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *stream = own >= 0 ? fdopendir(own) : NULL;
	if (!stream) {
		err_errno(err, "cannot read the folder \"%s\"", prefix);
		close_fd(&own);
		return false;
	}
	bool done = true;
	const struct dirent *entry;
	while (done && (entry = readdir(stream)))
		if (entry->d_name[0] != '.')
			done = read_entry(reader, fd, prefix, entry->d_name, depth, err);
	closedir(stream);
	return done;
}

static int by_name(const void *a, const void *b)
{
	return text_compare(((const struct tree_file *)a)->name,
			    ((const struct tree_file *)b)->name);
}

bool tree_read(const char *folder, struct arena *arena, struct tree *tree, struct err *err)
{
	struct reader reader = {
		.arena = arena, .count_limit = tree->count_max, .bytes_left = tree->bytes_max};
	scoped(close_fd) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, "cannot open the folder %s", folder);
	if (!read_folder(&reader, fd, "", 1, err))
		return err_add(err, "%s", folder);
	if (reader.count > 0)
		qsort(reader.files, reader.count, sizeof(*reader.files), by_name);
	tree->files = reader.files;
	tree->count = reader.count;
	return true;
}
