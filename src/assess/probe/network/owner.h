/* owner.h: the fields of a row that say which process holds its socket: name, number, program. */
#pragma once
#include "assess/host/network/holder.h"
#include "assess/probe/answer.h"

struct owner_fields {
	size_t process, pid, exe, hidden; /* in the probe's table */
};

/* Whether the call asks for one of the fields. */
must_use bool owner_is_wanted(const struct probe_call *call, const struct owner_fields *fields);

/* *holders is NULL when the call asks for none of the fields. False: the answer says why. */
must_use bool owner_read(struct rows *rows, const struct owner_fields *fields,
			 const struct holders **holders);

/* Fills in the fields. A socket that nobody holds who can be seen, while some can't be, is an
 * error, unless the query says what it makes of hidden ones; one without an inode belongs to
 * nobody.
 */
must_use bool owner_put(struct rows *rows, const struct holders *holders, uint64_t inode,
			const struct owner_fields *fields, struct value *values);
