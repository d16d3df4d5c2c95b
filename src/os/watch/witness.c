#include "os/watch/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/mem.h"

#define BUFFER_SIZE (16 * 1024)
#define READS_MAX 64 /* a turn */
#define HANDLE_MAX 128
#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200 /* Linux 6.5: a handle to compare, not to open */
#endif

#define OF_FILES (FAN_MODIFY | FAN_ATTRIB | FAN_CLOSE_WRITE)
#define OF_FOLDERS                                                                        \
	(OF_FILES | FAN_CREATE | FAN_DELETE | FAN_MOVED_FROM | FAN_MOVED_TO | FAN_ONDIR | \
	 FAN_EVENT_ON_CHILD)

struct marked {
	uint64_t print; /* of file system and handle */
	int wd;         /* 0: free. Numbers are never used again, so an old one says nothing */
};

struct witness {
	int fd;
	struct marked *at; /* open addressing */
	size_t room, count;
	char buffer[BUFFER_SIZE] __attribute__((aligned(8)));
};

struct witness *witness_new(struct err *err)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_MARKS |
				       FAN_REPORT_FID | FAN_REPORT_DIR_FID | FAN_REPORT_NAME,
			       O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err_errno(err, "fanotify");
		return NULL;
	}
	struct witness *witness = mem_new(1, sizeof(*witness));
	witness->fd = fd;
	witness->room = 64;
	witness->at = mem_new(witness->room, sizeof(*witness->at));
	return witness;
}

void witness_free(struct witness **witness)
{
	if (!*witness)
		return;
	close((*witness)->fd);
	mem_free(&(*witness)->at);
	mem_free(witness);
}

int witness_fd(const struct witness *witness)
{
	return witness->fd;
}

/* -------- marks -------- */

static uint64_t add_bytes(uint64_t print, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	for (size_t i = 0; i < len; i++)
		print = (print ^ at[i]) * UINT64_C(0x100000001b3);
	return print ^ print >> 32;
}

static uint64_t print_of(const void *system, size_t system_len, const void *handle, size_t len)
{
	return add_bytes(add_bytes(UINT64_C(0xcbf29ce484222325), system, system_len), handle, len);
}

static struct marked *find(const struct witness *witness, uint64_t print)
{
	size_t mask = witness->room - 1, at = (size_t)(print & mask);
	while (witness->at[at].wd != 0 && witness->at[at].print != print)
		at = (at + 1) & mask;
	return &witness->at[at];
}

static void grow(struct witness *witness)
{
	struct marked *before = witness->at;
	size_t room = witness->room;
	witness->room *= 2;
	witness->at = mem_new(witness->room, sizeof(*witness->at));
	for (size_t i = 0; i < room; i++)
		if (before[i].wd != 0)
			*find(witness, before[i].print) = before[i];
	mem_free(&before);
}

static void note(struct witness *witness, uint64_t print, int wd)
{
	struct marked *marked = find(witness, print);
	bool is_new = marked->wd == 0;
	if (is_new && witness->count == WITNESS_FILES_MAX)
		return;
	*marked = (struct marked){print, wd};
	witness->count += is_new;
	if (witness->count > witness->room / 2)
		grow(witness);
}

/* What events will call it. */
static bool read_print(int fd, uint64_t *print)
{
	struct {
		struct file_handle head;
		unsigned char bytes[HANDLE_MAX];
	} handle = {.head = {.handle_bytes = HANDLE_MAX}};
	struct statfs system;
	int mount;
	if (fstatfs(fd, &system) != 0)
		return false;
	if (name_to_handle_at(fd, "", &handle.head, &mount, AT_EMPTY_PATH) != 0) {
		handle.head.handle_bytes = HANDLE_MAX;
		if (name_to_handle_at(fd, "", &handle.head, &mount,
				      AT_EMPTY_PATH | AT_HANDLE_FID) != 0)
			return false;
	}
	*print = print_of(&system.f_fsid, sizeof(system.f_fsid), handle.head.f_handle,
			  handle.head.handle_bytes);
	return true;
}

/* Its folder's mark tells of a file, unless it can be changed by way of another, or (the kernel's
 * settings, which are on no device) its folder has none. */
static bool has_own_mark(const struct stat *stat)
{
	return S_ISDIR(stat->st_mode) || stat->st_nlink > 1 || major(stat->st_dev) == 0;
}

void witness_mark(struct witness *witness, int fd, int wd)
{
	char path[64];
	struct stat stat;
	uint64_t print;
	if (fstat(fd, &stat) != 0 || !has_own_mark(&stat))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	uint64_t mask = S_ISDIR(stat.st_mode) ? OF_FOLDERS : OF_FILES;
	if (!read_print(fd, &print) || fanotify_mark(witness->fd, FAN_MARK_ADD | FAN_MARK_EVICTABLE,
						     mask, AT_FDCWD, path) != 0)
		return;
	note(witness, print, wd);
}

/* -------- events -------- */

/* One record of what an event is about: a folder and the entry in it, or a file. */
static void take_record(struct witness *witness, const char *at, size_t len, uint32_t pid,
			witness_fn each, void *data)
{
	struct fanotify_event_info_fid info;
	struct file_handle head;
	size_t start = sizeof(info) + sizeof(head);
	if (len < start)
		return;
	memcpy(&info, at, sizeof(info));
	memcpy(&head, at + sizeof(info), sizeof(head));
	if (head.handle_bytes > len - start)
		return;
	uint64_t print = print_of(&info.fsid, sizeof(info.fsid), at + start, head.handle_bytes);
	const struct marked *marked = find(witness, print);
	if (marked->wd == 0)
		return;
	const char *name = at + start + head.handle_bytes;
	size_t name_len = strnlen(name, len - start - head.handle_bytes);
	bool itself = info.hdr.info_type != FAN_EVENT_INFO_TYPE_DFID_NAME || name_len == 0 ||
		      (name_len == 1 && name[0] == '.');
	each(data, marked->wd, itself ? (struct text){0} : (struct text){name, name_len}, pid);
}

static void take_event(struct witness *witness, const char *at,
		       const struct fanotify_event_metadata *event, witness_fn each, void *data)
{
	struct fanotify_event_info_header head;
	size_t place = event->metadata_len;
	if (event->pid <= 0)
		return;
	while (place + sizeof(head) <= event->event_len) {
		memcpy(&head, at + place, sizeof(head));
		if (head.len < sizeof(head) || head.len > event->event_len - place)
			return;
		take_record(witness, at + place, head.len, (uint32_t)event->pid, each, data);
		place += head.len;
	}
}

void witness_read(struct witness *witness, witness_fn each, void *data)
{
	const char *buffer = witness->buffer;
	struct fanotify_event_metadata event;
	for (int reads = 0; reads < READS_MAX; reads++) {
		ssize_t len = read(witness->fd, witness->buffer, BUFFER_SIZE);
		if (len <= 0)
			return;
		for (size_t at = 0; at + sizeof(event) <= (size_t)len; at += event.event_len) {
			memcpy(&event, buffer + at, sizeof(event));
			if (event.event_len < sizeof(event) || event.event_len > (size_t)len - at)
				return;
			take_event(witness, buffer + at, &event, each, data);
		}
	}
}
