/* leftovers: runs a command, and tells which processes it has left behind, alive or as zombies.
 *
 *	leftovers PIDFILE COMMAND [ARGUMENT...]
 *
 * It stands where the first process of a container stands that reaps nobody: whoever is orphaned
 * below the command falls to it (PR_SET_CHILD_SUBREAPER). PIDFILE gets the command's process id.
 * Prints a line for each that is left the moment that the command has ended ("zombie muster",
 * "alive muster"), and another one for each that does not die within DIE_MS of itself ("stays
 * muster"); those it kills. Exits as the command did (128 + N for signal N), or with 125. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DIE_MS 2000
#define STEP_MS 20
#define LEFT_MAX 256

struct left {
	pid_t pid;
	char name[64];
};

static int fail(const char *what)
{
	fprintf(stderr, "leftovers: %s: %s\n", what, strerror(errno));
	return 125;
}

/* "812 (muster) Z 1 …": false, where there is no such process any more. */
static bool look(pid_t pid, char *name, size_t size, char *state)
{
	char path[64], line[512];
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "re");
	bool there = file && fgets(line, sizeof(line), file);
	if (file)
		fclose(file);
	char *begin = there ? strchr(line, '(') : NULL, *end = there ? strrchr(line, ')') : NULL;
	if (!begin || !end)
		return false;
	*end = '\0';
	snprintf(name, size, "%s", begin + 1);
	*state = end[2];
	return true;
}

/* Our children, of which the command is none any more. */
static size_t list(struct left *left)
{
	char path[64], bytes[4096];
	size_t count = 0;
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	FILE *file = fopen(path, "re");
	size_t len = file ? fread(bytes, 1, sizeof(bytes) - 1, file) : 0;
	bytes[len] = '\0';
	for (char *at = bytes, *end; count < LEFT_MAX; at = end) {
		char state = '?';
		left[count].pid = (pid_t)strtoul(at, &end, 10);
		if (end == at)
			break;
		if (look(left[count].pid, left[count].name, sizeof(left[count].name), &state))
			printf("%s %s\n", state == 'Z' ? "zombie" : "alive", left[count++].name);
	}
	if (file)
		fclose(file);
	return count;
}

static void bury(const struct left *left, size_t count)
{
	const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};
	for (int waited = 0; waited < DIE_MS; waited += STEP_MS) {
		while (waitpid(-1, NULL, WNOHANG) > 0) {}
		if (waitpid(-1, NULL, WNOHANG) < 0)
			return;
		nanosleep(&step, NULL);
	}
	for (size_t i = 0; i < count; i++) {
		if (waitpid(left[i].pid, NULL, WNOHANG) != 0)
			continue;
		printf("stays %s\n", left[i].name);
		kill(left[i].pid, SIGKILL);
		(void)waitpid(left[i].pid, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	static struct left left[LEFT_MAX];
	int status;
	if (argc < 3) {
		fprintf(stderr, "usage: leftovers PIDFILE COMMAND [ARGUMENT...]\n");
		return 125;
	}
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
		return fail("prctl");
	pid_t pid = fork();
	if (pid < 0)
		return fail("fork");
	if (pid == 0) {
		signal(SIGINT, SIG_DFL); /* a shell ignores it for what it starts beside it */
		execvp(argv[2], argv + 2);
		_exit(fail(argv[2]));
	}
	FILE *file = fopen(argv[1], "we");
	if (!file || fprintf(file, "%d\n", (int)pid) < 0 || fclose(file) != 0)
		return fail(argv[1]);
	if (waitpid(pid, &status, 0) != pid)
		return fail("waitpid");
	size_t count = list(left);
	bury(left, count);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
