/* change: how long it takes from rename(2) of a changed file until a command prints a line on it.
 *
 *	change FILE COUNT PACE_MS MATCH COMMAND…
 *
 * Starts the command, waits until it has printed nothing for a second, then renames a new FILE into
 * place COUNT times (its one line alternates between "PermitRootLogin yes" and "no"), each time
 * waiting for a line with MATCH in it, and PACE_MS more. Prints p50, p90, p99 and max in
 * microseconds, and how many were not seen within 5 s; then the command's CPU time and peak memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define COUNT_MAX 100000
#define LOST_MS 5000

static int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void fail(const char *what)
{
	fprintf(stderr, "change: %s: %s\n", what, strerror(errno));
	exit(3);
}

/* What came and is not a whole line yet. */
static char pending[1 << 20];
static size_t pending_len;

/* Whether a line with `match` came within wait_ms; lines are taken as they come. */
static int await(int fd, const char *match, int wait_ms)
{
	int64_t end_us = now_us() + (int64_t)wait_ms * 1000;
	for (;;) {
		char *end;
		while ((end = memchr(pending, '\n', pending_len)) != NULL) {
			*end = '\0';
			int found = match && strstr(pending, match) != NULL;
			size_t used = (size_t)(end - pending) + 1;
			memmove(pending, end + 1, pending_len - used);
			pending_len -= used;
			if (found)
				return 1;
		}
		int64_t left_us = end_us - now_us();
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		if (left_us < 0 || poll(&ready, 1, (int)((left_us + 999) / 1000)) == 0)
			return 0;
		ssize_t len = read(fd, pending + pending_len, sizeof(pending) - pending_len);
		if (len <= 0)
			fail("the command has ended");
		pending_len += (size_t)len;
	}
}

/* Until nothing has been printed for a second. */
static void await_quiet(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	while (poll(&ready, 1, 1000) > 0)
		(void)await(fd, NULL, 0);
}

static int64_t change(const char *path, int yes)
{
	char fresh[4096];
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	FILE *file = fopen(fresh, "w");
	if (!file)
		fail(fresh);
	fprintf(file, "PermitRootLogin %s\n", yes ? "yes" : "no");
	fclose(file);
	int64_t at_us = now_us();
	if (rename(fresh, path) != 0)
		fail(path);
	return at_us;
}

static int by_size(const void *a, const void *b)
{
	const int64_t *left = a, *right = b;
	return (*left > *right) - (*left < *right);
}

static pid_t start(char **command, int *fd)
{
	int ends[2];
	if (pipe(ends) != 0)
		fail("pipe");
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execvp(command[0], command);
		_exit(127);
	}
	close(ends[1]);
	*fd = ends[0];
	return pid;
}

int main(int argc, char **argv)
{
	static int64_t spans[COUNT_MAX];
	int fd, lost = 0, status;
	struct rusage used;
	uint64_t count, pace_ms;
	if (argc < 6 || !text_to_u64(text_of(argv[2]), 1, COUNT_MAX, &count) ||
	    !text_to_u64(text_of(argv[3]), 0, 60000, &pace_ms)) {
		fprintf(stderr, "usage: change FILE COUNT PACE_MS MATCH COMMAND...\n");
		return 2;
	}
	pid_t pid = start(argv + 5, &fd);
	await_quiet(fd);
	for (uint64_t i = 0; i < count; i++) {
		(void)await(fd, NULL, (int)pace_ms);
		int64_t at_us = change(argv[1], i % 2 == 0);
		if (!await(fd, argv[4], LOST_MS)) {
			fprintf(stderr, "change: %llu was not seen\n", (unsigned long long)i);
			lost++;
		}
		spans[i] = now_us() - at_us;
	}
	qsort(spans, count, sizeof(spans[0]), by_size);
	kill(pid, SIGTERM);
	wait4(pid, &status, 0, &used);
	printf("p50 %lld\np90 %lld\np99 %lld\nmax %lld\nlost %d\n", (long long)spans[count / 2],
	       (long long)spans[count * 9 / 10], (long long)spans[count * 99 / 100],
	       (long long)spans[count - 1], lost);
	printf("cpu_us %lld\npeak_kib %ld\n",
	       (long long)used.ru_utime.tv_sec * 1000000 + used.ru_utime.tv_usec +
		       (long long)used.ru_stime.tv_sec * 1000000 + used.ru_stime.tv_usec,
	       used.ru_maxrss);
	return 0;
}
