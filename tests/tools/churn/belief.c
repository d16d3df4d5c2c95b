#include "belief.h"

#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_LEN (256 * 1024)

/* Takes `"key":` and its value up to `end` out of the line. */
static void cut(char *line, const char *key, const char *end)
{
	char *from = strstr(line, key), *to = from ? strstr(from + strlen(key), end) : NULL;
	if (to)
		memmove(from, to, strlen(to) + 1);
}

static void take_line(struct belief *belief, char *line)
{
	char ref[32] = "";
	const char *at = strstr(line, "\"ref\":\"");
	size_t len = at ? strcspn(at + 7, "\"") : 0;
	if (len == 0 || len >= sizeof(ref))
		return;
	memcpy(ref, at + 7, len);
	cut(line, "\"utctimestamp\":\"", "\"");
	cut(line, "\"duration_us\":", ",");
	char *by = strstr(line, ",\"by\":{"); /* last, and no check knows it */
	if (by)
		memcpy(by, "}", 2);
	size_t i = 0;
	while (i < belief->count && strcmp(belief->at[i].ref, ref) != 0)
		i++;
	if (i == BELIEF_REFS_MAX)
		return;
	if (i == belief->count)
		snprintf(belief->at[belief->count++].ref, sizeof(ref), "%s", ref);
	free(belief->at[i].line);
	belief->told++;
	belief->at[i].line = strdup(line);
}

int belief_take(struct belief *belief, int fd, int wait_ms)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	if (poll(&ready, 1, wait_ms) <= 0)
		return 0;
	if (!belief->pending)
		belief->pending = malloc(LINE_MAX_LEN + 1);
	ssize_t len = read(fd, belief->pending + belief->len, LINE_MAX_LEN - belief->len);
	if (len <= 0)
		return -1;
	belief->len += (size_t)len;
	belief->pending[belief->len] = '\0';
	for (char *end; (end = strchr(belief->pending, '\n')) != NULL;) {
		*end = '\0';
		take_line(belief, belief->pending);
		size_t used = (size_t)(end - belief->pending) + 1;
		memmove(belief->pending, end + 1, belief->len - used + 1);
		belief->len -= used;
	}
	return 1;
}

pid_t belief_start(const char *muster, const char *command, uid_t uid, int *fd)
{
	int ends[2];
	if (pipe(ends) != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		if (uid != 0 && (setgroups(0, NULL) != 0 || setgid(uid) != 0 || setuid(uid) != 0))
			_exit(126);
		execl(muster, muster, command, "../policy.yaml", "--root", ".", "--format",
		      "ndjson", "--target", "churn", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	*fd = ends[0];
	return pid;
}

bool belief_is_equal(const struct belief *watch, const struct belief *check, bool loud)
{
	bool equal = watch->count == check->count;
	for (size_t i = 0; i < check->count; i++) {
		const char *believed = "nothing";
		for (size_t j = 0; j < watch->count; j++)
			if (strcmp(watch->at[j].ref, check->at[i].ref) == 0)
				believed = watch->at[j].line;
		if (strcmp(believed, check->at[i].line) == 0)
			continue;
		equal = false;
		if (loud)
			printf("differs %s\n  watch %s\n  check %s\n", check->at[i].ref, believed,
			       check->at[i].line);
	}
	return equal;
}

void belief_forget(struct belief *belief)
{
	for (size_t i = 0; i < belief->count; i++)
		free(belief->at[i].line);
	free(belief->pending);
	*belief = (struct belief){0};
}
