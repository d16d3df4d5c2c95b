#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/time.h"

#define LINE_SIZE 2048
#define VALUE_LIMIT 200

static const char *const names[] = {"debug", "info", "warn", "error"};
static enum log_level limit = LOG_INFO; /* set once in main, before any thread */

void log_limit(enum log_level lowest)
{
	limit = lowest;
}

void log_write(enum log_level level, const char *place, const char *text, ...)
{
	if (level < limit)
		return;
	char line[LINE_SIZE], when[TIME_TEXT_SIZE];
	time_put(time_now_us(), when);
	int front = snprintf(line, sizeof(line), "%s %s %s: ", when, names[level], place);
	size_t len = front < 0 ? 0 : (size_t)front;
	va_list args;
	va_start(args, text);
	int back = vsnprintf(line + len, sizeof(line) - len - 1, text, args);
	va_end(args);
	len += back < 0 ? 0 : (size_t)back;
	if (len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';
	ssize_t done unused = write(STDERR_FILENO, line,
				    len); /* a log that fails has nobody to tell */
}

const char *log_value(struct text value, char out[static LOG_VALUE_SIZE])
{
	struct buf shown = {0};
	buf_printable(&shown, value, VALUE_LIMIT);
	size_t len = shown.len < LOG_VALUE_SIZE ? shown.len : LOG_VALUE_SIZE - 1;
	memcpy(out, shown.at ? shown.at : "", len);
	out[len] = '\0';
	buf_end(&shown);
	return out;
}
