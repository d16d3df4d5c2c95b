#include "os/watch/trace.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/mem.h"

/* File systems that change without telling us. */
static const struct {
	unsigned long magic;
	enum trace_blind blind;
} systems[] = {
	{PROC_SUPER_MAGIC, TRACE_KERNEL},    {SYSFS_MAGIC, TRACE_KERNEL},
	{CGROUP_SUPER_MAGIC, TRACE_KERNEL},  {CGROUP2_SUPER_MAGIC, TRACE_KERNEL},
	{DEBUGFS_MAGIC, TRACE_KERNEL},       {TRACEFS_MAGIC, TRACE_KERNEL},
	{SECURITYFS_MAGIC, TRACE_KERNEL},    {SELINUX_MAGIC, TRACE_KERNEL},
	{BPF_FS_MAGIC, TRACE_KERNEL},        {PSTOREFS_MAGIC, TRACE_KERNEL},
	{EFIVARFS_MAGIC, TRACE_KERNEL},      {DEVPTS_SUPER_MAGIC, TRACE_KERNEL},
	{NFS_SUPER_MAGIC, TRACE_NO_EVENTS},  {SMB_SUPER_MAGIC, TRACE_NO_EVENTS},
	{0xfe534d42, TRACE_NO_EVENTS},       {0xff534d42, TRACE_NO_EVENTS}, /* SMB 2, CIFS */
	{0x65735546, TRACE_NO_EVENTS},       {V9FS_MAGIC, TRACE_NO_EVENTS}, /* FUSE */
	{AFS_SUPER_MAGIC, TRACE_NO_EVENTS},  {AFS_FS_MAGIC, TRACE_NO_EVENTS},
	{CODA_SUPER_MAGIC, TRACE_NO_EVENTS}, {0x00c36400, TRACE_NO_EVENTS}, /* Ceph */
	{0x0bd00bd0, TRACE_NO_EVENTS},       {0x47504653, TRACE_NO_EVENTS}, /* Lustre, GPFS */
	{0x7461636f, TRACE_NO_EVENTS},       {0x01161970, TRACE_NO_EVENTS}, /* OCFS2, GFS2 */
	{0x786f4256, TRACE_NO_EVENTS},       {0x19830326, TRACE_NO_EVENTS}, /* vboxsf, BeeGFS */
};

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void trace_end(struct trace *trace)
{
	buf_end(&trace->real);
}

enum trace_blind trace_system(int fd)
{
	struct statfs found;
	if (fstatfs(fd, &found) != 0)
		return TRACE_SEES;
	for (size_t i = 0; i < array_len(systems); i++)
		if ((unsigned long)found.f_type == systems[i].magic)
			return systems[i].blind;
	return TRACE_SEES;
}

static void note_blind(struct trace *trace, enum trace_blind blind)
{
	if (trace->blind == TRACE_SEES)
		trace->blind = blind;
}

static void note_place(struct trace *trace, const struct stat *stat)
{
	trace->print = (trace->print ^ stat->st_dev) * 0x100000001b3u;
	trace->print = (trace->print ^ stat->st_ino) * 0x100000001b3u;
}

static int take_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}

static enum trace_blind blind_of(enum hooks_answer answer)
{
	if (answer == HOOKS_FULL)
		return TRACE_FULL;
	return answer == HOOKS_REFUSED ? TRACE_REFUSED : TRACE_SEES;
}

/* A setting that can be written: then the kernel tells who writes through this file, though not
 * what changes otherwise. Nothing else that it makes up is ever written. */
static bool is_setting(int fd)
{
	struct stat stat;
	return fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && (stat.st_mode & 0222);
}

/* The kernel's watch of what fd holds; -1: it can't be watched, and why is noted. */
static int watch(struct trace *trace, int fd)
{
	int wd = -1;
	enum trace_blind blind = trace_system(fd);
	if (blind == TRACE_SEES)
		blind = blind_of(hooks_watch(trace->hooks, fd, &wd));
	else if (blind == TRACE_KERNEL && is_setting(fd) &&
		 hooks_watch(trace->hooks, fd, &wd) != HOOKS_DONE)
		wd = -1; /* looks find it, a little later */
	note_blind(trace, blind);
	return blind == TRACE_SEES || blind == TRACE_KERNEL ? wd : -1;
}

