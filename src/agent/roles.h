/* roles.h: the agent's processes: what each may do, and what each says to whom.
 *
 * The one table of both. A process that receives what the table does not have ends: another of our
 * own was taken over, or is broken. */
#pragma once
#include "os/channel.h"
#include "os/powers.h"

#define ROLES_ACCOUNT "_muster" /* whose rights the processes without root have */

enum role {
	ROLE_MONITOR, /* root: starts and stops the others, opens for them what they may not */
	ROLE_LINK,    /* talks to the server, keeps the spool */
	ROLE_GATE,    /* decides what may run */
	ROLE_JUDGE,   /* reads the host's files, decides tests; anew for each run */
	ROLE_WATCH,   /* holds the watches on what verdicts depend on, says what changed */
	ROLE_CALLER,  /* enrols and leaves: one conversation with the server */
};

enum talk {
	TALK_DOCUMENTS = 1, /* link > gate: what is assigned, [{"name","text"}] */
	TALK_RUN,   /* link > gate: run what is assigned: {"scope"}; for a change {"checks","aged"}:
		       numbers, a blank behind each, and {"by"}: who made it
		       (assess/drift/culprits.h); or {"again":true}: all; or
		       {"proof":true}: all, daily, while the watch goes on as it is */
	TALK_CHECK, /* link > gate: a CHECK as the server sent it */
	TALK_REFUSED, /* gate > link: {"action","reason"}: that CHECK will not run */
	TALK_FAILED,  /* gate > link: {"action","reason"}: its judge came to a bad end */
	TALK_JUDGE,   /* gate > monitor: struct talk_run: start a judge */
	TALK_INPUT,   /* monitor > gate: struct talk_run, with the end that gives the judge its work
		       */
	TALK_OUTPUT,  /* monitor > link: struct talk_run, with the end on which the judge answers */
	TALK_ENDED,   /* monitor > gate: struct talk_run: the judge has ended */
	TALK_WORK,    /* gate > judge: {"action","policies":[{"name","text"}]} */
	TALK_FACTS,   /* judge > link: first:
			 {"action","assigned","os":[…],…,"landlock_abi","seccomp"} */
	TALK_ITEMS,   /* judge > link: items, a line each: the check's number, a blank, JSON */
	TALK_DONE,    /* judge > link: last: {"action","items","errors":[{"name","detail"}]} */
	TALK_ASSIST,  /* judge > monitor: struct talk_run: start this helper (enum helper_role) */
	TALK_HELPER,  /* monitor > judge: the same, with the end on which the helper answers */
	TALK_COMMAND, /* judge > monitor: run this command: its words, a NUL behind each */
	TALK_RUNNER,  /* monitor > judge: struct talk_run, with the end on which its runner will
			 answer, once */
	TALK_NO_RUNNER, /* monitor > judge: it will not be run: a digit (enum gather_answer), and
			   why */
	TALK_TIES,    /* monitor > watch: struct talk_run, with the end on which a judge tells what
			 checks depend on */
	TALK_SCOPE,   /* judge > watch: first, of a run of everything that is no proof: {"scope"}:
			 what was known is void */
	TALK_DEPENDS, /* judge > watch: a check's number and the names it depends on, a NUL behind
			 each */
	TALK_KNOWN,   /* judge > watch: last: {"cpu_us"} */
	TALK_CHANGED, /* watch > link: {"scope","checks","aged","again","by"}, as in TALK_RUN, and
			 "fresh": numbers of checks that depend on what was not watched before */
	TALK_SIGHT,   /* watch > link: what the watch can't see: {"names","looked_at","why","who"}:
			 who: how it is known who made a change */
	TALK_AGED,    /* judge > link: items of which nothing but time has passed, likewise */
	TALK_ANSWER,  /* caller > monitor: what the server said, or what went wrong */
	TALK_PAIR,    /* link > monitor: another key and certificate to keep: bytes, unread there */
};

struct talk_run {
	uint64_t number;     /* of the run; of a helper its role */
	int32_t how, status; /* of TALK_ENDED: struct child_end; else 0 */
	char reason[128];    /* of TALK_ENDED, for people; ends with NUL */
};

/* Becomes this role, for good: user, capabilities, paths, system calls. spool: ROLE_LINK's folder,
 * else -1. Before it, open what the walls will not let be opened. */
must_use bool roles_enter(enum role role, int spool, struct err *err);

/* The user that the processes without root become. */
must_use unsigned roles_user(void);

/* channel_receive, and the table: CHANNEL_BROKEN when `from` may not say this to `to`, or in this
 * length. */
must_use enum channel_answer roles_receive(struct channel *channel, enum role from, enum role to,
					   struct channel_message *message, struct err *err);

/* The struct of a fixed-size message that roles_receive let through. */
must_use struct talk_run roles_run(const struct channel_message *message);
must_use bool roles_send_run(struct channel *channel, enum talk talk, const struct talk_run *run,
			     int fd, struct err *err);
