/* hello.h: the first message of a handshake, made by hand, for what OpenSSL can't offer any more:
 * SSL 3.0, and ciphers that are broken (RC4, DES, 3DES, EXPORT, without encryption).
 *
 * A service that takes the offer says so in its ServerHello (RFC 5246, 7.4.1.3); nothing more is
 * said then. */
#pragma once
#include "base/buf.h"
#include "vantage/tls/handshake.h"

#define HELLO_SSL3 0x0300
#define HELLO_TLS1_2 0x0303
#define HELLO_SAID_MAX 16640 /* bytes: one record and its head */

struct hello_cipher {
	uint16_t id;
	const char *name; /* OpenSSL's */
};

extern const struct hello_cipher hello_ciphers[]; /* the broken ones, then those that SSL 3.0 knew
						     beside them; ends with a NULL name */

enum hello_answer { HELLO_AGREED, HELLO_REFUSED, HELLO_MORE, HELLO_OTHER };

/* Reads what has come: whether it is a ServerHello (with the version and cipher that it chose), an
 * alert, not whole yet, or something else. */
must_use enum hello_answer hello_read(struct text said, unsigned *version, unsigned *cipher);

/* The message: a record of it. name: for SNI; NULL: none. */
void hello_put(unsigned version, const uint16_t *ciphers, size_t count, const char *name,
	       struct buf *out);

/* Offers these to a service. HELLO_MORE: it did not finish by the deadline, or can't be connected
 * to any more. */
must_use enum hello_answer hello_make(struct handshakes *handshakes, unsigned version,
				      const uint16_t *ciphers, size_t count, unsigned *chosen);