static void hook(struct trace *trace, int wd, uint32_t key)
{
	if (wd >= 0)
		hooks_add(trace->hooks, wd, key, trace->owner, trace->first);
}

/* What is at `real`, or at an entry of it. */
static int hold(struct trace *trace, struct text name)
{
	size_t len = trace->real.len;
	if (name.len > 0 || len == 0) {
		buf_char(&trace->real, '/');
		buf_text(&trace->real, name);
	}
	int fd = file_hold(trace->root, trace->real.at);
	int number = errno;
	if (fd < 0 || len == 0 || name.len > 0) {
		trace->real.len = len;
		trace->real.at[len] = '\0';
	}
	errno = number;
	return fd;
}

struct walker {
	struct trace *trace;
	struct buf rest; /* what is still to be gone */
	int folder, wd;  /* where we are */
	unsigned links;
};

static void end_walker(struct walker *walker)
{
	buf_end(&walker->rest);
	fd_close(&walker->folder);
}

/* Stands in the folder at `real`. */
static bool stand(struct walker *walker, int fd, const struct stat *stat)
{
	struct trace *trace = walker->trace;
	fd_close(&walker->folder);
	walker->folder = fd;
	note_place(trace, stat);
	walker->wd = watch(trace, fd);
	hook(trace, walker->wd, HOOKS_SELF);
	return true;
}

static bool stand_at_real(struct walker *walker)
{
	struct stat stat;
	scoped(fd_close) int fd = hold(walker->trace, TEXT(""));
	if (fd < 0 || fstat(fd, &stat) != 0 || !S_ISDIR(stat.st_mode))
		return false;
	return stand(walker, take_fd(&fd), &stat);
}

static void go_up(struct buf *real)
{
	while (real->len > 0 && real->at[real->len - 1] != '/')
		real->len--;
	if (real->len > 0)
		real->len--;
	if (real->at)
		real->at[real->len] = '\0';
}

/* Puts what the link says in front of the rest. */
static bool follow(struct walker *walker, int link, bool *absolute)
{
	char target[FILE_LINK_MAX];
	ssize_t len = readlinkat(link, "", target, sizeof(target));
	if (len <= 0 || ++walker->links > TRACE_LINKS_MAX ||
	    walker->rest.len + (size_t)len > FILE_PATH_MAX)
		return false;
	struct buf rest = {0};
	buf_add(&rest, target, (size_t)len);
	buf_char(&rest, '/');
	buf_text(&rest, buf_view(&walker->rest));
	buf_end(&walker->rest);
	walker->rest = rest;
	*absolute = target[0] == '/';
	return true;
}

static bool is_last(const struct walker *walker)
{
	return walker->rest.len == 0 || strspn(walker->rest.at, "/") == walker->rest.len;
}

/* Goes on from a component that is there. False: here it ends. */
static bool enter(struct walker *walker, struct text part, int fd)
{
	struct trace *trace = walker->trace;
	scoped(fd_close) int held = fd;
	struct stat stat;
	bool absolute;
	if (fstat(fd, &stat) != 0)
		return false;
	if (S_ISLNK(stat.st_mode)) {
		note_place(trace, &stat);
		if (is_last(walker)) /* it may have another name, by which it is changed */
			hook(trace, watch(trace, fd), HOOKS_SELF);
		if (!follow(walker, fd, &absolute))
			return false;
		if (!absolute)
			return true;
		trace->real.len = 0;
		return stand_at_real(walker);
	}
	if (S_ISDIR(stat.st_mode)) {
		buf_char(&trace->real, '/');
		buf_text(&trace->real, part);
		return stand(walker, take_fd(&held), &stat);
	}
	if (!is_last(walker))
		return false; /* a file where a folder is wanted */
	buf_char(&trace->real, '/');
	buf_text(&trace->real, part);
	note_place(trace, &stat);
	trace->end = TRACE_OTHER;
	trace->wd = watch(trace, fd);
	return false;
}

