#include "vantage/tls/hello.h"

#include <string.h>

#include "base/random.h"
#include "base/time.h"
#include "vantage/tls/starttls.h"

#define RECORD_ALERT 21
#define RECORD_HANDSHAKE 22
#define SERVER_HELLO 2

const struct hello_cipher hello_ciphers[] = {
	{0x000a, "DES-CBC3-SHA"},
	{0x0016, "DHE-RSA-DES-CBC3-SHA"},
	{0xc012, "ECDHE-RSA-DES-CBC3-SHA"},
	{0xc008, "ECDHE-ECDSA-DES-CBC3-SHA"},
	{0x0013, "DHE-DSS-DES-CBC3-SHA"},
	{0x001b, "ADH-DES-CBC3-SHA"},
	{0xc017, "AECDH-DES-CBC3-SHA"},
	{0x0004, "RC4-MD5"},
	{0x0005, "RC4-SHA"},
	{0xc011, "ECDHE-RSA-RC4-SHA"},
	{0xc007, "ECDHE-ECDSA-RC4-SHA"},
	{0x0018, "ADH-RC4-MD5"},
	{0xc016, "AECDH-RC4-SHA"},
	{0x0009, "DES-CBC-SHA"},
	{0x0015, "EDH-RSA-DES-CBC-SHA"},
	{0x0012, "EDH-DSS-DES-CBC-SHA"},
	{0x001a, "ADH-DES-CBC-SHA"},
	{0x0007, "IDEA-CBC-SHA"},
	{0x0003, "EXP-RC4-MD5"},
	{0x0006, "EXP-RC2-CBC-MD5"},
	{0x0008, "EXP-DES-CBC-SHA"},
	{0x0014, "EXP-EDH-RSA-DES-CBC-SHA"},
	{0x0011, "EXP-EDH-DSS-DES-CBC-SHA"},
	{0x0017, "EXP-ADH-RC4-MD5"},
	{0x0019, "EXP-ADH-DES-CBC-SHA"},
	{0x0001, "NULL-MD5"},
	{0x0002, "NULL-SHA"},
	{0x003b, "NULL-SHA256"},
	{0xc010, "ECDHE-RSA-NULL-SHA"},
	{0xc006, "ECDHE-ECDSA-NULL-SHA"},
	{0xc015, "AECDH-NULL-SHA"},
	/* of SSL 3.0, beside */
	{0x002f, "AES128-SHA"},
	{0x0035, "AES256-SHA"},
	{0x0033, "DHE-RSA-AES128-SHA"},
	{0x0039, "DHE-RSA-AES256-SHA"},
	{0xc013, "ECDHE-RSA-AES128-SHA"},
	{0xc014, "ECDHE-RSA-AES256-SHA"},
	{0, NULL},
};

/* -------- the message -------- */

static void put16(struct buf *out, size_t number)
{
	buf_char(out, (char)(number >> 8));
	buf_char(out, (char)number);
}

static void put_sized(struct buf *out, const struct buf *body)
{
	put16(out, body->len);
	buf_text(out, buf_view(body));
}

static void put_name(struct buf *out, const char *name)
{
	size_t len = strlen(name);
	put16(out, 0); /* server_name */
	put16(out, len + 5);
	put16(out, len + 3);
	buf_char(out, 0); /* host_name */
	put16(out, len);
	buf_cstr(out, name);
}

/* Groups, formats of points, signatures: what a service wants to see before it takes a cipher. */
static void put_extensions(const char *name, struct buf *out)
{
	static const char fixed[] = "\0\x0a\0\x0a\0\x08\0\x1d\0\x17\0\x18\0\x19" /* groups */
				    "\0\x0b\0\x02\x01\0"                         /* points */
				    "\0\x0d\0\x12\0\x10\x04\x03\x05\x03\x06\x03\x04\x01\x05\x01"
				    "\x06\x01\x02\x03\x02\x01"; /* signatures */
	if (name)
		put_name(out, name);
	buf_add(out, fixed, sizeof(fixed) - 1);
}

