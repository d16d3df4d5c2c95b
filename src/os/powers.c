#include "os/powers.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights that kernels learnt after the headers that we build with (Debian 12's know ABI 2). */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#define FS_IOCTL_DEV (1ULL << 15)
#define NET_BIND_TCP (1ULL << 0)
#define NET_CONNECT_TCP (1ULL << 1)
#define SCOPE_ABSTRACT_UNIX (1ULL << 0)
#define SCOPE_SIGNAL (1ULL << 1)

#define CALLS_MAX 160 /* system calls of one role */

/* Calls that kernels learnt after our libseccomp; their numbers are the same on every machine. */
#define CALL_FCHMODAT2 452
#define CALL_SETXATTRAT 463
#define CALL_REMOVEXATTRAT 466

/* struct landlock_ruleset_attr as of ABI 6; older kernels take its first fields alone. */
struct ruleset {
	uint64_t fs, net, scoped_to;
};

static unsigned abi_limit = UINT32_MAX; /* set once, in main */

void powers_clamp_landlock(unsigned abi)
{
	abi_limit = abi;
}

unsigned powers_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 0)
		return 0;
	return (unsigned)abi < abi_limit ? (unsigned)abi : abi_limit;
}

/* --- user and capabilities --- */

static bool keep_capabilities(const char *const *keep, struct err *err)
{
	capng_clear(CAPNG_SELECT_BOTH);
	for (size_t i = 0; keep && keep[i]; i++) {
		int capability = capng_name_to_capability(keep[i]);
		must(capability >= 0);
		if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
				 (unsigned)capability) != 0)
			return err_set(err, ERR_SYSTEM, "cannot keep capability %s", keep[i]);
	}
	return true;
}

unsigned powers_user(const char *account, unsigned id)
{
	const struct passwd *known = getpwnam(account);
	return known ? known->pw_uid : id;
}

bool powers_is_root(void)
{
	return geteuid() == 0;
}

void powers_owned(const char *const *wanted, const char **kept)
{
	size_t count = 0;
	bool known = capng_get_caps_process() == 0;
	for (size_t i = 0; wanted[i]; i++) {
		int capability = capng_name_to_capability(wanted[i]);
		must(capability >= 0);
		if (known && capng_have_capability(CAPNG_PERMITTED, (unsigned)capability))
			kept[count++] = wanted[i];
	}
	kept[count] = NULL;
}

bool powers_become(const char *account, unsigned id, const char *const *keep, struct err *err)
{
	if (geteuid() != 0) {
		capng_clear(CAPNG_SELECT_BOTH);
		if (capng_apply(CAPNG_SELECT_CAPS) != 0)
			return err_set(err, ERR_SYSTEM, "cannot give up capabilities");
		return true;
	}
	const struct passwd *known = getpwnam(account);
	uid_t uid = known ? known->pw_uid : id;
	gid_t gid = known ? known->pw_gid : id;
	if (!keep_capabilities(keep, err))
		return false;
	int failed = capng_change_id((int)uid, (int)gid,
				     CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
	if (failed)
		return err_set(err, ERR_SYSTEM, "cannot become user %u: step %d failed", uid,
			       failed);
	if (uid != 0 && setuid(0) == 0)
		return err_set(err, ERR_SYSTEM, "giving up root did not last");
	return true;
}

bool powers_can_become(const char *account, struct err *err)
{
	const struct passwd *known = getpwnam(account);
	if (!known)
		return err_set(err, ERR_INPUT, "there is no user \"%s\"", account);
	if (geteuid() != 0 && geteuid() != known->pw_uid)
		return err_set(err, ERR_REFUSED, "only root can become user \"%s\"", account);
	return true;
}

bool powers_limit_memory(size_t bytes, struct err *err)
{
	const struct rlimit data = {bytes, bytes};
	if (setrlimit(RLIMIT_DATA, &data) != 0)
		return err_errno(err, "cannot limit memory to %zu bytes", bytes);
	return true;
}

void powers_allow_files(uint64_t *limit)
{
	struct rlimit files = {0};
	*limit = 0;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	rlim_t before = files.rlim_cur;
	files.rlim_cur = files.rlim_max;
	*limit = setrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_max : before;
}

bool powers_lock(struct err *err)
{
	const struct rlimit none = {0, 0};
	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return err_errno(err, "cannot switch off core dumps");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_errno(err, "cannot refuse being traced");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_errno(err, "cannot refuse new privileges");
	return true;
}

/* --- Landlock --- */

static uint64_t all_fs(unsigned abi)
{
	uint64_t rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) -
			  1; /* ABI 1: execute up to make_sym */
	if (abi >= 2)
		rights |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
	if (abi >= 5)
		rights |= FS_IOCTL_DEV;
	return rights;
}

