/* auditload.h: the rules of audit that the kernel has loaded, from its answer to AUDIT_LIST_RULES:
 * each as the line that auditctl(8) prints, and by its meaning.
 *
 * White space in a path or key has no way to be written in a line: such a rule is malformed. */
#pragma once
#include "assess/host/auditrule.h"

#define AUDITLOAD_RULES_MAX 20000

struct auditload {
	struct text line;
	struct auditrule rule;
};

struct auditloads {
	struct auditload *at;
	size_t room, count;
};

/* False: the bytes are not what they should be, or more than AUDITLOAD_RULES_MAX. */
must_use bool auditload_parse(struct text bytes, struct arena *arena, struct auditloads *loads);

/* Lines of auditctl, as an example has them. */
must_use bool auditload_parse_lines(struct text lines, struct arena *arena,
				    struct auditloads *loads);

/* The kernel's answer to AUDIT_GET: whether audit is on ("-e 2"), what a failure leads to ("-f 1"),
 * how many messages may wait ("-b 8192") and come in a second ("-r 0"). Adds a line each. */
must_use bool auditload_parse_status(struct text bytes, struct arena *arena,
				     struct auditloads *loads);
