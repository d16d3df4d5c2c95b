/* powers-probe: puts a role's walls around itself, then does one thing that the role may not do.
 *
 *	powers-probe judge|gate|link|runner|HELPER ACT FOLDER
 *
 * Prints what came of it. Exit 0: it was refused, with an error; killed by SIGSYS: so was it; 1: it
 *was done. FOLDER is where it may try to make files; `link` holds FOLDER/spool. MUSTER_LANDLOCK_ABI
 *clamps as in the programs. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/judge/errand.h"
#include "agent/roles.h"
#include "base/log.h"
#include "judge/helper.h"
#include "judge/judge.h"
#include "os/folder.h"

static char target[4096]; /* a file in FOLDER, which is there */
static char fresh[4096];  /* one that is not */
static pid_t parent;      /* asked for before the walls, which would refuse that alone */
static int held = -1;     /* the target, open for reading since before the walls */

/* Each returns what the system call does: below 0, with errno, when it was refused. */
static long act_read(void)
{
	return open(target, O_RDONLY);
}
static long act_write(void)
{
	return open(target, O_WRONLY);
}
static long act_append(void)
{
	return open(target, O_WRONLY | O_APPEND);
}
static long act_create(void)
{
	return open(fresh, O_WRONLY | O_CREAT, 0600);
}
static long act_truncate(void)
{
	return open(target, O_RDONLY | O_TRUNC);
}
static long act_openat2_write(void)
{
	const struct open_how how = {.flags = O_WRONLY};
	return syscall(SYS_openat2, AT_FDCWD, target, &how, sizeof(how));
}
static long act_openat2_truncate(void)
{
	const struct open_how how = {.flags = O_RDONLY | O_TRUNC};
	return syscall(SYS_openat2, AT_FDCWD, target, &how, sizeof(how));
}
static long act_openat2_create(void)
{
	const struct open_how how = {.flags = O_WRONLY | O_CREAT, .mode = 0600};
	return syscall(SYS_openat2, AT_FDCWD, fresh, &how, sizeof(how));
}
static long act_reopen(void)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", held);
	return open(path, O_WRONLY);
}
static long act_unlink(void)
{
	return unlink(target);
}
static long act_rename(void)
{
	return rename(target, fresh);
}
static long act_chmod(void)
{
	return chmod(target, 0777);
}
static long act_fchmod(void)
{
	return fchmod(held, 0777);
}
static long act_mkdir(void)
{
	return mkdir(fresh, 0700);
}
static long act_symlink(void)
{
	return symlink("x", fresh);
}
static long act_mknod(void)
{
	return mknod(fresh, S_IFIFO | 0600, 0);
}
static long act_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}
static long act_local_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}
static long act_packet(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}
static long act_vsock(void)
{
	return socket(AF_VSOCK, SOCK_STREAM, 0);
}
static long act_connect(void)
{
	const struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		return -1;
	return connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0 || errno == ECONNREFUSED
		       ? 0
		       : -1;
}
static long act_execute(void)
{
	char *const arguments[] = {(char *)(uintptr_t) "true", NULL};
	return execv("/bin/true", arguments);
}
static long act_fork(void)
{
	return syscall(SYS_fork);
}
static long act_trace(void)
{
	return ptrace(PTRACE_ATTACH, parent, NULL, NULL);
}
static long act_kill(void)
{
	return kill(parent, 0);
}
static long act_mount(void)
{
	return mount("none", target, "tmpfs", 0, NULL);
}
static long act_setuid(void)
{
	return setuid(0);
}
static long act_keyctl(void)
{
	return syscall(SYS_keyctl, 0, 0, 0, 0, 0);
}
static long act_io_uring(void)
{
	return syscall(SYS_io_uring_setup, 1, NULL);
}
static long act_handle(void)
{
	return syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, 0);
}
static long act_memory(void)
{
	return syscall(SYS_process_vm_readv, parent, NULL, 0, NULL, 0, 0);
}
static long act_list(void)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)parent);
	return open(path, O_RDONLY | O_DIRECTORY);
}
static long act_exe(void)
{
	char path[64], program[4096];
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)parent);
	return readlink(path, program, sizeof(program));
}
static long act_memory_file(void)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)parent);
	return open(path, O_RDONLY);
}
static long act_openat2_read(void)
{
	const struct open_how how = {.flags = O_RDONLY};
	return syscall(SYS_openat2, AT_FDCWD, target, &how, sizeof(how));
}
static long act_spool(void) /* what the link may, and nobody else */
{
	return open(target, O_WRONLY);
}

