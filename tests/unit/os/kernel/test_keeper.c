#include "os/kernel/keeper.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static void ignore_children(void)
{
	const struct sigaction ignored = {.sa_handler = SIG_IGN};
	(void)sigaction(SIGCHLD, &ignored, NULL);
}

/* Starts a process that begins with before(), has a keeper stay behind and goes on with below();
 * its wait status. Whoever it leaves falls to us. */
static int status_of(int (*below)(void), void (*before)(void))
{
	int status = 0;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct err err = {0};
		if (before)
			before();
		_exit(keeper_stay(&err) ? below() : 99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void assert_nobody_is_left(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* A process that never ends by itself, in a session of its own, with one more below it. */
static void leave_one(void)
{
	if (fork() != 0)
		return;
	(void)setsid();
	(void)fork();
	for (;;)
		pause();
}

static int succeed(void)
{
	return 0;
}

static int give_up(void)
{
	return 42;
}

static int fall(void)
{
	kill(getpid(), SIGKILL);
	return 1;
}

static int be_terminated(void)
{
	kill(getpid(), SIGTERM);
	return 1;
}

static int tell_keeper(void)
{
	kill(getppid(), SIGTERM);
	(void)pause();
	return 1;
}

static int leave_many(void)
{
	for (int i = 0; i < 40; i++)
		leave_one();
	return 7;
}

static int leave_stopped(void)
{
	leave_one();
	if (fork() == 0) {
		kill(getpid(), SIGSTOP);
		_exit(0);
	}
	return fall();
}

/* What was blocked before is blocked again, and nothing else. */
static int look_at_signals(void)
{
	sigset_t now;
	if (sigprocmask(SIG_BLOCK, NULL, &now) != 0)
		return 1;
	return sigismember(&now, SIGTERM) || sigismember(&now, SIGINT) ||
	       sigismember(&now, SIGCHLD) || !sigismember(&now, SIGUSR1);
}

test(it_ends_as_the_child_ended)
{
	static const struct {
		const char *what;
		int (*below)(void);
		bool exited;
		int status;
	} cases[] = {
		{"done", succeed, true, 0},
		{"a status", give_up, true, 42},
		{"killed", fall, false, SIGKILL},
		{"terminated", be_terminated, false, SIGTERM},
		{"by a signal to the keeper", tell_keeper, false, SIGTERM},
		{"with many that are left", leave_many, true, 7},
		{"with one that is stopped", leave_stopped, false, SIGKILL},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		int status = status_of(cases[i].below, NULL);
		print_message("%s\n", cases[i].what);
		assert_int_equal(WIFEXITED(status), cases[i].exited);
		assert_int_equal(cases[i].exited ? WEXITSTATUS(status) : WTERMSIG(status),
				 cases[i].status);
		assert_nobody_is_left();
	}
}

test(the_child_has_its_signals_as_they_were)
{
	sigset_t set, before;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, &before), 0);
	assert_int_equal(status_of(look_at_signals, NULL), 0);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
}

/* Else the kernel would reap them, and nobody would learn how they ended. */
test(whoever_started_it_may_ignore_its_children)
{
	int status = status_of(give_up, ignore_children);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
}