static uint64_t fs_of(unsigned rights, unsigned abi, bool folder)
{
	uint64_t fs = 0;
	if (rights & POWERS_READ)
		fs |= LANDLOCK_ACCESS_FS_READ_FILE | (folder ? LANDLOCK_ACCESS_FS_READ_DIR : 0);
	if (rights & POWERS_LIST && folder)
		fs |= LANDLOCK_ACCESS_FS_READ_DIR;
	if (rights & POWERS_WRITE)
		fs |= LANDLOCK_ACCESS_FS_WRITE_FILE | (abi >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0);
	if (rights & POWERS_MAKE && folder)
		fs |= LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
		      LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR;
	if (rights & POWERS_EXECUTE)
		fs |= LANDLOCK_ACCESS_FS_EXECUTE;
	return fs;
}

static bool allow_path(int ruleset, const struct powers_path *path, unsigned abi, struct err *err)
{
	struct stat stat;
	int fd = path->path ? open(path->path, O_PATH | O_CLOEXEC) : path->fd;
	if (fd < 0)
		return err_errno(err, "cannot wall in \"%s\"", path->path);
	struct landlock_path_beneath_attr rule = {.parent_fd = fd};
	bool done = fstat(fd, &stat) == 0;
	if (done) {
		rule.allowed_access = fs_of(path->rights, abi, S_ISDIR(stat.st_mode));
		done = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule,
			       0) == 0;
	}
	if (!done)
		err_errno(err, "cannot wall in \"%s\"", path->path ? path->path : "a folder");
	if (path->path)
		close(fd);
	return done;
}

