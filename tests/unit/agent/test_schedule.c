#include "agent/link/schedule.h"

#include <string.h>

#include "base/time.h"
#include "os/folder.h"
#include "unit.h"

#define NOW_US (INT64_C(1795500000) * TIME_SECOND_US)
#define SPAN_US (INT64_C(5000) * TIME_SECOND_US)
#define HOUR_US (INT64_C(3600) * TIME_SECOND_US)
#define ONE "1111111111111111111111111111111111111111111111111111111111111111"
#define TWO "2222222222222222222222222222222222222222222222222222222222222222"

static int make_folder(void)
{
	struct err err = {0};
	int folder = folder_open(unit_tmpdir(), &err);
	assert_true(folder >= 0);
	return folder;
}

static struct schedule load(int folder, const char *agent, int64_t now_us, int64_t span_us)
{
	struct err err = {0};
	struct schedule schedule;
	assert_true(schedule_load(folder, agent, now_us, span_us, &schedule, &err));
	return schedule;
}

static struct schedule ran(int folder)
{
	struct err err = {0};
	struct schedule schedule = load(folder, "a1", NOW_US, SPAN_US);
	assert_true(schedule_ran(folder, &schedule, ONE, NOW_US, SPAN_US, &err));
	return schedule;
}

test(what_never_ran_is_due)
{
	int folder = make_folder();
	struct schedule schedule = load(folder, "a1", NOW_US, SPAN_US);
	assert_int_equal(schedule_wait(&schedule, ONE, NOW_US, SPAN_US), 0);
	folder_close(&folder);
}

test(other_documents_are_due)
{
	int folder = make_folder();
	struct schedule schedule = ran(folder);
	assert_true(schedule_wait(&schedule, ONE, NOW_US, SPAN_US) > 0);
	assert_int_equal(schedule_wait(&schedule, TWO, NOW_US, SPAN_US), 0);
	folder_close(&folder);
}

test(it_is_due_at_the_agents_time_of_day)
{
	int folder = make_folder();
	struct schedule schedule = ran(folder);
	int64_t wait_us = schedule_wait(&schedule, ONE, NOW_US, SPAN_US);
	assert_true(wait_us > 0 && wait_us <= TIME_DAY_US);
	assert_int_equal((NOW_US + wait_us - schedule.of_day_us) % TIME_DAY_US, 0);
	assert_int_equal(schedule_wait(&schedule, ONE, NOW_US + wait_us, SPAN_US + wait_us), 0);
	assert_int_equal(schedule_wait(&schedule, ONE, NOW_US + wait_us - 7, SPAN_US + wait_us - 7),
			 7);
	folder_close(&folder);
}

test(agents_are_spread_over_the_day)
{
	int folder = make_folder();
	unsigned quarters[4] = {0};
	for (unsigned i = 0; i < 400; i++) {
		struct schedule schedule = load(folder, unit_text("%032x", i), NOW_US, SPAN_US);
		assert_in_range(schedule.of_day_us, 0, TIME_DAY_US - 1);
		quarters[schedule.of_day_us / (TIME_DAY_US / 4)]++;
	}
	for (unsigned i = 0; i < 4; i++)
		assert_in_range(quarters[i], 60, 140);
	folder_close(&folder);
}

test(a_clock_set_back_does_not_stop_the_daily_run)
{
	int folder = make_folder();
	struct schedule schedule = ran(folder);
	int64_t year_us = 365 * TIME_DAY_US;
	assert_true(schedule_wait(&schedule, ONE, NOW_US - year_us, SPAN_US) <= TIME_DAY_US);
	assert_int_equal(schedule_wait(&schedule, ONE, NOW_US - year_us + TIME_DAY_US,
				       SPAN_US + TIME_DAY_US),
			 0);
	/* nor does it after a restart meanwhile */
	schedule = load(folder, "a1", NOW_US - year_us, 100);
	assert_true(schedule_wait(&schedule, ONE, NOW_US - year_us, 100) <= TIME_DAY_US);
	assert_int_equal(schedule_wait(&schedule, ONE, NOW_US - year_us, 100 + TIME_DAY_US), 0);
	folder_close(&folder);
}

test(a_clock_set_forward_makes_one_run_due)
{
	int folder = make_folder();
	struct err err = {0};
	struct schedule schedule = ran(folder);
	int64_t later_us = NOW_US + 365 * TIME_DAY_US;
	assert_int_equal(schedule_wait(&schedule, ONE, later_us, SPAN_US + 1), 0);
	assert_true(schedule_ran(folder, &schedule, ONE, later_us, SPAN_US + 1, &err));
	assert_true(schedule_wait(&schedule, ONE, later_us, SPAN_US + 1) > 0);
	folder_close(&folder);
}

test(a_restart_remembers_the_last_run)
{
	int folder = make_folder();
	(void)ran(folder);
	struct schedule schedule = load(folder, "a1", NOW_US + HOUR_US, 50);
	assert_int_equal(schedule.last_us, NOW_US);
	assert_int_equal(schedule.last_span_us, 50 - HOUR_US);
	assert_string_equal(schedule.digest, ONE);
	folder_close(&folder);
}

test(a_damaged_file_counts_as_never)
{
	static const char *const texts[] = {"", "{", "[]", "{\"last_run_us\":5}",
					    "{\"last_run_us\":5,\"documents\":\"short\"}"};
	int folder = make_folder();
	for (size_t i = 0; i < array_len(texts); i++) {
		struct err err = {0};
		assert_true(folder_write(folder, "schedule.json", text_of(texts[i]), 0600, &err));
		assert_int_equal(load(folder, "a1", NOW_US, SPAN_US).last_us, 0);
	}
	folder_close(&folder);
}
