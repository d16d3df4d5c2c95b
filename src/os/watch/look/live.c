#include "os/watch/look/live.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/watch/look/look.h"
#include "os/watch/watch.h"

#define NUMBER_SIZE 24
#define STAT_SIZE 1024 /* of /proc/PID/stat; what we look at is at its beginning */

void live_open(struct live *live, const struct file_root *root)
{
	*live = (struct live){.root = root, .dump = dump_new()};
}

void live_close(struct live *live)
{
	dump_free(&live->dump);
}

/* -------- processes -------- */

struct processes {
	int folder; /* /proc */
	size_t count;
	uint64_t print;
};

/* "812 (a name) S PPID …": number and name, parent and start, which is the 20th word behind the
 * name. False: it is a thread of the kernel's own, a child of its kthreadd (2). */
static bool read_stat(struct text stat, uint64_t *print)
{
	enum { PARENT = 1, START = 19 };
	struct text word;
	size_t end = stat.len;
	while (end > 0 && stat.at[end - 1] != ')')
		end--;
	*print = look_bytes(LOOK_NOTHING, (struct text){stat.at, end});
	struct text rest = {stat.at + end, stat.len - end};
	for (int i = 0; i <= START && text_word(&rest, &word); i++) {
		if (i == PARENT && text_is(word, "2"))
			return false;
		if (i == PARENT || i == START)
			*print = look_bytes(look_number(*print, ' '), word);
	}
	return true;
}

/* One that ends meanwhile looks like one that was never there; so do the kernel's own threads,
 * which come and go and change their names all the time. */
static uint64_t look_process(int folder, const char *number)
{
	char path[NUMBER_SIZE + sizeof("/stat")], content[STAT_SIZE];
	struct stat stat;
	snprintf(path, sizeof(path), "%s/stat", number);
	int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return 0;
	ssize_t len = read(fd, content, sizeof(content));
	close(fd);
	if (len <= 0 || fstatat(folder, number, &stat, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	uint64_t print = 0;
	bool own = read_stat((struct text){content, (size_t)len}, &print);
	return own ? look_number(print, stat.st_uid) : 0;
}

static bool add_process(void *data, struct text name, enum file_kind kind unused)
{
	struct processes *processes = data;
	char number[NUMBER_SIZE];
	uint64_t pid;
	if (!text_to_u64(name, 1, UINT32_MAX, &pid))
		return true;
	snprintf(number, sizeof(number), "%" PRIu64, pid);
	processes->print += processes->count++ < LIVE_PROCESSES_MAX
				    ? look_process(processes->folder, number)
				    : look_number(LOOK_NOTHING, pid);
	return true;
}

static bool look_processes(const struct live *live, uint64_t *print)
{
	struct err err = {0};
	struct processes processes = {.folder = file_hold(live->root, "/proc")};
	if (processes.folder < 0)
		return false;
	bool listed = file_list(live->root, "/proc", add_process, &processes, &err) == FILE_OK;
	close(processes.folder);
	*print = processes.print;
	return listed && processes.count > 0;
}

/* -------- what the kernel lists -------- */

static bool look_listening(const struct live *live, uint64_t *print)
{
	return dump_look(live->dump, live->root, DUMP_LISTENING, print);
}

static bool look_connections(const struct live *live, uint64_t *print)
{
	return dump_look(live->dump, live->root, DUMP_CONNECTIONS, print);
}

static bool look_interfaces(const struct live *live, uint64_t *print)
{
	return dump_look(live->dump, live->root, DUMP_INTERFACES, print);
}

static bool look_addresses(const struct live *live, uint64_t *print)
{
	return dump_look(live->dump, live->root, DUMP_ADDRESSES, print);
}

/* -------- the kinds -------- */

static const struct live_kind kinds[LIVE_KINDS] = {
	{"sysctl:", 0, 0, NULL}, /* a path stands beside it and tells */
	{"ask:", WATCH_ASK_MS, WATCH_ASK_MS, NULL},
	{"clock", WATCH_CLOCK_MS, WATCH_CLOCK_MS, NULL},
	{"listening", WATCH_SOCKETS_MS, WATCH_PROOF_MS, look_listening},
	{"connections", WATCH_SOCKETS_MS, WATCH_PROOF_MS, look_connections},
	{"interfaces", WATCH_SOCKETS_MS, WATCH_PROOF_MS, look_interfaces},
	{"addresses", WATCH_SOCKETS_MS, WATCH_PROOF_MS, look_addresses},
	{"processes", WATCH_PROCESSES_MS, WATCH_PROOF_MS, look_processes},
	{NULL, WATCH_OTHER_MS, WATCH_OTHER_MS, NULL},
};

const struct live_kind *live_kind(size_t number)
{
	must(number < LIVE_KINDS);
	return &kinds[number];
}

size_t live_find(struct text name)
{
	for (size_t i = 0;; i++) {
		const char *known = kinds[i].name;
		if (!known || text_is(name, known) ||
		    (known[strlen(known) - 1] == ':' && text_starts(name, known)))
			return i;
	}
}
