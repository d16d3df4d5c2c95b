#include "vantage/tls/starttls.h"

#include <string.h>

#include "base/mem.h"

#define LINE_SHOWN_MAX 80 /* bytes of what it says, in an error */
#define STEPS_MAX 3

/* What a line must begin with, and what is said to it; NULL: TLS begins. */
struct step {
	const char *expect, *send;
};

struct dialect {
	const char *name;
	enum starttls_step (*talk)(struct starttls *starttls, struct text *send, struct err *err);
	struct step steps[STEPS_MAX]; /* of those that talk in lines */
};

struct starttls {
	const struct dialect *dialect;
	const char *host;
	struct buf said, answer;
	size_t taken;   /* bytes over all */
	bool continued; /* the line before said that others follow */
	unsigned step;
};

static enum starttls_step wrong(struct starttls *starttls, struct text said, struct err *err)
{
	scoped(buf_end) struct buf shown = {0};
	buf_printable(&shown, said, LINE_SHOWN_MAX);
	err_set(err, ERR_INPUT, "it does not speak %s: it says \"%s\"", starttls->dialect->name,
		shown.at ? shown.at : "");
	return STARTTLS_WRONG;
}

static enum starttls_step refused(struct text said, struct err *err)
{
	scoped(buf_end) struct buf shown = {0};
	buf_printable(&shown, said, LINE_SHOWN_MAX);
	err_set(err, ERR_REFUSED, "it does not begin TLS: %s", shown.at ? shown.at : "");
	return STARTTLS_WRONG;
}

/* TLS begins with the client: whoever speaks before is not the service, or not alone. */
static enum starttls_step ready(struct starttls *starttls, struct err *err)
{
	if (starttls->said.len == 0)
		return STARTTLS_READY;
	err_set(err, ERR_INPUT, "it says more in the clear after it agreed to begin TLS");
	return STARTTLS_WRONG;
}

static enum starttls_step say(struct starttls *starttls, struct text what, struct text *send)
{
	*send = what;
	starttls->step++;
	return STARTTLS_SEND;
}

/* -------- smtp, imap, pop3, ftp: lines -------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Lines that others follow: "250-…" and all up to "250 …", and of imap "* …" before the tagged one.
 */
static bool goes_on(struct starttls *starttls, struct text line)
{
	const char *expect = starttls->dialect->steps[starttls->step].expect;
	if (!is_digit(expect[0]))
		return text_starts(line, "* ") && expect[0] != '*';
	bool coded = line.len >= 3 && is_digit(line.at[0]) && is_digit(line.at[1]) &&
		     is_digit(line.at[2]);
	if (coded && line.len > 3 && line.at[3] == '-')
		starttls->continued = true;
	else if (coded)
		starttls->continued = false;
	return starttls->continued;
}

static enum starttls_step take_lines(struct starttls *starttls, struct text *send, struct err *err)
{
	size_t end;
	while (text_find(buf_view(&starttls->said), TEXT("\n"), &end)) {
		const struct step *step = &starttls->dialect->steps[starttls->step];
		struct text line = text_trim((struct text){starttls->said.at, end});
		bool fits = text_starts(line, step->expect);
		bool more = goes_on(starttls, line);
		if (!fits && !more)
			return starttls->step == 0 ? wrong(starttls, line, err)
						   : refused(line, err);
		buf_drop(&starttls->said, end + 1);
		if (more)
			continue;
		return step->send ? say(starttls, text_of(step->send), send) : ready(starttls, err);
	}
	return STARTTLS_MORE;
}

/* -------- xmpp -------- */

