#include "os/loop.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/time.h"

#define EVENTS_AT_ONCE 64
#define WAIT_MAX_MS 3600000 /* an hour: epoll_wait takes an int */

struct watch { /* by descriptor; ready NULL: not watched */
	loop_fn ready;
	void *data;
	uint32_t generation; /* of this use of the number: events of an older one are stale */
};

struct loop_timer {
	struct loop *loop;
	int64_t due_us;
	uint64_t order; /* among those due at once, the first made is the first called */
	size_t place;   /* in the heap */
	loop_timer_fn due;
	void *data;
};

struct loop {
	int epoll, signals, wake;
	bool stopped;
	struct watch *watches;
	size_t watch_room;
	uint32_t generation;
	struct loop_timer **heap; /* the soonest first */
	size_t timer_count, timer_room;
	uint64_t order;
	void (*got_signal)(void *data, int signal);
	void *signal_data;
	void (*woken)(void *data);
	void *wake_data;
};

struct loop *loop_new(struct err *err)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0) {
		err_errno(err, "cannot make an event loop");
		return NULL;
	}
	struct loop *loop = mem_new(1, sizeof(*loop));
	*loop = (struct loop){.epoll = epoll, .signals = -1, .wake = -1};
	return loop;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void loop_free(struct loop **loop)
{
	if (!*loop)
		return;
	close_fd(&(*loop)->epoll);
	close_fd(&(*loop)->signals);
	close_fd(&(*loop)->wake);
	for (size_t i = 0; i < (*loop)->timer_count; i++)
		mem_free(&(*loop)->heap[i]);
	mem_free(&(*loop)->heap);
	mem_free(&(*loop)->watches);
	mem_free(loop);
}

static uint32_t to_epoll(unsigned events)
{
	return ((events & LOOP_READ) ? EPOLLIN : 0u) | ((events & LOOP_WRITE) ? EPOLLOUT : 0u);
}

static unsigned from_epoll(uint32_t events)
{
	return ((events & EPOLLIN) ? LOOP_READ : 0u) | ((events & EPOLLOUT) ? LOOP_WRITE : 0u) |
	       ((events & (EPOLLHUP | EPOLLERR)) ? LOOP_GONE : 0u);
}

/* What epoll hands back: the descriptor, and which use of its number is meant. */
static uint64_t key(int fd, uint32_t generation)
{
	return (uint64_t)generation << 32 | (uint32_t)fd;
}

static struct watch *watch_of(struct loop *loop, int fd)
{
	if (fd < 0 || (size_t)fd >= loop->watch_room || !loop->watches[fd].ready)
		return NULL;
	return &loop->watches[fd];
}

bool loop_add(struct loop *loop, int fd, unsigned events, loop_fn ready, void *data,
	      struct err *err)
{
	must(fd >= 0 && ready && !watch_of(loop, fd));
	uint32_t generation = ++loop->generation;
	struct epoll_event event = {.events = to_epoll(events), .data.u64 = key(fd, generation)};
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		return err_errno(err, "cannot watch descriptor %d", fd);
	loop->watches = mem_grow(loop->watches, &loop->watch_room, (size_t)fd + 1,
				 sizeof(*loop->watches));
	loop->watches[fd] = (struct watch){.ready = ready, .data = data, .generation = generation};
	return true;
}

void loop_change(struct loop *loop, int fd, unsigned events)
{
	struct watch *watch = watch_of(loop, fd);
	must(watch);
	struct epoll_event event = {.events = to_epoll(events),
				    .data.u64 = key(fd, watch->generation)};
	must(epoll_ctl(loop->epoll, EPOLL_CTL_MOD, fd, &event) == 0);
}

void loop_remove(struct loop *loop, int fd)
{
	struct watch *watch = watch_of(loop, fd);
	if (!watch)
		return;
	*watch = (struct watch){0};
	must(epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL) == 0);
}

/* --- timers: a binary heap --- */

