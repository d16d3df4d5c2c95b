#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static void reserve(struct buf *buf, size_t more)
{
	size_t need;
	must(size_add(buf->len, more, &need) && size_add(need, 1, &need));
	buf->at = mem_grow(buf->at, &buf->room, need, 1);
}

void buf_add(struct buf *buf, const void *bytes, size_t len)
{
	reserve(buf, len);
	if (len > 0)
		memcpy(buf->at + buf->len, bytes, len);
	buf->len += len;
	buf->at[buf->len] = '\0';
}

void buf_text(struct buf *buf, struct text text)
{
	buf_add(buf, text.at, text.len);
}

void buf_cstr(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_print(struct buf *buf, const char *text, ...)
{
	va_list args, again;
	va_start(args, text);
	va_copy(again, args);
	size_t room = buf->room - buf->len;
	int len = vsnprintf(buf->at ? buf->at + buf->len : NULL, room, text, args);
	va_end(args);
	must(len >= 0);
	if ((size_t)len >= room) {
		reserve(buf, (size_t)len);
		vsnprintf(buf->at + buf->len, (size_t)len + 1, text, again);
	}
	va_end(again);
	buf->len += (size_t)len;
}

/* U+202A..202E and U+2066..2069 turn the reading direction: a terminal would show what is not
 * there. */
static bool is_override(struct text at)
{
	return at.len == 3 && at.at[0] == '\xe2' &&
	       ((at.at[1] == '\x80' && at.at[2] >= '\xaa' && at.at[2] <= '\xae') ||
		(at.at[1] == '\x81' && at.at[2] >= '\xa6' && at.at[2] <= '\xa9'));
}

/* The length of the character at the front, 0 when it is not fit to be shown. */
static size_t shown_len(struct text text)
{
	unsigned char c = (unsigned char)text.at[0];
	if (c < 0x80)
		return c >= 0x20 && c != 0x7f ? 1 : 0;
	for (size_t len = 2; len <= 4 && len <= text.len; len++) {
		struct text one = {text.at, len};
		if (text_is_utf8(one))
			return is_override(one) || (c == 0xc2 && text.at[1] < '\xa0') ? 0 : len;
	}
	return 0;
}

void buf_printable(struct buf *buf, struct text text, size_t limit)
{
	size_t end = text_cut(text, limit), from = 0; /* from..at is fit to be shown */
	for (size_t at = 0; at < end;) {
		size_t len = shown_len((struct text){text.at + at, end - at});
		at += len;
		if (len > 0)
			continue;
		buf_add(buf, text.at + from, at - from);
		buf_print(buf, "\\x%02x", (unsigned)(unsigned char)text.at[at]);
		from = ++at;
	}
	buf_add(buf, text.at + from, end - from);
	if (end < text.len)
		buf_cstr(buf, "…");
}

void buf_drop(struct buf *buf, size_t len)
{
	if (len >= buf->len) {
		buf_clear(buf);
		return;
	}
	memmove(buf->at, buf->at + len, buf->len - len + 1);
	buf->len -= len;
}

void buf_clear(struct buf *buf)
{
	buf->len = 0;
	if (buf->at)
		buf->at[0] = '\0';
}

void buf_end(struct buf *buf)
{
	mem_free(&buf->at);
	*buf = (struct buf){0};
}

struct text buf_view(const struct buf *buf)
{
	return (struct text){buf->at ? buf->at : "", buf->len};
}
