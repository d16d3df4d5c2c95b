/* churn: changes a small tree at random, and compares what `muster watch` believes with what
 *`muster check` finds.
 *
 *	churn MUSTER FOLDER COUNT [SEED [UID]]
 *
 * The links that it makes say "/a/f1" and the like, so it must never follow one from outside: all
 * changes, mounts and dpkg's too, are made behind chroot(2), with the tree as the root, and mounts
 * in a mount namespace of its own. Without CAP_SYS_CHROOT nothing is done at all.
 *
 * FOLDER is made; COUNT changes of every kind (changes.c), in rounds of 1 to ROUND_MAX, each
 * followed by the comparison, so that no later change makes good what was missed. muster runs as
 * user UID (0), who may not see everything, in groups of that number. Prints the seed (any word for
 * one by the time), how often each kind worked, and each item that differs. Exit 0: they agree. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "belief.h"
#include "changes.h"
#include "packages.h"
#include "settings.h"

#define QUIET_MS 400    /* without a word: the watch has told what it knows */
#define SURELY_MS 5000  /* the same, where it seems to have missed something */
#define LOOKED_MS 65000 /* where it may have to look at trees that it can't watch */
#define BEGIN_MS 20000
#define ROUND_MAX 60

static size_t checks;                 /* of the policy */
static uid_t user;                    /* whom muster runs as */
static int outside = -1, inside = -1; /* the machine's root, and the tree's */

static void fail(const char *what)
{
	fprintf(stderr, "churn: %s: %s\n", what, strerror(errno));
	exit(3);
}

/* -------- the tree and its policy -------- */

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		fail(path);
}

/* Checks: of each folder, of two files in it, and others. %s is the path. */
static const struct {
	const char *ref, *test;
} of_folders[] =
	{
		{"t",
		 "files: \"\", path: /%s, content: good, links: true, rest: true, max_errors: 100,"
		 " count: 0"},
		{"u",
		 "files: \"\", path: /%s, content: good, rest: true, max_errors: 100, count: 0"},
		{"g", "file: /%s/*.conf, regex: good, mode: { at_most: \"0644\" }"},
		{"k", "files: 'not type:file', path: /%s, kind: any, max_errors: 100,"
		      " only: { type: directory }"},
},
  of_files[] =
	  {
		  {"r", "file: /%s, regex: \"^good\", owner: { one_of: [root, \"0\"] }"},
		  {"l",
		   "file: /%s, follow: false, type: file, mode: { at_most: \"0644\" }, links: 1"},
		  {"m", "file: /%s, mtime: { at_least: \"2020-01-01T00:00:00Z\" }, size: {"
			" at_most: 4k }"},
},
  others[] = {
	  {"sshd", "config: /etc/ssh/sshd_config, key: PermitRootLogin, equals: \"no\""},
	  {"deep", "file: /a/**/f0, exists: false"},
	  {"one", "package: one, version: { at_least: 1.0-2 }"},
	  {"two", "package: two, installed: true"},
	  {"state", "packages: '', every: { state: installed }"},
};

static void put_check(FILE *file, const char *ref, const char *test, const char *path)
{
	char word[CHANGES_PATH_SIZE];
	snprintf(word, sizeof(word), "%s", path);
	for (char *slash; (slash = strchr(word, '/')) != NULL;)
		*slash = '-';
	fprintf(file, "  - { ref: %s-%s, level: low, name: n, test: { ", ref, word);
	for (const char *at; (at = strstr(test, "%s")) != NULL; test = at + 2)
		fprintf(file, "%.*s%s", (int)(at - test), test, path);
	fprintf(file, "%s } }\n", test);
	checks++;
}

static void write_policy(const char *path)
{
	FILE *file = fopen(path, "w");
	if (!file)
		fail(path);
	fputs("policy: churn\nchecks:\n", file);
	for (size_t i = 0; changes_folders[i + 1]; i++) { /* all but "out" */
		for (size_t j = 0; j < sizeof(of_folders) / sizeof(*of_folders); j++)
			put_check(file, of_folders[j].ref, of_folders[j].test, changes_folders[i]);
		for (size_t j = 0; j < 2 * sizeof(of_files) / sizeof(*of_files); j++) {
			char place[CHANGES_PATH_SIZE];
			snprintf(place, sizeof(place), "%s/%s", changes_folders[i],
				 changes_names[j % 2]);
			put_check(file, of_files[j / 2].ref, of_files[j / 2].test, place);
		}
	}
	for (size_t j = 0; j < sizeof(others) / sizeof(*others); j++)
		put_check(file, others[j].ref, others[j].test, "");
	fputs(settings_policy, file);
	checks += settings_checks();
	fputs("---\npolicy: commands\nchecks:\n", file);
	for (size_t i = 0; settings_commands[i]; i++, checks++)
		fprintf(file,
			"  - { ref: c%zu, level: low, name: n, test: { command: '%s',"
			" equals: x } }\n",
			i, settings_commands[i]);
	if (fclose(file) != 0)
		fail(path);
}

static void make_tree(const char *folder)
{
	static const char *const more[] = {"etc",       "etc/ssh", "layers",  "lower",   "lower/b",
					   "lower/b/c", "usr",     "usr/bin", "usr/sbin"};
	if (mkdir(folder, 0755) != 0 || chdir(folder) != 0 || mkdir("root", 0755) != 0)
		fail(folder);
	write_policy("policy.yaml");
	if (chdir("root") != 0)
		fail("root");
	changes_make_folders();
	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++)
		mkdir(more[i], 0755);
	write_file("etc/ssh/sshd_config", "Include /inc/*.conf\nPermitRootLogin no\n");
	for (size_t i = 0; settings_programs[i]; i++) {
		write_file(settings_programs[i], "");
		if (chmod(settings_programs[i], 0755) != 0)
			fail(settings_programs[i]);
	}
	write_file("lower/f0", "good\n"); /* what lies below an overlay */
	write_file("lower/f2.conf", "bad\n");
	write_file("lower/b/f1", "good\n");
	write_file("lower/b/c/f0", "bad\n");
}