static bool is_sooner(const struct loop_timer *a, const struct loop_timer *b)
{
	return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

static void place(struct loop *loop, size_t at, struct loop_timer *timer)
{
	loop->heap[at] = timer;
	timer->place = at;
}

static void rise(struct loop *loop, size_t at)
{
	struct loop_timer *timer = loop->heap[at];
	while (at > 0 && is_sooner(timer, loop->heap[(at - 1) / 2])) {
		place(loop, at, loop->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	place(loop, at, timer);
}

static void sink(struct loop *loop, size_t at)
{
	struct loop_timer *timer = loop->heap[at];
	for (size_t child = 2 * at + 1; child < loop->timer_count; child = 2 * at + 1) {
		if (child + 1 < loop->timer_count &&
		    is_sooner(loop->heap[child + 1], loop->heap[child]))
			child++;
		if (!is_sooner(loop->heap[child], timer))
			break;
		place(loop, at, loop->heap[child]);
		at = child;
	}
	place(loop, at, timer);
}

struct loop_timer *loop_after(struct loop *loop, int64_t after_ms, loop_timer_fn due, void *data)
{
	must(after_ms >= 0 && after_ms <= INT64_MAX / 4000 && due);
	struct loop_timer *timer = mem_new(1, sizeof(*timer));
	*timer = (struct loop_timer){.loop = loop,
				     .due_us = time_span_us() + after_ms * 1000,
				     .order = loop->order++,
				     .due = due,
				     .data = data};
	loop->heap = mem_grow(loop->heap, &loop->timer_room, loop->timer_count + 1,
			      sizeof(struct loop_timer *));
	place(loop, loop->timer_count, timer);
	rise(loop, loop->timer_count++);
	return timer;
}

/* Takes the timer out of the heap; its memory stays. */
static void pull(struct loop *loop, struct loop_timer *timer)
{
	size_t at = timer->place;
	must(at < loop->timer_count && loop->heap[at] == timer);
	struct loop_timer *last = loop->heap[--loop->timer_count];
	if (last == timer)
		return;
	place(loop, at, last);
	rise(loop, at);
	sink(loop, last->place);
}

void loop_cancel(struct loop_timer **timer)
{
	if (!*timer)
		return;
	pull((*timer)->loop, *timer);
	mem_free(timer);
}

/* How long to wait for descriptors: until the first timer, rounded up so that it is due then. */
static int wait_ms(const struct loop *loop)
{
	if (loop->timer_count == 0)
		return -1;
	int64_t left_us = loop->heap[0]->due_us - time_span_us();
	if (left_us <= 0)
		return 0;
	int64_t left_ms = (left_us + 999) / 1000;
	return left_ms < WAIT_MAX_MS ? (int)left_ms : WAIT_MAX_MS;
}

/* Those due now; what they start anew, even at once, waits for the next turn. */
static void call_timers(struct loop *loop)
{
	if (loop->timer_count == 0)
		return;
	int64_t now_us = time_span_us();
	uint64_t newest = loop->order;
	while (loop->timer_count > 0 && loop->heap[0]->due_us <= now_us &&
	       loop->heap[0]->order < newest && !loop->stopped) {
		struct loop_timer *timer = loop->heap[0];
		loop_timer_fn due = timer->due;
		void *data = timer->data;
		pull(loop, timer);
		mem_free(&timer);
		due(data);
	}
}

/* --- signals and wakes --- */

static void read_signals(void *data, unsigned events unused)
{
	struct loop *loop = data;
	struct signalfd_siginfo info;
	while (read(loop->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		loop->got_signal(loop->signal_data, (int)info.ssi_signo);
}

bool loop_signals(struct loop *loop, const int *signals, size_t count,
		  void (*got)(void *data, int signal), void *data, struct err *err)
{
	must(loop->signals < 0);
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < count; i++)
		sigaddset(&set, signals[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return err_errno(err, "cannot block signals");
	loop->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (loop->signals < 0)
		return err_errno(err, "cannot receive signals");
	loop->got_signal = got;
	loop->signal_data = data;
	return loop_add(loop, loop->signals, LOOP_READ, read_signals, loop, err);
}

static void read_wake(void *data, unsigned events unused)
{
	struct loop *loop = data;
	uint64_t times;
	if (read(loop->wake, &times, sizeof(times)) == (ssize_t)sizeof(times))
		loop->woken(loop->wake_data);
}

bool loop_on_wake(struct loop *loop, void (*wake)(void *data), void *data, struct err *err)
{
	must(loop->wake < 0 && wake);
	loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->wake < 0)
		return err_errno(err, "cannot make an event descriptor");
	loop->woken = wake;
	loop->wake_data = data;
	return loop_add(loop, loop->wake, LOOP_READ, read_wake, loop, err);
}

void loop_wake(struct loop *loop)
{
	must(loop->wake >= 0);
	uint64_t once = 1;
	ssize_t done unused = write(loop->wake, &once,
				    sizeof(once)); /* full: it is awake already */
}

bool loop_run(struct loop *loop, struct err *err)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	loop->stopped = false;
	while (!loop->stopped) {
		int count = epoll_wait(loop->epoll, events, EVENTS_AT_ONCE, wait_ms(loop));
		if (count < 0 && errno != EINTR)
			return err_errno(err, "cannot wait for events");
		for (int i = 0; i < count && !loop->stopped; i++) {
			struct watch *watch = watch_of(loop, (int)(uint32_t)events[i].data.u64);
			if (watch && watch->generation == events[i].data.u64 >> 32)
				watch->ready(watch->data, from_epoll(events[i].events));
		}
		call_timers(loop);
	}
	return true;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}
