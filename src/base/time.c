#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

#define DAYS_TO_1970 719468 /* from 0000-03-01 */

int64_t time_now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * TIME_SECOND_US + now.tv_nsec / 1000;
}

int64_t time_cpu_us(void)
{
	struct timespec spent;
	must(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent) == 0);
	return (int64_t)spent.tv_sec * TIME_SECOND_US + spent.tv_nsec / 1000;
}

int64_t time_span_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * TIME_SECOND_US + now.tv_nsec / 1000;
}

struct date {
	int64_t year, month, day;
};

/* Days since 1970 of a date of the Gregorian calendar, years that begin in March (so that the leap
 * day comes last); the usual arithmetic over eras of 400 years. */
static int64_t days_of(struct date date)
{
	int64_t year = date.month <= 2 ? date.year - 1 : date.year;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_1970;
}

static struct date date_of(int64_t days)
{
	days += DAYS_TO_1970;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t of_era = days - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;
	struct date date = {.day = of_year - (153 * month + 2) / 5 + 1,
			    .month = month < 10 ? month + 3 : month - 9};
	date.year = year + era * 400 + (date.month <= 2);
	return date;
}

static int64_t floor_div(int64_t number, int64_t by)
{
	return number / by - (number % by < 0);
}

void time_put(int64_t at_us, char out[static TIME_TEXT_SIZE])
{
	static const int64_t first = -62167219200 * TIME_SECOND_US,
			     last = 253402300799 * TIME_SECOND_US + 999999;
	at_us = at_us < first ? first : at_us > last ? last : at_us;
	int64_t days = floor_div(at_us, TIME_DAY_US);
	struct date date = date_of(days);
	unsigned of_day = (unsigned)((at_us - days * TIME_DAY_US) / TIME_SECOND_US);
	unsigned us = (unsigned)((at_us - days * TIME_DAY_US) % TIME_SECOND_US);
	snprintf(out, TIME_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ",
		 (unsigned)date.year % 10000, (unsigned)date.month % 100, (unsigned)date.day % 100,
		 of_day / 3600 % 100, of_day / 60 % 60, of_day % 60, us % 1000000);
}

