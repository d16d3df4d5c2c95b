#include "os/kernel/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "os/child.h"

#define PIECE_SIZE 4096
#define PLACE_MAX 4096 /* bytes of a program's path */

enum { OUT, ERRORS, FAILURE, PIPES }; /* failure: what execve said, when it came back */

enum { ENDED = ERRORS + 1, ASKER }; /* what is listened to beside OUT and ERRORS */

struct running {
	const struct program *program;
	int read[PIPES], write[PIPES];
	struct child child;
	struct buf *texts[2];
	size_t printed;
	int64_t until_us;
};

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void end_running(struct running *running)
{
	for (int i = 0; i < PIPES; i++) {
		close_one(&running->read[i]);
		close_one(&running->write[i]);
	}
}

/* -------- in the child -------- */

/* Tries the places of PATH in their order; comes back only when none has it. */
static int start(const char *const *argv)
{
	static char variable[] = "PATH=" PROGRAM_PATH;
	char *environment[] = {variable, NULL}, place[PLACE_MAX];
	struct text rest = text_of(PROGRAM_PATH), folder;
	int failure = ENOENT;
	char *const *words = (char *const *)(uintptr_t)argv; /* execve changes nothing in them */
	if (strchr(argv[0], '/')) {
		execve(argv[0], words, environment);
		return errno;
	}
	while (text_next(&rest, ':', &folder)) {
		int len = snprintf(place, sizeof(place), "%.*s/%s", TEXT_ARG(folder), argv[0]);
		if (len < 0 || (size_t)len >= sizeof(place))
			continue;
		execve(place, words, environment);
		failure = errno == ENOENT ? failure : errno;
	}
	return failure;
}

static int begin(void *data)
{
	struct running *running = data;
	sigset_t none;
	sigemptyset(&none);
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const char *folder = running->program->folder;
	if (setsid() < 0 || sigprocmask(SIG_SETMASK, &none, NULL) != 0 || nothing < 0 ||
	    (folder && chdir(folder) != 0) || dup2(nothing, STDIN_FILENO) < 0 ||
	    dup2(running->write[OUT], STDOUT_FILENO) < 0 ||
	    dup2(running->write[ERRORS], STDERR_FILENO) < 0)
		return 1;
	int failure = start(running->program->argv);
	return write(running->write[FAILURE], &failure, sizeof(failure)) < 0 ? 1 : 0;
}

/* -------- beside it -------- */

/* False: there is no more. */
static bool read_more(struct running *running, int which)
{
	char piece[PIECE_SIZE];
	ssize_t len = read(running->read[which], piece, sizeof(piece));
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return errno == EINTR;
	if (len <= 0) {
		close_one(&running->read[which]);
		return false;
	}
	buf_add(running->texts[which], piece, (size_t)len);
	running->printed += (size_t)len;
	return running->printed <= running->program->limit;
}

static int left_ms(const struct running *running)
{
	int64_t left_us = running->until_us - time_span_us();
	return left_us <= 0 ? 0 : (int)(left_us / 1000) + 1;
}

/* Kills it with all that it started. */
static void stop(struct running *running)
{
	kill(-running->child.pid, SIGKILL);
	(void)child_finish(&running->child, 0);
}

static struct program_end end_of(struct running *running)
{
	int failure = 0;
	kill(-running->child.pid, SIGKILL); /* what it left behind */
	struct child_end end = child_look(&running->child);
	ssize_t len = read(running->read[FAILURE], &failure, sizeof(failure));
	if (len == (ssize_t)sizeof(failure)) /* execve came back */
		return (struct program_end){PROGRAM_MISSING, failure};
	return (struct program_end){end.how == CHILD_KILLED ? PROGRAM_KILLED : PROGRAM_ENDED,
				    end.status};
}

/* Reads what there is. False: it is to be killed, and why. */
static bool hear(struct running *running, const struct pollfd *fds, enum program_how *why)
{
	for (int i = OUT; i <= ERRORS; i++)
		while (fds[i].revents != 0 && read_more(running, i)) {}
	if (running->printed > running->program->limit)
		*why = PROGRAM_TOO_LOUD;
	else if (fds[ASKER].revents != 0) /* hung up */
		*why = PROGRAM_UNWANTED;
	else
		return true;
	return false;
}

static struct program_end listen(struct running *running)
{
	enum program_how why;
	for (;;) {
		struct pollfd fds[] = {
			{.fd = running->read[OUT], .events = POLLIN},
			{.fd = running->read[ERRORS], .events = POLLIN},
			{.fd = running->child.pidfd, .events = POLLIN},
			{.fd = running->program->asker > 0 ? running->program->asker : -1}};
		int ready = poll(fds, array_len(fds), left_ms(running));
		if (ready < 0)
			continue; /* a signal */
		if (!hear(running, fds, &why)) {
			stop(running);
			return (struct program_end){why, 0};
		}
		bool silent = fds[OUT].revents == 0 && fds[ERRORS].revents == 0;
		bool closed = running->read[OUT] < 0 && running->read[ERRORS] < 0;
		if (fds[ENDED].revents != 0 && (silent || closed))
			return end_of(running);
		if (ready == 0 && left_ms(running) == 0) {
			stop(running);
			return (struct program_end){PROGRAM_TOO_SLOW, 0};
		}
	}
}

static bool make_pipes(struct running *running, struct err *err)
{
	for (int i = 0; i < PIPES; i++) {
		int ends[2];
		if (pipe2(ends, O_CLOEXEC) != 0)
			return err_errno(err, "cannot make a pipe");
		running->read[i] = ends[0];
		running->write[i] = ends[1];
		if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
			return err_errno(err, "cannot make a pipe");
	}
	return true;
}

bool program_run(const struct program *program, struct buf *out, struct buf *errors,
		 struct program_end *end, struct err *err)
{
	must(program->argv[0] && program->span_ms > 0);
	scoped(end_running) struct running running = {.program = program,
						      .read = {-1, -1, -1},
						      .write = {-1, -1, -1},
						      .texts = {out, errors}};
	if (!make_pipes(&running, err) ||
	    !child_start(&running.child, begin, &running, running.write, PIPES, err))
		return false;
	for (int i = 0; i < PIPES; i++)
		close_one(&running.write[i]);
	running.until_us = time_span_us() + (int64_t)program->span_ms * 1000;
	*end = listen(&running);
	return true;
}
