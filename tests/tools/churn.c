/* churn: changes a small tree at random, and compares what `muster watch` believes at the end with
 * what `muster check` finds.
 *
 *	churn MUSTER FOLDER COUNT [SEED]
 *
 * The links that it makes say "/a/f1" and the like, so it must never follow one from outside: all
 * changes, mounts too, are made behind chroot(2), with the tree as the root, and mounts in a mount
 * namespace of its own. Without CAP_SYS_CHROOT nothing is done at all.
 *
 * FOLDER is made; COUNT changes of every kind, in rounds of 1 to ROUND_MAX, each followed by the
 * comparison, so that no later change makes good what was missed: create, delete, rename over,
 *exchange, chmod, chown, hard links, symbolic links and their swap, truncate, folders made, deleted
 *and moved, mounts over (where that is permitted). Prints the seed, and each item that differs.
 *Exit 0: they agree. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define REFS_MAX 256
#define LINE_MAX_LEN (256 * 1024)
#define QUIET_MS 400   /* without a word: the watch has told what it knows */
#define SURELY_MS 5000 /* the same, where it seems to have missed something */
#define ROUND_MAX 60
#define MOUNTS_MAX 3

static const char *const folders[] = {"a", "a/b", "a/b/c", "d", "d/e", "inc", "out"};
static const char *const names[] = {"f0", "f1", "f2.conf", "f3.conf", "sub"};
static const char *const contents[] = {"",
				       "good\n",
				       "bad\n",
				       "good\nbad\nmore\n",
				       "PermitRootLogin yes\n",
				       "PermitRootLogin no\n"};

static uint64_t seed;
static unsigned mounts;
static int can_mount;

static unsigned pick(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 16) % below);
}

static void fail(const char *what)
{
	fprintf(stderr, "churn: %s: %s\n", what, strerror(errno));
	exit(3);
}

/* A path in the tree: a file's place, now and then a folder itself. */
static const char *some_path(char out[static 256])
{
	const char *folder = folders[pick(sizeof(folders) / sizeof(*folders))];
	if (pick(12) == 0)
		snprintf(out, 256, "%s", folder);
	else
		snprintf(out, 256, "%s/%s", folder, names[pick(sizeof(names) / sizeof(*names))]);
	return out;
}

static void put(const char *path, int flags)
{
	const char *text = contents[pick(sizeof(contents) / sizeof(*contents))];
	int fd = open(path, O_WRONLY | O_NONBLOCK | flags, 0644);
	if (fd < 0)
		return;
	ssize_t done = write(fd, text, strlen(text));
	(void)done;
	close(fd);
}

static void remove_all(const char *path)
{
	struct stat found;
	if (lstat(path, &found) != 0)
		return;
	DIR *folder = S_ISDIR(found.st_mode) ? opendir(path) : NULL;
	if (!folder) {
		unlink(path);
		return;
	}
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		char below[1024];
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		remove_all(below);
	}
	closedir(folder);
	rmdir(path);
}

/* -------- the changes -------- */