void time_put_mail(int64_t at_us, char out[static TIME_MAIL_SIZE])
{
	static const char days[][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	char text[TIME_TEXT_SIZE];
	uint64_t month = 1;
	int64_t day;
	time_put(at_us, text); /* what is shown, also where a year had to be another */
	must(text_to_u64((struct text){text + 5, 2}, 1, 12, &month));
	int64_t moment = 0;
	must(time_read(text_of(text), &moment));
	day = floor_div(moment, TIME_DAY_US);
	snprintf(out, TIME_MAIL_SIZE, "%s, %.2s %s %.4s %.8s +0000", days[(day % 7 + 7) % 7],
		 text + 8, months[month - 1], text, text + 11);
}

void time_put_ago(int64_t at_us, int64_t now_us, char out[static TIME_AGO_SIZE])
{
	static const struct {
		int64_t below_s, unit_s;
		const char *unit;
	} spans[] = {{90, 1, "s"},
		     {INT64_C(90) * 60, 60, "min"},
		     {INT64_C(36) * 3600, 3600, "h"},
		     {INT64_MAX, 86400, "d"}};
	int64_t span_s = at_us < now_us ? (now_us - at_us) / TIME_SECOND_US : 0;
	size_t i = 0;
	while (span_s >= spans[i].below_s)
		i++;
	snprintf(out, TIME_AGO_SIZE, "%" PRId64 " %s ago", span_s / spans[i].unit_s, spans[i].unit);
}

/* Reads exactly count digits from the front. */
static bool digits(struct text *rest, size_t count, int64_t max, int64_t *number)
{
	uint64_t value;
	if (rest->len < count ||
	    !text_to_u64((struct text){rest->at, count}, 0, (uint64_t)max, &value))
		return false;
	rest->at += count;
	rest->len -= count;
	*number = (int64_t)value;
	return true;
}

static bool mark(struct text *rest, const char *marks)
{
	if (rest->len == 0 || !strchr(marks, rest->at[0]) || rest->at[0] == '\0')
		return false;
	rest->at++;
	rest->len--;
	return true;
}

static bool read_date(struct text *rest, int64_t *days)
{
	static const unsigned char month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	struct date date;
	if (!digits(rest, 4, 9999, &date.year) || !mark(rest, "-") ||
	    !digits(rest, 2, 12, &date.month) || !mark(rest, "-") ||
	    !digits(rest, 2, 31, &date.day) || date.month < 1 || date.day < 1)
		return false;
	bool leap = (date.year % 4 == 0 && date.year % 100 != 0) || date.year % 400 == 0;
	if (date.day > month_days[date.month - 1] + (leap && date.month == 2))
		return false;
	*days = days_of(date);
	return true;
}

static bool read_clock(struct text *rest, int64_t *us)
{
	int64_t hour, minute, second = 0, fraction = 0;
	if (!digits(rest, 2, 23, &hour) || !mark(rest, ":") || !digits(rest, 2, 59, &minute))
		return false;
	if (mark(rest, ":") && !digits(rest, 2, 60, &second))
		return false;
	if (mark(rest, ".,")) {
		int64_t unit = TIME_SECOND_US, digit;
		if (!digits(rest, 1, 9, &digit))
			return false;
		do {
			unit /= 10;
			fraction += digit * unit;
		} while (digits(rest, 1, 9, &digit));
	}
	*us = ((hour * 60 + minute) * 60 + second) * TIME_SECOND_US + fraction;
	return true;
}

static bool read_zone(struct text *rest, int64_t *offset_us)
{
	*offset_us = 0;
	if (rest->len == 0 || mark(rest, "Zz"))
		return rest->len == 0;
	bool west = mark(rest, "-");
	int64_t hour, minute = 0;
	if ((!west && !mark(rest, "+")) || !digits(rest, 2, 23, &hour))
		return false;
	(void)mark(rest, ":");
	if (rest->len > 0 && !digits(rest, 2, 59, &minute))
		return false;
	*offset_us = (hour * 60 + minute) * 60 * TIME_SECOND_US * (west ? -1 : 1);
	return rest->len == 0;
}

bool time_read(struct text text, int64_t *at_us)
{
	int64_t days, clock_us = 0, offset_us = 0;
	if (!read_date(&text, &days))
		return false;
	if (text.len > 0 &&
	    (!mark(&text, "Tt ") || !read_clock(&text, &clock_us) || !read_zone(&text, &offset_us)))
		return false;
	*at_us = days * TIME_DAY_US + clock_us - offset_us;
	return true;
}

bool time_read_span(struct text text, int64_t *span_us)
{
	static const struct {
		const char *name;
		int64_t us;
	} units[] = {{"ms", 1000},
		     {"s", TIME_SECOND_US},
		     {"m", 60 * TIME_SECOND_US},
		     {"h", 3600 * TIME_SECOND_US},
		     {"d", TIME_DAY_US},
		     {"w", 7 * TIME_DAY_US},
		     {"y", 365 * TIME_DAY_US}};
	int64_t unit_us = TIME_SECOND_US, count;
	size_t number_len = 0;
	while (number_len < text.len && text.at[number_len] >= '0' && text.at[number_len] <= '9')
		number_len++;
	struct text unit = {text.at + number_len, text.len - number_len};
	bool known = unit.len == 0;
	for (size_t i = 0; i < array_len(units) && !known; i++) {
		known = text_is(unit, units[i].name);
		unit_us = units[i].us;
	}
	if (!known ||
	    !text_to_i64((struct text){text.at, number_len}, 0, INT64_MAX / unit_us, &count))
		return false;
	*span_us = count * unit_us;
	return true;
}
