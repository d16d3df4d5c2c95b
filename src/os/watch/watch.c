#include "os/watch/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/time.h"
#include "os/watch/attribution.h"
#include "os/watch/budget.h"
#include "os/watch/names.h"

#define READ_SIZE (16 * 1024)
#define MOUNTS_SEEN_MS 200
#define READS_MAX 64       /* a turn */
#define BETWEEN_MAX_US 500 /* of a processor, that waking up may have cost */
#define WAKES_MAX 4        /* by events, while others wait to be told; then events wait, too */
#define OTHERS_MAX 1000    /* names that are no paths, beyond WATCH_NAMES_MAX */
#define SETTLE_US (WATCH_SETTLE_MS * INT64_C(1000))
#define AGAIN_US (WATCH_AGAIN_MS * INT64_C(1000))

#define BEAT_TREES 1 /* 0: paths; above: what is no file, by kinds */
#define BEAT_LIVE 2
#define BEAT_COUNT (BEAT_LIVE + LIVE_KINDS)

struct beating { /* one of the timers that come again */
	struct watch *watch;
	struct loop_timer *timer;
	int64_t free_us; /* sooner it may not come, even when it is hastened */
	bool hastened;
};

struct watch {
	struct watch_config config;
	struct file_root *root;
	struct hooks *hooks; /* NULL: there was none to be had */
	struct names names;
	int mounts; /* /proc/self/mountinfo; -1: not there */
	struct attribution attribution;
	uint32_t processes_id;        /* of the name "processes" */
	uint32_t *dirty;              /* names that changed and are not told yet */
	uint32_t *telling, *culprits; /* those being told, and who changed them */
	size_t dirty_room, dirty_count, telling_room, culprit_room, telling_count;
	struct loop_timer *timer, *rest;
	struct beating beats[BEAT_COUNT];
	struct budget budget;
	int64_t cpu_at_us, judged_us;
	unsigned wakes;                  /* since something was told */
	bool listening, hearing, paused; /* listening: to files; hearing: of processes */
	uint64_t overflows, mount_changes, told;
	char buffer[READ_SIZE] __attribute__((aligned(8)));
};

/* -------- what it costs -------- */

void watch_charge(struct watch *watch, int64_t cost_us)
{
	budget_spend(&watch->budget, cost_us);
}

/* -------- marking -------- */

/* urgent: the change is complete in itself. */
static void mark(struct watch *watch, uint32_t id, bool stale, bool urgent)
{
	struct name *name = &watch->names.at[id];
	int64_t due_us = name->told_us + AGAIN_US;
	int64_t least_us = time_span_us() + (urgent ? 0 : SETTLE_US);
	if (name->kind == NAME_NONE)
		return;
	name->stale |= stale;
	due_us = due_us > least_us ? due_us : least_us;
	if (name->dirty) {
		name->due_us = due_us < name->due_us ? due_us : name->due_us;
		return;
	}
	name->dirty = true;
	name->due_us = due_us;
	watch->dirty = mem_grow(watch->dirty, &watch->dirty_room, watch->dirty_count + 1,
				sizeof(*watch->dirty));
	watch->dirty[watch->dirty_count++] = id;
}

static void mark_place(struct watch *watch, uint32_t number, bool urgent)
{
	struct place *place = &watch->names.places[number];
	place->stale = true;
	for (uint32_t id = place->first; id != NAMES_NONE; id = watch->names.at[id].next)
		mark(watch, id, true, urgent);
}

static void mark_all(struct watch *watch)
{
	for (size_t i = 0; i < watch->names.place_count; i++)
		watch->names.places[i].stale = true;
	for (size_t i = 0; i < watch->names.count; i++)
		mark(watch, (uint32_t)i, true, true);
}

/* -------- events -------- */

#define STRUCTURE (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)

struct hit {
	struct watch *watch;
	uint32_t mask;
	bool entry; /* of an entry by its name, not of the file or folder itself */
};

