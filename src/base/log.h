/* log.h: what a program tells its operator, on standard error, a line each.
 *
 * `2026-11-24T08:14:04.239651Z warn intake: sender paused, addr=192.0.2.7`. Values from outside go
 * through log_value first, which escapes and cuts them at 200 bytes. Whoever handles an error logs
 * it. */
#pragma once
#include "base/text.h"

#define LOG_VALUE_SIZE 832 /* 200 bytes, each escaped in the worst case, "…" and a NUL */

enum log_level {
	LOG_DEBUG, /* off, unless asked for */
	LOG_INFO,  /* a state changed */
	LOG_WARN,  /* we coped */
	LOG_ERROR, /* act */
};

void log_limit(enum log_level lowest); /* at start, before threads: what is below is dropped */
void log_write(enum log_level level, const char *place, const char *text, ...) format_like(3, 4);
must_use const char *log_value(struct text value, char out[static LOG_VALUE_SIZE]);
