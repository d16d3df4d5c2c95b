#include "os/child.h"

#include <errno.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define NO_SUCH_PARENT 125

const int child_stops[CHILD_STOPS] = {SIGTERM, SIGINT, SIGHUP};

static int pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Closes the descriptors from..to, which may be none. */
static bool close_between(int from, int to, struct err *err)
{
	if (from > to || syscall(SYS_close_range, (unsigned)from, (unsigned)to, 0) == 0)
		return true;
	return err_errno(err, "cannot close the parent's descriptors");
}

/* Closes everything above standard error but what is kept. */
static bool close_others(const int *keep, size_t count, struct err *err)
{
	int from = STDERR_FILENO + 1;
	for (;;) {
		int next = -1; /* the lowest kept descriptor that is not below from */
		for (size_t i = 0; i < count; i++)
			if (keep[i] >= from && (next < 0 || keep[i] < next))
				next = keep[i];
		if (next < 0)
			return close_between(from, INT32_MAX, err);
		if (!close_between(from, next - 1, err))
			return false;
		from = next + 1;
	}
}

bool child_stay_bound(struct err *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return err_errno(err, "cannot be bound to the parent's life");
	return true;
}

bool child_limit(int ms, struct err *err)
{
	const struct itimerval limit = {
		.it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000}};
	must(ms > 0);
	if (setitimer(ITIMER_REAL, &limit, NULL) != 0)
		return err_errno(err, "cannot be given a time limit");
	return true;
}

bool child_start(struct child *child, int (*run)(void *data), void *data, const int *keep,
		 size_t keep_count, struct err *err)
{
	must(keep_count <= CHILD_KEEP_MAX);
	pid_t parent = getpid();
	pid_t pid = fork();
	if (pid < 0)
		return err_errno(err, "cannot start a process");
	if (pid == 0) {
		struct err why = {0};
		bool ready = child_stay_bound(&why) && close_others(keep, keep_count, &why);
		_exit(ready && getppid() == parent ? run(data) : NO_SUCH_PARENT);
	}
	int pidfd = pidfd_open(pid);
	if (pidfd < 0) {
		err_errno(err, "cannot watch a process");
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return false;
	}
	*child = (struct child){.pid = pid, .pidfd = pidfd};
	return true;
}

struct child_end child_look(struct child *child)
{
	int status;
	must(child->pidfd >= 0);
	pid_t pid = waitpid(child->pid, &status, WNOHANG);
	if (pid == 0)
		return (struct child_end){CHILD_RUNS, 0};
	must(pid == child->pid);
	close(child->pidfd);
	child->pidfd = -1;
	if (WIFSIGNALED(status))
		return (struct child_end){CHILD_KILLED, WTERMSIG(status)};
	return (struct child_end){CHILD_EXITED, WEXITSTATUS(status)};
}

struct child_end child_finish(struct child *child, int wait_ms)
{
	struct pollfd end = {.fd = child->pidfd, .events = POLLIN};
	if (poll(&end, 1, wait_ms) == 0) {
		child_kill(child);
		(void)poll(&end, 1, -1);
	}
	return child_look(child);
}

void child_kill(const struct child *child)
{
	must(child->pidfd >= 0);
	kill(child->pid, SIGKILL); /* not reaped yet, so the number is still its own */
}

const char *child_signal_name(int signal)
{
	static const struct {
		int signal;
		const char *name;
	} names[] = {
		{SIGSYS, "SIGSYS: it called what its walls forbid"},
		{SIGKILL, "SIGKILL"},
		{SIGSEGV, "SIGSEGV"},
		{SIGABRT, "SIGABRT"},
		{SIGBUS, "SIGBUS"},
		{SIGTERM, "SIGTERM"},
		{SIGPIPE, "SIGPIPE"},
		{SIGALRM, "SIGALRM: it took too long"},
	};
	for (size_t i = 0; i < array_len(names); i++)
		if (names[i].signal == signal)
			return names[i].name;
	return "a signal";
}

void child_outlive_pipes(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
}

void child_pause(int ms)
{
	(void)poll(NULL, 0, ms);
}
