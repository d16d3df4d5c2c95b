#include "base/time.h"

#include "unit.h"

test(reads_what_rfc_3339_allows)
{
	static const struct {
		const char *text, *utc;
	} cases[] = {
		{"2026-11-24T08:14:04.239651Z", "2026-11-24T08:14:04.239651Z"},
		{"2026-11-24T08:14:04Z", "2026-11-24T08:14:04.000000Z"},
		{"2026-11-24 08:14:04.5", "2026-11-24T08:14:04.500000Z"},
		{"2026-11-24T08:14:04.2396519z", "2026-11-24T08:14:04.239651Z"},
		{"2026-11-24T08:14:04+02:00", "2026-11-24T06:14:04.000000Z"},
		{"2026-11-24T08:14:04-0130", "2026-11-24T09:44:04.000000Z"},
		{"2024-02-29", "2024-02-29T00:00:00.000000Z"},
		{"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
		{"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"},
		{"2000-03-01T00:00:00Z", "2000-03-01T00:00:00.000000Z"},
		{"2026-02-29", NULL},
		{"2026-13-01", NULL},
		{"2026-00-01", NULL},
		{"2026-11-24T24:00:00Z", NULL},
		{"2026-11-24T08:14:04.Z", NULL},
		{"2026-11-24T08:14:04 Z", NULL},
		{"2026-11-24T08:14:04Zx", NULL},
		{"26-11-24", NULL},
		{"", NULL},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		int64_t at_us = 0;
		char out[TIME_TEXT_SIZE];
		bool read = time_read(text_of(cases[i].text), &at_us);
		assert_int_equal(read, cases[i].utc != NULL);
		time_put(at_us, out);
		if (read)
			assert_string_equal(out, cases[i].utc);
	}
}

test(walks_every_day_of_four_centuries)
{
	char out[TIME_TEXT_SIZE];
	for (int64_t day = -146097; day <= 146097; day++) {
		int64_t back = 1;
		time_put(day * TIME_DAY_US, out);
		assert_true(time_read(text_of(out), &back));
		assert_int_equal(back, day * TIME_DAY_US);
	}
}

test(reads_spans)
{
	static const struct {
		const char *text;
		int64_t us;
	} cases[] = {{"90d", 90 * TIME_DAY_US},
		     {"1h", 3600 * TIME_SECOND_US},
		     {"250ms", 250000},
		     {"30", 30 * TIME_SECOND_US},
		     {"2w", 14 * TIME_DAY_US},
		     {"1y", 365 * TIME_DAY_US},
		     {"", -1},
		     {"d", -1},
		     {"1x", -1},
		     {"-1d", -1},
		     {"9999999999999999d", -1}};
	for (size_t i = 0; i < array_len(cases); i++) {
		int64_t us = -1;
		assert_int_equal(time_read_span(text_of(cases[i].text), &us), cases[i].us >= 0);
		assert_int_equal(us, cases[i].us);
	}
}

test(holds_on_to_the_years_it_can_write)
{
	char out[TIME_TEXT_SIZE];
	time_put(INT64_MAX, out);
	assert_string_equal(out, "9999-12-31T23:59:59.999999Z");
	time_put(INT64_MIN, out);
	assert_string_equal(out, "0000-01-01T00:00:00.000000Z");
}

test(mails_are_dated_as_they_are)
{
	static const struct {
		int64_t at_s;
		const char *text;
	} table[] = {
		{0, "Thu, 01 Jan 1970 00:00:00 +0000"},
		{-1, "Wed, 31 Dec 1969 23:59:59 +0000"},
		{1795508044, "Tue, 24 Nov 2026 08:14:04 +0000"},
		{951782400, "Tue, 29 Feb 2000 00:00:00 +0000"},
	};
	for (size_t i = 0; i < array_len(table); i++) {
		char out[TIME_MAIL_SIZE];
		time_put_mail(table[i].at_s * TIME_SECOND_US, out);
		assert_string_equal(out, table[i].text);
	}
}

test(tells_how_long_ago_it_was)
{
	static const struct {
		int64_t span_ms;
		const char *text;
	} table[] = {
		{0, "0 s ago"},
		{-5000, "0 s ago"}, /* another clock is ahead */
		{1999, "1 s ago"},
		{89999, "89 s ago"},
		{90000, "1 min ago"},
		{90 * 60000 - 1, "89 min ago"},
		{90 * 60000, "1 h ago"},
		{INT64_C(36) * 3600000, "1 d ago"},
		{INT64_C(400) * 86400000, "400 d ago"},
	};
	for (size_t i = 0; i < array_len(table); i++) {
		char out[TIME_AGO_SIZE];
		time_put_ago(TIME_DAY_US, TIME_DAY_US + table[i].span_ms * 1000, out);
		assert_string_equal(out, table[i].text);
	}
}