void hello_put(unsigned version, const uint16_t *ciphers, size_t count, const char *name,
	       struct buf *out)
{
	scoped(buf_end) struct buf body = {0}, list = {0}, extensions = {0};
	unsigned char bytes[32];
	random_fill(bytes, sizeof(bytes));
	put16(&body, version);
	buf_add(&body, bytes, sizeof(bytes));
	buf_char(&body, 0); /* no session */
	for (size_t i = 0; i < count; i++)
		put16(&list, ciphers[i]);
	put_sized(&body, &list);
	buf_add(&body, "\x01", 2); /* one compression: none */
	if (version > HELLO_SSL3) {
		put_extensions(name, &extensions);
		put_sized(&body, &extensions);
	}
	buf_char(out, RECORD_HANDSHAKE);
	put16(out, version > HELLO_SSL3 ? HELLO_SSL3 + 1 : HELLO_SSL3);
	put16(out, body.len + 4);
	buf_add(out, "\x01", 2); /* a ClientHello, of less than 64 KiB */
	put_sized(out, &body);
}

/* -------- the answer -------- */

static size_t get16(const unsigned char *at)
{
	return (size_t)at[0] << 8 | at[1];
}

enum hello_answer hello_read(struct text said, unsigned *version, unsigned *cipher)
{
	const unsigned char *at = (const unsigned char *)said.at;
	if (said.len > 0 && at[0] != RECORD_ALERT && at[0] != RECORD_HANDSHAKE)
		return HELLO_OTHER;
	if (said.len > 1 && at[1] != 3)
		return HELLO_OTHER;
	if (said.len < 5)
		return HELLO_MORE;
	if (at[0] == RECORD_ALERT)
		return HELLO_REFUSED;
	/* A head of 5, type and length 4, version 2, random 32, then the session and the cipher. */
	if (said.len < 44)
		return HELLO_MORE;
	size_t session = at[43];
	if (at[5] != SERVER_HELLO || session > 32 || get16(at + 3) < 42 + session)
		return HELLO_OTHER;
	if (said.len < 46 + session)
		return HELLO_MORE;
	*version = (unsigned)get16(at + 9);
	*cipher = (unsigned)get16(at + 44 + session);
	return HELLO_AGREED;
}

static enum hello_answer hear(const struct visit *visit, unsigned *version, unsigned *cipher)
{
	scoped(buf_end) struct buf said = {0};
	struct err none = {0};
	char bytes[2048];
	for (;;) {
		size_t len = 0;
		enum visit_answer got = visit_receive(visit, bytes, sizeof(bytes), &len, &none);
		if (got == VISIT_SILENT)
			return HELLO_MORE;
		if (got != VISIT_OPEN || len == 0)
			return HELLO_REFUSED;
		buf_add(&said, bytes, len);
		enum hello_answer answer = hello_read(buf_view(&said), version, cipher);
		if (answer != HELLO_MORE)
			return answer;
		if (said.len > HELLO_SAID_MAX)
			return HELLO_OTHER;
	}
}

enum hello_answer hello_make(struct handshakes *handshakes, unsigned version,
			     const uint16_t *ciphers, size_t count, unsigned *chosen)
{
	struct visit visit;
	struct err none = {0};
	unsigned taken = 0;
	enum hello_answer answer = HELLO_MORE;
	if (handshakes->count == HANDSHAKE_COUNT_MAX || time_span_us() >= handshakes->until_us)
		return HELLO_MORE;
	handshakes->count++;
	scoped(buf_end) struct buf hello = {0};
	hello_put(version, ciphers, count, handshakes->name, &hello);
	if (visit_tcp(handshakes->address, handshakes->until_us, &visit, &none) == VISIT_OPEN &&
	    (!handshakes->starttls ||
	     starttls_begin(&visit, handshakes->starttls, handshakes->address->host, &none)) &&
	    visit_send(&visit, buf_view(&hello), &none))
		answer = hear(&visit, &taken, chosen);
	visit_close(&visit);
	if (answer == HELLO_AGREED && taken != version)
		return HELLO_REFUSED; /* it wants another version */
	return answer;
}
