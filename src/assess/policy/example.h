/* example.h: a fixture as the examples of a policy write it: a host that exists in memory alone.
 *
 *	{ files: { /etc/issue: "text\n", /tmp: { type: directory, mode: "1777" } },
 *	  packages: { openssh-server: "1:9.2p1" }, sysctl: { kernel.sysrq: 0 }, users: [ { name:
 *root, uid: 0 } ] }
 *
 * What stands for a running machine (mounts and its like) is in machine.h.
 *
 * Packages, settings and users become the files that a real host keeps them in, unless `files` has
 *that file. */
#pragma once
#include "assess/engine/fixture.h"
#include "format/doc.h"

#define EXAMPLES_MAX 1000 /* of one check and outcome */

struct loader;

/* Whether a list of fixtures can be set up; adds findings. */
must_use bool example_check(struct loader *loader, const struct doc *list);

/* Sets one up. ERR_INPUT begins with "LINE:COLUMN: ". now_us: what files without an mtime were
 * modified at. */
must_use struct fixture *example_fixture(const struct doc *example, int64_t now_us,
					 struct err *err);
