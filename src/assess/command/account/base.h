/* base.h: lines of the account files, for the rows about accounts. */
#pragma once
#include "assess/command/aid.h"

#define BASE_FIELDS_MAX 9
#define BASE_GROUPS_MAX 65536 /* of one user */

/* Fields apart by colons, at most limit; how many there were. */
size_t base_split(struct text line, struct text *fields, size_t limit);

/* The first line of a file whose field holds the key. LOOK_NO: there is none, or no file. */
must_use enum look base_find(struct said *said, const char *path, size_t field, struct text key,
			     struct text *line);

/* The numbers of a user's groups, the primary one first, then as /etc/group has them. LOOK_NO: no
 * such user. In the gather's arena. */
struct base_user {
	struct text name;
	uint32_t uid;
	const uint32_t *groups;
	size_t count;
};
must_use enum look base_user(struct said *said, struct text name, struct base_user *user);
