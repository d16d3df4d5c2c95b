#include "server/alert/alert.h"

#include <string.h>

#include "base/log.h"
#include "base/queue.h"
#include "base/thread.h"
#include "base/time.h"
#include "server/alert/flap.h"

#define PLACE "alert"
#define STOP_MS 2000
#define ARENA_MAX (256u * 1024) /* of one change's texts */

/* A change on its way: one block, the texts behind it. */
struct note {
	struct alert_change change;
	struct arena *arena;
	bool flaps;
	struct note *next;
};

struct alerts {
	struct courier *courier;
	enum alert_on on;
	struct thread *thread;
	struct lock *lock; /* over what follows, up to the empty line */
	struct note *first, **last;
	size_t waiting;
	bool stopping;
	uint64_t sent, failed, dropped, held;
	size_t flapping;

	/* the thread's own */
	struct flaps *flaps;
	struct map *latest; /* of those that flap: item -> their last note */
};

static struct note *note_new(const struct alert_change *change)
{
	struct note *note = mem_new(1, sizeof(*note));
	note->arena = arena_new(ARENA_MAX);
	note->change = *change;
	struct text *texts[] = {&note->change.agent,  &note->change.target, &note->change.item,
				&note->change.policy, &note->change.ref,    &note->change.name,
				&note->change.reason};
	for (size_t i = 0; i < array_len(texts); i++)
		*texts[i] = arena_text(note->arena, *texts[i]);
	if (change->by)
		note->change.by = actor_copy(change->by, note->arena);
	return note;
}

static void note_free(struct note **note)
{
	if (*note)
		arena_free(&(*note)->arena);
	mem_free(note);
}

/* The lock is taken. */
static struct note *take_first(struct alerts *alerts)
{
	struct note *note = alerts->first;
	alerts->first = note->next;
	if (!alerts->first)
		alerts->last = &alerts->first;
	alerts->waiting--;
	note->next = NULL;
	return note;
}

void alerts_note(struct alerts *alerts, const struct alert_change *change)
{
	struct note *note = note_new(change), *oldest = NULL;
	lock_take(alerts->lock);
	if (alerts->waiting >= ALERT_WAITING_MAX) {
		oldest = take_first(alerts);
		alerts->dropped++;
	}
	*alerts->last = note;
	alerts->last = &note->next;
	alerts->waiting++;
	lock_wake(alerts->lock);
	lock_give(alerts->lock);
	note_free(&oldest);
}

/* -------- the thread -------- */

static void count(struct alerts *alerts, uint64_t *counter)
{
	lock_take(alerts->lock);
	(*counter)++;
	lock_give(alerts->lock);
}

static void note_flapping(struct alerts *alerts)
{
	lock_take(alerts->lock);
	alerts->flapping = flaps_count(alerts->flaps);
	lock_give(alerts->lock);
}

static void tell(struct alerts *alerts, const struct alert_told *told, size_t told_count)
{
	struct err err = {0};
	struct alert_words words;
	if (!alerts->courier || told_count == 0)
		return;
	alert_say(told, told_count, time_now_us(), &words);
	const struct courier_alert alert = {.subject = buf_view(&words.subject),
					    .body = buf_view(&words.body),
					    .json = buf_view(&words.json),
					    .bad = words.bad};
	bool done = courier_send(alerts->courier, &alert, &err);
	if (!done) {
		char shown[LOG_VALUE_SIZE];
		log_write(LOG_ERROR, PLACE, "not everybody was told, alert=%s: %s",
			  log_value(buf_view(&words.subject), shown), err.text);
	}
	count(alerts, done ? &alerts->sent : &alerts->failed);
	alert_words_end(&words);
}

/* Keeps the note of an item that flaps, for when it has settled. */
static void keep_latest(struct alerts *alerts, struct note *note)
{
	struct note *before = map_put(alerts->latest, note->change.item, note);
	note_free(&before);
}

/* All that waits of the host of the first one, in order; others stay. */
static struct note *take_host(struct alerts *alerts)
{
	lock_take(alerts->lock);
	struct note *mine = NULL, **end = &mine, **at = &alerts->first;
	struct text agent = alerts->first ? alerts->first->change.agent : (struct text){0};
	while (*at) {
		struct note *note = *at;
		if (!text_is_equal(note->change.agent, agent)) {
			at = &note->next;
			continue;
		}
		*at = note->next;
		note->next = NULL;
		*end = note;
		end = &note->next;
		alerts->waiting--;
	}
	alerts->last = at;
	lock_give(alerts->lock);
	return mine;
}

/* A check that changed several times has changed once, from the first status to the last. */
static void add_told(struct map *by_item, struct alert_told *told, size_t *count, struct note *note,
		     bool begins)
{
	struct alert_told *before = map_get(by_item, note->change.item);
	if (before) {
		note->change.from = before->change->from;
		note->change.met = before->change->met;
		*before = (struct alert_told){&note->change, before->flaps || begins, false};
		return;
	}
	told[*count] = (struct alert_told){&note->change, begins, false};
	map_put(by_item, note->change.item, &told[(*count)++]);
}