static void hit_owner(void *data, uint32_t owner)
{
	const struct hit *hit = data;
	struct watch *watch = hit->watch;
	bool urgent = (hit->mask & (IN_MOVED_TO | IN_CLOSE_WRITE)) != 0;
	bool stale = (hit->mask & ~(uint32_t)(IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE)) != 0;
	if (owner & NAMES_PLACE)
		mark_place(watch, owner & ~NAMES_PLACE, urgent);
	else
		mark(watch, owner, stale, urgent);
}

/* Somebody listens to all entries of a folder, or to a file itself. What is taken out of a tree
 * needs no new hooks, unless it is a folder, whose own go on. */
static void hit_any(void *data, uint32_t owner)
{
	const struct hit *hit = data;
	const struct name *name = &hit->watch->names.at[owner];
	bool gone = (hit->mask & (IN_DELETE | IN_MOVED_FROM)) && !(hit->mask & IN_ISDIR);
	if (hit->entry && (name->kind != NAME_TREE || gone))
		mark(hit->watch, owner, false, (hit->mask & IN_MOVED_TO) != 0);
	else
		hit_owner(data, owner);
}

/* Events of entries are those of the folder; changes inside of files come from the files'
 * own watches, but for those of a link itself: where it leads is watched, so its folder tells. */
static void take_event(struct watch *watch, const struct inotify_event *event)
{
	struct hit hit = {watch, event->mask, event->len > 0};
	if (event->mask & IN_Q_OVERFLOW) {
		watch->overflows++;
		mark_all(watch);
		return;
	}
	if (event->mask & (IN_IGNORED | IN_UNMOUNT)) {
		hit.mask |= IN_DELETE_SELF;
		hooks_each(watch->hooks, event->wd, HOOKS_ANY, hit_any, &hit);
		hooks_each(watch->hooks, event->wd, HOOKS_SELF, hit_owner, &hit);
		if (event->mask & IN_IGNORED)
			hooks_gone(watch->hooks, event->wd);
		return;
	}
	if (hit.entry && !(event->mask & (STRUCTURE | IN_ATTRIB)))
		return;
	uint32_t key = hit.entry ? hooks_entry(text_of(event->name)) : HOOKS_SELF;
	hooks_each(watch->hooks, event->wd, key, hit_owner, &hit);
	if (!hit.entry || (event->mask & STRUCTURE))
		hooks_each(watch->hooks, event->wd, HOOKS_ANY, hit_any, &hit);
}

/* -------- who it was -------- */

static void begin_beat(struct watch *watch, size_t beat, int64_t ms);

/* Something may look otherwise: its next look comes as soon as may be. */
static void hasten(struct watch *watch, uint32_t id)
{
	size_t beat = (size_t)watch->names.at[id].kind - NAME_PATH;
	struct beating *beating = &watch->beats[beat];
	int64_t wait_ms = (beating->free_us - time_span_us()) / 1000;
	if (beating->hastened)
		return;
	beating->hastened = true;
	begin_beat(watch, beat, wait_ms > WATCH_SETTLE_MS ? wait_ms : WATCH_SETTLE_MS);
}

static void take_process(void *data, enum procevent event, uint32_t pid)
{
	struct watch *watch = data;
	if (watch->processes_id == NAMES_NONE)
		return;
	hasten(watch, watch->processes_id);
	if (event == PROCEVENT_EXEC) {
		watch->names.at[watch->processes_id].pid = pid;
		actors_see(watch->attribution.actors, pid, time_span_us());
	}
}

const struct watch_actor *watch_actor(const struct watch *watch, size_t i)
{
	must(i < watch->telling_count);
	if (!watch->attribution.actors || watch->culprits[i] == 0)
		return NULL;
	return actors_find(watch->attribution.actors, watch->culprits[i], time_span_us());
}

