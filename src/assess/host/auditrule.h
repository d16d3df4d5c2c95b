/* auditrule.h: one rule of the kernel's audit by its meaning, as auditctl(8) reads a line.
 *
 * `-w PATH -p wa -k KEY` and `-a always,exit -F path=PATH -F perm=wa -F key=KEY` are the same rule
 * and parse to the same: what is a watch in either spelling has path and perm. `-S a,b` and
 * `-S a -S b` are the same, and so are the several names of "no login user" (unset, -1,
 * 4294967295), of root (0) and of an architecture. */
#pragma once
#include "base/mem.h"

#define AUDITRULE_PARTS_MAX 512 /* system calls, fields or keys of one rule; beyond: malformed */

enum auditrule_kind { AUDITRULE_SYSCALL, AUDITRULE_WATCH, AUDITRULE_CONTROL };

struct auditrule_list {
	struct text *at;
	size_t room, count;
};

struct auditrule {
	enum auditrule_kind kind;
	bool malformed;           /* auditctl would not take it */
	bool first;               /* -A: put in front of the others */
	struct text list, action; /* "exit", "always" */
	struct text arch;         /* b64, b32, or as it was written; empty: of all */
	struct auditrule_list syscalls, fields, keys; /* fields: "auid>=1000", but what is below */
	struct text path, perm;    /* of a watch; perm: of r w x a, in this order */
	struct text option, value; /* of a control: "-e", "2" */
};

/* A line that is neither empty nor a comment. Texts are in the arena. */
void auditrule_parse(struct text line, struct arena *arena, struct auditrule *rule);
