#include "vantage/clock.h"

#include <string.h>

#include "base/random.h"
#include "base/time.h"
#include "os/machine.h"

#define STAMP_AT 40    /* where a question has its own stamp */
#define ORIGIN_AT 24   /* where an answer has it */
#define RECEIVED_AT 32 /* when the question came to the server */
#define SENT_AT 40     /* when the answer left it */
#define STRATUM_MAX 15
#define ERA_S (INT64_C(1) << 32)
#define TO_1970_S INT64_C(2208988800) /* from 1900 */

bool clock_look(struct json *answer, struct err *err)
{
	bool synchronised;
	int64_t error_us;
	if (!machine_clock(&synchronised, &error_us, err))
		return false;
	json_put_bool(answer, "synchronised", synchronised);
	json_put_int(answer, "error_us", error_us);
	return true;
}

static uint64_t get32(const unsigned char *at)
{
	return (uint64_t)at[0] << 24 | (uint64_t)at[1] << 16 | (uint64_t)at[2] << 8 | at[3];
}

/* A stamp is seconds since 1900 and their fraction, of 32 bits each; which of the eras of 136 years
 * is meant tells our own clock. */
static int64_t read_stamp(const unsigned char *at, int64_t near_us)
{
	int64_t seconds = (int64_t)get32(at) - TO_1970_S;
	int64_t near_s = near_us / TIME_SECOND_US;
	while (seconds - near_s > ERA_S / 2)
		seconds -= ERA_S;
	while (near_s - seconds > ERA_S / 2)
		seconds += ERA_S;
	return seconds * TIME_SECOND_US +
	       (int64_t)((get32(at + 4) * (uint64_t)TIME_SECOND_US) >> 32);
}

/* Stratum 0: four letters say why the server does not want to be asked (RFC 5905, 7.4). */
static bool refuse(const unsigned char *at, struct err *err)
{
	scoped(buf_end) struct buf code = {0};
	buf_printable(&code, (struct text){(const char *)at + 12, 4}, 4);
	return err_set(err, ERR_REFUSED, "the server of time refuses: %s", code.at);
}

bool sntp_read(struct text packet, const void *stamp, int64_t sent_us, int64_t came_us,
	       struct sntp *sntp, struct err *err)
{
	const unsigned char *at = (const unsigned char *)packet.at;
	if (packet.len < SNTP_SIZE || (at[0] & 7) != 4 || (at[0] >> 3 & 7) == 0)
		return err_set(err, ERR_INPUT, "what it answers is no answer of a server of time");
	if (memcmp(at + ORIGIN_AT, stamp, 8) != 0)
		return err_set(err, ERR_INPUT, "what it answers is no answer to our question");
	if (at[1] == 0)
		return refuse(at, err);
	if (at[1] > STRATUM_MAX || at[0] >> 6 == 3 || get32(at + SENT_AT) == 0)
		return err_set(err, ERR_INPUT, "the server of time is not synchronised itself");
	int64_t received_us = read_stamp(at + RECEIVED_AT, came_us);
	int64_t answered_us = read_stamp(at + SENT_AT, came_us);
	sntp->offset_us = ((received_us - sent_us) + (answered_us - came_us)) / 2;
	sntp->delay_us = (came_us - sent_us) - (answered_us - received_us);
	if (sntp->delay_us < 0)
		sntp->delay_us = 0; /* clocks of different speed, on one host */
	sntp->stratum = at[1];
	return true;
}

static enum visit_answer hear(const struct visit *visit, const unsigned char *stamp,
			      int64_t sent_us, struct sntp *sntp, bool *known, struct err *err)
{
	char bytes[512];
	size_t len = 0;
	enum visit_answer answer = visit_receive(visit, bytes, sizeof(bytes), &len, err);
	if (answer == VISIT_OPEN)
		*known = sntp_read((struct text){bytes, len}, stamp, sent_us, time_now_us(), sntp,
				   err);
	return answer;
}

bool time_look(const struct vantage_question *question, struct json *answer, struct err *err)
{
	unsigned char packet[SNTP_SIZE] = {0x23}; /* version 4, client */
	struct visit visit;
	struct sntp sntp = {0};
	bool known = false;
	random_fill(packet + STAMP_AT, 8); /* it tells nothing of our clock, and can't be guessed */
	enum visit_answer state = visit_udp(&question->address, question->until_us, &visit, err);
	int64_t sent_us = time_now_us();
	if (state == VISIT_OPEN)
		state = visit_send(&visit, (struct text){(const char *)packet, sizeof(packet)}, err)
				? hear(&visit, packet + STAMP_AT, sent_us, &sntp, &known, err)
				: VISIT_UNKNOWN;
	visit_close(&visit);
	if (state == VISIT_UNKNOWN || (state == VISIT_OPEN && !known))
		return false;
	json_put_cstr(answer, "state", vantage_state(state));
	if (state != VISIT_OPEN)
		return true;
	json_put_cstr(answer, "address", visit.address);
	json_put_int(answer, "drift_us", -sntp.offset_us);
	json_put_int(answer, "uncertainty_us", sntp.delay_us / 2);
	json_put_int(answer, "stratum", sntp.stratum);
	return true;
}
