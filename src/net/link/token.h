/* token.h: the enrolment token: one word that tells an agent where its server is and whom to
 * believe.
 *
 * "mst1", then hex of: 4 bytes of check (SHA-256 over what follows, so that a word that was not
 * copied whole is told from one that is unknown), 32 bytes SHA-256 of the CA's certificate (DER),
 * 16 bytes of secret, and the rest is the agents' address, HOST:PORT. The secret is sent once, to
 * that CA's server alone; the server keeps only SHA-256 of its hex. */
#pragma once
#include "base/buf.h"

#define TOKEN_PREFIX "mst1"
#define TOKEN_SECRET_SIZE 33      /* 32 hex digits and a NUL */
#define TOKEN_FINGERPRINT_SIZE 65 /* 64 hex digits and a NUL */
#define TOKEN_ADDRESS_MAX 262     /* a name of 255, ':', a port, in bytes */
#define TOKEN_MAX 632             /* bytes of the whole word */

struct token {
	char address[TOKEN_ADDRESS_MAX + 1]; /* HOST:PORT, [ADDR]:PORT */
	char fingerprint[TOKEN_FINGERPRINT_SIZE];
	char secret[TOKEN_SECRET_SIZE];
};

/* Appends the word. fingerprint and secret are hex as above; ERR_INPUT when the address is empty,
 * too long or holds anything but printable ASCII. */
must_use bool token_make(const struct token *token, struct buf *out, struct err *err);

/* White space around the word is taken off. ERR_INPUT says what is wrong, never showing the token.
 */
must_use bool token_read(struct text text, struct token *token, struct err *err);

/* What the server keeps of a secret: hex of SHA-256 over its 32 digits. */
void token_hash(const char *secret, char hash[static 65]);
