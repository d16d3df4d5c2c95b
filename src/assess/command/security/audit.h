/* audit.h: audit's rules as the kernel lists them, in auditctl's words. */
#pragma once
#include "base/buf.h"

must_use const char *audit_type(unsigned number); /* of a record; NULL: none */

/* What a rule's message says, as "auditctl -l" prints it, without the line's end. key: only rules
 * that have a key with this in it (at NULL: all); *shown is whether it has. False: it is no rule.
 */
must_use bool audit_print_rule(struct text body, struct text key, bool *shown, struct buf *out);
