/* x509.h: certificates (RFC 5280), by OpenSSL.
 *
 * libcrypto is loaded when a reader is made, and nothing links with it for this: a run that looks
 * at no certificate does not map it. Where files can't be opened any more (behind the walls of a
 * judge below another root), one must have been made before. Nothing is verified here but whether a
 * certificate signed itself. */
#pragma once
#include "base/mem.h"

#define X509_SIZE_MAX (256u * 1024) /* bytes of one certificate: beyond, ERR_LIMIT */
#define X509_NAMES_MAX 10000        /* alternative names that are told; the rest is counted */

struct x509 {
	struct text subject, issuer; /* RFC 2253: "CN=example.org,O=Example" */
	struct text serial;          /* hex, a - in front of a negative one */
	const struct text *names;    /* alternative ones: DNS, addresses, mail, URI */
	size_t name_count, name_total;
	int64_t not_before_us, not_after_us; /* in the years 0000 to 9999; 0 where it is no time */
	bool has_not_before, has_not_after;  /* whether it is one */
	struct text key_type;        /* rsa, rsa-pss, ec, ed25519 …; or an object's name */
	uint64_t key_bits;           /* 0: not known, the key can't be read */
	struct text curve;           /* of a key of ec: "prime256v1"; at NULL: none, or no name */
	struct text signature;       /* "sha256WithRSAEncryption" */
	bool self_signed, authority; /* authority: it may sign others */
	bool self_issued;            /* its issuer is itself, whoever really signed it */
	char print[65];              /* SHA-256, hex */
};

struct x509_reader; /* a handle */

/* ERR_SYSTEM: libcrypto can't be loaded; says what to install. */
must_use struct x509_reader *x509_reader_new(struct err *err);
void x509_reader_free(struct x509_reader **reader);

/* One certificate in DER; texts into arena. ERR_INPUT: it is none. */
must_use bool x509_parse(struct x509_reader *reader, struct text der, struct arena *arena,
			 struct x509 *certificate, struct err *err);

/* The next certificate in armour (BEGIN CERTIFICATE, also TRUSTED and X509): its DER, at NULL where
 * that is none. *rest moves behind it; *line counts lines. False: none is left. */
struct x509_armour {
	struct text der;
	uint64_t line; /* of BEGIN */
};
must_use bool x509_next(struct text *rest, uint64_t *line, struct arena *arena,
			struct x509_armour *armour);
