/* enrol.h: the two conversations of a person with the server: to join the fleet, and to leave it.
 *
 * They are led by a process without privileges (ROLE_CALLER); what it answers is checked here
 * before it is kept. */
#pragma once
#include "agent/identity.h"
#include "net/link/token.h"

#define ENROL_WAIT_MS 45000 /* for the whole conversation */

/* Makes a key, asks for a certificate with the token, and fills identity. ERR_REFUSED: the token is
 * expired, used or another server's, or the name is taken: the server's words. server: instead of
 * the token's address; NULL: that. */
must_use bool enrol_join(const struct token *token, const struct dial_address *server,
			 struct identity *identity, struct err *err);

/* Tells the server that this agent goes for good. */
must_use bool enrol_leave(const struct identity *identity, struct err *err);