static const struct {
	const char *name;
	long (*run)(void);
} acts[] = {
	{"read", act_read},
	{"write", act_write},
	{"append", act_append},
	{"create", act_create},
	{"truncate", act_truncate},
	{"openat2-write", act_openat2_write},
	{"openat2-truncate", act_openat2_truncate},
	{"openat2-create", act_openat2_create},
	{"reopen", act_reopen},
	{"unlink", act_unlink},
	{"rename", act_rename},
	{"chmod", act_chmod},
	{"fchmod", act_fchmod},
	{"mkdir", act_mkdir},
	{"symlink", act_symlink},
	{"mknod", act_mknod},
	{"socket", act_socket},
	{"local-socket", act_local_socket},
	{"packet", act_packet},
	{"vsock", act_vsock},
	{"connect", act_connect},
	{"execute", act_execute},
	{"fork", act_fork},
	{"trace", act_trace},
	{"kill", act_kill},
	{"mount", act_mount},
	{"setuid", act_setuid},
	{"keyctl", act_keyctl},
	{"io_uring", act_io_uring},
	{"handle", act_handle},
	{"memory", act_memory},
	{"list", act_list},
	{"exe", act_exe},
	{"memory-file", act_memory_file},
	{"openat2-read", act_openat2_read},
	{"spool", act_spool},
};

static void die(const struct err *err)
{
	fprintf(stderr, "powers-probe: %s\n", err->text);
	exit(3);
}

static void enter(const char *role, int folder)
{
	struct err err = {0};
	struct judge_walls walls;
	bool done = false;
	const struct helper *helper = NULL;
	for (unsigned i = 0; i < HELPER_COUNT; i++)
		if (strcmp(role, helper_of((enum helper_role)i)->name) == 0)
			helper = helper_of((enum helper_role)i);
	if (helper)
		done = helper->enter(&err);
	else if (strcmp(role, "judge") == 0)
		done = roles_enter(ROLE_JUDGE, -1, &err) && judge_enter("/", &walls, &err);
	else if (strcmp(role, "watch") == 0)
		done = roles_enter(ROLE_WATCH, -1, &err);
	else if (strcmp(role, "runner") == 0)
		done = errand_enter(NULL, &err);
	else if (strcmp(role, "gate") == 0)
		done = roles_enter(ROLE_GATE, -1, &err);
	else {
		int spool = folder_open_below(folder, "spool", roles_user(), &err);
		done = spool >= 0 && roles_enter(ROLE_LINK, spool, &err);
	}
	if (!done)
		die(&err);
}

int main(int count, char **arguments)
{
	struct err err = {0};
	uint64_t abi;
	if (count != 4) {
		fprintf(stderr, "usage: powers-probe ROLE ACT FOLDER\n");
		return 2;
	}
	const char *clamp = getenv("MUSTER_LANDLOCK_ABI");
	if (clamp && text_to_u64(text_of(clamp), 0, 1000, &abi))
		powers_clamp_landlock((unsigned)abi);
	bool in_spool = strcmp(arguments[2], "spool") == 0;
	snprintf(target, sizeof(target), "%s/%starget", arguments[3], in_spool ? "spool/" : "");
	snprintf(fresh, sizeof(fresh), "%s/fresh", arguments[3]);
	int folder = folder_open(arguments[3], &err);
	held = open(target, O_RDONLY);
	parent = getppid();
	if (folder < 0)
		die(&err);
	enter(arguments[1], folder);
	for (size_t i = 0; i < array_len(acts); i++) {
		if (strcmp(acts[i].name, arguments[2]) != 0)
			continue;
		errno = 0;
		long answer = acts[i].run();
		if (answer >= 0) {
			printf("done\n");
			fflush(stdout);
			_exit(1);
		}
		printf("refused: %s\n", strerror(errno));
		fflush(stdout);
		_exit(0);
	}
	fprintf(stderr, "powers-probe: no act \"%s\"\n", arguments[2]);
	return 2;
}
