/* handshake.h: one handshake with a service, offering exactly what one wants to know about.
 *
 * Each is a connection of its own. What a service agrees to it chooses itself: offering less each
 * time, without what was chosen, one learns all that it would agree to. Whether a certificate is
 * good does not matter here. */
#pragma once
#include "net/visit/visit.h"
#include "vantage/tls/openssl.h"

#define HANDSHAKE_COUNT_MAX 150            /* with one service */
#define HANDSHAKE_CHAIN_MAX (1024L * 1024) /* bytes of certificates; beyond, it is no TLS to us */

enum handshake_answer {
	HANDSHAKE_AGREED,
	HANDSHAKE_REFUSED, /* by an alert of TLS: it wants nothing of what was offered */
	HANDSHAKE_ENDED,   /* the connection was ended or reset without a word */
	HANDSHAKE_NO_TLS,  /* it speaks something else; err says what came */
	HANDSHAKE_LATE,    /* the deadline came, or HANDSHAKE_COUNT_MAX */
	HANDSHAKE_AWAY,    /* it can't be connected to any more, or STARTTLS fails: err */
};

struct handshakes { /* with one service */
	const struct dial_address *address;
	const char *name; /* asked for by SNI; NULL: none */
	int64_t until_us;
	const char *starttls; /* NULL: none */
	unsigned count;       /* made so far */
	SSL_CTX *context;
	enum visit_answer state;      /* of the last connection */
	char shown[VISIT_SHOWN_SIZE]; /* the address that answered */
};

must_use bool handshakes_begin(struct handshakes *handshakes, struct err *err);
void handshakes_end(struct handshakes *handshakes);

struct offer {
	int version_min, version_max; /* TLS1_VERSION … */
	const char *ciphers;          /* OpenSSL's list, up to TLS 1.2; NULL: all */
	const char *suites;           /* of TLS 1.3; NULL: all */
	const char *groups;           /* NULL: OpenSSL's usual ones */
	const char *signatures;       /* NULL: likewise */
};

struct handshake { /* what was agreed; ended by handshake_end */
	struct visit visit;
	SSL *ssl;
	int version;
	const char *cipher; /* OpenSSL's name; NULL: none */
	char group[64];     /* "" where no group was agreed on */
	int dh_bits;        /* of a finite field of the service's own choice; 0: none */
	bool whole;         /* the handshake was finished; else it failed after it was agreed */
};

must_use enum handshake_answer handshake_make(struct handshakes *handshakes,
					      const struct offer *offer,
					      struct handshake *handshake, struct err *err);
void handshake_end(struct handshake *handshake);
