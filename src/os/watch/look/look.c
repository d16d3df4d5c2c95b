#include "os/watch/look/look.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/watch/trace.h"

#define PRIME UINT64_C(0x100000001b3)

struct look {
	const struct file_root *root;
	struct buf path;
	size_t entries;
	uint64_t print;
};

static void end_look(struct look *look)
{
	buf_end(&look->path);
}

uint64_t look_number(uint64_t print, uint64_t number)
{
	print = (print ^ number) * PRIME;
	return print ^ print >> 29;
}

uint64_t look_bytes(uint64_t print, struct text bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		print = look_number(print, (unsigned char)bytes.at[i]);
	return print;
}

static void note(struct look *look, uint64_t number)
{
	look->print = look_number(look->print, number);
}

static bool note_piece(void *data, struct text piece)
{
	struct look *look = data;
	look->print = look_bytes(look->print, piece);
	return true;
}

static bool note_name(void *data, struct text name, enum file_kind kind)
{
	struct look one = {.print = kind};
	note_piece(&one, name);
	((struct look *)data)->print += one.print; /* names come in no order */
	return true;
}

static void note_made_up(struct look *look, const struct stat *stat)
{
	struct err err = {0};
	if (S_ISDIR(stat->st_mode))
		(void)!file_list(look->root, look->path.at, note_name, look, &err);
	else if (S_ISREG(stat->st_mode))
		note(look, (uint64_t)file_stream(look->root, look->path.at, LOOK_CONTENT_MAX,
						 note_piece, look, &err));
}

static void note_stat(struct look *look, const struct stat *stat)
{
	const uint64_t numbers[] = {stat->st_dev, stat->st_ino, stat->st_mode, stat->st_uid,
				    stat->st_gid};
	for (size_t i = 0; i < array_len(numbers); i++)
		note(look, numbers[i]);
}

static void note_state(struct look *look, const struct stat *stat)
{
	const uint64_t numbers[] = {stat->st_nlink,
				    (uint64_t)stat->st_size,
				    (uint64_t)stat->st_mtim.tv_sec,
				    (uint64_t)stat->st_mtim.tv_nsec,
				    (uint64_t)stat->st_ctim.tv_sec,
				    (uint64_t)stat->st_ctim.tv_nsec};
	for (size_t i = 0; i < array_len(numbers); i++)
		note(look, numbers[i]);
}

/* The entry at `path`; whether it is a folder with others below. */
static bool note_entry(struct look *look)
{
	struct stat stat;
	struct file_stat target = {0};
	struct err err = {0};
	int fd = file_hold(look->root, look->path.at);
	int number = errno;
	if (fd < 0) {
		note(look, (uint64_t)number);
		return false;
	}
	bool there = fstat(fd, &stat) == 0, kernel = trace_system(fd) == TRACE_KERNEL;
	close(fd);
	if (!there)
		return false;
	note_stat(look, &stat);
	if (kernel)
		note_made_up(look, &stat);
	else
		note_state(look, &stat);
	if (S_ISLNK(stat.st_mode)) {
		note(look, (uint64_t)file_stat(look->root, look->path.at, true, &target, &err));
		const uint64_t numbers[] = {target.device,
					    target.inode,
					    target.size,
					    target.mode,
					    target.uid,
					    target.gid,
					    (uint64_t)target.mtime_us};
		for (size_t i = 0; err.kind == ERR_NONE && i < array_len(numbers); i++)
			note(look, numbers[i]);
	}
	return S_ISDIR(stat.st_mode) && !kernel;
}

uint64_t look_path(const struct file_root *root, const char *path)
{
	scoped(end_look) struct look look = {.root = root};
	buf_cstr(&look.path, path);
	(void)note_entry(&look);
	return look.print;
}

static bool keep_name(void *data, struct text name, enum file_kind kind unused)
{
	buf_add(data, name.at, name.len);
	buf_add(data, "", 1);
	return true;
}

static void note_below(struct look *look, unsigned depth)
{
	struct err err = {0};
	scoped(buf_end) struct buf names = {0};
	size_t len = look->path.len;
	uint64_t sum = 0, before = look->print;
	note(look, (uint64_t)file_list(look->root, look->path.at, keep_name, &names, &err));
	for (size_t at = 0; at < names.len && look->entries < LOOK_ENTRIES_MAX;) {
		look->entries++;
		if (len > 1)
			buf_char(&look->path, '/');
		buf_cstr(&look->path, names.at + at);
		look->print = 0;
		note_piece(look, text_of(names.at + at));
		if (note_entry(look) && depth < TRACE_DEPTH_MAX)
			note_below(look, depth + 1);
		sum += look->print;
		look->path.len = len;
		look->path.at[len] = '\0';
		at += strlen(names.at + at) + 1;
	}
	look->print = before;
	note(look, sum);
}

uint64_t look_tree(const struct file_root *root, const char *path)
{
	scoped(end_look) struct look look = {.root = root};
	buf_cstr(&look.path, path);
	if (note_entry(&look))
		note_below(&look, 0);
	return look.print;
}