bool powers_wall_paths(const struct powers_path *paths, size_t count, bool network, unsigned *abi,
		       struct err *err)
{
	*abi = powers_landlock_abi();
	if (*abi == 0)
		return true;
	struct ruleset rules = {.fs = all_fs(*abi)};
	size_t size = sizeof(rules.fs);
	if (*abi >= 4) {
		size += sizeof(rules.net);
		rules.net = network ? 0 : NET_BIND_TCP | NET_CONNECT_TCP;
	}
	if (*abi >= 6) {
		size += sizeof(rules.scoped_to);
		rules.scoped_to = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
	}
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
	if (ruleset < 0)
		return err_errno(err, "cannot make a Landlock ruleset of ABI %u", *abi);
	bool done = true;
	for (size_t i = 0; i < count && done; i++)
		done = allow_path(ruleset, &paths[i], *abi, err);
	if (done && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		done = err_errno(err, "cannot refuse new privileges");
	if (done && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		done = err_errno(err, "cannot put up the Landlock wall");
	close(ruleset);
	return done;
}

/* --- seccomp --- */

/* Every role: compute, remember, tell the time, use what is open, end. Nothing here opens, connects
 * or starts. */
static const int calls_all[] = {
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(pread64),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(close),
	SCMP_SYS(lseek),
	SCMP_SYS(fstat),
	SCMP_SYS(brk),
	SCMP_SYS(mmap),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(mprotect),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(nanosleep),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(getrandom),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(tgkill),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(sched_yield),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(timerfd_create),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(eventfd2),
	SCMP_SYS(signalfd4),
	SCMP_SYS(sendmsg),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(recvfrom),
	SCMP_SYS(shutdown),
	SCMP_SYS(getrlimit),
	SCMP_SYS(prlimit64),
	SCMP_SYS(sysinfo),
	SCMP_SYS(uname),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(dup),
	SCMP_SYS(getrusage),
	SCMP_SYS(fcntl),
	SCMP_SYS(membarrier),
	SCMP_SYS(pread64),
};

/* Reads files: opens are allowed below, for reading alone. */
static const int calls_files[] = {
	SCMP_SYS(newfstatat), SCMP_SYS(stat),      SCMP_SYS(lstat),
	SCMP_SYS(statx),      SCMP_SYS(statfs),    SCMP_SYS(fstatfs),
	SCMP_SYS(getdents64), SCMP_SYS(readlink),  SCMP_SYS(readlinkat),
	SCMP_SYS(getcwd),     SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
	SCMP_SYS(getxattr),   SCMP_SYS(fgetxattr), SCMP_SYS(flistxattr),
	SCMP_SYS(ftruncate), /* of what was opened for writing before the walls: an output */
};

/* Sees what is in folders, and where links lead. */
static const int calls_links[] = {
	SCMP_SYS(newfstatat),
	SCMP_SYS(getdents64),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
};

/* Watches files; inotify and fanotify were opened before. Handles are only told, to know a file by:
 * nothing is opened by them (open_by_handle_at stands nowhere). */
static const int calls_watch[] = {SCMP_SYS(inotify_add_watch), SCMP_SYS(inotify_rm_watch),
				  SCMP_SYS(fanotify_mark), SCMP_SYS(name_to_handle_at)};

/* A client's sockets. */
static const int calls_client[] =
	{
		SCMP_SYS(socket),     SCMP_SYS(connect),     SCMP_SYS(getsockopt),
		SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
		SCMP_SYS(sendmmsg),   SCMP_SYS(recvmmsg),    SCMP_SYS(ioctl),
		SCMP_SYS(socketpair), SCMP_SYS(bind), /* the resolver's, to netlink */
};

/* Writes below folders that it holds. */
static const int calls_keep[] = {
	SCMP_SYS(openat),  SCMP_SYS(openat2),         SCMP_SYS(open),      SCMP_SYS(unlinkat),
	SCMP_SYS(unlink),  SCMP_SYS(renameat),        SCMP_SYS(renameat2), SCMP_SYS(rename),
	SCMP_SYS(mkdirat), SCMP_SYS(mkdir),           SCMP_SYS(rmdir),     SCMP_SYS(ftruncate),
	SCMP_SYS(fsync),   SCMP_SYS(fdatasync),       SCMP_SYS(pwrite64),  SCMP_SYS(fallocate),
	SCMP_SYS(flock),   SCMP_SYS(fchmod),          SCMP_SYS(fchmodat),  SCMP_SYS(fadvise64),
	SCMP_SYS(access),  SCMP_SYS(sync_file_range), SCMP_SYS(utimensat), SCMP_SYS(fchown),
};

/* Serves: listens and has threads. */
static const int calls_serve[] = {
	SCMP_SYS(listen),         SCMP_SYS(accept),
	SCMP_SYS(accept4),        SCMP_SYS(clone),
	SCMP_SYS(clone3),         SCMP_SYS(pipe2),
	SCMP_SYS(sendfile),       SCMP_SYS(select),
	SCMP_SYS(pselect6),       SCMP_SYS(prctl),
	SCMP_SYS(kill),           SCMP_SYS(sched_setaffinity),
	SCMP_SYS(getppid),        SCMP_SYS(wait4),
	SCMP_SYS(chdir),          SCMP_SYS(sched_getscheduler),
	SCMP_SYS(sched_getparam),
};

/* Has processes of its own, that run its own code. */
static const int calls_fork[] = {
	SCMP_SYS(clone),      SCMP_SYS(wait4),         SCMP_SYS(waitid),  SCMP_SYS(setitimer),
	SCMP_SYS(pidfd_open), SCMP_SYS(prctl),         SCMP_SYS(getppid), SCMP_SYS(close_range),
	SCMP_SYS(adjtimex),   SCMP_SYS(clock_adjtime), /* to ask; to set wants a capability */
};

/* What a program that only tells something has no use for: rights, owners and dates of files, which
 * Landlock leaves alone; other processes; mounts, namespaces and modules; the clock; keys; and what
 * the kernel does on behalf of others. */
static const int calls_denied[] = {
	SCMP_SYS(chmod),
	SCMP_SYS(fchmod),
	SCMP_SYS(fchmodat),
	CALL_FCHMODAT2,
	SCMP_SYS(chown),
	SCMP_SYS(fchown),
	SCMP_SYS(fchownat),
	SCMP_SYS(lchown),
	SCMP_SYS(truncate),
	SCMP_SYS(utime),
	SCMP_SYS(utimes),
	SCMP_SYS(futimesat),
	SCMP_SYS(utimensat),
	SCMP_SYS(setxattr),
	SCMP_SYS(lsetxattr),
	SCMP_SYS(fsetxattr),
	CALL_SETXATTRAT,
	SCMP_SYS(removexattr),
	SCMP_SYS(lremovexattr),
	SCMP_SYS(fremovexattr),
	CALL_REMOVEXATTRAT,
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(kcmp),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(move_mount),
	SCMP_SYS(open_tree),
	SCMP_SYS(fsopen),
	SCMP_SYS(fsmount),
	SCMP_SYS(fsconfig),
	SCMP_SYS(fspick),
	SCMP_SYS(mount_setattr),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(setns),
	SCMP_SYS(unshare),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load),
	SCMP_SYS(reboot),
	SCMP_SYS(swapon),
	SCMP_SYS(swapoff),
	SCMP_SYS(acct),
	SCMP_SYS(quotactl),
	SCMP_SYS(sethostname),
	SCMP_SYS(setdomainname),
	SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime),
	SCMP_SYS(iopl),
	SCMP_SYS(ioperm),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(keyctl),
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter),
	SCMP_SYS(io_uring_register),
};