static void read_events(struct watch *watch)
{
	char *buffer = watch->buffer;
	for (int reads = 0; reads < READS_MAX; reads++) {
		ssize_t len = read(hooks_fd(watch->hooks), buffer, READ_SIZE);
		if (len <= 0)
			return;
		for (size_t at = 0; at < (size_t)len;) {
			struct inotify_event *event = (struct inotify_event *)(void *)(buffer + at);
			take_event(watch, event);
			at += sizeof(*event) + event->len;
		}
	}
}

static void rested(void *data);

/* Programs have begun before they change anything, and both kernel's queues hold the same changes.
 */
static void read_all(struct watch *watch)
{
	struct attribution *attribution = &watch->attribution;
	if (attribution->processes >= 0 && !watch->rest &&
	    !attribution_read_processes(attribution, false, take_process, watch)) {
		watch->rest = loop_after(watch->config.loop, ATTRIBUTION_REST_MS, rested, watch);
	}
	read_events(watch);
	attribution_read_files(attribution, watch->hooks, &watch->names);
}

/* -------- telling -------- */

static void events_ready(void *data, unsigned events);

/* Not to listen is to take it out of the loop: one that is in it for nothing is still woken up by
 * each event. Where it can't be put back, the loop comes by now and then. */
static void listen(struct watch *watch, int fd, bool on, bool *is_on)
{
	struct err err = {0};
	if (fd < 0 || *is_on == on)
		return;
	if (!on)
		loop_remove(watch->config.loop, fd);
	*is_on = on && loop_add(watch->config.loop, fd, LOOP_READ, events_ready, watch, &err);
}

/* To files; and, so that who began a moment ago is still there to be looked at, to processes also
 * while files wait. */
static void listen_to(struct watch *watch, bool files, bool processes)
{
	listen(watch, watch->hooks ? hooks_fd(watch->hooks) : -1, files, &watch->listening);
	listen(watch, watch->attribution.processes, processes && !watch->rest, &watch->hearing);
}

/* Takes those that are due out of the dirty ones. */
static void take_due(struct watch *watch, int64_t now_us)
{
	size_t kept = 0;
	watch->telling_count = 0;
	watch->telling = mem_grow(watch->telling, &watch->telling_room, watch->dirty_count,
				  sizeof(*watch->telling));
	watch->culprits = mem_grow(watch->culprits, &watch->culprit_room, watch->dirty_count,
				   sizeof(*watch->culprits));
	for (size_t i = 0; i < watch->dirty_count; i++) {
		struct name *name = &watch->names.at[watch->dirty[i]];
		if (name->kind == NAME_NONE || !name->dirty)
			continue; /* removed since */
		if (name->due_us > now_us) {
			watch->dirty[kept++] = watch->dirty[i];
			continue;
		}
		name->dirty = false;
		watch->culprits[watch->telling_count] = name->pid;
		watch->telling[watch->telling_count++] = watch->dirty[i];
		name->pid = 0;
	}
	watch->dirty_count = kept;
}

static bool retrace(struct watch *watch, uint32_t id);

static void tell(struct watch *watch)
{
	take_due(watch, time_span_us());
	if (watch->telling_count == 0)
		return;
	watch->wakes = 0;
	for (size_t i = 0; i < watch->telling_count; i++)
		(void)retrace(watch, watch->telling[i]);
	watch->told += watch->telling_count;
	int64_t now_us = time_span_us();
	for (size_t i = 0; i < watch->telling_count; i++)
		watch->names.at[watch->telling[i]].told_us = now_us;
	watch->config.changed(watch->config.data, watch->telling, watch->telling_count);
	watch->judged_us = time_span_us();
}

static void timer_due(void *data);

