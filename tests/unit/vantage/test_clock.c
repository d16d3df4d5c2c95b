#include "vantage/clock.h"

#include <string.h>

#include "base/time.h"
#include "unit.h"

#define NOW_US (INT64_C(1800000000) * TIME_SECOND_US)
#define TO_1970 2208988800u

static const char stamp[] = "ABCDEFGH";

/* An answer of a server whose clock is ahead by so much, and which took no time. */
static void make(unsigned char packet[static SNTP_SIZE], int64_t server_us)
{
	uint32_t seconds = (uint32_t)(server_us / TIME_SECOND_US + TO_1970);
	uint64_t fraction = ((uint64_t)(server_us % TIME_SECOND_US) << 32) / 1000000;
	memset(packet, 0, SNTP_SIZE);
	packet[0] = 0x24; /* version 4, server */
	packet[1] = 2;
	memcpy(packet + 24, stamp, 8);
	for (int i = 0; i < 4; i++) {
		packet[32 + i] = packet[40 + i] = (unsigned char)(seconds >> (24 - 8 * i));
		packet[36 + i] = packet[44 + i] = (unsigned char)(fraction >> (24 - 8 * i));
	}
}

static bool read_packet(const unsigned char *packet, size_t len, struct sntp *sntp, struct err *err)
{
	return sntp_read((struct text){(const char *)packet, len}, stamp, NOW_US, NOW_US + 20000,
			 sntp, err);
}

test(the_middle_of_both_ways_counts)
{
	unsigned char packet[SNTP_SIZE];
	struct sntp sntp;
	struct err err = {0};
	make(packet, NOW_US + 10000); /* half of the 20 ms that it took */
	assert_true(read_packet(packet, sizeof(packet), &sntp, &err));
	assert_in_range(sntp.offset_us + 10, 0, 20);
	assert_in_range(sntp.delay_us - 19990, 0, 20);
	assert_int_equal(sntp.stratum, 2);
	make(packet, NOW_US + 5010000);
	assert_true(read_packet(packet, sizeof(packet), &sntp, &err));
	assert_in_range(sntp.offset_us - 4999990, 0, 20);
}

test(the_era_is_the_one_that_is_nearest)
{
	unsigned char packet[SNTP_SIZE];
	struct sntp sntp;
	struct err err = {0};
	int64_t beyond_us = INT64_C(4300000000) * TIME_SECOND_US; /* of 2106: era 1 */
	make(packet, beyond_us);
	assert_true(sntp_read((struct text){(const char *)packet, sizeof(packet)}, stamp, beyond_us,
			      beyond_us, &sntp, &err));
	assert_int_equal(sntp.offset_us, 0);
}

test(what_is_no_answer_is_refused)
{
	static const struct {
		size_t at;
		unsigned char value;
		size_t len;
		const char *says;
	} cases[] = {
		{0, 0x24, 47, "no answer of a server of time"},
		{0, 0x24, 0, "no answer of a server of time"},
		{0, 0x23, 48, "no answer of a server of time"}, /* a question */
		{0, 0x04, 48, "no answer of a server of time"}, /* version 0 */
		{24, 'x', 48, "no answer to our question"},
		{1, 0, 48, "refuses"},
		{1, 16, 48, "not synchronised itself"},
		{0, 0xe4, 48, "not synchronised itself"}, /* leap: alarm */
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		unsigned char packet[SNTP_SIZE];
		struct sntp sntp;
		struct err err = {0};
		make(packet, NOW_US);
		packet[cases[i].at] = cases[i].value;
		assert_false(read_packet(packet, cases[i].len, &sntp, &err));
		if (!strstr(err.text, cases[i].says))
			fail_msg("%s", err.text);
	}
}

test(the_code_of_a_refusal_is_shown_harmlessly)
{
	unsigned char packet[SNTP_SIZE];
	struct sntp sntp;
	struct err err = {0};
	make(packet, NOW_US);
	packet[1] = 0;
	memcpy(packet + 12, "R\033\0E", 4);
	assert_false(read_packet(packet, sizeof(packet), &sntp, &err));
	assert_string_equal(err.text, "the server of time refuses: R\\x1b\\x00E");
}
