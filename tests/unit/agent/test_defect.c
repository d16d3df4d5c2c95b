#include "agent/link/proof/defect.h"

#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "os/folder.h"
#include "unit.h"

#define GRACE_US (DEFECT_GRACE_S * TIME_SECOND_US)
#define NOW_US (INT64_C(1764000000) * TIME_SECOND_US)

static int open_folder(void)
{
	struct err err = {0};
	int folder = folder_open(unit_text("%s/spool", unit_tmpdir()), &err);
	assert_true(folder >= 0);
	return folder;
}

static struct defects *make(int folder, int64_t now_us)
{
	struct err err = {0};
	struct defects *defects = defects_new(folder, now_us, &err);
	assert_non_null(defects);
	return defects;
}

static void take_said(struct defects *defects, uint64_t number, const char *before, const char *now)
{
	struct err err = {0};
	const char *text = unit_text("{\"id\":\"%032llx\",\"policy\":{\"name\":\"system\"},"
				     "\"check\":{\"ref\":\"r%llu\"},"
				     "\"utctimestamp\":\"2026-11-24T08:14:04.239651Z\"}",
				     (unsigned long long)number, (unsigned long long)number);
	struct json *item = json_parse(text_of(text), &err);
	assert_non_null(item);
	defects_take(defects, number, item, text_of(before), text_of(now));
	json_free(&item);
}

static const char *shown(const struct defects *defects)
{
	struct buf text = {0};
	struct json *json = json_new_object();
	defects_put(defects, json);
	json_write(json, &text);
	json_free(&json);
	const char *copy = unit_text("%.*s", TEXT_ARG(buf_view(&text)));
	buf_end(&text);
	return copy;
}

static int64_t count_of(const struct defects *defects)
{
	struct json *json = json_new_object();
	defects_put(defects, json);
	int64_t count = json_int(json, "defects", -1);
	json_free(&json);
	return count;
}

/* A story about check 7: S, P, C: a run of a new scope, a daily one, one for a change begins; D: it
 * is whole; a letter: 7's item says that; T, N, A: the watch tells of 7, of 8, of all; L: a look,
 * G: one when grace is over. True when that one wants everything judged again. */
static bool tell(struct defects *defects, const char *story)
{
	bool due = false;
	char before[2] = "", now[2] = "";
	for (const char *at = story; *at; at++) {
		int64_t look_us = 0;
		switch (*at) {
		case ' ':
			break;
		case 'S':
			defects_begin_scope(defects);
			break;
		case 'P':
		case 'C':
			defects_begin_run(defects, *at == 'P');
			break;
		case 'D':
			defects_done(defects);
			break;
		case 'T':
		case 'N':
			defects_told(defects, *at == 'T' ? 7 : 8);
			break;
		case 'A':
			defects_told_all(defects);
			break;
		case 'L':
			look_us = defects_look(defects, 1000);
			assert_true(look_us == GRACE_US || look_us == INT64_MAX);
			break;
		case 'G':
			assert_true(defects_look(defects, 999 + GRACE_US) > 0);
			due = defects_look(defects, 1000 + GRACE_US) == 0;
			break;
		default:
			now[0] = *at;
			take_said(defects, 7, before[0] ? before : NULL, now);
			before[0] = now[0];
		}
	}
	return due;
}

test(only_what_the_watch_never_told_is_a_defect)
{
	static const struct {
		const char *what, *story;
		bool due;
		int64_t defects;
	} table[] = {
		{"nothing is another", "SaD PaD LG", false, 0},
		{"the watch missed it", "SaD PbD LG SbD", true, 1},
		{"it waited for its run when the daily one came", "SaDT PbD LG", false, 0},
		{"told while the daily run went on", "SaD PTbD LG", false, 0},
		{"told behind its item", "SaD PbTD LG", false, 0},
		{"told within grace: a look", "SaD PbD LTG", false, 0},
		{"of another check", "SaD PbD LNG SbD", true, 1},
		{"all are told", "SaD PbD LAG", false, 0},
		{"all were told before", "SaDA PbD LG", false, 0},
		{"told and judged before, and missed later", "SaDT CbD PcD LG ScD", true, 1},
		{"told once more while that was judged", "SaDT CTbD PcD LG", false, 0},
		{"a run for a change sent it already", "SaDT CbD PbD LG", false, 0},
		{"told too late", "SaD PbD LGT SbD", true, 1},
		{"it came and went", "SaD PbD LG SaD", true, 0},
		{"it is something else by now", "SaD PbD LG ScD", true, 1},
		{"another scope within grace", "SaD PbD L SbD G", false, 0},
		{"a first run knows nothing of before", "b SaD LG", false, 0},
		{"nor the first of a new scope", "SaD SbD LG", false, 0},
		{"a run for a change is no proof", "SaD CbD LG", false, 0},
		{"a daily run that failed found it", "SaD Pb PbD LG SbD", true, 1},
		{"the check is gone", "SaD PbD LG SD L", true, 0},
		{"two days, two defects", "SaD PbD LG SbD PcD LG ScD", true, 2},
		{"and the watch is right again", "SaD PbD LG SbD PbD LG", false, 1},
	};
	for (size_t i = 0; i < array_len(table); i++) {
		int folder = open_folder();
		struct err err = {0};
		assert_true(folder_remove(folder, "defects.json", &err));
		struct defects *defects = make(folder, NOW_US);
		bool due = tell(defects, table[i].story);
		if (due != table[i].due || count_of(defects) != table[i].defects)
			fail_msg("%s: due %d, %lld defects", table[i].what, due,
				 (long long)count_of(defects));
		defects_free(&defects);
		folder_close(&folder);
	}
}

