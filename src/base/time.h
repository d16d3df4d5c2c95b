/* time.h: moments and spans as numbers: microseconds since 1970 UTC, without leap seconds.
 *
 * Now is a parameter everywhere; only programs call time_now_us and time_span_us. */
#pragma once
#include "base/text.h"

#define TIME_TEXT_SIZE 28 /* "2026-11-24T08:14:04.239651Z" and a NUL */
#define TIME_SECOND_US INT64_C(1000000)
#define TIME_DAY_US (INT64_C(86400) * TIME_SECOND_US)

must_use int64_t time_now_us(void);  /* the wall clock: may jump */
must_use int64_t time_cpu_us(void);  /* what this process has spent of processors */
must_use int64_t time_span_us(void); /* the monotonic clock: only differences mean something */

/* RFC 3339 in UTC with six decimals. Years 0000 to 9999; others are shown as the nearest of these.
 */
void time_put(int64_t at_us, char out[static TIME_TEXT_SIZE]);

#define TIME_MAIL_SIZE 32 /* "Tue, 24 Nov 2026 08:14:04 +0000" and a NUL */
/* RFC 5322, as mails are dated; years as time_put. */
void time_put_mail(int64_t at_us, char out[static TIME_MAIL_SIZE]);

#define TIME_AGO_SIZE 32 /* "3 min ago" and a NUL */
/* For people: "2 s ago", "3 min ago", "5 h ago", "4 d ago"; what is yet to come is "0 s ago", for
 * clocks differ. */
void time_put_ago(int64_t at_us, int64_t now_us, char out[static TIME_AGO_SIZE]);

/* RFC 3339 (date and time, 'T', 't' or a space between, any fraction, 'Z' or an offset; no zone
 * means UTC), or a date alone (its first moment). False when it is none. */
must_use bool time_read(struct text text, int64_t *at_us);

/* A span: a number and a unit, "90d", "1h", "30s"; ms s m h d w, and y (365 d). No unit: seconds.
 */
must_use bool time_read_span(struct text text, int64_t *span_us);