/* When what waits is due, INT64_MAX: nothing does; not before the budget is filled again. */
static int64_t next_due(const struct watch *watch, int64_t now_us)
{
	int64_t next_us = INT64_MAX;
	for (size_t i = 0; i < watch->dirty_count; i++) {
		const struct name *name = &watch->names.at[watch->dirty[i]];
		next_us = name->due_us < next_us ? name->due_us : next_us;
	}
	int64_t filled_us = budget_filled_us(&watch->budget, now_us);
	if (budget_is_spent(&watch->budget) && (next_us == INT64_MAX || next_us < filled_us))
		next_us = filled_us;
	return next_us;
}

/* Waits for what is due next. */
static void plan(struct watch *watch)
{
	int64_t now_us = time_span_us(), next_us = next_due(watch, now_us);
	bool reads = !budget_is_spent(&watch->budget) && !watch->paused;
	bool enough = watch->dirty_count > 0 && watch->wakes >= WAKES_MAX;
	loop_cancel(&watch->timer);
	listen_to(watch, reads && !enough, reads);
	if (!watch->listening && watch->hooks && next_us == INT64_MAX)
		next_us = now_us + WATCH_LOOK_MS * INT64_C(1000);
	if (next_us == INT64_MAX || watch->paused)
		return;
	int64_t wait_us = next_us > now_us ? next_us - now_us : 0;
	watch->timer = loop_after(watch->config.loop, (wait_us + 999) / 1000, timer_due, watch);
}

static void turn(struct watch *watch, bool reads)
{
	int64_t before_us = time_cpu_us(), between_us = before_us - watch->cpu_at_us;
	budget_fill(&watch->budget, time_span_us());
	watch_charge(watch, between_us < BETWEEN_MAX_US ? between_us : BETWEEN_MAX_US);
	if (reads)
		read_all(watch);
	if (!budget_is_spent(&watch->budget))
		tell(watch);
	watch->cpu_at_us = time_cpu_us();
	watch_charge(watch, watch->cpu_at_us - before_us);
	plan(watch);
}

/* What began meanwhile is not looked at: most of it is gone. */
static void rested(void *data)
{
	struct watch *watch = data;
	watch->rest = NULL;
	(void)!attribution_read_processes(&watch->attribution, true, take_process, watch);
	turn(watch, false);
}

static void events_ready(void *data, unsigned events unused)
{
	struct watch *watch = data;
	watch->wakes++;
	turn(watch, true);
}

static void timer_due(void *data)
{
	struct watch *watch = data;
	watch->timer = NULL;
	turn(watch, watch->hooks != NULL && !watch->paused);
}

/* -------- what sends no events -------- */

static int64_t beat_ms(size_t beat)
{
	if (beat < BEAT_LIVE)
		return beat == BEAT_TREES ? WATCH_LOOK_TREE_MS : WATCH_LOOK_MS;
	return live_kind(beat - BEAT_LIVE)->every_ms;
}

static bool beats_at(const struct name *name, size_t beat)
{
	return name->kind == NAME_PATH + beat && beat_ms(beat) > 0 &&
	       (beat >= BEAT_LIVE || name->blind != TRACE_SEES);
}

/* Whether what is no file is told though it looks as before. */
static bool is_due(const struct name *name, size_t beat)
{
	if (beat < BEAT_LIVE)
		return false;
	const struct live_kind *kind = live_kind(beat - BEAT_LIVE);
	int64_t ms = name->blind == TRACE_SEES ? kind->proof_ms : WATCH_OTHER_MS;
	return !kind->look || time_span_us() - name->told_us >= ms * 1000;
}

/* Looks; the next time so much later that looking costs one part in WATCH_COST, and of what is no
 * file, which may change all the time, telling one in WATCH_COST_TOLD. */