static void change_create(const char *path, const char *other)
{
	(void)other;
	put(path, O_CREAT | O_TRUNC);
}
static void change_append(const char *path, const char *other)
{
	(void)other;
	put(path, O_APPEND);
}
static void change_delete(const char *path, const char *other)
{
	(void)other;
	if (pick(4) == 0)
		remove_all(path);
	else
		unlink(path);
}
static void change_rename(const char *path, const char *other)
{
	(void)!rename(path, other);
}
static void change_exchange(const char *path, const char *other)
{
	(void)!renameat2(AT_FDCWD, path, AT_FDCWD, other, RENAME_EXCHANGE);
}
static void change_replace(const char *path, const char *other)
{
	(void)other;
	put("out/new", O_CREAT | O_TRUNC);
	(void)!rename("out/new", path);
}
static void change_mode(const char *path, const char *other)
{
	static const mode_t modes[] = {0644, 0600, 0666, 04755, 0700, 0755};
	(void)other;
	(void)!chmod(path, modes[pick(6)] | (pick(2) ? 0500 : 0));
}
static void change_owner(const char *path, const char *other)
{
	(void)other;
	(void)!lchown(path, pick(3), pick(3));
}
static void change_link(const char *path, const char *other)
{
	(void)!link(other, path);
}
static void change_symlink(const char *path, const char *other)
{
	char target[600];
	snprintf(target, sizeof(target), "%s%s", pick(2) ? "/" : "../", other);
	(void)!symlink(target, path);
}
static void change_swap(const char *path, const char *other)
{
	char target[600];
	snprintf(target, sizeof(target), "%s%s", pick(2) ? "/" : "../", other);
	unlink("out/swap");
	(void)!symlink(target, "out/swap");
	(void)!rename("out/swap", path);
}
static void change_truncate(const char *path, const char *other)
{
	(void)other;
	(void)!truncate(path, (off_t)pick(6));
}
static void change_folder(const char *path, const char *other)
{
	(void)path;
	(void)other;
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		mkdir(folders[i], 0755);
}
static void change_touch(const char *path, const char *other)
{
	(void)other;
	utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW);
}
static void change_mount(const char *path, const char *other)
{
	(void)other;
	if (!can_mount || mounts == MOUNTS_MAX || pick(8) != 0)
		return;
	const char *over = folders[pick(5)];
	if (pick(2) ? mount("none", over, "tmpfs", 0, NULL) == 0
		    : mount("out", over, NULL, MS_BIND, NULL) == 0)
		mounts++;
	(void)path;
}
static void change_unmount(const char *path, const char *other)
{
	(void)path;
	(void)other;
	for (int i = 0; mounts > 0 && i < 5; i++)
		if (umount2(folders[i], MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
			mounts--;
			return;
		}
}

static const struct {
	const char *name;
	void (*make)(const char *path, const char *other);
} changes[] = {
	{"create", change_create},     {"create", change_create},     {"create", change_create},
	{"append", change_append},     {"append", change_append},     {"delete", change_delete},
	{"delete", change_delete},     {"rename", change_rename},     {"rename", change_rename},
	{"exchange", change_exchange}, {"replace", change_replace},   {"replace", change_replace},
	{"mode", change_mode},         {"mode", change_mode},         {"owner", change_owner},
	{"link", change_link},         {"symlink", change_symlink},   {"swap", change_swap},
	{"swap", change_swap},         {"truncate", change_truncate}, {"folder", change_folder},
	{"folder", change_folder},     {"touch", change_touch},       {"mount", change_mount},
	{"unmount", change_unmount},
};

/* -------- the policy -------- */

static void write_policy(const char *path)
{
	FILE *file = fopen(path, "w");
	if (!file)
		fail(path);
	fputs("policy: churn\nchecks:\n", file);
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders) - 1; i++) {
		fprintf(file,
			"  - { ref: t%zu, level: low, name: t, test: { files: \"\", path: /%s,"
			" content: good, links: %s, rest: true, max_errors: 100,"
			" count: 0 } }\n"
			"  - { ref: g%zu, level: low, name: g, test: { file: /%s/*.conf,"
			" regex: good, mode: { at_most: \"0644\" } } }\n",
			i, folders[i], i % 2 ? "true" : "false", i, folders[i]);
		for (size_t j = 0; j < 2; j++)
			fprintf(file,
				"  - { ref: r%zu-%zu, level: low, name: r, test: { file: /%s/%s,"
				" regex: \"^good\", owner: { one_of: [root, \"0\"] } } }\n"
				"  - { ref: l%zu-%zu, level: low, name: l, test: { file: /%s/%s,"
				" follow: false, type: file, mode: { at_most: \"0644\" } } }\n",
				i, j, folders[i], names[j], i, j, folders[i], names[j]);
	}
	fputs("  - { ref: sshd, level: low, name: s, test: { config: /etc/ssh/sshd_config,"
	      " key: PermitRootLogin, equals: \"no\" } }\n"
	      "  - { ref: deep, level: low, name: d, test: { file: /a/**/f0, exists: false } }\n",
	      file);
	fclose(file);
}

static void make_tree(const char *folder)
{
	if (mkdir(folder, 0755) != 0 || chdir(folder) != 0 || mkdir("root", 0755) != 0)
		fail(folder);
	write_policy("policy.yaml");
	if (chdir("root") != 0)
		fail("root");
	change_folder(NULL, NULL);
	mkdir("etc", 0755);
	mkdir("etc/ssh", 0755);
	FILE *file = fopen("etc/ssh/sshd_config", "w");
	if (!file)
		fail("sshd_config");
	fputs("Include /inc/*.conf\nPermitRootLogin no\n", file);
	fclose(file);
}

