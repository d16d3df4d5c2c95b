#include "assess/host/account/utmp.h"

#include <string.h>

#include "base/time.h"

#define YEAR_2200_S INT64_C(7258118400)

/* Where things are in a record. */
static const struct layout {
	size_t size, time, time_size, micros, address;
} layouts[] = {
	[UTMP_384] = {384, 340, 4, 344, 348},
	[UTMP_400] = {400, 344, 8, 352, 360},
	[LASTLOG_292] = {292, 0, 4, 0, 0},
	[LASTLOG_296] = {296, 0, 8, 0, 0},
};

#define TERMINAL_SIZE 32
#define USER_SIZE 32
#define HOST_SIZE 256

size_t utmp_size(enum utmp_layout layout)
{
	return layouts[layout].size;
}

static uint64_t number(struct text bytes, size_t at, size_t size)
{
	uint64_t value = 0;
	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)(unsigned char)bytes.at[at + i] << (8 * i);
	return value;
}

/* Text up to a NUL; what stands behind is what was there before. */
static struct text take_text(struct text bytes, size_t at, size_t size)
{
	size_t len = 0;
	while (len < size && bytes.at[at + len] != '\0')
		len++;
	return (struct text){bytes.at + at, len};
}

/* A user's and a host's name are as they were typed; a terminal's is the system's. */
static bool is_terminal(struct text name)
{
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.at[i] <= ' ' || name.at[i] == 0x7f)
			return false;
	return true;
}

static bool is_zero(struct text bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.at[i] != '\0')
			return false;
	return true;
}

static bool parse_utmp(struct text bytes, const struct layout *layout, struct utmp_record *record)
{
	record->type = (int16_t)number(bytes, 0, 2);
	record->pid = (uint32_t)number(bytes, 4, 4);
	memcpy(record->address, bytes.at + layout->address, sizeof(record->address));
	uint64_t micros = number(bytes, layout->micros, layout->time_size);
	record->at_us += micros < (uint64_t)TIME_SECOND_US ? (int64_t)micros : 0;
	record->terminal = take_text(bytes, 8, TERMINAL_SIZE);
	record->user = take_text(bytes, 44, USER_SIZE);
	record->host = take_text(bytes, 76, HOST_SIZE);
	return record->type >= 0 && record->type <= 9 && micros < (uint64_t)TIME_SECOND_US;
}

bool utmp_parse(struct text bytes, enum utmp_layout which, struct utmp_record *record)
{
	const struct layout *layout = &layouts[which];
	must(bytes.len == layout->size);
	*record = (struct utmp_record){.is_empty = is_zero(bytes)};
	uint64_t seconds = number(bytes, layout->time, layout->time_size);
	bool good = seconds < (uint64_t)YEAR_2200_S;
	record->at_us = good ? (int64_t)seconds * TIME_SECOND_US : 0;
	if (which == UTMP_384 || which == UTMP_400) {
		good &= parse_utmp(bytes, layout, record);
	} else {
		record->terminal = take_text(bytes, layout->time_size, TERMINAL_SIZE);
		record->host = take_text(bytes, layout->time_size + TERMINAL_SIZE, HOST_SIZE);
	}
	return good && is_terminal(record->terminal);
}

bool utmp_is_likely(struct text bytes, enum utmp_layout layout)
{
	struct utmp_record record;
	return utmp_parse(bytes, layout, &record) && record.at_us > 0 &&
	       (record.terminal.len > 0 || record.user.len > 0);
}
