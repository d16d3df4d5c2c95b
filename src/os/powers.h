/* powers.h: what a process may do, given up piece by piece and for good: user, capabilities, paths,
 * system calls.
 *
 * Each function takes something away; nothing here gives anything back. Landlock and seccomp are
 * asked for and used as the kernel has them; what is missing is told, and the caller states it in
 * the host's facts. */
#pragma once
#include "base/err.h"

#define POWERS_UID_SERVER 64990 /* where the account _musterd does not exist */
#define POWERS_UID_AGENT 64991  /* where _muster does not exist */

/* The Landlock ABI of this kernel, clamped to the environment's MUSTER_LANDLOCK_ABI by programs'
 * main; 0: none. */
must_use unsigned powers_landlock_abi(void);
void powers_clamp_landlock(unsigned abi); /* for tests: at most this one is used */

/* The id of the account, or the numeric one where it does not exist. */
must_use unsigned powers_user(const char *account, unsigned id);

must_use bool powers_is_root(void);

/* Of a list of capabilities (names as "dac_read_search") those that this process has, in *kept,
 * which has room for all; both end with NULL. Root has not all of them in a container. */
void powers_owned(const char *const *wanted, const char **kept);

/* Becomes the account (or the numeric id where it does not exist), with no groups, keeping exactly
 * the capabilities in `keep` (names as "dac_read_search", ends with NULL; NULL: none), which cannot
 * grow again. Does nothing but drop capabilities when the process is not root. */
must_use bool powers_become(const char *account, unsigned id, const char *const *keep,
			    struct err *err);

/* Whether this process can become the account at all: there is one, and it is root's to do so, or
 * its own already. */
must_use bool powers_can_become(const char *account, struct err *err);

/* At most so many bytes of data (heap, stacks, private pages that can be written; not the pages of
 * programs and libraries): an allocation beyond fails, which ends the process (base/mem.h). */
must_use bool powers_limit_memory(size_t bytes, struct err *err);

/* As many open descriptors as the process may have: for those who serve thousands. Never fails:
 * *limit tells. */
void powers_allow_files(uint64_t *limit);

/* No core dumps, not dumpable (ptrace), no_new_privs. */
must_use bool powers_lock(struct err *err);

/* Landlock: beneath these paths only these rights; everything else of the file system is closed. A
 * NULL list closes all. ABI 4 and later also close TCP bind and connect unless `network`. Returns
 * true where the kernel has no Landlock, too: *abi tells (0). */
enum powers_right {
	POWERS_READ = 1,
	POWERS_WRITE = 2,
	POWERS_MAKE = 4,
	POWERS_EXECUTE = 8,
	POWERS_LIST = 16, /* the names in folders, and nothing of files */
};
struct powers_path {
	const char *path; /* NULL: use fd */
	int fd;
	unsigned rights;
};
must_use bool powers_wall_paths(const struct powers_path *paths, size_t count, bool network,
				unsigned *abi, struct err *err);

/* seccomp: what a role may call. Everything else kills the process (SIGSYS), but for COMMAND. */
enum powers_calls {
	POWERS_CALLS_JUDGE, /* reads files, computes, answers on descriptors that it has; no socket,
			       no exec, no write open */
	POWERS_CALLS_WATCH, /* the same, and watches files (inotify) */
	POWERS_CALLS_GATE,  /* computes, answers; opens nothing */
	POWERS_CALLS_LINK,  /* TCP client sockets, its own descriptors, the spool folder through
			       openat */
	POWERS_CALLS_NETPROBE,   /* client sockets, reads files, forks; no exec, no write open */
	POWERS_CALLS_PROCREADER, /* lists folders, reads links; opens no file */
	POWERS_CALLS_SERVER,     /* files of its folder, sockets, threads */
	/* Runs other people's programs, which may call what they like but for what changes files
	 * beside Landlock, reaches the network or other processes, or makes the kernel do more:
	 * that is refused (EPERM), and nothing kills. Sockets are those of this machine alone. */
	POWERS_CALLS_COMMAND,
};
must_use bool powers_wall_calls(enum powers_calls calls, struct err *err);