static enum starttls_step take_xmpp(struct starttls *starttls, struct text *send, struct err *err)
{
	size_t at;
	struct text said = buf_view(&starttls->said);
	if (starttls->step == 0) {
		buf_print(&starttls->answer,
			  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
			  "xmlns:stream='http://etherx.jabber.org/streams' to='%s' "
			  "version='1.0'>",
			  starttls->host);
		return say(starttls, buf_view(&starttls->answer), send);
	}
	if (starttls->step == 1) {
		if (said.len > 0 && said.at[0] != '<')
			return wrong(starttls, said, err);
		if (!text_find(said, TEXT("</stream:features>"), &at))
			return STARTTLS_MORE;
		if (!text_find(said, TEXT("urn:ietf:params:xml:ns:xmpp-tls"), &at))
			return refused(TEXT("its features have no starttls"), err);
		buf_clear(&starttls->said);
		return say(starttls, TEXT("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
			   send);
	}
	if (!text_find(said, TEXT(">"), &at))
		return STARTTLS_MORE;
	if (!text_starts(said, "<proceed"))
		return refused(said, err);
	buf_drop(&starttls->said, at + 1);
	return ready(starttls, err);
}

/* -------- ldap -------- */

/* Message 1, an extended request: its name is the object identifier of StartTLS. */
static const char ldap_request[] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
				   "1.3.6.1.4.1.1466.20037";

/* Skips a tag and a length of BER; false: that is not there (yet). */
static bool skip_head(struct text *rest, unsigned char tag, size_t *len)
{
	const unsigned char *at = (const unsigned char *)rest->at;
	if (rest->len < 2 || at[0] != tag)
		return false;
	size_t bytes = at[1] & 0x80 ? at[1] & 0x7f : 0;
	if (bytes > 2 || rest->len < 2 + bytes)
		return false;
	*len = bytes > 0 ? 0 : at[1];
	for (size_t i = 0; i < bytes; i++)
		*len = *len << 8 | at[2 + i];
	*rest = (struct text){rest->at + 2 + bytes, rest->len - 2 - bytes};
	return true;
}

static enum starttls_step take_ldap(struct starttls *starttls, struct text *send, struct err *err)
{
	size_t message = 0, response = 0, len = 0;
	struct text rest = buf_view(&starttls->said);
	if (starttls->step == 0)
		return say(starttls, (struct text){ldap_request, sizeof(ldap_request) - 1}, send);
	if (rest.len > 0 && rest.at[0] != 0x30)
		return wrong(starttls, rest, err);
	if (!skip_head(&rest, 0x30, &message))
		return rest.len < 4 ? STARTTLS_MORE : wrong(starttls, rest, err);
	if (rest.len < message)
		return STARTTLS_MORE;
	struct text whole = {rest.at, message};
	if (!text_starts(whole, "\x02\x01\x01"))
		return wrong(starttls, whole, err);
	struct text body = {whole.at + 3, whole.len - 3};
	if (!skip_head(&body, 0x78, &response) || !skip_head(&body, 0x0a, &len) || len != 1 ||
	    body.len < 1)
		return wrong(starttls, whole, err);
	if (body.at[0] != 0)
		return refused(TEXT("its directory answers with an error"), err);
	buf_drop(&starttls->said, (size_t)(whole.at - starttls->said.at) + whole.len);
	return ready(starttls, err);
}

/* -------- postgres -------- */

static enum starttls_step take_postgres(struct starttls *starttls, struct text *send,
					struct err *err)
{
	struct text said = buf_view(&starttls->said);
	if (starttls->step == 0) /* SSLRequest: 8 bytes, 80877103 */
		return say(starttls, TEXT("\0\0\0\x08\x04\xd2\x16\x2f"), send);
	if (said.len == 0)
		return STARTTLS_MORE;
	if (said.at[0] == 'N')
		return refused(TEXT("it answers N: TLS is off"), err);
	if (said.at[0] != 'S')
		return wrong(starttls, said, err);
	buf_drop(&starttls->said, 1);
	return ready(starttls, err);
}

/* -------- mysql -------- */

#define MYSQL_CLIENT_SSL 0x0800u

/* An SSL request: PROTOCOL_41, SSL and SECURE_CONNECTION, packets of 16 MiB, utf8, nothing more. */
static const char mysql_request[] = "\x20\0\0\x01\0\x8a\0\0\0\0\0\x01\x21\0\0\0\0\0\0\0\0\0\0\0"
				    "\0\0\0\0\0\0\0\0\0\0\0";

static enum starttls_step take_mysql(struct starttls *starttls, struct text *send, struct err *err)
{
	const unsigned char *at = (const unsigned char *)starttls->said.at;
	if (starttls->step > 0) /* it was sent: TLS is next, without an answer */
		return ready(starttls, err);
	if (starttls->said.len < 5)
		return STARTTLS_MORE;
	size_t len = at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16;
	if (len < 16 || len > STARTTLS_SAID_MAX || at[3] != 0 || at[4] != 10)
		return wrong(starttls, buf_view(&starttls->said), err);
	if (starttls->said.len < 4 + len)
		return STARTTLS_MORE;
	size_t version = strnlen((const char *)at + 5, len - 1); /* ends with NUL */
	size_t flags = 5 + version + 1 + 4 + 8 + 1;
	if (flags + 2 > 4 + len)
		return wrong(starttls, buf_view(&starttls->said), err);
	if (!((at[flags] | (unsigned)at[flags + 1] << 8) & MYSQL_CLIENT_SSL))
		return refused(TEXT("it offers no TLS"), err);
	buf_drop(&starttls->said, 4 + len);
	return say(starttls, (struct text){mysql_request, 36}, send);
}

/* -------- all -------- */

static const struct dialect dialects[] = {
	{"smtp",
	 take_lines,
	 {{"220", "EHLO muster.invalid\r\n"}, {"250", "STARTTLS\r\n"}, {"220", NULL}}},
	{"imap", take_lines, {{"* OK", "a STARTTLS\r\n"}, {"a OK", NULL}}},
	{"pop3", take_lines, {{"+OK", "STLS\r\n"}, {"+OK", NULL}}},
	{"ftp", take_lines, {{"220", "AUTH TLS\r\n"}, {"234", NULL}}},
	{"xmpp", take_xmpp, {{0}}},
	{"ldap", take_ldap, {{0}}},
	{"postgres", take_postgres, {{0}}},
	{"mysql", take_mysql, {{0}}},
};

static const struct dialect *find(const char *protocol)
{
	for (size_t i = 0; i < array_len(dialects); i++)
		if (strcmp(dialects[i].name, protocol) == 0)
			return &dialects[i];
	return NULL;
}

bool starttls_is_known(struct text protocol)
{
	for (size_t i = 0; i < array_len(dialects); i++)
		if (text_is(protocol, dialects[i].name))
			return true;
	return false;
}

struct starttls *starttls_new(const char *protocol, const char *host)
{
	struct starttls *starttls = mem_new(1, sizeof(*starttls));
	*starttls = (struct starttls){.dialect = find(protocol), .host = host};
	must(starttls->dialect);
	return starttls;
}

void starttls_free(struct starttls **starttls)
{
	if (!*starttls)
		return;
	buf_end(&(*starttls)->said);
	buf_end(&(*starttls)->answer);
	mem_free(starttls);
}

enum starttls_step starttls_take(struct starttls *starttls, struct text came, struct text *send,
				 struct err *err)
{
	starttls->taken += came.len;
	if (starttls->taken > STARTTLS_SAID_MAX) {
		err_set(err, ERR_LIMIT, "it says more than %d bytes before TLS", STARTTLS_SAID_MAX);
		return STARTTLS_WRONG;
	}
	buf_text(&starttls->said, came);
	return starttls->dialect->talk(starttls, send, err);
}

/* The next bytes; false: there are none. */
static bool hear(const struct visit *visit, char *bytes, size_t size, struct text *came,
		 struct err *err)
{
	size_t len = 0;
	switch (visit_receive(visit, bytes, size, &len, err)) {
	case VISIT_OPEN:
		*came = (struct text){bytes, len};
		return len > 0 || err_set(err, ERR_SYSTEM, "it ends the connection before TLS");
	case VISIT_SILENT:
		return err_set(err, ERR_BUSY, "it is silent before TLS");
	case VISIT_CLOSED:
		return err_set(err, ERR_SYSTEM, "it resets the connection before TLS");
	case VISIT_UNREACHABLE:
	case VISIT_UNKNOWN:
		break;
	}
	return err_set(err, ERR_SYSTEM, "the connection is lost before TLS");
}

bool starttls_begin(const struct visit *visit, const char *protocol, const char *host,
		    struct err *err)
{
	scoped(starttls_free) struct starttls *starttls = starttls_new(protocol, host);
	struct text came = {0}, send = {0};
	char bytes[1024];
	for (;;) {
		switch (starttls_take(starttls, came, &send, err)) {
		case STARTTLS_READY:
			return true;
		case STARTTLS_WRONG:
			return false;
		case STARTTLS_SEND:
			if (!visit_send(visit, send, err))
				return false;
			came = (struct text){0};
			if (starttls->dialect->talk == take_mysql)
				break;
			if (!hear(visit, bytes, sizeof(bytes), &came, err))
				return false;
			break;
		case STARTTLS_MORE:
			if (!hear(visit, bytes, sizeof(bytes), &came, err))
				return false;
			break;
		}
	}
}
