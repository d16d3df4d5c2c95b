/* identity.h: who this agent is: the files that enrolment leaves in the state folder.
 *
 * agent.key (0600), agent.pem, ca.pem and, written last, agent.json: only with it the agent is
 * enrolled. The folder `spool` below belongs to the link (its own user); everything else is root's.
 */
#pragma once
#include "base/buf.h"
#include "net/dial.h"

#define IDENTITY_FILE_MAX (64u * 1024)
#define IDENTITY_ID_MAX 64
#define IDENTITY_NAME_MAX 253
#define IDENTITY_LOCK "lock"
#define IDENTITY_SPOOL "spool"

struct identity {
	char id[IDENTITY_ID_MAX + 1];
	char name[IDENTITY_NAME_MAX + 1]; /* as it enrolled */
	struct dial_address server;
	struct buf key, cert, ca; /* PEM */
};

void identity_end(struct identity *identity);
must_use bool identity_is_there(int folder);
must_use bool identity_save(int folder, const struct identity *identity, struct err *err);
/* ERR_INPUT: not enrolled, or a file is damaged; the text says what to do. identity is zeroed
 * before. */
must_use bool identity_load(int folder, struct identity *identity, struct err *err);
/* Removes what identity_save and the link wrote, agent.json first. */
must_use bool identity_remove(int folder, struct err *err);
