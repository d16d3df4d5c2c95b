#include "changes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "packages.h"
#include "settings.h"

#define MOUNTS_MAX 4
#define HELD_MAX 4
#define MOUNTINFO_MAX (256 * 1024)
#define PICK(list) list[changes_pick(sizeof(list) / sizeof(*list))]

const char *const changes_folders[] = {"a", "a/b", "a/b/c", "d", "d/e", "inc", "out", NULL};
const char *const changes_names[] = {"f0", "f1", "f2.conf", "f3.conf", "sub", NULL};
#define FOLDERS (sizeof(changes_folders) / sizeof(*changes_folders) - 1)
#define NAMES (sizeof(changes_names) / sizeof(*changes_names) - 1)

static const char *const contents[] = {"",
				       "good\n",
				       "bad\n",
				       "good\nbad\nmore\n",
				       "PermitRootLogin yes\n",
				       "PermitRootLogin no\n"};

static struct changes_tree tree;
static uint64_t state;
static int held[HELD_MAX] = {-1, -1, -1, -1};
static unsigned layers;  /* of overlays so far */
static char detail[200]; /* of the change at hand, beyond its paths */

unsigned changes_pick(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)((state >> 16) % below);
}

/* A path in the tree: a file's place, now and then a folder itself. */
static const char *some_path(char out[static CHANGES_PATH_SIZE])
{
	const char *folder = changes_folders[changes_pick(FOLDERS)];
	if (changes_pick(12) == 0)
		snprintf(out, CHANGES_PATH_SIZE, "%s", folder);
	else
		snprintf(out, CHANGES_PATH_SIZE, "%s/%s", folder,
			 changes_names[changes_pick(NAMES)]);
	return out;
}

static void beside(char out[static CHANGES_PATH_SIZE], const char *path, const char *end)
{
	snprintf(out, CHANGES_PATH_SIZE, "%.*s%s", CHANGES_PATH_SIZE - 16, path, end);
}

static int open_file(const char *path, int flags)
{
	return open(path, O_NONBLOCK | O_CLOEXEC | O_NOCTTY | flags, 0644);
}

static bool write_some(int fd)
{
	const char *text = PICK(contents);
	return fd >= 0 && write(fd, text, strlen(text)) >= 0;
}

static bool put(const char *path, int flags)
{
	int fd = open_file(path, O_WRONLY | flags);
	bool done = write_some(fd);
	if (fd >= 0)
		close(fd);
	return done;
}

static bool remove_all(const char *path)
{
	struct stat found;
	if (lstat(path, &found) != 0)
		return false;
	DIR *folder = S_ISDIR(found.st_mode) ? opendir(path) : NULL;
	if (!folder)
		return unlink(path) == 0;
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		char below[1024];
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		(void)remove_all(below);
	}
	closedir(folder);
	return rmdir(path) == 0;
}

/* -------- files and folders -------- */

