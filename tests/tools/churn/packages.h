/* packages.h: small packages, and dpkg in the tree.
 *
 * dpkg follows what links it meets, so it runs with the tree as its root like everything else. What
 * it needs of the machine, /usr, is mounted there read-only, in a mount namespace of that one run:
 * so neither the watch nor a change sees it. */
#pragma once
#include <stdbool.h>

#define PACKAGES_FOLDER "debs" /* in the tree */

/* Builds them, with the tree as the working directory, and what dpkg wants to find there. False:
 * dpkg-deb is not here, or failed. */
bool packages_prepare(void);

/* Runs dpkg, called with the tree as the working directory and the machine's root as the root; does
 * not return. arguments end with NULL. */
_Noreturn void packages_run(const char *const *arguments);