static void take_beat(struct watch *watch, size_t beat)
{
	struct beating *beating = &watch->beats[beat];
	int64_t before_us = time_cpu_us();
	for (size_t i = 0; i < watch->names.count; i++) {
		struct name *name = &watch->names.at[i];
		if (!beats_at(name, beat))
			continue;
		name->stale |= name->blind == TRACE_FULL || name->blind == TRACE_REFUSED;
		bool changed = names_trace(&watch->names, (uint32_t)i);
		bool heard = beating->hastened && name->blind != TRACE_SEES;
		if (changed || name->twice || heard || is_due(name, beat))
			mark(watch, (uint32_t)i, false, true);
		name->twice = changed; /* who looked since may have seen something in between */
	}
	int64_t cost_ms = (time_cpu_us() - before_us) * WATCH_COST / 1000;
	turn(watch, false);
	int64_t told_ms = (time_cpu_us() - before_us) * WATCH_COST_TOLD / 1000;
	if (beat >= BEAT_LIVE && live_kind(beat - BEAT_LIVE)->look && told_ms > cost_ms)
		cost_ms = told_ms;
	beating->free_us = time_span_us() +
			   (cost_ms > WATCH_BEGUN_MS ? cost_ms : WATCH_BEGUN_MS) * INT64_C(1000);
	beating->hastened = false;
	begin_beat(watch, beat, cost_ms > beat_ms(beat) ? cost_ms : beat_ms(beat));
}

static void look_due(void *data)
{
	struct beating *beating = data;
	struct watch *watch = beating->watch;
	beating->timer = NULL;
	take_beat(watch, (size_t)(beating - watch->beats));
}

static void begin_beat(struct watch *watch, size_t beat, int64_t ms)
{
	struct beating *beating = &watch->beats[beat];
	beating->watch = watch;
	loop_cancel(&beating->timer);
	for (size_t i = 0; i < watch->names.count; i++)
		if (beats_at(&watch->names.at[i], beat)) {
			beating->timer = loop_after(watch->config.loop, ms, look_due, beating);
			return;
		}
}

/* From here on it may have to be looked at: what is mounted over it, or is beyond a limit. */
static bool retrace(struct watch *watch, uint32_t id)
{
	bool changed = names_trace(&watch->names, id);
	for (size_t beat = 0; beat <= BEAT_TREES; beat++)
		if (beats_at(&watch->names.at[id], beat) && !watch->beats[beat].timer)
			begin_beat(watch, beat, beat_ms(beat));
	return changed;
}

/* Something was mounted or unmounted: who leads elsewhere now has changed. Where names were told a
 * moment ago, somebody may have seen a state in between that is gone again: then all have. */
static void mounts_changed(void *data, unsigned events unused)
{
	struct watch *watch = data;
	bool seen = time_span_us() - watch->judged_us < MOUNTS_SEEN_MS * INT64_C(1000);
	watch->mount_changes++;
	for (size_t i = 0; i < watch->names.place_count; i++)
		watch->names.places[i].stale = true;
	if (seen)
		mark_all(watch);
	for (size_t i = 0; i < watch->names.count && !seen; i++) {
		watch->names.at[i].stale = watch->names.at[i].kind != NAME_NONE;
		if (watch->names.at[i].stale && retrace(watch, (uint32_t)i))
			mark(watch, (uint32_t)i, false, true);
	}
	turn(watch, false);
}

/* -------- begin, end, questions -------- */

/* Its poll says "error" at each change (proc_pid_mountinfo(5)); reading is not asked for. */
static bool watch_mounts(struct watch *watch, struct err *err)
{
	watch->mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	return watch->mounts < 0 ||
	       loop_add(watch->config.loop, watch->mounts, 0, mounts_changed, watch, err);
}

/* What is not told is no reason not to begin. */
static bool begin_attribution(struct watch *watch, struct err *err)
{
	if (!watch->config.attribute || !watch->hooks)
		return true;
	attribution_open(&watch->attribution);
	hooks_set_witness(watch->hooks, watch->attribution.witness);
	watch->hearing = watch->attribution.processes >= 0;
	return !watch->hearing || loop_add(watch->config.loop, watch->attribution.processes,
					   LOOP_READ, events_ready, watch, err);
}

