/* spawn: how long a command takes as a whole process, beside another: spawn RUNS COMMAND… -- OTHER…
 *
 * Runs them by turns, RUNS times each after one that is not counted, their output thrown away, and
 * prints a line each: wall_us (median, minimum), cpu_us (median), peak_kib (median). Every figure
 * is the kernel's own (wait4). */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 1000

struct figures {
	int64_t wall_us[RUNS_MAX], cpu_us[RUNS_MAX], peak_kib[RUNS_MAX];
};

static int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t as_us(struct timeval span)
{
	return (int64_t)span.tv_sec * 1000000 + span.tv_usec;
}

static void run(char **command, struct figures *figures, size_t at)
{
	struct rusage used;
	int status;
	int64_t begin = now_us();
	pid_t pid = vfork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execvp(command[0], command);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid ||
	    (WIFEXITED(status) && WEXITSTATUS(status) == 127)) {
		fprintf(stderr, "spawn: cannot run %s: %s\n", command[0], strerror(errno));
		exit(3);
	}
	figures->wall_us[at] = now_us() - begin;
	figures->cpu_us[at] = as_us(used.ru_utime) + as_us(used.ru_stime);
	figures->peak_kib[at] = used.ru_maxrss;
}

static int by_size(const void *a, const void *b)
{
	const int64_t *left = a, *right = b;
	return (*left > *right) - (*left < *right);
}

static int64_t median(int64_t *list, size_t count)
{
	qsort(list, count, sizeof(*list), by_size);
	return list[count / 2];
}

static void print(struct figures *figures, size_t runs)
{
	int64_t wall = median(figures->wall_us, runs);
	printf("%lld %lld %lld %lld\n", (long long)wall, (long long)figures->wall_us[0],
	       (long long)median(figures->cpu_us, runs),
	       (long long)median(figures->peak_kib, runs));
}

int main(int count, char **words)
{
	static struct figures first, second;
	int split = 0;
	for (int i = 2; i < count && split == 0; i++)
		split = strcmp(words[i], "--") == 0 ? i : 0;
	long runs = count > 2 ? atol(words[1]) : 0;
	if (runs < 1 || runs > RUNS_MAX || split < 3 || split == count - 1) {
		fprintf(stderr, "usage: spawn RUNS COMMAND… -- OTHER…\n");
		return 2;
	}
	words[split] = NULL;
	for (long at = -1; at < runs; at++) { /* the first of each warms up, and is overwritten */
		run(words + 2, &first, at < 0 ? 0 : (size_t)at);
		run(words + split + 1, &second, at < 0 ? 0 : (size_t)at);
	}
	print(&first, (size_t)runs);
	print(&second, (size_t)runs);
	return 0;
}