static size_t choose(struct alerts *alerts, struct note *notes, struct alert_told *told)
{
	size_t seen = 0, chosen = 0;
	scoped(map_free) struct map *by_item = map_new();
	for (struct note *note = notes; note; note = note->next) {
		if (!alert_wants(&note->change, ALERT_ON_CHANGE))
			continue;
		enum flap flap = flaps_note(alerts->flaps, note->change.item, time_span_us());
		note->flaps = flap != FLAP_NONE;
		if (flap == FLAP_GOES_ON)
			count(alerts, &alerts->held);
		else
			add_told(by_item, told, &seen, note, flap == FLAP_BEGINS);
	}
	for (size_t i = 0; i < seen; i++)
		if (told[i].flaps || alert_wants(told[i].change, alerts->on))
			told[chosen++] = told[i];
	return chosen;
}

static void work(struct alerts *alerts)
{
	size_t total = 0;
	struct note *notes = take_host(alerts);
	for (const struct note *note = notes; note; note = note->next)
		total++;
	struct alert_told *told = mem_new(total + 1, sizeof(*told));
	tell(alerts, told, choose(alerts, notes, told));
	mem_free(&told);
	while (notes) {
		struct note *note = notes;
		notes = note->next;
		note->next = NULL;
		if (note->flaps)
			keep_latest(alerts, note);
		else
			note_free(&note);
	}
}

static int settle(struct alerts *alerts)
{
	struct text item;
	int64_t wait_us;
	while (flaps_settled(alerts->flaps, time_span_us(), &item, &wait_us)) {
		struct note *note = map_remove(alerts->latest, item);
		if (note) {
			const struct alert_told told = {&note->change, false, true};
			tell(alerts, &told, 1);
			note_free(&note);
		}
	}
	return (int)(wait_us / 1000) + 1;
}

/* Waits for a change, then a little for more of them. */
static bool wait_for_changes(struct alerts *alerts, int wait_ms)
{
	lock_take(alerts->lock);
	if (!alerts->first && !alerts->stopping)
		lock_wait(alerts->lock, wait_ms);
	int64_t until_us = time_span_us() + ALERT_GATHER_MS * INT64_C(1000), left_us;
	while (alerts->first && !alerts->stopping && (left_us = until_us - time_span_us()) > 0)
		lock_wait(alerts->lock, (int)(left_us / 1000) + 1);
	bool stopping = alerts->stopping;
	lock_give(alerts->lock);
	return !stopping;
}

static bool is_waited_for(struct alerts *alerts)
{
	lock_take(alerts->lock);
	bool any = alerts->first != NULL;
	lock_give(alerts->lock);
	return any;
}

static void run(void *data)
{
	struct alerts *alerts = data;
	bool going = true;
	while (going) {
		int wait_ms = settle(alerts);
		note_flapping(alerts);
		going = wait_for_changes(alerts, wait_ms);
		int64_t from_us = time_span_us();
		while (is_waited_for(alerts) &&
		       (going || time_span_us() - from_us < STOP_MS * INT64_C(1000))) {
			work(alerts);
			note_flapping(alerts);
		}
	}
}

/* -------- the handle -------- */

struct alerts *alerts_start(struct courier *courier, enum alert_on on, struct err *err)
{
	struct alerts *alerts = mem_new(1, sizeof(*alerts));
	alerts->courier = courier;
	alerts->on = on;
	alerts->lock = lock_new();
	alerts->last = &alerts->first;
	alerts->flaps = flaps_new();
	alerts->latest = map_new();
	alerts->thread = thread_start("alerts", run, alerts, err);
	if (!alerts->thread)
		alerts_stop(&alerts);
	return alerts;
}

size_t alerts_flapping(struct alerts *alerts)
{
	lock_take(alerts->lock);
	size_t flapping = alerts->flapping;
	lock_give(alerts->lock);
	return flapping;
}

void alerts_metrics(struct alerts *alerts, struct buf *out)
{
	lock_take(alerts->lock);
	const struct {
		const char *name, *help;
		uint64_t value;
	} counters[] = {
		{"sent", "Alerts that every configured way took.", alerts->sent},
		{"failed", "Alerts that some way did not take.", alerts->failed},
		{"dropped", "Changes that nobody was told: too many waited.", alerts->dropped},
		{"held", "Changes held back because their check flaps.", alerts->held},
	};
	for (size_t i = 0; i < array_len(counters); i++)
		buf_print(out,
			  "# HELP muster_alerts_%s_total %s\n# TYPE muster_alerts_%s_total "
			  "counter\nmuster_alerts_%s_total %llu\n",
			  counters[i].name, counters[i].help, counters[i].name, counters[i].name,
			  (unsigned long long)counters[i].value);
	buf_print(out,
		  "# HELP muster_flapping Checks on hosts that flap now.\n# TYPE muster_flapping "
		  "gauge\nmuster_flapping %zu\n",
		  alerts->flapping);
	lock_give(alerts->lock);
}

void alerts_stop(struct alerts **stopped)
{
	struct alerts *alerts = *stopped;
	if (!alerts)
		return;
	lock_take(alerts->lock);
	alerts->stopping = true;
	lock_wake(alerts->lock);
	lock_give(alerts->lock);
	thread_join(&alerts->thread);
	while (alerts->first) {
		struct note *note = take_first(alerts);
		note_free(&note);
	}
	size_t at = 0;
	struct text item;
	for (void *kept; map_next(alerts->latest, &at, &item, &kept);) {
		struct note *note = kept;
		note_free(&note);
	}
	map_free(&alerts->latest);
	flaps_free(&alerts->flaps);
	lock_free(&alerts->lock);
	mem_free(stopped);
}