struct watch *watch_new(const struct watch_config *config, struct err *err)
{
	struct err full = {0};
	unsigned limit = config->limit ? config->limit : HOOKS_WATCHES_MAX;
	struct hooks *hooks = hooks_new(limit, &full);
	if (!hooks && full.kind != ERR_LIMIT) {
		*err = full;
		return NULL;
	}
	struct watch *watch = mem_new(1, sizeof(*watch));
	*watch = (struct watch){.config = *config,
				.root = file_root_share(config->root),
				.hooks = hooks,
				.mounts = -1,
				.attribution = {.processes = -1},
				.processes_id = NAMES_NONE};
	budget_init(&watch->budget, WATCH_SHARE, WATCH_BURST_US, time_span_us());
	names_init(&watch->names, watch->root, hooks);
	watch->listening = true;
	if ((hooks &&
	     !loop_add(config->loop, hooks_fd(hooks), LOOP_READ, events_ready, watch, err)) ||
	    !watch_mounts(watch, err) || !begin_attribution(watch, err))
		watch_free(&watch);
	return watch;
}

void watch_free(struct watch **watch)
{
	struct watch *it = *watch;
	if (!it)
		return;
	loop_cancel(&it->timer);
	loop_cancel(&it->rest);
	for (size_t i = 0; i < BEAT_COUNT; i++)
		loop_cancel(&it->beats[i].timer);
	if (it->mounts >= 0) {
		loop_remove(it->config.loop, it->mounts);
		close(it->mounts);
	}
	if (it->hooks)
		loop_remove(it->config.loop, hooks_fd(it->hooks));
	if (it->attribution.processes >= 0)
		loop_remove(it->config.loop, it->attribution.processes);
	names_end(&it->names);
	hooks_free(&it->hooks);
	attribution_close(&it->attribution);
	file_root_free(&it->root);
	mem_free(&it->dirty);
	mem_free(&it->telling);
	mem_free(&it->culprits);
	mem_free(watch);
}

uint32_t watch_add(struct watch *watch, struct text text, bool *is_new)
{
	size_t limit = text_starts(text, "/") ? WATCH_NAMES_MAX : WATCH_NAMES_MAX + OTHERS_MAX;
	uint32_t id = names_add(&watch->names, text, limit, is_new);
	if (text_is(text, "processes"))
		watch->processes_id = id;
	if (id != NAMES_NONE && *is_new && watch->names.at[id].kind >= NAME_LIVE)
		watch->names.at[id].told_us = time_span_us(); /* who adds a name judges by it */
	for (size_t beat = 0; id != NAMES_NONE && *is_new && beat < BEAT_COUNT; beat++)
		if (beats_at(&watch->names.at[id], beat) && !watch->beats[beat].timer)
			begin_beat(watch, beat, beat_ms(beat));
	return id;
}

void watch_remove(struct watch *watch, uint32_t id)
{
	if (id == watch->processes_id)
		watch->processes_id = NAMES_NONE;
	names_remove(&watch->names, id);
}

const char *watch_name(const struct watch *watch, uint32_t id)
{
	return watch->names.at[id].path;
}

void watch_pause(struct watch *watch)
{
	watch->paused = true;
	plan(watch);
}

void watch_resume(struct watch *watch)
{
	watch->paused = false;
	plan(watch);
}

void watch_get_state(const struct watch *watch, struct watch_state *state)
{
	*state = (struct watch_state){.names = watch->names.used,
				      .watches = watch->hooks ? hooks_watches(watch->hooks) : 0,
				      .overflows = watch->overflows,
				      .mounts = watch->mount_changes,
				      .told = watch->told};
	names_count(&watch->names, state);
}

void watch_put_blind(const struct watch *watch, struct buf *out)
{
	struct watch_state state;
	watch_get_state(watch, &state);
	names_put_blind(&watch->names, &state, out);
}

void watch_put_attribution(const struct watch *watch, struct buf *out)
{
	attribution_put(&watch->attribution, out);
}
