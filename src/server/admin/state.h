/* state.h: the server's state folder: CA, certificate, store, the admin's token.
 *
 *	ca.pem ca.key		whom agents and clients believe; made once
 *	server.pem server.key	the server's own; the certificate is made anew at every
 *				start, at SIGHUP, and when less than a third of its life is left
 *	names			the names and addresses in it, one a line
 *	admin.token		0600
 *	store/			the store's files
 */
#pragma once
#include "base/buf.h"
#include "base/mem.h"
#include "store/port.h"

#define STATE_STORE "store"
#define STATE_CERTIFICATE_DAYS 825 /* from its making */
#define STATE_NAMES_MAX 64

struct state_keys { /* PEM; zeroed to begin with, ended with state_keys_end */
	struct buf ca_key, ca_cert, key, cert;
};

/* Makes what a server needs in the folder. ERR_REFUSED when there is a state already. */
must_use bool state_make(const char *path, const char *const *names, size_t count, int64_t now_us,
			 struct err *err);

/* Opens it: -1 and ERR_INPUT when it is no state folder. */
must_use int state_open(const char *path, struct err *err);

/* Reads the keys, with a certificate made now. */
must_use bool state_read_keys(int folder, int64_t now_us, struct state_keys *keys, struct err *err);
void state_keys_end(struct state_keys *keys);

/* The first name that is a host's (neither localhost nor an address), else "localhost". In arena.
 */
must_use const char *state_host(int folder, struct arena *arena);
