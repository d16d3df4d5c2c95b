/* modprobe.h: what modprobe would do with a module, by the files that it reads.
 *
 * Rules are modprobe.d(5)'s: files of the same name mask each other, the first `install` rule whose
 * pattern fits is the one, and `blacklist` hides a module from whoever asks by alias (a device, a
 * file system) but not from whoever asks by name. The kernel's command line has two rules of its
 * own: modprobe.blacklist= is like `blacklist`, module_blacklist= is the kernel's refusal. */
#pragma once
#include "assess/engine/gather.h"
#include "model/item.h"

#define MODPROBE_RULES_MAX 100000   /* over all files */
#define MODPROBE_LINE_MAX 65536     /* bytes of one rule with what continues it */
#define MODPROBE_MODULES_MAX 200000 /* of one kernel */

/* The name as the kernel has it: with _ where files may have -. */
must_use struct text modprobe_name(struct arena *arena, struct text name);

struct modprobe_rules {
	struct text install; /* the command of its install rule; at NULL: none */
	struct evidence install_where;
	bool blacklisted;
	struct evidence blacklist_where;
	bool refused; /* by module_blacklist= of the running kernel */
};

/* A rule of a file, as it stands there. */
enum modprobe_word {
	MODPROBE_INSTALL,
	MODPROBE_BLACKLIST,
	MODPROBE_REMOVE,
	MODPROBE_ALIAS,
	MODPROBE_OPTIONS,
	MODPROBE_SOFTDEP,
};
struct modprobe_rule {
	enum modprobe_word word;
	struct text pattern, rest; /* of modules, by the kernel's names; what stands behind it */
	struct evidence where;
};

/* All of them, in the order in which they count. */
must_use bool modprobe_list(struct gather *gather, const struct modprobe_rule **rules,
			    size_t *count, struct err *err);

must_use bool modprobe_read(struct gather *gather, struct text name, struct modprobe_rules *rules,
			    struct err *err);

/* Whether an install rule's command loads nothing: true or false and nothing else. */
must_use bool modprobe_is_denial(struct text command);

/* Of one kernel version: what its modules.builtin and modules.dep say. */
enum modprobe_kind { MODPROBE_ABSENT, MODPROBE_FILE, MODPROBE_BUILTIN };
struct modprobe_place {
	enum modprobe_kind kind;
	struct text path; /* relative to the folder of modules */
};

/* GATHER_MISSING: there is no folder of modules for this kernel, or it has no modules.dep. */
must_use enum gather_answer modprobe_find(struct gather *gather, struct text version,
					  struct text name, struct modprobe_place *place,
					  struct text *why);
