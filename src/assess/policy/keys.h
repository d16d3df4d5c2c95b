/* keys.h: the keys of a policy and of a check, as a table that reads, checks and documents them. */
#pragma once
#include "assess/policy/policy.h"

enum key_kind { KEY_TEXT, KEY_TEXTS, KEY_LEVEL, KEY_LISTS, KEY_TEST, KEY_EXAMPLES, KEY_CHECKS };

struct loader;

struct key {
	const char *name, *help;
	enum key_kind kind;
	bool required;
	size_t offset; /* of the struct text that it goes to, when `read` is NULL */
	bool (*read)(struct loader *loader, const struct doc *doc, void *out);
};

extern const struct key policy_keys[], check_keys[]; /* each ends with a name of NULL */
