/* buf.h: bytes that grow: messages, files, output.
 *
 * A struct buf is the caller's own: zeroed to begin with, ended with buf_end. Its bytes always have
 * a NUL behind them. There is no ceiling here: whoever feeds it from outside checks len first. */
#pragma once
#include "base/text.h"

struct buf {
	char *at;
	size_t len, room;
};

void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_text(struct buf *buf, struct text text);
void buf_cstr(struct buf *buf, const char *text);
void buf_char(struct buf *buf, char c);
void buf_print(struct buf *buf, const char *text, ...) format_like(2, 3);

/* Text made fit for a terminal or a log: control characters, bidirectional overrides and bytes that
 * are not UTF-8 become \xNN; cut after limit bytes of input with "…". A backslash stays as it is:
 * people read expressions here. */
void buf_printable(struct buf *buf, struct text text, size_t limit);

void buf_drop(struct buf *buf, size_t len); /* the first len bytes (at most buf->len) go */
void buf_clear(struct buf *buf);            /* keeps the room */
void buf_end(struct buf *buf);

must_use struct text buf_view(const struct buf *buf); /* lent until the next change */
