#include "assess/drift/drift.h"

#include <string.h>

#include "assess/drift/culprits.h"
#include "assess/drift/ties.h"

#define LATER_MS 1000
#define TRIM_ABOVE (1024u * 1024) /* bytes that a run took: then they are given back at once */

/* How a check stands. */
struct stand {
	bool judged;
	uint8_t status;
	uint64_t print; /* of reason and evidence */
};

struct drift {
	struct drift_config config;
	struct watch *watch;
	struct loop_timer *later;
	struct ties *ties;
	struct stand *stands;
	size_t count;
	/* of the run at hand, by check: */
	bool *chosen, *again;
	bool *aged; /* of those chosen: nothing but time has passed */
	struct culprits *culprits;
	uint32_t *ids;
	size_t id_room;
	size_t number;
	bool watching, first, any_again, facts_stale;
};

static size_t count_checks(const struct policies *policies)
{
	size_t count = 0;
	for (size_t i = 0; i < policies->count; i++)
		count += policies->list[i].check_count;
	return count;
}

static void changed(void *data, const uint32_t *ids, size_t count);

struct drift *drift_new(const struct drift_config *config, struct err *err)
{
	struct drift *drift = mem_new(1, sizeof(*drift));
	const struct watch_config watching = {.loop = config->loop,
					      .root = gather_root(config->gather),
					      .limit = config->watch_limit,
					      .attribute = true,
					      .changed = changed,
					      .data = drift};
	drift->config = *config;
	drift->count = count_checks(config->policies);
	drift->ties = ties_new();
	drift->culprits = culprits_new();
	drift->stands = mem_new(drift->count, sizeof(*drift->stands));
	drift->chosen = mem_new(drift->count, sizeof(*drift->chosen));
	drift->again = mem_new(drift->count, sizeof(*drift->again));
	drift->aged = mem_new(drift->count, sizeof(*drift->aged));
	drift->watch = watch_new(&watching, err);
	if (!drift->watch)
		drift_free(&drift);
	return drift;
}

void drift_free(struct drift **drift)
{
	if (!*drift)
		return;
	loop_cancel(&(*drift)->later);
	watch_free(&(*drift)->watch);
	ties_free(&(*drift)->ties);
	culprits_free(&(*drift)->culprits);
	mem_free(&(*drift)->stands);
	mem_free(&(*drift)->chosen);
	mem_free(&(*drift)->again);
	mem_free(&(*drift)->aged);
	mem_free(&(*drift)->ids);
	mem_free(drift);
}

/* -------- what items say -------- */

static void note(uint64_t *print, struct text text)
{
	*print = (*print ^ text.len) * UINT64_C(0x100000001b3);
	for (size_t i = 0; i < text.len; i++)
		*print = (*print ^ (unsigned char)text.at[i]) * UINT64_C(0x100000001b3);
	*print ^= *print >> 32;
}

static uint64_t print_of(const struct item *item)
{
	uint64_t print = UINT64_C(0xcbf29ce484222325);
	note(&print, item->reason);
	note(&print, item->check.location);
	note(&print, item->check.test_value);
	for (size_t i = 0; i < item->evidence_count; i++) {
		const struct evidence *evidence = &item->evidence[i];
		note(&print, evidence->path);
		note(&print, evidence->text);
		print ^= evidence->line + i;
	}
	return print;
}

/* Whether the check stands otherwise than before; it stands so from here on. */
static bool is_news(struct drift *drift, const struct item *item, enum status *from)
{
	struct stand *stand = &drift->stands[drift->number];
	uint64_t print = print_of(item);
	bool news = !stand->judged || stand->status != item->status ||
		    (stand->print != print && !drift->aged[drift->number]);
	*from = (enum status)stand->status;
	if (news)
		*stand = (struct stand){true, (uint8_t)item->status, print};
	return news;
}

static bool take_item(void *data, const struct item *item, const struct policy *policy,
		      const struct check *check, struct text explain)
{
	struct drift *drift = data;
	enum status from;
	if (!is_news(drift, item, &from))
		return true;
	struct item told = *item;
	told.by = culprits_of(drift->culprits, (uint32_t)drift->number);
	const struct drift_change change = {.item = &told,
					    .policy = policy,
					    .check = check,
					    .explain = explain,
					    .first = drift->first,
					    .from = from};
	return drift->config.each(drift->config.data, &change);
}

/* -------- what they depend on -------- */

static void forget_name(void *data, uint32_t id)
{
	struct drift *drift = data;
	watch_remove(drift->watch, id);
}

/* Watches the names; whether one of them was not watched before. */
static bool tie(struct drift *drift, size_t number, const struct text *names, size_t count)
{
	bool fresh = false, fits = true, is_new;
	drift->ids = mem_grow(drift->ids, &drift->id_room, count + 1, sizeof(*drift->ids));
	for (size_t i = 0; i < count && fits; i++) {
		drift->ids[i] = watch_add(drift->watch, names[i], &is_new);
		fits = drift->ids[i] != UINT32_MAX;
		fresh |= is_new;
	}
	if (fits && ties_put(drift->ties, (uint32_t)number, drift->ids, count, forget_name, drift))
		return fresh;
	/* more than can be watched: judged from time to time, as what sends no events */
	drift->ids[0] = watch_add(drift->watch, TEXT(DRIFT_BEYOND), &is_new);
	(void)!ties_put(drift->ties, (uint32_t)number, drift->ids, 1, forget_name, drift);
	return false;
}

