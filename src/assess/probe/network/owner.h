/* owner.h: the fields of a row that say whose its socket is: the user, the socket's number, and the
 * process that holds it, with its program. */
#pragma once
#include "assess/host/network/holder.h"
#include "assess/probe/answer.h"

struct owner_fields {
	size_t user, uid, inode, process, pid, exe, hidden; /* in the probe's table */
};

#define OWNER_NAME_HELP                                                            \
	"name of the process that holds it, the first of several; an error where " \
	"that can't be seen"
#define OWNER_HIDDEN_HELP                                          \
	"whether whoever holds it, or its program, can't be seen " \
	"from here; a query that asks for it gets no error then"

/* clang-format off */
/* As a probe's table has them, with its own help of the user, and its examples of a name and a
 * program. */
#define OWNER_FIELDS(user_help, name, program) \
	{"user", user_help, "root", .type = VALUE_TEXT}, \
	{"uid", "the number of that user", "0", .type = VALUE_INT}, \
	{"inode", "the socket's number", "1076", .type = VALUE_INT}, \
	{"process", OWNER_NAME_HELP, name, .type = VALUE_TEXT, .costly = true}, \
	{"pid", "the number of that process", "812", .type = VALUE_INT, .costly = true}, \
	{"exe", "the program of that process", program, .type = VALUE_TEXT, .costly = true}, \
	{"hidden", OWNER_HIDDEN_HELP, "false", .type = VALUE_BOOL, .costly = true}
/* clang-format on */

/* Whether the call asks for a process. */
must_use bool owner_is_wanted(const struct probe_call *call, const struct owner_fields *fields);

/* *holders is NULL when the call asks for none. False: the answer says why. */
must_use bool owner_read(struct rows *rows, const struct owner_fields *fields,
			 const struct holders **holders);

void owner_put_user(struct rows *rows, uint32_t uid, const struct owner_fields *fields,
		    struct value *values);

/* Fills in the socket's number and, with holders, the process. A socket that nobody holds who can
 * be seen, while some can't be, is an error, unless the query says what it makes of hidden ones;
 * one without an inode belongs to nobody. */
must_use bool owner_put(struct rows *rows, const struct holders *holders, uint64_t inode,
			const struct owner_fields *fields, struct value *values);