/* One component; false: here it ends. */
static bool step(struct walker *walker)
{
	struct trace *trace = walker->trace;
	struct text rest = buf_view(&walker->rest), part;
	if (!text_next(&rest, '/', &part))
		return false;
	scoped(mem_free) char *name = mem_copy(part.at, part.len);
	part.at = name;
	buf_drop(&walker->rest, walker->rest.len - rest.len);
	if (part.len == 0 || text_is(part, "."))
		return true;
	if (text_is(part, "..")) {
		go_up(&trace->real);
		return stand_at_real(walker);
	}
	hook(trace, walker->wd, hooks_entry(part));
	int fd = hold(trace, part);
	return fd >= 0 && enter(walker, part, fd);
}

static void walk(struct walker *walker)
{
	struct trace *trace = walker->trace;
	trace->end = TRACE_MISSING;
	trace->wd = -1;
	while (trace->end == TRACE_MISSING && walker->rest.len > 0)
		if (!step(walker))
			return;
	if (trace->end == TRACE_MISSING) {
		trace->end = TRACE_FOLDER;
		trace->wd = walker->wd;
	}
}

void trace_path(struct trace *trace, const char *path, bool any)
{
	scoped(end_walker) struct walker walker = {.trace = trace, .folder = -1, .wd = -1};
	buf_clear(&trace->real);
	buf_cstr(&trace->real, "");
	buf_cstr(&walker.rest, path);
	trace->end = TRACE_MISSING;
	trace->wd = -1;
	if (stand_at_real(&walker))
		walk(&walker);
	hook(trace, trace->wd, any ? HOOKS_ANY : HOOKS_SELF);
}

void trace_name(struct trace *trace, struct text folder, int wd, struct text name)
{
	scoped(end_walker) struct walker walker = {.trace = trace, .folder = -1, .wd = wd};
	buf_clear(&trace->real);
	buf_text(&trace->real, folder);
	buf_text(&walker.rest, name);
	walk(&walker);
	hook(trace, trace->wd, HOOKS_ANY);
}

/* -------- trees -------- */

struct tree {
	struct trace *trace;
	size_t entries;
};

static void add_entry(struct tree *tree, const char *name, unsigned depth);

static bool keep_name(void *data, struct text name, enum file_kind kind unused)
{
	buf_add(data, name.at, name.len);
	buf_add(data, "", 1);
	return true;
}

/* The names in the folder at `real`, each visited. */
static void add_folder(struct tree *tree, unsigned depth)
{
	struct trace *trace = tree->trace;
	struct err err = {0};
	scoped(buf_end) struct buf names = {0};
	/* what is no folder any more is told by the folder that it is in */
	if (file_list(trace->root, trace->real.len > 0 ? trace->real.at : "/", keep_name, &names,
		      &err) == FILE_FAILED &&
	    err.kind == ERR_REFUSED)
		note_blind(trace, TRACE_REFUSED);
	for (size_t at = 0; at < names.len && trace->blind != TRACE_LARGE;) {
		add_entry(tree, names.at + at, depth);
		at += strlen(names.at + at) + 1;
	}
}

static void add_entry(struct tree *tree, const char *name, unsigned depth)
{
	struct trace *trace = tree->trace;
	struct stat stat;
	size_t len = trace->real.len;
	scoped(fd_close) int fd = hold(trace, text_of(name));
	if (fd < 0 || fstat(fd, &stat) != 0)
		return; /* it is gone already, which is told by its folder */
	if (tree->entries++ == TRACE_ENTRIES_MAX || depth == TRACE_DEPTH_MAX) {
		note_blind(trace, TRACE_LARGE);
		return;
	}
	if (S_ISDIR(stat.st_mode) && trace_system(fd) == TRACE_KERNEL)
		return; /* walks leave it out, too */
	note_place(trace, &stat);
	hook(trace, watch(trace, fd), HOOKS_ANY);
	if (!S_ISDIR(stat.st_mode))
		return;
	fd_close(&fd);
	buf_char(&trace->real, '/');
	buf_cstr(&trace->real, name);
	add_folder(tree, depth + 1);
	trace->real.len = len;
	trace->real.at[len] = '\0';
}

void trace_tree(struct trace *trace, const char *path)
{
	struct tree tree = {.trace = trace};
	trace_path(trace, path, true);
	if (trace->end == TRACE_FOLDER && trace->blind == TRACE_SEES)
		add_folder(&tree, 0);
}
