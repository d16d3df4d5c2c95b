/* clock.h: what is known of this host's clock: of the kernel, and against a server of time.
 *
 * "clock": what the kernel says (adjtimex): {"synchronised":true,"error_us":1200}; nobody is asked.
 * "time": one question by SNTP (RFC 5905; RFC 4330 for its use), whose answer must carry our own
 * stamp back: {"state":"open","address":…,"drift_us":-1200,"uncertainty_us":300,"stratum":2}.
 * drift: how far the host's clock is ahead of the server's; uncertainty: half of the time that both
 * ways took. Where the server is not to be believed (it is not synchronised itself, it wants us to
 * go away): ERR_INPUT says so. */
#pragma once
#include "vantage/vantage.h"

#define SNTP_SIZE 48 /* bytes of a question, and at least of an answer */

must_use bool clock_look(struct json *answer, struct err *err);
must_use bool time_look(const struct vantage_question *question, struct json *answer,
			struct err *err);

struct sntp {
	int64_t offset_us; /* of the server's clock against ours */
	int64_t delay_us;  /* both ways */
	unsigned stratum;
};

/* Reads an answer to the question with this stamp (8 bytes), sent at sent_us and answered at
 * came_us of our clock. */
must_use bool sntp_read(struct text packet, const void *stamp, int64_t sent_us, int64_t came_us,
			struct sntp *sntp, struct err *err);
