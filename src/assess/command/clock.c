#include "assess/command/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HEAD_LEN 44

/* The parts of one block of a tzfile; the counts are bounded by the file's size. */
struct block {
	const unsigned char *times, *types, *kinds;
	size_t time_count, kind_count, time_len, len;
};

static uint32_t read_u32(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t read_time(const unsigned char *at, size_t len)
{
	if (len == 4)
		return (int32_t)read_u32(at);
	return (int64_t)((uint64_t)read_u32(at) << 32 | read_u32(at + 4));
}

static bool read_block(struct text text, size_t time_len, struct block *block)
{
	const unsigned char *at = (const unsigned char *)text.at;
	if (text.len < HEAD_LEN || memcmp(at, "TZif", 4) != 0)
		return false;
	size_t utc = read_u32(at + 20), standard = read_u32(at + 24), leaps = read_u32(at + 28);
	size_t times = read_u32(at + 32), kinds = read_u32(at + 36), names = read_u32(at + 40);
	size_t limit = text.len;
	if (utc > limit || standard > limit || leaps > limit || times > limit || kinds > limit ||
	    names > limit || kinds == 0)
		return false;
	block->time_len = time_len;
	block->time_count = times;
	block->kind_count = kinds;
	block->times = at + HEAD_LEN;
	block->types = block->times + times * time_len;
	block->kinds = block->types + times;
	block->len = HEAD_LEN + times * (time_len + 1) + kinds * 6 + names +
		     leaps * (time_len + 4) + standard + utc;
	return block->len <= text.len;
}

/* What stands behind the last block: a rule for what comes after, with a comma where it changes
 * within the year. */
static bool has_rule(struct text footer)
{
	return text_find(footer, TEXT(","), &(size_t){0});
}

static const char *find_offset(struct text file, int64_t at_s, int32_t *ahead_s)
{
	struct block block;
	struct text footer = {0};
	if (!read_block(file, 4, &block))
		return "/etc/localtime is no table of a time zone";
	if (file.at[4] >= '2') {
		struct text second = {file.at + block.len, file.len - block.len};
		if (!read_block(second, 8, &block))
			return "/etc/localtime is cut off";
		footer = (struct text){second.at + block.len, second.len - block.len};
	}
	size_t next = 0;
	while (next < block.time_count &&
	       read_time(block.times + next * block.time_len, block.time_len) <= at_s)
		next++;
	if (next == block.time_count && next > 0 && has_rule(footer))
		return "the table in /etc/localtime ends before";
	size_t kind = next > 0 ? block.types[next - 1] : 0;
	if (kind >= block.kind_count)
		return "/etc/localtime is broken";
	*ahead_s = (int32_t)read_u32(block.kinds + kind * 6);
	return *ahead_s > -90000 && *ahead_s < 94000 ? NULL : "/etc/localtime is broken";
}

bool clock_offset(struct gather *gather, int64_t at_s, int32_t *ahead_s, struct text *why)
{
	struct text content;
	*ahead_s = 0;
	enum gather_answer answer = gather_read(gather, TEXT("/etc/localtime"), &content, why);
	if (answer != GATHER_OK)
		return answer == GATHER_MISSING;
	const char *fault = find_offset(content, at_s, ahead_s);
	*why = text_of(fault);
	return !fault;
}

/* "2026-11-24T08:14:04" */
static void put_local(int64_t at_s, int32_t ahead_s, char out[static TIME_TEXT_SIZE])
{
	int64_t limit = INT64_C(253402300799); /* of year 9999 */
	int64_t local = at_s > limit ? limit : at_s < -limit ? -limit : at_s;
	time_put((local + ahead_s) * TIME_SECOND_US, out);
}

void clock_put_full(struct gather_moment moment, int32_t ahead_s, char out[static CLOCK_SIZE])
{
	char local[TIME_TEXT_SIZE];
	put_local(moment.at_s, ahead_s, local);
	unsigned minutes = (unsigned)(ahead_s < 0 ? -ahead_s : ahead_s) / 60;
	snprintf(out, CLOCK_SIZE, "%.10s %.8s.%09u %c%02u%02u", local, local + 11,
		 moment.ns % 1000000000u, ahead_s < 0 ? '-' : '+', minutes / 60 % 100,
		 minutes % 60);
}

void clock_put_short(int64_t at_s, int32_t ahead_s, bool year, char out[static CLOCK_SIZE])
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char local[TIME_TEXT_SIZE];
	put_local(at_s, ahead_s, local);
	int month = (local[5] - '0') * 10 + local[6] - '0';
	must(month >= 1 && month <= 12);
	const char *name = months + (size_t)(month - 1) * 3, *day = local + 8;
	char tens = day[0] == '0' ? ' ' : day[0];
	if (year)
		snprintf(out, CLOCK_SIZE, "%.3s %c%c  %.4s", name, tens, day[1], local);
	else
		snprintf(out, CLOCK_SIZE, "%.3s %c%c %.5s", name, tens, day[1], local + 11);
}
