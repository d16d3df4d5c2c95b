/* settings.h: files of a system, in the tree, that probes read; and a policy over what they say. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Changes one: written, renamed over, deleted, moved behind a link, or its folder is; whether that
 * worked, and what it was. pick(n) is a number below n, at random. */
bool settings_change(unsigned (*pick)(unsigned below), char *said, size_t size);

/* Documents of a policy, whose checks are `- { ref: NAME, …`; each needs what one of the files
 * says, or that it is missing. */
extern const char settings_policy[];
size_t settings_checks(void); /* in it */

/* What auditors type, told from the tree, and the programs that are to be in it; end with NULL. */
extern const char *const settings_commands[], *const settings_programs[];
