#include "assess/drift/drift.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assess/drift/ties.h"
#include "unit.h"

#define LINES_MAX 16

/* A policy over a folder, and the changes that were told, a line each. */
struct scene {
	const char *folder;
	struct loop *loop;
	struct arena *arena;
	struct policies policies;
	struct gather *gather;
	struct host_facts facts;
	struct drift *drift;
	char lines[LINES_MAX][128];
	size_t count, stop_at;
	bool timed_out;
};

static struct gather *renew(void *data, bool facts_stale, const struct host_facts **facts)
{
	struct scene *scene = data;
	(void)facts_stale;
	*facts = &scene->facts;
	return gather_again(scene->gather, TIME_DAY_US * 20000);
}

static bool each(void *data, const struct drift_change *change)
{
	struct scene *scene = data;
	assert_true(scene->count < LINES_MAX);
	snprintf(scene->lines[scene->count++], sizeof(scene->lines[0]), "%.*s %s%s%s",
		 TEXT_ARG(change->item->check.ref), change->first ? "" : status_name(change->from),
		 change->first ? "" : " ", status_name(change->item->status));
	if (scene->count == scene->stop_at)
		loop_stop(scene->loop);
	return true;
}

static void begin(struct scene *scene, const char *policy)
{
	static const struct text names[] = {TEXT("/etc/os-release")};
	struct err err = {0};
	*scene = (struct scene){.folder = unit_tmpdir()};
	unit_write_file(unit_text("%s/etc/a", scene->folder), "good\n", 5);
	const struct gather_config config = {.root = scene->folder};
	scene->arena = arena_new(POLICY_ARENA_MAX);
	struct findings findings = {.arena = scene->arena};
	assert_true(policy_load(text_of(policy), scene->arena, &scene->policies, &findings));
	scene->loop = loop_new(&err);
	scene->gather = gather_new(&config, &err);
	assert_non_null(scene->gather);
	scene->facts.name = TEXT("host");
	const struct drift_config drift = {
		.loop = scene->loop,
		.policies = &scene->policies,
		.engine = {.level_max = LEVEL_MAXIMUM},
		.gather = scene->gather,
		.fact_names = names,
		.fact_name_count = array_len(names),
		.renew = renew,
		.each = each,
		.data = scene,
	};
	scene->drift = drift_new(&drift, &err);
	assert_non_null(scene->drift);
	assert_true(drift_judge(scene->drift));
}

static void end(struct scene *scene)
{
	drift_free(&scene->drift);
	gather_free(&scene->gather);
	loop_free(&scene->loop);
	policies_end(&scene->policies);
	arena_free(&scene->arena);
}

static void late(void *data)
{
	struct scene *scene = data;
	scene->timed_out = true;
	loop_stop(scene->loop);
}

/* Waits until so many lines are told altogether; false: they are not. */
static bool comes(struct scene *scene, size_t count, int ms)
{
	struct err err = {0};
	scene->stop_at = count;
	scene->timed_out = false;
	struct loop_timer *timer = loop_after(scene->loop, ms, late, scene);
	if (scene->count < count)
		assert_true(loop_run(scene->loop, &err));
	if (!scene->timed_out)
		loop_cancel(&timer);
	return scene->count == count;
}

static void put(const struct scene *scene, const char *path, const char *text)
{
	const char *fresh = unit_text("%s/fresh", scene->folder);
	unit_write_file(fresh, text, strlen(text));
	assert_int_equal(rename(fresh, unit_text("%s%s", scene->folder, path)), 0);
}

static const char two[] =
	"policy: p\n"
	"checks:\n"
	"  - { ref: a, level: low, name: a, test: { file: /etc/a, regex: '^good' } }\n"
	"  - { ref: b, level: low, name: b, test: { file: /etc/b, exists: false } }\n";

