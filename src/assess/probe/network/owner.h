/* owner.h: the fields of a row that say which process holds its socket: name, number, program. */
#pragma once
#include "assess/host/network/holder.h"
#include "assess/probe/answer.h"

struct owner_fields {
	size_t process, pid, exe, hidden; /* in the probe's table */
};

#define OWNER_NAME_HELP                                                            \
	"name of the process that holds it, the first of several; an error where " \
	"that can't be seen"
#define OWNER_HIDDEN_HELP                                          \
	"whether whoever holds it, or its program, can't be seen " \
	"from here; a query that asks for it gets no error then"

/* clang-format off */
/* The four as a probe's table has them, with its own examples of a name and a program. */
#define OWNER_FIELDS(name, program) \
	{"process", OWNER_NAME_HELP, name, .type = VALUE_TEXT, .costly = true}, \
	{"pid", "the number of that process", "812", .type = VALUE_INT, .costly = true}, \
	{"exe", "the program of that process", program, .type = VALUE_TEXT, .costly = true}, \
	{"hidden", OWNER_HIDDEN_HELP, "false", .type = VALUE_BOOL, .costly = true}
/* clang-format on */

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
