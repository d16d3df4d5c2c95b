#include "server/alert/flap.h"

#include "unit.h"

#define MINUTE_US (60 * TIME_SECOND_US)

static const struct text a = TEXT("a"), b = TEXT("b");

static void note_times(struct flaps *flaps, struct text item, int64_t from_us, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		assert_int_equal(flaps_note(flaps, item, from_us + i * MINUTE_US), FLAP_NONE);
}

test(a_few_changes_are_ordinary)
{
	scoped(flaps_free) struct flaps *flaps = flaps_new();
	note_times(flaps, a, 0, FLAP_CHANGES - 1);
	assert_int_equal(flaps_count(flaps), 0);
	/* the fifth comes when the first is out of sight */
	assert_int_equal(flaps_note(flaps, a, FLAP_SPAN_US + 1), FLAP_NONE);
}

test(many_changes_flap_until_it_is_quiet)
{
	struct text item;
	int64_t wait_us;
	scoped(flaps_free) struct flaps *flaps = flaps_new();
	note_times(flaps, a, 0, FLAP_CHANGES - 1);
	note_times(flaps, b, 0, 1);
	assert_int_equal(flaps_note(flaps, a, 5 * MINUTE_US), FLAP_BEGINS);
	assert_int_equal(flaps_note(flaps, a, 6 * MINUTE_US), FLAP_GOES_ON);
	assert_int_equal(flaps_count(flaps), 1);
	assert_false(flaps_settled(flaps, 9 * MINUTE_US, &item, &wait_us));
	assert_int_equal(wait_us, MINUTE_US); /* b's turn */
	assert_false(flaps_settled(flaps, 15 * MINUTE_US, &item, &wait_us));
	assert_true(flaps_settled(flaps, 16 * MINUTE_US, &item, &wait_us));
	assert_true(text_is(item, "a"));
	assert_int_equal(flaps_count(flaps), 0);
	assert_false(flaps_settled(flaps, 16 * MINUTE_US, &item, &wait_us));
	assert_int_equal(flaps_note(flaps, a, 17 * MINUTE_US), FLAP_NONE); /* anew */
}

test(a_change_after_the_quiet_is_the_first_of_new_ones)
{
	scoped(flaps_free) struct flaps *flaps = flaps_new();
	note_times(flaps, a, 0, FLAP_CHANGES - 1);
	assert_int_equal(flaps_note(flaps, a, 4 * MINUTE_US), FLAP_BEGINS);
	assert_int_equal(flaps_note(flaps, a, 4 * MINUTE_US + FLAP_QUIET_US), FLAP_NONE);
	assert_int_equal(flaps_count(flaps), 0);
}

test(a_clock_that_is_set_back_counts_as_now)
{
	scoped(flaps_free) struct flaps *flaps = flaps_new();
	assert_int_equal(flaps_note(flaps, a, 100 * MINUTE_US), FLAP_NONE);
	note_times(flaps, a, 0, FLAP_CHANGES - 2);
	assert_int_equal(flaps_note(flaps, a, 0), FLAP_BEGINS);
}

test(what_changed_longest_ago_makes_room)
{
	scoped(flaps_free) struct flaps *flaps = flaps_new();
	note_times(flaps, a, 0, FLAP_CHANGES - 1);
	for (unsigned i = 0; i < FLAP_ITEMS_MAX; i++)
		assert_int_equal(flaps_note(flaps, text_of(unit_text("i%u", i)), 4 * MINUTE_US),
				 FLAP_NONE);
	assert_int_equal(flaps_note(flaps, a, 4 * MINUTE_US), FLAP_NONE); /* it was forgotten */
}
