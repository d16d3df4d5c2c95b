/* account.h: names and numbers of users and groups, from the root's own /etc/passwd and /etc/group.
 */
#pragma once
#include "assess/engine/gather.h"

#define ACCOUNT_LINES_MAX 200000 /* of one file; what stands behind is an error */

struct account {
	struct text line; /* without its end */
	uint64_t number;  /* of the line, from 1 */
	bool malformed;   /* not seven fields, no name, or numbers that are none */
	struct text name, passwd, gecos, home, shell;
	struct text uid_text, gid_text;
	bool has_uid, has_gid; /* also of malformed lines: the C library takes some of those */
	uint32_t uid, gid;
};

struct accounts {
	struct account *at;
	size_t count;
};

/* Every line of a passwd text but empty ones, comments (#) and NIS' + and -, which are malformed to
 * us too, since they let others in. False: more than ACCOUNT_LINES_MAX lines. Texts are lent from
 * it. */
must_use bool account_parse(struct text text, struct arena *arena, struct accounts *accounts);

/* /etc/passwd, once a run. *why when it is not GATHER_OK. */
must_use enum gather_answer account_read(struct gather *gather, const struct accounts **accounts,
					 struct text *why);

/* The name that has this number; root for 0, else the number itself where nobody has it. */
must_use struct text account_user(struct gather *gather, uint32_t uid);
must_use struct text account_group(struct gather *gather, uint32_t gid);