static bool change_create(const char *path, const char *other)
{
	(void)other;
	return put(path, O_CREAT | O_TRUNC);
}
static bool change_append(const char *path, const char *other)
{
	(void)other;
	return put(path, O_APPEND);
}
static bool change_delete(const char *path, const char *other)
{
	(void)other;
	return changes_pick(4) == 0 ? remove_all(path) : unlink(path) == 0;
}
static bool change_rename(const char *path, const char *other)
{
	return rename(path, other) == 0;
}
static bool change_exchange(const char *path, const char *other)
{
	return renameat2(AT_FDCWD, path, AT_FDCWD, other, RENAME_EXCHANGE) == 0;
}
static bool change_replace(const char *path, const char *other)
{
	(void)other;
	return put("out/new", O_CREAT | O_TRUNC) && rename("out/new", path) == 0;
}
static bool change_link(const char *path, const char *other)
{
	return link(other, path) == 0;
}
static bool make_symlink(const char *path, const char *other)
{
	char target[600];
	snprintf(target, sizeof(target), "%s%s", changes_pick(2) ? "/" : "../", other);
	return symlink(target, path) == 0;
}
static bool change_symlink(const char *path, const char *other)
{
	return make_symlink(path, other);
}
static bool change_swap(const char *path, const char *other)
{
	unlink("out/swap");
	return make_symlink("out/swap", other) && rename("out/swap", path) == 0;
}
static bool change_truncate(const char *path, const char *other)
{
	(void)other;
	return truncate(path, (off_t)changes_pick(6)) == 0;
}
static bool change_sparse(const char *path, const char *other)
{
	(void)other;
	return truncate(path, (off_t)changes_pick(1024 * 1024)) == 0;
}
void changes_make_folders(void)
{
	for (size_t i = 0; i < FOLDERS; i++)
		mkdir(changes_folders[i], 0755);
}
static bool change_folder(const char *path, const char *other)
{
	(void)path;
	(void)other;
	changes_make_folders();
	return true;
}
/* A FIFO, socket or device, there or in place of what is there. */
static bool change_node(const char *path, const char *other)
{
	static const mode_t kinds[] = {S_IFIFO, S_IFSOCK, S_IFCHR};
	mode_t mode = PICK(kinds) | 0644;
	(void)other;
	if (changes_pick(2) == 0)
		return mknod(path, mode, makedev(1, 3)) == 0;
	unlink("out/node");
	return mknod("out/node", mode, makedev(1, 3)) == 0 && rename("out/node", path) == 0;
}
/* Written through memory: the kernel tells of it when the last has closed it. */
static bool change_map(const char *path, const char *other)
{
	(void)other;
	struct stat found;
	int fd = open_file(path, O_RDWR);
	size_t len = fd >= 0 && fstat(fd, &found) == 0 ? (size_t)found.st_size : 0;
	char *at = len > 0 && S_ISREG(found.st_mode)
			   ? mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
			   : MAP_FAILED;
	bool done = at != MAP_FAILED;
	if (done) {
		memset(at, "gbm"[changes_pick(3)], 1);
		munmap(at, len);
	}
	if (fd >= 0)
		close(fd);
	return done;
}
/* Somebody has it open for long, and writes now and then, wherever it is by then. */
static bool change_held(const char *path, const char *other)
{
	int *fd = &PICK(held);
	(void)other;
	if (*fd < 0)
		*fd = open_file(path, O_WRONLY | O_APPEND);
	else if (changes_pick(3) > 0)
		return write_some(*fd);
	else
		*fd = (close(*fd), -1);
	return *fd >= 0;
}

/* -------- what stat says -------- */

static bool change_mode(const char *path, const char *other)
{
	static const mode_t modes[] = {0644, 0600, 0666, 04755, 0700, 0755};
	mode_t mode = PICK(modes);
	(void)other;
	return chmod(path, mode | (changes_pick(2) ? 0500 : 0)) == 0;
}
static bool change_owner(const char *path, const char *other)
{
	uid_t uid = changes_pick(3);
	(void)other;
	return lchown(path, uid, changes_pick(3)) == 0;
}
static bool change_touch(const char *path, const char *other)
{
	(void)other;
	return utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW) == 0;
}
/* touch -d, to years from 1970 to 2100. */
static bool change_date(const char *path, const char *other)
{
	time_t at = (time_t)changes_pick(130) * 365 * 86400;
	const struct timespec times[2] = {{.tv_sec = at}, {.tv_sec = at}};
	(void)other;
	return utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) == 0;
}
/* As setfattr, setcap and setfacl do; the last changes the mode, too. */
static bool change_attribute(const char *path, const char *other)
{
	static const unsigned char capability[20] = {1, 0, 0, 2, 0, 0x20}; /* net_raw, permitted */
	unsigned char mask = (unsigned char)changes_pick(8);
	const unsigned char acl[] = {2,    0, 0,    0,                          /* version */
				     0x01, 0, 6,    0, 0xff, 0xff, 0xff, 0xff,  /* user:: */
				     0x02, 0, 6,    0, 1,    0,    0,    0,     /* user:1: */
				     0x04, 0, 4,    0, 0xff, 0xff, 0xff, 0xff,  /* group:: */
				     0x10, 0, mask, 0, 0xff, 0xff, 0xff, 0xff,  /* mask:: */
				     0x20, 0, 4,    0, 0xff, 0xff, 0xff, 0xff}; /* other:: */
	const struct {
		const char *name;
		const void *at;
		size_t len;
	} attributes[] = {{"trusted.note", &mask, 1},
			  {"security.capability", capability, sizeof(capability)},
			  {"system.posix_acl_access", acl, sizeof(acl)}};
	size_t i = changes_pick(3);
	(void)other;
	if (changes_pick(4) == 0)
		return lremovexattr(path, attributes[i].name) == 0;
	return lsetxattr(path, attributes[i].name, attributes[i].at, attributes[i].len, 0) == 0;
}

