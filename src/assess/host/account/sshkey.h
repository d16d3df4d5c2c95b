/* sshkey.h: keys of OpenSSH as files hold them: authorized_keys (sshd(8)), *.pub, private ones.
 *
 * Of a private key only what is not secret is told: whether it is encrypted, and, where the file
 * says it beside (openssh-key-v1), its public half. */
#pragma once
#include "base/mem.h"

#define SSHKEY_OPTIONS_MAX 100 /* of one line; beyond: malformed */

struct sshkey {
	bool malformed;
	struct text type;  /* "ssh-ed25519", also of certificates: "…-cert-v01@openssh.com" */
	uint64_t bits;     /* 0: not known */
	struct text print; /* "SHA256:…", as "ssh-keygen -l" shows it; at NULL: not known */
	struct text comment;
	const struct text *options; /* whole ones: `command="/bin/x"`, `no-pty` */
	size_t option_count;
};

/* A line that is neither empty nor a comment; options may stand in front. Texts are in the arena
 * or lent from the line. */
void sshkey_parse_line(struct text line, struct arena *arena, struct sshkey *key);

struct sshkey_private {
	bool encrypted;
	struct sshkey key; /* type, bits and print where they are known */
};

/* False: the text is no private key. */
must_use bool sshkey_parse_private(struct text content, struct arena *arena,
				   struct sshkey_private *private);
