#include "os/kernel/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"
#include "os/child.h"

#define CHILDREN_SIZE 4096 /* of the kernel's list, at a time; what it cuts comes the next time */

struct keeper {
	pid_t child;
	int signals;      /* signalfd */
	int status;       /* of the child, once it has ended */
	bool ended;       /* the child */
	int64_t until_us; /* then it is killed; 0: nobody asked it to end */
	sigset_t before;  /* what was blocked */
};

/* -------- signals -------- */

/* Those that ask to end, but for what is ignored (nohup), and SIGCHLD. */
static void fill_signals(sigset_t *set)
{
	static const int more[] = {SIGQUIT, SIGCHLD};
	sigemptyset(set);
	for (size_t i = 0; i < CHILD_STOPS + array_len(more); i++) {
		int number = i < CHILD_STOPS ? child_stops[i] : more[i - CHILD_STOPS];
		struct sigaction now;
		if (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaddset(set, number);
	}
}

static void take_signals(struct keeper *keeper)
{
	struct signalfd_siginfo info;
	while (read(keeper->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD || keeper->ended)
			continue;
		kill(keeper->child, (int)info.ssi_signo);
		if (keeper->until_us == 0)
			keeper->until_us = time_span_us() + KEEPER_GRACE_MS * INT64_C(1000);
	}
}

/* Until a signal comes, or the time is there (0: never). */
static void wait_until(struct keeper *keeper, int64_t until_us)
{
	struct pollfd ready = {.fd = keeper->signals, .events = POLLIN};
	int64_t left_us = until_us - time_span_us();
	(void)poll(&ready, 1, until_us == 0 ? -1 : left_us > 0 ? (int)(left_us / 1000) + 1 : 0);
	take_signals(keeper);
}

/* -------- the end -------- */

/* Reaps who has ended; false: there is nobody any more. Who was orphaned below us falls to us. */
static bool reap(struct keeper *keeper)
{
	pid_t pid;
	int status;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == keeper->child) {
			keeper->status = status;
			keeper->ended = true;
		}
	return pid == 0;
}

static void wait_for_child(struct keeper *keeper)
{
	while (!keeper->ended && reap(keeper) && !keeper->ended) {
		wait_until(keeper, keeper->until_us);
		if (!keeper->ended && keeper->until_us != 0 && time_span_us() >= keeper->until_us) {
			kill(keeper->child, SIGKILL);
			keeper->until_us = 0;
		}
	}
}

/* Helpers are killed by the kernel when their parent dies; what commands have started is not. */
static void kill_children(void)
{
	char path[64], bytes[CHILDREN_SIZE];
	struct text list, word;
	uint64_t pid;
	int len = snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	must(len > 0 && len < (int)sizeof(path));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? 0 : read(fd, bytes, sizeof(bytes));
	list = (struct text){bytes, size > 0 ? (size_t)size : 0};
	while (list.len > 0 && list.at[list.len - 1] != ' ')
		list.len--; /* a number that is cut is another's */
	while (text_word(&list, &word))
		if (text_to_u64(word, 2, INT32_MAX, &pid))
			kill((pid_t)pid, SIGKILL);
	if (fd >= 0)
		close(fd);
}

/* Who is killed leaves its own children to us: until none is left. */
static void sweep(struct keeper *keeper)
{
	int64_t until_us = time_span_us() + KEEPER_SWEEP_MS * INT64_C(1000);
	while (reap(keeper)) {
		kill_children();
		if (!reap(keeper) || time_span_us() >= until_us)
			return;
		wait_until(keeper, until_us);
	}
}

/* As the child ended, so that whoever waits learns it: by the same signal, too. */
static never_returns void end_as(int status)
{
	const struct rlimit no_core = {0, 0};
	const struct sigaction normal = {.sa_handler = SIG_DFL};
	sigset_t none;
	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	int number = WTERMSIG(status);
	sigemptyset(&none);
	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)sigaction(number, &normal, NULL);
	kill(getpid(), number);
	(void)sigprocmask(SIG_SETMASK, &none, NULL); /* by which it comes, where it was blocked */
	_exit(128 + number); /* the first process of a container does not die of a signal */
}

/* -------- the beginning -------- */

static bool go_on(const struct keeper *keeper, pid_t parent, struct err *err)
{
	close(keeper->signals);
	if (sigprocmask(SIG_SETMASK, &keeper->before, NULL) != 0)
		return err_errno(err, "cannot receive signals");
	if (!child_stay_bound(err))
		return false;
	return getppid() == parent || err_set(err, ERR_SYSTEM, "the keeper is gone");
}

bool keeper_stay(struct err *err)
{
	struct keeper keeper = {.signals = -1};
	const struct sigaction normal = {.sa_handler = SIG_DFL};
	pid_t parent = getpid();
	sigset_t set;
	/* Ignored by whoever started us, ended children would reap themselves, untold. */
	if (sigaction(SIGCHLD, &normal, NULL) != 0 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
		return err_errno(err, "cannot keep processes");
	fill_signals(&set);
	keeper.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (keeper.signals < 0 || sigprocmask(SIG_BLOCK, &set, &keeper.before) != 0)
		return err_errno(err, "cannot receive signals");
	keeper.child = fork();
	if (keeper.child < 0)
		return err_errno(err, "cannot start a process");
	if (keeper.child == 0)
		return go_on(&keeper, parent, err);
	wait_for_child(&keeper);
	must(keeper.ended);
	sweep(&keeper);
	end_as(keeper.status);
}
