/* mail.h: one mail through an SMTP server, by libcurl (net/curl.h).
 *
 * Headers and body are made here (RFC 5322, UTF-8): no text can become a header or an address. */
#pragma once
#include "base/text.h"

#define MAIL_TO_MAX 16       /* recipients */
#define MAIL_TEXT_MAX 262144 /* bytes of the body */

struct mail {
	const char *server; /* "smtp://mail.example.net:25", "smtps://…" */
	const char *from, *to[MAIL_TO_MAX];
	size_t to_count;
	struct text subject, body; /* of the subject the first line, cut at 200 bytes */
	int64_t now_us;
	int timeout_ms;
};

/* Whether a text can stand as an address: one @, no spaces, no angle brackets, no line ends. */
must_use bool mail_is_address(struct text text);

/* The message as it is sent, with CRLF line ends. */
struct buf;
void mail_write(const struct mail *mail, struct buf *out);

/* ERR_SYSTEM: the server did not take it; the text says why. */
must_use bool mail_send(const struct mail *mail, struct err *err);