test(defects_are_kept_over_restarts)
{
	int folder = open_folder();
	struct defects *defects = make(folder, NOW_US);
	assert_string_equal(shown(defects),
			    "{\"defects\":0,\"since\":\"2025-11-24T16:00:00.000000Z\"}");
	assert_true(tell(defects, "SaD PbD LG SbD"));
	defects_free(&defects);
	defects = make(folder, NOW_US + TIME_DAY_US);
	assert_string_equal(shown(defects),
			    "{\"defects\":1,\"since\":\"2025-11-24T16:00:00.000000Z\","
			    "\"defect\":\"system/r7\","
			    "\"defect_at\":\"2026-11-24T08:14:04.239651Z\"}");
	defects_free(&defects);
	folder_close(&folder);
}

test(a_damaged_file_counts_from_now_on)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{\"defects\":-1,\"since\":\"2025-11-24T16:00:00Z\"}",
		"{\"defects\":1}",
		"{\"defects\":1,\"since\":\"2025-11-24T16:00:00Z\"}",
		"{\"defects\":1,\"since\":\"x\",\"defect\":\"a/b\",\"defect_at\":\"y\"}",
	};
	struct err err = {0};
	int folder = open_folder();
	char *large = mem_new(1, 10000);
	memset(large, ' ', 9999);
	for (size_t i = 0; i <= array_len(texts); i++) {
		const char *text = i < array_len(texts) ? texts[i] : large;
		assert_true(folder_write(folder, "defects.json", text_of(text), 0600, &err));
		struct defects *defects = make(folder, NOW_US);
		assert_string_equal(shown(defects),
				    "{\"defects\":0,\"since\":\"2025-11-24T16:00:00.000000Z\"}");
		defects_free(&defects);
	}
	mem_free(&large);
	folder_close(&folder);
}

test(a_folder_that_takes_nothing_costs_the_file_alone)
{
	struct err err = {0};
	int folder = folder_open_path("/proc/self", &err);
	assert_true(folder >= 0);
	struct defects *defects = make(folder, NOW_US);
	assert_true(tell(defects, "SaD PbD LG SbD"));
	assert_int_equal(count_of(defects), 1);
	defects_free(&defects);
	folder_close(&folder);
}

test(no_more_than_so_many_are_suspected)
{
	int folder = open_folder();
	struct defects *defects = make(folder, NOW_US);
	defects_begin_scope(defects);
	for (uint64_t i = 0; i < DEFECT_SUSPECTS_MAX + 5; i++)
		take_said(defects, i, NULL, "a");
	take_said(defects, DEFECT_CHECKS_MAX, NULL, "a");
	defects_done(defects);
	defects_begin_run(defects, true);
	take_said(defects, DEFECT_CHECKS_MAX, "a", "b"); /* not suspected */
	assert_true(defects_look(defects, 0) == INT64_MAX);
	for (uint64_t i = 0; i < DEFECT_SUSPECTS_MAX + 5; i++)
		take_said(defects, i, "a", "b");
	defects_done(defects);
	assert_true(defects_look(defects, 0) == GRACE_US);
	assert_true(defects_look(defects, GRACE_US) == 0);
	defects_begin_scope(defects);
	for (uint64_t i = 0; i < DEFECT_SUSPECTS_MAX + 5; i++)
		take_said(defects, i, "b", "b");
	defects_done(defects);
	assert_int_equal(count_of(defects), DEFECT_SUSPECTS_MAX);
	assert_true(defects_look(defects, 3 * GRACE_US) == INT64_MAX);
	defects_free(&defects);
	folder_close(&folder);
}

test(a_long_name_is_cut)
{
	int folder = open_folder();
	struct defects *defects = make(folder, NOW_US);
	struct json *item = json_new_object(), *policy = json_new_object();
	char name[2 * DEFECT_NAME_MAX + 1];
	memset(name, 'p', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	json_put_cstr(policy, "name", name);
	json_put(item, "policy", policy);
	json_put_cstr(item, "id", "a1");
	defects_begin_scope(defects);
	defects_take(defects, 1, item, (struct text){0}, TEXT("a"));
	defects_done(defects);
	defects_begin_run(defects, true);
	defects_take(defects, 1, item, TEXT("a"), TEXT("b"));
	defects_done(defects);
	assert_true(defects_look(defects, 0) > 0);
	assert_true(defects_look(defects, GRACE_US) == 0);
	defects_begin_scope(defects);
	defects_take(defects, 1, item, TEXT("b"), TEXT("b"));
	defects_done(defects);
	json_free(&item);
	defects_free(&defects);
	defects = make(folder, NOW_US); /* and is read again */
	struct json *json = json_new_object();
	defects_put(defects, json);
	assert_int_equal(json_text(json, "defect").len, DEFECT_NAME_MAX);
	json_free(&json);
	defects_free(&defects);
	folder_close(&folder);
}
