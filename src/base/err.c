#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	int exit, http;
} kinds[] = {
	[ERR_NONE] = {0, 200},    [ERR_INPUT] = {2, 400},  [ERR_LIMIT] = {2, 413},
	[ERR_REFUSED] = {3, 403}, [ERR_SYSTEM] = {3, 500}, [ERR_BUSY] = {3, 503},
};

void must_failed(const char *condition, const char *file, int line)
{
	fprintf(stderr, "muster: broken invariant, %s:%d: %s; please report this\n", file, line,
		condition);
	abort();
}

/* Ends a text that did not fit at a whole UTF-8 character. */
static void cut_whole(char *text, size_t size)
{
	size_t at = size - 1;
	while (at > 0 && ((unsigned char)text[at - 1] & 0xc0) == 0x80)
		at--;
	if (at > 0 && ((unsigned char)text[at - 1] & 0x80) != 0)
		at--;
	text[at] = '\0';
}

static void write_text(char *out, size_t size, const char *text, va_list args) format_like(3, 0);

static void write_text(char *out, size_t size, const char *text, va_list args)
{
	int len = vsnprintf(out, size, text, args);
	if (len >= 0 && (size_t)len >= size)
		cut_whole(out, size);
}

bool err_set(struct err *err, enum err_kind kind, const char *text, ...)
{
	va_list args;
	va_start(args, text);
	write_text(err->text, sizeof(err->text), text, args);
	va_end(args);
	err->kind = kind;
	return false;
}

bool err_add(struct err *err, const char *where, ...)
{
	char front[ERR_TEXT_SIZE], back[ERR_TEXT_SIZE];
	va_list args;
	va_start(args, where);
	write_text(front, sizeof(front), where, args);
	va_end(args);
	memcpy(back, err->text, sizeof(back));
	int len = snprintf(err->text, sizeof(err->text), "%s: %s", front, back);
	if (len >= 0 && (size_t)len >= sizeof(err->text))
		cut_whole(err->text, sizeof(err->text));
	return false;
}

bool err_errno(struct err *err, const char *text, ...)
{
	int number = errno;
	char front[ERR_TEXT_SIZE], why[128];
	va_list args;
	va_start(args, text);
	write_text(front, sizeof(front), text, args);
	va_end(args);
	enum err_kind kind = number == EACCES || number == EPERM ? ERR_REFUSED : ERR_SYSTEM;
	return err_set(err, kind, "%.360s: %s", front, strerror_r(number, why, sizeof(why)));
}

int err_exit(const struct err *err)
{
	return kinds[err->kind].exit;
}

int err_http(enum err_kind kind)
{
	return kinds[kind].http;
}