/* -------- what programs do -------- */

/* vi: the file becomes its backup, and is written anew. */
static bool change_vi(const char *path, const char *other)
{
	char backup[CHANGES_PATH_SIZE];
	(void)other;
	beside(backup, path, "~");
	return rename(path, backup) == 0 && put(path, O_CREAT | O_TRUNC) && unlink(backup) == 0;
}
/* emacs: a link that leads nowhere locks it; it is written in place. */
static bool change_emacs(const char *path, const char *other)
{
	char lock[CHANGES_PATH_SIZE];
	(void)other;
	beside(lock, path, "#");
	if (symlink("anna@web1.812:1", lock) != 0)
		return false;
	bool done = put(path, O_TRUNC);
	return unlink(lock) == 0 && done;
}
/* sed -i: another file, with the first one's mode, is renamed over it. */
static bool change_sed(const char *path, const char *other)
{
	char fresh[CHANGES_PATH_SIZE];
	struct stat found;
	(void)other;
	beside(fresh, path, ".sed");
	return stat(path, &found) == 0 && S_ISREG(found.st_mode) && put(fresh, O_CREAT | O_EXCL) &&
	       chmod(fresh, found.st_mode & 07777) == 0 && rename(fresh, path) == 0;
}
/* install: unlinks, creates with no rights, writes, then gives them. */
static bool change_install(const char *path, const char *other)
{
	(void)other;
	int fd = unlink(path) == 0 ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
	bool done = write_some(fd) && fchmod(fd, 0755) == 0;
	if (fd >= 0)
		close(fd);
	return done;
}
/* logrotate: a log is renamed and made anew, or copied and emptied. */
static bool change_rotate(const char *path, const char *other)
{
	char old[CHANGES_PATH_SIZE];
	(void)other;
	beside(old, path, ".1");
	if (changes_pick(2) == 0)
		return rename(path, old) == 0 && put(path, O_CREAT | O_EXCL);
	return put(old, O_CREAT | O_TRUNC) && truncate(path, 0) == 0;
}
/* dpkg: installed, upgraded, downgraded, removed, purged, with conffiles new or old. */
static bool change_package(const char *path, const char *other)
{
	static const struct {
		const char *action, *what;
	} runs[] = {{"--install", PACKAGES_FOLDER "/one_1.deb"},
		    {"--install", PACKAGES_FOLDER "/one_2.deb"},
		    {"--install", PACKAGES_FOLDER "/two_1.deb"},
		    {"--remove", "one"},
		    {"--remove", "two"},
		    {"--purge", "one"},
		    {"--purge", "two"}};
	size_t i = changes_pick(sizeof(runs) / sizeof(*runs));
	(void)path;
	(void)other;
	const char *arguments[] = {"dpkg",
				   "--force-unsafe-io",
				   "--force-depends",
				   "--force-overwrite",
				   "--force-remove-reinstreq",
				   changes_pick(2) ? "--force-confnew" : "--force-confold",
				   "--force-confmiss",
				   runs[i].action,
				   runs[i].what,
				   NULL};
	snprintf(detail, sizeof(detail), "%s %s", runs[i].action, runs[i].what);
	return tree.dpkg(arguments);
}

static bool change_setting(const char *path, const char *other)
{
	(void)path;
	(void)other;
	return settings_change(changes_pick, detail, sizeof(detail));
}

/* -------- mounts -------- */