/* -------- in and out -------- */

/* Changes are made with the tree as the root: a link in it leads nowhere else, whatever it says.
 * Needs CAP_SYS_CHROOT. */
static void enter(void)
{
	if (fchdir(inside) != 0 || chroot(".") != 0)
		fail("chroot, without which links would lead out of the tree");
}

static void leave(void)
{
	if (fchdir(outside) != 0 || chroot(".") != 0 || fchdir(inside) != 0)
		fail("chroot back");
}

static bool run_dpkg(const char *const *arguments)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		leave();
		packages_run(arguments);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static bool can_mount(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", "out", "tmpfs", 0, NULL) == 0 && umount("out") == 0;
}

static bool can_overlay(void)
{
	return mkdir("layers/upper", 0755) == 0 && mkdir("layers/work", 0755) == 0 &&
	       mount("overlay", "out", "overlay", 0,
		     "lowerdir=lower,upperdir=layers/upper,workdir=layers/work") == 0 &&
	       umount("out") == 0;
}

/* Makes the tree, and what keeps every change in it. */
static void prepare(const char *folder, uint64_t seed)
{
	make_tree(folder);
	bool mounts = can_mount(), packages = mounts && packages_prepare();
	struct changes_tree tree = {
		.path = realpath(".", NULL),
		.mounts = mounts ? open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC) : -1,
		.overlays = mounts && can_overlay(),
		.dpkg = packages ? run_dpkg : NULL};
	outside = open("/", O_PATH | O_CLOEXEC);
	inside = open(".", O_PATH | O_CLOEXEC);
	enter(); /* or nothing is done at all */
	leave();
	printf("mounts %s, overlays %s, packages %s\n", mounts ? "too" : "not permitted",
	       tree.overlays ? "too" : "not possible", packages ? "too" : "not possible");
	fflush(stdout);
	changes_begin(&tree, seed);
}

/* -------- rounds -------- */

/* What this round did, for when it goes wrong. */
static char done[ROUND_MAX][600];

static void churn(struct belief *belief, int fd, uint64_t count)
{
	memset(done, 0, sizeof(done));
	for (uint64_t i = 0; i < count; i++) {
		changes_make(done[i], sizeof(done[i]));
		int wait_ms = changes_pick(8) == 0 ? (int)changes_pick(12) : 0;
		if (belief_take(belief, fd, wait_ms) < 0)
			fail("muster watch has ended");
	}
}

/* Whether the watch believes what a check finds, after a second and longer look if need be. */
static bool agrees(const char *muster, struct belief *belief, int fd)
{
	bool equal = false;
	int surely_ms = user != 0 ? LOOKED_MS : SURELY_MS;
	for (int tries = 0; !equal && tries < 2; tries++) {
		static struct belief truth;
		int check_fd, status;
		while (belief_take(belief, fd, tries == 0 ? QUIET_MS : surely_ms) > 0)
			;
		pid_t check = belief_start(muster, "check", user, &check_fd);
		if (check < 0)
			fail(muster);
		while (belief_take(&truth, check_fd, BEGIN_MS) > 0)
			;
		close(check_fd);
		waitpid(check, &status, 0);
		equal = belief_is_equal(belief, &truth, tries == 1) && truth.count == checks;
		belief_forget(&truth);
	}
	return equal;
}

/* Rounds of changes until none is left, or they differ; then what the last one did is shown. */
static bool run_rounds(const char *muster, struct belief *belief, int fd, uint64_t left)
{
	bool good = true;
	uint64_t rounds = 0;
	for (; good && left > 0; rounds++) {
		uint64_t round = 1 + changes_pick(ROUND_MAX);
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

static uint64_t choose_seed(const char *word)
{
	uint64_t seed;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (!word || !text_to_u64(text_of(word), 0, UINT64_MAX, &seed))
		seed = (uint64_t)now.tv_sec * 1000003 + (uint64_t)now.tv_nsec;
	printf("seed %llu\n", (unsigned long long)seed);
	return seed;
}

int main(int argc, char **argv)
{
	static struct belief belief;
	int fd, status;
	uint64_t left, uid = 0;
	if (argc < 4 || !text_to_u64(text_of(argv[3]), 1, 10000000, &left) ||
	    (argc > 5 && !text_to_u64(text_of(argv[5]), 0, 65534, &uid))) {
		fprintf(stderr, "usage: churn MUSTER FOLDER COUNT [SEED [UID]]\n");
		return 2;
	}
	user = (uid_t)uid;
	const char *muster = realpath(argv[1], NULL);
	if (!muster)
		fail(argv[1]);
	prepare(argv[2], choose_seed(argv[4]));
	pid_t pid = belief_start(muster, "watch", user, &fd);
	if (pid < 0)
		fail(muster);
	while (belief_take(&belief, fd, belief.count == 0 ? BEGIN_MS : QUIET_MS) > 0)
		;
	bool good = run_rounds(muster, &belief, fd, left);
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	enter();
	changes_end();
	leave();
	good &= changes_tell();
	return good ? 0 : 1;
}