/* -------- what items say -------- */

struct belief {
	char ref[32];
	char *line;
};

struct beliefs {
	struct belief at[REFS_MAX];
	size_t count, told;
	char *pending;
	size_t len;
};

/* Takes `"key":` and its value up to `end` out of the line. */
static void cut(char *line, const char *key, const char *end)
{
	char *from = strstr(line, key), *to = from ? strstr(from + strlen(key), end) : NULL;
	if (to)
		memmove(from, to, strlen(to) + 1);
}

static void take_line(struct beliefs *beliefs, char *line)
{
	char ref[32] = "";
	const char *at = strstr(line, "\"ref\":\"");
	size_t len = at ? strcspn(at + 7, "\"") : 0;
	if (len == 0 || len >= sizeof(ref))
		return;
	memcpy(ref, at + 7, len);
	cut(line, "\"utctimestamp\":\"", "\"");
	cut(line, "\"duration_us\":", ",");
	char *by = strstr(line, ",\"by\":{"); /* last, and no check knows it */
	if (by)
		memcpy(by, "}", 2);
	size_t i = 0;
	while (i < beliefs->count && strcmp(beliefs->at[i].ref, ref) != 0)
		i++;
	if (i == REFS_MAX)
		return;
	if (i == beliefs->count)
		snprintf(beliefs->at[beliefs->count++].ref, sizeof(ref), "%s", ref);
	free(beliefs->at[i].line);
	beliefs->told++;
	beliefs->at[i].line = strdup(line);
}

/* Takes what there is; whether something came within wait_ms. */
static int take_lines(struct beliefs *beliefs, int fd, int wait_ms)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	if (poll(&ready, 1, wait_ms) <= 0)
		return 0;
	if (!beliefs->pending)
		beliefs->pending = malloc(LINE_MAX_LEN + 1);
	ssize_t len = read(fd, beliefs->pending + beliefs->len, LINE_MAX_LEN - beliefs->len);
	if (len <= 0)
		return -1;
	beliefs->len += (size_t)len;
	beliefs->pending[beliefs->len] = '\0';
	for (char *end; (end = strchr(beliefs->pending, '\n')) != NULL;) {
		*end = '\0';
		take_line(beliefs, beliefs->pending);
		size_t used = (size_t)(end - beliefs->pending) + 1;
		memmove(beliefs->pending, end + 1, beliefs->len - used + 1);
		beliefs->len -= used;
	}
	return 1;
}

static pid_t start(const char *muster, const char *command, int *fd)
{
	int ends[2];
	if (pipe(ends) != 0)
		fail("pipe");
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl(muster, muster, command, "../policy.yaml", "--root", ".", "--format",
		      "ndjson", "--target", "churn", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	*fd = ends[0];
	return pid;
}

/* Prints what differs, where `loud`. */
static int compare(const struct beliefs *belief, const struct beliefs *truth, int loud)
{
	int differ = belief->count != truth->count;
	for (size_t i = 0; i < truth->count; i++) {
		const char *believed = "nothing";
		for (size_t j = 0; j < belief->count; j++)
			if (strcmp(belief->at[j].ref, truth->at[i].ref) == 0)
				believed = belief->at[j].line;
		if (strcmp(believed, truth->at[i].line) == 0)
			continue;
		differ = 1;
		if (loud)
			printf("differs %s\n  watch %s\n  check %s\n", truth->at[i].ref, believed,
			       truth->at[i].line);
	}
	return differ;
}

/* What this round did, for when it goes wrong. */
static char done[ROUND_MAX][600];

static void churn(struct beliefs *belief, int fd, uint64_t count)
{
	char path[256], other[256];
	memset(done, 0, sizeof(done));
	for (uint64_t i = 0; i < count; i++) {
		unsigned change = pick(sizeof(changes) / sizeof(*changes));
		some_path(path);
		some_path(other);
		errno = 0;
		changes[change].make(path, other);
		snprintf(done[i], sizeof(done[i]), "%s %s %s: %s", changes[change].name, path,
			 other, strerror(errno));
		int wait_ms = pick(8) == 0 ? (int)pick(12) : 0;
		if (take_lines(belief, fd, wait_ms) < 0)
			fail("muster watch has ended");
	}
}

static void forget(struct beliefs *beliefs)
{
	for (size_t i = 0; i < beliefs->count; i++)
		free(beliefs->at[i].line);
	free(beliefs->pending);
	*beliefs = (struct beliefs){0};
}

/* Whether the watch believes what a check finds, after a second and longer look if need be. */
static int agrees(const char *muster, struct beliefs *belief, int fd)
{
	int differ = 1;
	for (int tries = 0; differ && tries < 2; tries++) {
		static struct beliefs truth;
		int check_fd, status;
		while (take_lines(belief, fd, tries == 0 ? QUIET_MS : SURELY_MS) > 0)
			;
		pid_t check = start(muster, "check", &check_fd);
		while (take_lines(&truth, check_fd, 20000) > 0)
			;
		close(check_fd);
		waitpid(check, &status, 0);
		differ = compare(belief, &truth, tries == 1) || truth.count == 0;
		forget(&truth);
	}
	return !differ;
}

static void choose_seed(const char *word)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (!word || !text_to_u64(text_of(word), 0, UINT64_MAX, &seed))
		seed = (uint64_t)now.tv_sec * 1000003 + (uint64_t)now.tv_nsec;
	printf("seed %llu\n", (unsigned long long)seed);
	seed = seed * 2654435761u + 88172645463325252u; /* never 0 in practice, and far apart */
}