/* The places below the tree that something is mounted on; how many there are. */
static size_t list_mounts(char places[MOUNTS_MAX][CHANGES_PATH_SIZE])
{
	static char text[MOUNTINFO_MAX];
	size_t count = 0, len = 0, start = strlen(tree.path);
	lseek(tree.mounts, 0, SEEK_SET);
	for (ssize_t more; (more = read(tree.mounts, text + len, sizeof(text) - 1 - len)) > 0;)
		len += (size_t)more;
	text[len] = '\0';
	for (char *line = text; *line && count < MOUNTS_MAX;) {
		char *end = line + strcspn(line, "\n"), *at = line;
		for (int field = 0; at && at < end && field < 4; field++)
			at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL;
		if (at && strncmp(at, tree.path, start) == 0 && at[start] == '/')
			snprintf(places[count++], CHANGES_PATH_SIZE, "%.*s",
				 (int)strcspn(at + start + 1, " "), at + start + 1);
		line = *end ? end + 1 : end;
	}
	return count;
}

static bool mount_more(const char *what, const char *over, const char *type, unsigned long flags,
		       const char *options)
{
	char places[MOUNTS_MAX][CHANGES_PATH_SIZE];
	return list_mounts(places) < MOUNTS_MAX && mount(what, over, type, flags, options) == 0;
}
static const char *some_folder(void)
{
	return changes_folders[changes_pick(5)];
}
static bool change_tmpfs(const char *path, const char *other)
{
	(void)path;
	(void)other;
	return mount_more("none", some_folder(), "tmpfs", 0, NULL);
}
static bool change_bind(const char *path, const char *other)
{
	if (changes_pick(2) == 0)
		return mount_more("out", some_folder(), NULL, MS_BIND, NULL);
	return mount_more(other, path, NULL, MS_BIND, NULL);
}
static bool change_overlay(const char *path, const char *other)
{
	char options[200], upper[64], work[64];
	(void)path;
	(void)other;
	snprintf(upper, sizeof(upper), "layers/upper%u", layers);
	snprintf(work, sizeof(work), "layers/work%u", layers++);
	snprintf(options, sizeof(options), "lowerdir=/lower,upperdir=/%s,workdir=/%s", upper, work);
	return mkdir(upper, 0755) == 0 && mkdir(work, 0755) == 0 &&
	       mount_more("overlay", some_folder(), "overlay", 0, options);
}
static const char *some_mount(void)
{
	static char places[MOUNTS_MAX][CHANGES_PATH_SIZE];
	size_t count = list_mounts(places);
	return count > 0 ? places[changes_pick((unsigned)count)] : NULL;
}
static bool change_move(const char *path, const char *other)
{
	const char *from = some_mount();
	(void)path;
	(void)other;
	return from && mount(from, some_folder(), NULL, MS_MOVE, NULL) == 0;
}
static bool change_readonly(const char *path, const char *other)
{
	const char *at = some_mount();
	unsigned long flags = MS_REMOUNT | MS_BIND | (changes_pick(2) ? MS_RDONLY : 0);
	(void)path;
	(void)other;
	return at && mount(NULL, at, NULL, flags, NULL) == 0;
}
static bool change_unmount(const char *path, const char *other)
{
	const char *at = some_mount();
	(void)path;
	(void)other;
	return at && (umount2(at, UMOUNT_NOFOLLOW) == 0 ||
		      umount2(at, MNT_DETACH | UMOUNT_NOFOLLOW) == 0);
}

/* -------- all of them -------- */

enum need { NEED_NOTHING, NEED_MOUNT, NEED_OVERLAY, NEED_DPKG };

