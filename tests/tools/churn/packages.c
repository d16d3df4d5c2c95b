#include "packages.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 16
#define TIME_MAX_S 20

/* Their files lie where the policy looks; conffiles say which dpkg asks about. */
static const struct {
	const char *name; /* of the package and its version */
	const char *path, *text;
	mode_t mode; /* 0: the text is a link's target */
} files[] = {
	{"one_1", "DEBIAN/control", "Package: one\nVersion: 1.0-1\n", 0644},
	{"one_1", "DEBIAN/conffiles", "/d/e/f3.conf\n/inc/f2.conf\n", 0644},
	{"one_1", "a/f0", "good\n", 0644},
	{"one_1", "d/e/f3.conf", "good\n", 0644},
	{"one_1", "inc/f2.conf", "PermitRootLogin yes\n", 0644},
	{"one_2", "DEBIAN/control", "Package: one\nVersion: 1.0-2\n", 0644},
	{"one_2", "DEBIAN/conffiles", "/d/e/f3.conf\n/inc/f2.conf\n", 0644},
	{"one_2", "a/f0", "bad\n", 0600},
	{"one_2", "a/b/f1", "good\n", 0644},
	{"one_2", "d/e/f3.conf", "bad\n", 0666},
	{"one_2", "inc/f2.conf", "PermitRootLogin no\n", 0644},
	{"two_1", "DEBIAN/control", "Package: two\nVersion: 1\nDepends: one (>= 1.0-1)\n", 0644},
	{"two_1", "DEBIAN/postinst", "#!/bin/sh\nchmod 0600 /d/e/f3.conf || true\n", 0755},
	{"two_1", "DEBIAN/postrm", "#!/bin/sh\necho bad >/d/e/f0 || true\n", 0755},
	{"two_1", "a/b/c/f0", "good\n", 04755},
	{"two_1", "d/f1", "/a/f0", 0},
};
#define FILES (sizeof(files) / sizeof(*files))

/* Folders and links that dpkg and the programs that it starts want to find. */
static const char *const wanted_folders[] = {PACKAGES_FOLDER,
					     "usr",
					     "var",
					     "var/lib",
					     "var/lib/dpkg",
					     "var/lib/dpkg/info",
					     "var/lib/dpkg/triggers",
					     "var/lib/dpkg/updates",
					     "var/log",
					     "tmp"};
static const char *const wanted_links[] = {"bin", "sbin", "lib", "lib64"};

static void make_folders_of(const char *path)
{
	char above[512];
	for (const char *slash = path; (slash = strchr(slash, '/')) != NULL; slash++) {
		snprintf(above, sizeof(above), "%.*s", (int)(slash - path), path);
		mkdir(above, 0755);
	}
}

static bool write_file(const char *path, const char *text, const char *more, mode_t mode)
{
	FILE *file = fopen(path, "w");
	if (!file)
		return false;
	fprintf(file, "%s%s", text, more);
	return fclose(file) == 0 && chmod(path, mode) == 0;
}

static bool write_sources(void)
{
	static const char rest[] = "Architecture: all\nMaintainer: churn <churn@example.net>\n"
				   "Description: changes at random\n";
	for (size_t i = 0; i < FILES; i++) {
		char path[512];
		snprintf(path, sizeof(path), "../sources/%s/%s", files[i].name, files[i].path);
		make_folders_of(path);
		const char *more = strcmp(files[i].path, "DEBIAN/control") == 0 ? rest : "";
		if (files[i].mode == 0 ? symlink(files[i].text, path) != 0
				       : !write_file(path, files[i].text, more, files[i].mode))
			return false;
	}
	return true;
}

static bool build(const char *name)
{
	int status;
	char source[256], target[256];
	snprintf(source, sizeof(source), "../sources/%s", name);
	snprintf(target, sizeof(target), PACKAGES_FOLDER "/%s.deb", name);
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(null, STDOUT_FILENO);
		execlp("dpkg-deb", "dpkg-deb", "--root-owner-group", "--build", "-Znone", source,
		       target, (char *)NULL);
		_exit(127);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

bool packages_prepare(void)
{
	for (size_t i = 0; i < sizeof(wanted_folders) / sizeof(*wanted_folders); i++)
		mkdir(wanted_folders[i], 0755);
	for (size_t i = 0; i < sizeof(wanted_links) / sizeof(*wanted_links); i++) {
		char target[64];
		snprintf(target, sizeof(target), "usr/%s", wanted_links[i]);
		(void)!symlink(target, wanted_links[i]);
	}
	if (!write_file("var/lib/dpkg/status", "", "", 0644) || !write_sources())
		return false;
	for (size_t i = 0; i < FILES; i++)
		if (strcmp(files[i].path, "DEBIAN/control") == 0 && !build(files[i].name))
			return false;
	return true;
}

_Noreturn void packages_run(const char *const *arguments)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C";
	char *environment[] = {path, locale, NULL}, *words[ARGUMENTS_MAX + 1] = {0};
	for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i]; i++)
		words[i] = strdup(arguments[i]);
	int null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ||
	    unshare(CLONE_NEWNS) != 0 || mount("/usr", "usr", NULL, MS_BIND, NULL) != 0 ||
	    mount(NULL, "usr", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) != 0 ||
	    chroot(".") != 0 || chdir("/") != 0)
		_exit(126);
	alarm(TIME_MAX_S); /* whatever it may wait for */
	execve("/usr/bin/dpkg", words, environment);
	_exit(127);
}
