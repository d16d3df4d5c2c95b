/* audit.h: audit's rules as the kernel lists them, in auditctl's words. */
#pragma once
#include "base/buf.h"

#define AUDIT_ARCH_X86_64 0xc000003eu
#define AUDIT_ARCH_I386 0x40000003u
#define AUDIT_ARCH_AARCH64 0xc00000b7u

must_use bool audit_knows_arch(uint32_t arch);
must_use struct text audit_syscall(uint32_t arch, unsigned number); /* at NULL: it has no name */
must_use const char *audit_type(unsigned number);                   /* of a record; NULL: none */

/* A message of netlink: its type, and what is in it. False: none is left, or *broken. */
struct audit_message {
	unsigned type;
	struct text body;
};
must_use bool audit_next_message(struct text *rest, struct audit_message *message, bool *broken);

/* What a rule's message says, as "auditctl -l" prints it, without the line's end. key: only rules
 * that have a key with this in it (at NULL: all); *shown is whether it has. False: it is no rule,
 * or of a machine whose system calls have no names here. */
must_use bool audit_print_rule(struct text body, struct text key, bool *shown, struct buf *out);
