/* starttls.h: how a connection that begins in the clear is asked to go on with TLS.
 *
 * smtp (RFC 3207), imap and pop3 (RFC 2595, 9051), ftp (RFC 4217), xmpp (RFC 6120), ldap (RFC 4511,
 * 4.14), postgres (its protocol's SSLRequest) and mysql (its protocol's SSL request packet). What
 * the service says is read within STARTTLS_SAID_MAX bytes and the visit's deadline. */
#pragma once
#include "base/buf.h"
#include "net/visit/visit.h"

#define STARTTLS_SAID_MAX 16384 /* bytes, all that it says before TLS begins */

must_use bool starttls_is_known(struct text protocol);

/* ERR_REFUSED: it does not do TLS here; ERR_BUSY: nothing came in time; others: what it says is not
 * that protocol. The host is what xmpp wants to know. */
must_use bool starttls_begin(const struct visit *visit, const char *protocol, const char *host,
			     struct err *err);

/* What has been said, step by step, without a connection: for tests. */
enum starttls_step { STARTTLS_MORE, STARTTLS_SEND, STARTTLS_READY, STARTTLS_WRONG };

struct starttls; /* a conversation */
must_use struct starttls *starttls_new(const char *protocol, const char *host);
void starttls_free(struct starttls **starttls);
/* Takes what came; on STARTTLS_SEND, *send is to be sent (lent until the next call). The first call
 * has nothing that came. */
must_use enum starttls_step starttls_take(struct starttls *starttls, struct text came,
					  struct text *send, struct err *err);