/* Changes are made with the tree as the root: a link in it leads nowhere else, whatever it says.
 * Needs CAP_SYS_CHROOT. */
static int outside = -1, tree = -1;

static void enter(void)
{
	if (fchdir(tree) != 0 || chroot(".") != 0)
		fail("chroot, without which links would lead out of the tree");
}

static void leave(void)
{
	if (fchdir(outside) != 0 || chroot(".") != 0 || fchdir(tree) != 0)
		fail("chroot back");
}

static void unmount_all(void)
{
	for (unsigned before = mounts + 1; mounts > 0 && mounts < before;) {
		before = mounts;
		change_unmount(NULL, NULL);
	}
}

/* Makes the tree, and what keeps every change in it. */
static void prepare(const char *folder)
{
	make_tree(folder);
	can_mount = unshare(CLONE_NEWNS) == 0 &&
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		    mount("none", "out", "tmpfs", 0, NULL) == 0 && umount("out") == 0;
	outside = open("/", O_PATH | O_CLOEXEC);
	tree = open(".", O_PATH | O_CLOEXEC);
	enter(); /* or nothing is done at all */
	leave();
	printf("mounts %s\n", can_mount ? "too" : "not permitted");
	fflush(stdout);
}

/* Rounds of changes until none is left, or they differ; then what the last one did is shown. */
static int run_rounds(const char *muster, struct beliefs *belief, int fd, uint64_t left)
{
	int good = 1;
	uint64_t rounds = 0;
	for (; good && left > 0; rounds++) {
		uint64_t round = 1 + pick(ROUND_MAX);
		round = round < left ? round : left;
		enter();
		churn(belief, fd, round);
		leave();
		left -= round;
		good = agrees(muster, belief, fd);
	}
	for (size_t i = 0; !good && i < ROUND_MAX && done[i][0]; i++)
		puts(done[i]);
	printf("%zu items, told %zu times, %llu rounds: %s\n", belief->count, belief->told,
	       (unsigned long long)rounds, good ? "they agree" : "they differ");
	return good;
}

int main(int argc, char **argv)
{
	static struct beliefs belief;
	int fd, status;
	uint64_t left;
	if (argc < 4 || !text_to_u64(text_of(argv[3]), 1, 10000000, &left)) {
		fprintf(stderr, "usage: churn MUSTER FOLDER COUNT [SEED]\n");
		return 2;
	}
	choose_seed(argv[4]);
	const char *muster = realpath(argv[1], NULL);
	if (!muster)
		fail(argv[1]);
	prepare(argv[2]);
	pid_t pid = start(muster, "watch", &fd);
	while (take_lines(&belief, fd, belief.count == 0 ? 20000 : QUIET_MS) > 0)
		;
	int good = run_rounds(muster, &belief, fd, left);
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	enter();
	unmount_all();
	leave();
	return good ? 0 : 1;
}