struct call_list {
	const int *calls;
	size_t count;
};
#define LIST(array)                     \
	{                               \
		array, array_len(array) \
	}

/* What may be opened, by open and openat, for reading only; with OPENS_FILES also by openat2, as
 * the caller asks (see below). */
enum opens { OPENS_NOTHING, OPENS_FILES, OPENS_FOLDERS };

static const struct {
	struct call_list lists[5];
	enum opens opens;
} roles[] = {
	[POWERS_CALLS_JUDGE] = {{LIST(calls_all), LIST(calls_files)}, OPENS_FILES},
	[POWERS_CALLS_WATCH] = {{LIST(calls_all), LIST(calls_files), LIST(calls_watch)},
				OPENS_FILES},
	[POWERS_CALLS_GATE] = {{LIST(calls_all)}, OPENS_NOTHING},
	[POWERS_CALLS_PROCREADER] = {{LIST(calls_all), LIST(calls_links)}, OPENS_FOLDERS},
	[POWERS_CALLS_LINK] = {{LIST(calls_all), LIST(calls_files), LIST(calls_client),
				LIST(calls_keep)},
			       OPENS_NOTHING},
	[POWERS_CALLS_NETPROBE] = {{LIST(calls_all), LIST(calls_files), LIST(calls_client),
				    LIST(calls_fork)},
				   OPENS_FILES},
	[POWERS_CALLS_SERVER] = {{LIST(calls_all), LIST(calls_files), LIST(calls_client),
				  LIST(calls_keep), LIST(calls_serve)},
				 OPENS_NOTHING},
};

/* Opens for reading: any flag that could write or make a file is refused with EACCES, so that it is
 * an answer. openat2 passes its flags in memory, where seccomp can't look: Landlock (no write right
 * at all) refuses those. */