test(judges_only_what_a_change_concerns)
{
	struct scene scene;
	begin(&scene, two);
	assert_int_equal(scene.count, 2);
	assert_string_equal(scene.lines[0], "a pass");
	assert_true(drift_watch(scene.drift));
	assert_false(comes(&scene, 3, 30)); /* nothing changed */
	put(&scene, "/etc/a", "bad\n");
	assert_true(comes(&scene, 3, 900));
	assert_string_equal(scene.lines[2], "a pass fail");
	put(&scene, "/etc/b", "");
	assert_true(comes(&scene, 4, 900));
	assert_string_equal(scene.lines[3], "b pass fail");
	put(&scene, "/etc/a", "still bad\n");
	assert_false(comes(&scene, 5, 30)); /* it says the same */
	struct engine_counts counts;
	drift_counts(scene.drift, &counts);
	assert_int_equal(counts.by_status[STATUS_FAIL], 2);
	assert_int_equal(counts.applied, 2);
	end(&scene);
}

test(what_changed_before_it_was_watched_is_told)
{
	struct scene scene;
	begin(&scene, two);
	put(&scene, "/etc/a", "bad\n");
	assert_true(drift_watch(scene.drift));
	assert_int_equal(scene.count, 3);
	assert_string_equal(scene.lines[2], "a pass fail");
	end(&scene);
}

test(follows_files_that_come_to_matter_later)
{
	static const char policy[] =
		"policy: p\n"
		"checks:\n"
		"  - { ref: s, level: low, name: s, test: { config: /etc/ssh/sshd_config,"
		" key: PermitRootLogin, equals: \"no\" } }\n";
	struct scene scene;
	begin(&scene, policy);
	assert_true(drift_watch(scene.drift));
	assert_int_equal(mkdir(unit_text("%s/etc/ssh", scene.folder), 0755), 0);
	put(&scene, "/etc/ssh/sshd_config", "Include /etc/extra\n");
	assert_false(comes(&scene, 10, 50));
	size_t before = scene.count;
	put(&scene, "/etc/extra", "PermitRootLogin no\n");
	assert_true(comes(&scene, before + 1, 900));
	assert_string_equal(scene.lines[before], "s fail pass");
	put(&scene, "/etc/extra", "PermitRootLogin yes\n");
	assert_true(comes(&scene, before + 2, 900));
	assert_string_equal(scene.lines[before + 1], "s pass fail");
	end(&scene);
}

test(two_checks_that_share_a_fact_both_hear_of_it)
{
	static const char policy[] =
		"policy: p\n"
		"checks:\n"
		"  - { ref: x, level: low, name: x, test: { users: 'name:root', count: 0 } }\n"
		"  - { ref: y, level: low, name: y, test: { users: 'uid:0', count: 0 } }\n";
	struct scene scene;
	begin(&scene, policy);
	assert_true(drift_watch(scene.drift));
	size_t before = scene.count;
	put(&scene, "/etc/passwd", "root:x:0:0::/root:/bin/sh\n");
	assert_true(comes(&scene, before + 2, 900));
	end(&scene);
}

static size_t gone_count;
static void note_gone(void *data, uint32_t number)
{
	(void)data;
	(void)number;
	gone_count++;
}

static void note_check(void *data, uint32_t check)
{
	*(uint64_t *)data |= UINT64_C(1) << check;
}

test(ties_know_whom_a_name_concerns)
{
	struct ties *ties = ties_new();
	const uint32_t first[] = {5, 7}, second[] = {7, 9};
	uint64_t seen = 0;
	gone_count = 0;
	assert_true(ties_put(ties, 0, first, 2, note_gone, NULL));
	assert_true(ties_put(ties, 2, second, 2, note_gone, NULL));
	ties_each(ties, 7, note_check, &seen);
	assert_int_equal(seen, 5);
	assert_true(ties_put(ties, 0, second, 1, note_gone, NULL)); /* 5 concerns nobody now */
	assert_int_equal(gone_count, 1);
	seen = 0;
	ties_each(ties, 5, note_check, &seen);
	ties_each(ties, 1000, note_check, &seen);
	assert_int_equal(seen, 0);
	ties_clear(ties, note_gone, NULL);
	assert_int_equal(gone_count, 3);
	ties_free(&ties);
}
