#include "os/watch/hooks.h"

#include <errno.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define MASK                                                                               \
	(IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_DELETE_SELF | \
	 IN_MOVED_FROM | IN_MOVED_TO | IN_MOVE_SELF)

struct hook {
	int wd; /* 0: free; then `next` is the next free one */
	uint32_t key, owner;
	uint32_t next, before; /* in the bucket; before 0: it is the first */
	uint32_t sibling;      /* the owner's next */
};

struct counted { /* one of the kernel's watches */
	int wd;  /* 0: free */
	uint32_t count;
};

struct hooks {
	int fd;
	unsigned limit;
	struct witness *witness;
	struct hook *at; /* at[0] is none */
	size_t room, count, used;
	uint32_t free;
	uint32_t *buckets;
	size_t bucket_count;
	struct counted *watches; /* open addressing */
	size_t watch_room, watch_count;
};

struct hooks *hooks_new(unsigned limit, struct err *err)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd < 0 && errno == EMFILE) {
		err_set(err, ERR_LIMIT,
			"this user has as many inotify instances as "
			"fs.inotify.max_user_instances allows");
		return NULL;
	}
	if (fd < 0) {
		err_errno(err, "cannot watch files");
		return NULL;
	}
	struct hooks *hooks = mem_new(1, sizeof(*hooks));
	*hooks = (struct hooks){
		.fd = fd,
		.limit = limit < HOOKS_WATCHES_MAX ? limit : HOOKS_WATCHES_MAX,
		.count = 1,
		.bucket_count = 64,
		.watch_room = 64,
	};
	hooks->buckets = mem_new(hooks->bucket_count, sizeof(*hooks->buckets));
	hooks->watches = mem_new(hooks->watch_room, sizeof(*hooks->watches));
	return hooks;
}

void hooks_free(struct hooks **hooks)
{
	if (!*hooks)
		return;
	close((*hooks)->fd);
	mem_free(&(*hooks)->at);
	mem_free(&(*hooks)->buckets);
	mem_free(&(*hooks)->watches);
	mem_free(hooks);
}

void hooks_set_witness(struct hooks *hooks, struct witness *witness)
{
	hooks->witness = witness;
}

int hooks_fd(const struct hooks *hooks)
{
	return hooks->fd;
}

size_t hooks_watches(const struct hooks *hooks)
{
	return hooks->watch_count;
}

uint32_t hooks_entry(struct text name)
{
	uint32_t hash = 0x811c9dc5u;
	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.at[i]) * 0x01000193u;
	return hash > HOOKS_SELF ? hash : hash + 2;
}

static uint32_t mix(uint32_t a, uint32_t b)
{
	uint64_t hash = ((uint64_t)a << 32 | b) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(hash >> 32);
}

/* -------- the kernel's watches -------- */

static struct counted *find_watch(const struct hooks *hooks, int wd)
{
	size_t at = mix((uint32_t)wd, 0) & (hooks->watch_room - 1);
	while (hooks->watches[at].wd != 0 && hooks->watches[at].wd != wd)
		at = (at + 1) & (hooks->watch_room - 1);
	return &hooks->watches[at];
}

static void grow_watches(struct hooks *hooks)
{
	struct counted *before = hooks->watches;
	size_t room = hooks->watch_room;
	hooks->watch_room *= 2;
	hooks->watches = mem_new(hooks->watch_room, sizeof(*hooks->watches));
	for (size_t i = 0; i < room; i++)
		if (before[i].wd != 0)
			*find_watch(hooks, before[i].wd) = before[i];
	mem_free(&before);
}

/* The place becomes free; those behind it that it kept from their own move up. */
static void remove_watch(struct hooks *hooks, struct counted *gone)
{
	size_t mask = hooks->watch_room - 1, hole = (size_t)(gone - hooks->watches), at = hole;
	hooks->watch_count--;
	for (;;) {
		hooks->watches[hole].wd = 0;
		size_t home;
		do {
			at = (at + 1) & mask;
			if (hooks->watches[at].wd == 0)
				return;
			home = mix((uint32_t)hooks->watches[at].wd, 0) & mask;
		} while (hole <= at ? hole < home && home <= at : hole < home || home <= at);
		hooks->watches[hole] = hooks->watches[at];
		hole = at;
	}
}

/* What is written to a device or a FIFO changes nothing that is there: of /dev/null, to which
 * masked units lead, that would be told without an end. */