static bool allow_reading(scmp_filter_ctx filter)
{
	const uint64_t writes = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
				SCMP_A2(SCMP_CMP_MASKED_EQ, writes, 0)) == 0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
				SCMP_A1(SCMP_CMP_MASKED_EQ, writes, 0)) == 0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat2), 0) == 0;
}

/* A folder, for reading: with O_DIRECTORY the kernel opens nothing else. */
static bool allow_folders(scmp_filter_ctx filter)
{
	const uint64_t writes = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
				SCMP_A2(SCMP_CMP_MASKED_EQ, writes | O_DIRECTORY, O_DIRECTORY)) ==
	       0;
}

static bool allow_opens(scmp_filter_ctx filter, enum opens opens)
{
	switch (opens) {
	case OPENS_NOTHING:
		return true;
	case OPENS_FILES:
		return allow_reading(filter);
	case OPENS_FOLDERS:
		return allow_folders(filter);
	}
	never("opens of no kind");
}

static bool allow_lists(scmp_filter_ctx filter, enum powers_calls calls)
{
	for (size_t i = 0; i < array_len(roles[calls].lists); i++) {
		struct call_list list = roles[calls].lists[i];
		for (size_t j = 0; j < list.count; j++) {
			int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, list.calls[j], 0);
			if (failed != 0 && failed != -EEXIST)
				return false;
		}
	}
	return true;
}

/* Sockets of this machine: to its services (by path) and to its kernel. */
static bool deny_sockets(scmp_filter_ctx filter)
{
	const uint32_t refused = SCMP_ACT_ERRNO(EPERM);
	bool done = seccomp_rule_add(filter, refused, SCMP_SYS(socket), 1,
				     SCMP_A0_32(SCMP_CMP_GT, AF_NETLINK, 0)) == 0;
	for (unsigned family = 0; done && family < AF_NETLINK; family++)
		done = family == AF_UNIX ||
		       seccomp_rule_add(filter, refused, SCMP_SYS(socket), 1,
					SCMP_A0_32(SCMP_CMP_EQ, family, 0)) == 0;
	return done;
}

/* Opening for writing is refused by Landlock; but before ABI 3 it lets a file be emptied that is
 * opened for reading, or for nothing (O_ACCMODE). openat2 passes its flags in memory, where seccomp
 * can't look: programs know kernels that lack it. */
static bool deny_emptying(scmp_filter_ctx filter)
{
	const uint32_t refused = SCMP_ACT_ERRNO(EPERM);
	const uint64_t mask = O_ACCMODE | O_TRUNC, modes[] = {O_RDONLY, O_ACCMODE};
	bool done = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0) == 0;
	for (size_t i = 0; done && i < array_len(modes); i++) {
		const uint64_t flags = modes[i] | O_TRUNC;
		done = seccomp_rule_add(filter, refused, SCMP_SYS(openat), 1,
					SCMP_A2(SCMP_CMP_MASKED_EQ, mask, flags)) == 0 &&
		       seccomp_rule_add(filter, refused, SCMP_SYS(open), 1,
					SCMP_A1(SCMP_CMP_MASKED_EQ, mask, flags)) == 0;
	}
	return done;
}

static bool deny_lists(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < array_len(calls_denied); i++) {
		int failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), calls_denied[i], 0);
		if (failed != 0 && failed != -EEXIST)
			return false;
	}
	return deny_sockets(filter) && deny_emptying(filter);
}

bool powers_wall_calls(enum powers_calls calls, struct err *err)
{
	bool denies = calls == POWERS_CALLS_COMMAND;
	scmp_filter_ctx filter = seccomp_init(denies ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS);
	if (!filter)
		return err_set(err, ERR_SYSTEM, "cannot make a seccomp filter");
	bool made = denies ? deny_lists(filter)
			   : allow_lists(filter, calls) && allow_opens(filter, roles[calls].opens);
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	int failed = made ? seccomp_load(filter) : -EINVAL;
	seccomp_release(filter);
	if (failed == 0)
		return true;
	errno = -failed;
	return err_errno(err, "cannot put up the seccomp wall");
}
