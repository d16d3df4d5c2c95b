/* actor.h: who made a change: a process, as the kernel named it at that moment.
 *
 * The user is a number: names are the host's own affair, and may mean somebody else elsewhere. The
 * login user is the one who logged in, whatever the process became since (audit's loginuid, by
 * pam_loginuid(8)): of `sudo vi` the user is 0 and the login user the person. The command line is
 * masked as evidence is, before it is cut. */
#pragma once
#include "base/buf.h"
#include "base/mem.h"
#include "format/json.h"

#define ACTOR_PROCESS_MAX 64  /* bytes */
#define ACTOR_COMMAND_MAX 256 /* bytes, and an ellipsis where there was more */
#define ACTOR_NOBODY (-1)     /* a user that is not known */

struct actor {
	int64_t pid;         /* 1 or more */
	int64_t user;        /* effective; ACTOR_NOBODY: it was gone before it could be looked at */
	int64_t login;       /* ACTOR_NOBODY: nobody logged in (a daemon), or it is not known */
	struct text name;    /* of its program: "vi"; empty: not known */
	struct text command; /* arguments with blanks between; empty: not known */
};

/* {"process","pid","command","uid","login_uid"}; what is not known is absent. The caller's. */
must_use struct json *actor_to_json(const struct actor *actor);

/* Into arena, texts copied. ERR_INPUT names the field, what is too long is ERR_LIMIT. */
must_use bool actor_from_json(const struct json *json, struct arena *arena, struct actor *actor,
			      struct err *err);

must_use struct actor *actor_copy(const struct actor *actor, struct arena *arena);

/* Whether it was one process, as far as both say. */
must_use bool actor_is_same(const struct actor *a, const struct actor *b);

/* For people, to go on a sentence: "by uid 1000 (as uid 0) with vi", "by process 812, which had
 * ended". Outside bytes are escaped. */
void actor_put(const struct actor *actor, struct buf *out);
/* The same, and the command line where it is known: "by uid 1000 with vi: vi /etc/hosts". */
void actor_put_whole(const struct actor *actor, struct buf *out);