static uint32_t mask_of(int fd)
{
	struct stat stat;
	bool keeps = fstat(fd, &stat) != 0 || S_ISREG(stat.st_mode) || S_ISDIR(stat.st_mode);
	return keeps ? MASK : MASK & ~(uint32_t)(IN_MODIFY | IN_CLOSE_WRITE);
}

enum hooks_answer hooks_watch(struct hooks *hooks, int fd, int *wd)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	*wd = inotify_add_watch(hooks->fd, path, mask_of(fd));
	if (*wd < 0)
		return errno == ENOSPC || errno == ENOMEM ? HOOKS_FULL : HOOKS_REFUSED;
	struct counted *watch = find_watch(hooks, *wd);
	if (watch->wd != 0)
		return HOOKS_DONE;
	if (hooks->watch_count >= hooks->limit) {
		(void)inotify_rm_watch(hooks->fd, *wd);
		return HOOKS_FULL;
	}
	*watch = (struct counted){.wd = *wd};
	if (++hooks->watch_count > hooks->watch_room / 2)
		grow_watches(hooks);
	if (hooks->witness)
		witness_mark(hooks->witness, fd, *wd);
	return HOOKS_DONE;
}

/* -------- hooks -------- */

static uint32_t *bucket_of(struct hooks *hooks, int wd, uint32_t key)
{
	return &hooks->buckets[mix((uint32_t)wd, key) & (hooks->bucket_count - 1)];
}

static void enter(struct hooks *hooks, uint32_t number)
{
	struct hook *hook = &hooks->at[number];
	uint32_t *bucket = bucket_of(hooks, hook->wd, hook->key);
	hook->before = 0;
	hook->next = *bucket;
	if (*bucket)
		hooks->at[*bucket].before = number;
	*bucket = number;
}

static void grow_buckets(struct hooks *hooks)
{
	mem_free(&hooks->buckets);
	hooks->bucket_count *= 2;
	hooks->buckets = mem_new(hooks->bucket_count, sizeof(*hooks->buckets));
	for (uint32_t i = 1; i < hooks->count; i++)
		if (hooks->at[i].wd != 0)
			enter(hooks, i);
}

void hooks_add(struct hooks *hooks, int wd, uint32_t key, uint32_t owner, uint32_t *first)
{
	uint32_t number = hooks->free;
	if (number) {
		hooks->free = hooks->at[number].next;
	} else {
		must(hooks->count < UINT32_MAX);
		number = (uint32_t)hooks->count;
		hooks->at = mem_grow(hooks->at, &hooks->room, ++hooks->count, sizeof(*hooks->at));
	}
	struct counted *watch = find_watch(hooks, wd);
	must(watch->wd == wd);
	watch->count++;
	hooks->at[number] = (struct hook){.wd = wd, .key = key, .owner = owner, .sibling = *first};
	*first = number;
	if (++hooks->used > hooks->bucket_count)
		grow_buckets(hooks); /* enters this one, too */
	else
		enter(hooks, number);
}

static void release(struct hooks *hooks, int wd)
{
	struct counted *watch = find_watch(hooks, wd);
	if (watch->wd == 0 || --watch->count > 0)
		return; /* the kernel ended it before us, or others want it */
	(void)inotify_rm_watch(hooks->fd, wd);
	remove_watch(hooks, watch);
}

void hooks_drop(struct hooks *hooks, uint32_t *first)
{
	while (*first) {
		uint32_t number = *first;
		struct hook *hook = &hooks->at[number];
		*first = hook->sibling;
		if (hook->before)
			hooks->at[hook->before].next = hook->next;
		else
			*bucket_of(hooks, hook->wd, hook->key) = hook->next;
		if (hook->next)
			hooks->at[hook->next].before = hook->before;
		release(hooks, hook->wd);
		*hook = (struct hook){.next = hooks->free};
		hooks->free = number;
		hooks->used--;
	}
}

void hooks_gone(struct hooks *hooks, int wd)
{
	struct counted *watch = find_watch(hooks, wd);
	if (watch->wd == wd)
		remove_watch(hooks, watch);
}

void hooks_each(const struct hooks *hooks, int wd, uint32_t key, hooks_fn each, void *data)
{
	uint32_t next = hooks->buckets[mix((uint32_t)wd, key) & (hooks->bucket_count - 1)];
	while (next) {
		const struct hook *hook = &hooks->at[next];
		next = hook->next;
		if (hook->wd == wd && hook->key == key)
			each(data, hook->owner);
	}
}