static struct {
	const char *name;
	bool (*make)(const char *path, const char *other);
	unsigned weight;
	enum need need;
	unsigned tried, worked;
} changes[] = {
	{"create", change_create, 12, NEED_NOTHING, 0, 0},
	{"append", change_append, 8, NEED_NOTHING, 0, 0},
	{"delete", change_delete, 8, NEED_NOTHING, 0, 0},
	{"rename", change_rename, 8, NEED_NOTHING, 0, 0},
	{"exchange", change_exchange, 4, NEED_NOTHING, 0, 0},
	{"replace", change_replace, 8, NEED_NOTHING, 0, 0},
	{"link", change_link, 4, NEED_NOTHING, 0, 0},
	{"symlink", change_symlink, 4, NEED_NOTHING, 0, 0},
	{"swap", change_swap, 8, NEED_NOTHING, 0, 0},
	{"truncate", change_truncate, 4, NEED_NOTHING, 0, 0},
	{"sparse", change_sparse, 2, NEED_NOTHING, 0, 0},
	{"folder", change_folder, 10, NEED_NOTHING, 0, 0},
	{"node", change_node, 3, NEED_NOTHING, 0, 0},
	{"map", change_map, 4, NEED_NOTHING, 0, 0},
	{"held", change_held, 6, NEED_NOTHING, 0, 0},
	{"mode", change_mode, 8, NEED_NOTHING, 0, 0},
	{"owner", change_owner, 4, NEED_NOTHING, 0, 0},
	{"touch", change_touch, 3, NEED_NOTHING, 0, 0},
	{"date", change_date, 4, NEED_NOTHING, 0, 0},
	{"attribute", change_attribute, 4, NEED_NOTHING, 0, 0},
	{"vi", change_vi, 3, NEED_NOTHING, 0, 0},
	{"emacs", change_emacs, 3, NEED_NOTHING, 0, 0},
	{"sed", change_sed, 3, NEED_NOTHING, 0, 0},
	{"install", change_install, 3, NEED_NOTHING, 0, 0},
	{"rotate", change_rotate, 3, NEED_NOTHING, 0, 0},
	{"setting", change_setting, 40, NEED_NOTHING, 0, 0},
	{"package", change_package, 5, NEED_DPKG, 0, 0},
	{"tmpfs", change_tmpfs, 1, NEED_MOUNT, 0, 0},
	{"bind", change_bind, 2, NEED_MOUNT, 0, 0},
	{"overlay", change_overlay, 1, NEED_OVERLAY, 0, 0},
	{"move", change_move, 1, NEED_MOUNT, 0, 0},
	{"readonly", change_readonly, 1, NEED_MOUNT, 0, 0},
	{"unmount", change_unmount, 3, NEED_MOUNT, 0, 0},
};
#define CHANGES (sizeof(changes) / sizeof(*changes))

static bool is_possible(enum need need)
{
	return need == NEED_NOTHING || (need == NEED_MOUNT && tree.mounts >= 0) ||
	       (need == NEED_OVERLAY && tree.overlays) || (need == NEED_DPKG && tree.dpkg);
}

static size_t choose(void)
{
	unsigned sum = 0, at;
	for (size_t i = 0; i < CHANGES; i++)
		sum += is_possible(changes[i].need) ? changes[i].weight : 0;
	at = changes_pick(sum);
	for (size_t i = 0;; i++) {
		unsigned weight = is_possible(changes[i].need) ? changes[i].weight : 0;
		if (at < weight)
			return i;
		at -= weight;
	}
}

void changes_begin(const struct changes_tree *given, uint64_t seed)
{
	tree = *given;
	state = seed * 2654435761u + 88172645463325252u; /* never 0 in practice, and far apart */
}

void changes_make(char *said, size_t size)
{
	char path[CHANGES_PATH_SIZE], other[CHANGES_PATH_SIZE];
	size_t i = choose();
	some_path(path);
	some_path(other);
	errno = 0;
	detail[0] = '\0';
	bool done = changes[i].make(path, other);
	changes[i].tried++;
	changes[i].worked += done;
	const char *how = done ? "done" : strerror(errno);
	if (detail[0])
		snprintf(said, size, "%s %s: %s", changes[i].name, detail, how);
	else
		snprintf(said, size, "%s %s %s: %s", changes[i].name, path, other, how);
}

bool changes_tell(void)
{
	bool good = true;
	for (size_t i = 0; i < CHANGES; i++) {
		printf("%s%s %u of %u", i == 0 ? "" : ", ", changes[i].name, changes[i].worked,
		       changes[i].tried);
		good &= changes[i].tried < 100 || changes[i].worked > 0;
	}
	puts(good ? "" : "; a kind never worked");
	return good;
}

void changes_end(void)
{
	for (size_t i = 0; i < HELD_MAX; i++)
		if (held[i] >= 0)
			close(held[i]);
	for (int i = 0; tree.mounts >= 0 && i < 100 && change_unmount(NULL, NULL); i++)
		;
}
