/* identity.h: who this agent is: the files that enrolment leaves in the state folder.
 *
 * agent.pem (0600: key and certificate in one file, so that a new pair takes the place of the old
 * one at once, whatever happens), ca.pem and, written last, agent.json: only with it the agent is
 * enrolled. The folder `spool` below belongs to the link (its own user); everything else is root's.
 *
 * Earlier versions kept the key in agent.key: it is still read, and goes with the first renewal. */
#pragma once
#include "base/buf.h"
#include "net/dial.h"

#define IDENTITY_FILE_MAX (32u * 1024)
#define IDENTITY_ID_MAX 64
#define IDENTITY_NAME_MAX 253
#define IDENTITY_LOCK "lock"
#define IDENTITY_SPOOL "spool"

struct identity {
	char id[IDENTITY_ID_MAX + 1];
	char name[IDENTITY_NAME_MAX + 1]; /* as it enrolled */
	struct dial_address server;
	struct buf pair, ca; /* PEM; pair: key and certificate, for whoever reads either */
};

void identity_end(struct identity *identity);
must_use bool identity_is_there(int folder);
must_use bool identity_save(int folder, const struct identity *identity, struct err *err);
/* ERR_INPUT: not enrolled, or a file is damaged; the text says what to do. identity is zeroed
 * before. */
must_use bool identity_load(int folder, struct identity *identity, struct err *err);
/* Keeps another pair, whole or not at all; it is not looked into. */
must_use bool identity_renew(int folder, struct identity *identity, struct text pair,
			     struct err *err);
/* Removes what identity_save and the link wrote, agent.json first. */
must_use bool identity_remove(int folder, struct err *err);
