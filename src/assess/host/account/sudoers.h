/* sudoers.h: one line of sudoers(5), taken apart: a rule, Defaults, aliases, or what it takes in.
 *
 * A line is a logical one: those that a backslash continues are joined, and a comment is gone
 * (sudoline.h). Names and commands are as they were written, without quotes and backslashes;
 * one with an odd number of ! in front has one. What sudo would not read is malformed. */
#pragma once
#include "assess/host/account/sudoline.h"
#include "base/mem.h"

#define SUDOERS_NAMES_MAX 10000 /* of one list, and lists of one line; beyond: malformed */

enum sudoers_kind {
	SUDOERS_RULE,
	SUDOERS_DEFAULTS,
	SUDOERS_ALIAS,
	SUDOERS_INCLUDE,
	SUDOERS_INCLUDEDIR,
};

struct sudoers_names {
	struct text *at;
	size_t room, count;
};

struct sudoers_command {
	struct text command; /* with its arguments: "ALL", "/bin/ls *", "sudoedit /etc/motd" */
	bool negated;
	struct sudoers_names hosts; /* shared by those behind one = */
	bool has_runas;             /* a (…) stands before it, or before one to its left */
	struct sudoers_names runas, groups;
	struct sudoers_names tags;    /* "NOPASSWD" …, in force here */
	struct sudoers_names options; /* "CWD=/" … */
};

struct sudoers_alias {
	char type; /* U R H C: of users, runas, hosts, commands */
	struct text name;
	struct sudoers_names members;
};

struct sudoers_default {
	struct text name, sign, value; /* "secure_path", "=", "/bin"; of flags "true", "false" */
};

struct sudoers_entry {
	enum sudoers_kind kind;
	bool malformed;
	struct text path;           /* of an include */
	char scope;                 /* of Defaults: @ : ! > or 0: for all */
	struct sudoers_names users; /* of a rule; of Defaults what the scope names */
	struct sudoers_command *commands;
	struct sudoers_alias *aliases;
	struct sudoers_default *defaults;
	size_t count, room; /* of commands, aliases or defaults */
};

/* Texts are copied into the arena. */
void sudoers_parse(struct text line, struct arena *arena, struct sudoers_entry *entry);

/* Whether a word can be an alias' name: capitals, digits and _, a capital first, not ALL. */
must_use bool sudoers_is_alias(struct text word);
