#include "os/watch/actors.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define NAME_SIZE 64
#define STATUS_SIZE 2048
#define COMM_LEN 15         /* the kernel cuts a program's name there */
#define NO_LOGIN UINT32_MAX /* what loginuid says of who never logged in */

struct entry {
	uint32_t pid; /* 0: free */
	bool known;   /* something could be read */
	int64_t read_us, seen_us;
	char name[NAME_SIZE];
	struct buf command;
	struct watch_actor actor;
};

struct actors {
	bool tracked;
	struct entry at[ACTORS_MAX];
};

struct actors *actors_new(bool tracked)
{
	struct actors *actors = mem_new(1, sizeof(*actors));
	actors->tracked = tracked;
	return actors;
}

void actors_free(struct actors **actors)
{
	for (size_t i = 0; *actors && i < ACTORS_MAX; i++)
		buf_end(&(*actors)->at[i].command);
	mem_free(actors);
}

static struct entry *entry_of(struct actors *actors, uint32_t pid)
{
	return &actors->at[pid & (ACTORS_MAX - 1)];
}

/* Of /proc/PID/NAME, at most size bytes; false: the process is gone, or it is not told to us. */
static bool read_part(uint32_t pid, const char *name, char *bytes, size_t size, size_t *len)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/%s", pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t got = read(fd, bytes, size);
	close(fd);
	*len = got > 0 ? (size_t)got : 0;
	return got >= 0;
}

/* "Uid:\treal\teffective\t…" */
static int64_t read_user(struct text status)
{
	struct text line, word;
	uint64_t number;
	while (text_next(&status, '\n', &line))
		if (text_starts(line, "Uid:") && text_word(&line, &word) &&
		    text_word(&line, &word) && text_word(&line, &word) &&
		    text_to_u64(word, 0, UINT32_MAX, &number))
			return (int64_t)number;
	return -1;
}

static int64_t read_login(uint32_t pid)
{
	char bytes[32];
	size_t len;
	uint64_t number;
	if (!read_part(pid, "loginuid", bytes, sizeof(bytes), &len))
		return -1;
	struct text rest = {bytes, len}, word;
	if (!text_word(&rest, &word) || !text_to_u64(word, 0, UINT32_MAX, &number))
		return -1;
	return number == NO_LOGIN ? -1 : (int64_t)number;
}

/* Arguments, with blanks for the NULs between them and none at the end. Of a process that is ending
 * they are gone first; then those that were read before stay. */
static void read_command(uint32_t pid, struct buf *command)
{
	char bytes[ACTORS_COMMAND_MAX];
	size_t len;
	if (!read_part(pid, "cmdline", bytes, sizeof(bytes), &len) || len == 0)
		return;
	buf_clear(command);
	while (len > 0 && bytes[len - 1] == '\0')
		len--;
	for (size_t i = 0; i < len; i++)
		bytes[i] = bytes[i] == '\0' ? ' ' : bytes[i];
	buf_add(command, bytes, len);
}

/* The kernel's name of the program; where it was cut, as the command line begins. */
static void read_name(struct text status, struct entry *entry)
{
	struct text line, word = {0}, first = buf_view(&entry->command);
	if (text_next(&status, '\n', &line) && text_starts(line, "Name:\t"))
		word = (struct text){line.at + 6, line.len - 6};
	const char *blank = first.len > 0 ? memchr(first.at, ' ', first.len) : NULL;
	first.len = blank ? (size_t)(blank - first.at) : first.len;
	const char *slash = first.len > 0 ? memrchr(first.at, '/', first.len) : NULL;
	if (slash)
		first = (struct text){slash + 1, (size_t)(first.at + first.len - slash - 1)};
	if (word.len == COMM_LEN && first.len > word.len && first.len < NAME_SIZE &&
	    memcmp(first.at, word.at, word.len) == 0)
		word = first;
	size_t len = word.len < NAME_SIZE ? word.len : NAME_SIZE;
	memcpy(entry->name, word.at ? word.at : "", len);
	entry->actor.name = (struct text){entry->name, len};
}

void actors_read(struct actors *actors, uint32_t pid, int64_t now_us)
{
	struct entry *entry = entry_of(actors, pid);
	char status[STATUS_SIZE];
	size_t len;
	bool same = entry->pid == pid;
	int64_t seen_us = same ? entry->seen_us : 0;
	bool there = read_part(pid, "status", status, sizeof(status), &len);
	if (!there && same)
		return; /* it has ended; what is known of it stays */
	struct buf command = entry->command;
	*entry = (struct entry){.pid = pid,
				.known = there,
				.read_us = now_us,
				.seen_us = seen_us,
				.command = command,
				.actor = {.pid = pid, .user = -1, .login = -1}};
	if (!same)
		buf_clear(&entry->command);
	if (!there)
		return;
	read_command(pid, &entry->command);
	entry->actor.command = buf_view(&entry->command);
	entry->actor.user = read_user((struct text){status, len});
	entry->actor.login = read_login(pid);
	read_name((struct text){status, len}, entry);
}

void actors_see(struct actors *actors, uint32_t pid, int64_t now_us)
{
	struct entry *entry = entry_of(actors, pid);
	int64_t fresh_us = (actors->tracked ? ACTORS_TRACKED_MS : ACTORS_FRESH_MS) * INT64_C(1000);
	if (entry->pid != pid || !entry->known || now_us - entry->read_us > fresh_us)
		actors_read(actors, pid, now_us);
	entry->seen_us = now_us;
}

const struct watch_actor *actors_find(const struct actors *actors, uint32_t pid, int64_t now_us)
{
	const struct entry *entry = &actors->at[pid & (ACTORS_MAX - 1)];
	if (entry->pid != pid || entry->seen_us == 0 ||
	    now_us - entry->seen_us > ACTORS_SEEN_MS * INT64_C(1000))
		return NULL;
	return &entry->actor;
}