static void take_depends(void *data, size_t number, const struct text *names, size_t count)
{
	struct drift *drift = data;
	drift->number = number;
	if (!drift->watching)
		return;
	if (tie(drift, number, names, count))
		drift->again[number] = drift->any_again = true;
}

/* -------- judging -------- */

/* Judges the chosen checks. */
static bool judge(struct drift *drift)
{
	const struct host_facts *facts;
	struct gather *gather = drift->config.renew(drift->config.data, drift->facts_stale, &facts);
	drift->facts_stale = false;
	struct engine_config config = drift->config.engine;
	struct engine_counts counts;
	config.facts = facts;
	if (config.target.len == 0)
		config.target = facts->name;
	config.chosen = drift->chosen;
	config.depends = take_depends;
	bool done = engine_run(gather, drift->config.policies, &config, take_item, drift, &counts);
	bool large = arena_used(gather_arena(gather)) > TRIM_ABOVE;
	gather_free(&gather);
	if (large)
		mem_trim();
	return done;
}

static void judge_later(void *data);

/* Judges the chosen checks, and those again whose dependencies were not watched while they were. */
static bool judge_until_known(struct drift *drift)
{
	for (int rounds = 0; rounds < DRIFT_ROUNDS_MAX; rounds++) {
		drift->any_again = false;
		if (!judge(drift))
			return false;
		if (!drift->any_again)
			return true;
		memcpy(drift->chosen, drift->again, drift->count * sizeof(*drift->chosen));
		memset(drift->again, 0, drift->count * sizeof(*drift->again));
		memset(drift->aged, 0, drift->count * sizeof(*drift->aged));
	}
	/* it changes as fast as it is looked at: everything, a little later */
	if (!drift->later)
		drift->later = loop_after(drift->config.loop, LATER_MS, judge_later, drift);
	return true;
}

static void choose_all(struct drift *drift)
{
	memset(drift->chosen, true, drift->count * sizeof(*drift->chosen));
	memset(drift->again, 0, drift->count * sizeof(*drift->again));
	memset(drift->aged, 0, drift->count * sizeof(*drift->aged));
}

static void judge_later(void *data)
{
	struct drift *drift = data;
	drift->later = NULL;
	culprits_clear(drift->culprits);
	choose_all(drift);
	if (!judge_until_known(drift))
		loop_stop(drift->config.loop);
}

bool drift_judge(struct drift *drift)
{
	choose_all(drift);
	drift->first = true;
	bool done = judge(drift);
	drift->first = false;
	return done;
}

bool drift_watch(struct drift *drift)
{
	drift->watching = true;
	(void)tie(drift, drift->count, drift->config.fact_names, drift->config.fact_name_count);
	choose_all(drift);
	return judge_until_known(drift);
}

/* -------- changes -------- */

struct choosing {
	struct drift *drift;
	bool aged;
	const struct watch_actor *actor;
};

static void choose(void *data, uint32_t check)
{
	const struct choosing *choosing = data;
	struct drift *drift = choosing->drift;
	culprits_note(drift->culprits, check, choosing->actor);
	if (check == drift->count) { /* what the host is */
		drift->facts_stale = true;
		choose_all(drift);
		return;
	}
	drift->aged[check] = choosing->aged && (drift->aged[check] || !drift->chosen[check]);
	drift->chosen[check] = true;
}

static void changed(void *data, const uint32_t *ids, size_t count)
{
	struct drift *drift = data;
	memset(drift->chosen, 0, drift->count * sizeof(*drift->chosen));
	memset(drift->again, 0, drift->count * sizeof(*drift->again));
	memset(drift->aged, 0, drift->count * sizeof(*drift->aged));
	culprits_clear(drift->culprits);
	for (size_t i = 0; i < count; i++) {
		struct choosing choosing = {drift,
					    strcmp(watch_name(drift->watch, ids[i]), "clock") == 0,
					    watch_actor(drift->watch, i)};
		ties_each(drift->ties, ids[i], choose, &choosing);
	}
	if (!judge_until_known(drift))
		loop_stop(drift->config.loop);
}

/* -------- questions -------- */

void drift_counts(const struct drift *drift, struct engine_counts *counts)
{
	*counts = (struct engine_counts){0};
	for (size_t i = 0; i < drift->count; i++) {
		const struct stand *stand = &drift->stands[i];
		if (!stand->judged)
			continue;
		counts->items++;
		counts->by_status[stand->status]++;
		counts->applied += stand->status != STATUS_NOT_APPLICABLE;
	}
}

struct watch *drift_watcher(struct drift *drift)
{
	return drift->watch;
}
