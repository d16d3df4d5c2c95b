#include "os/kernel/calls.h"

#include <seccomp.h>

#include "base/mem.h"

void calls_put_name(struct buf *out, uint32_t arch, unsigned number)
{
	char *name = seccomp_syscall_resolve_num_arch(
		arch == CALLS_NATIVE ? SCMP_ARCH_NATIVE : arch, (int)number);
	if (name)
		buf_cstr(out, name);
	else
		buf_print(out, "%u", number);
	mem_free(&name);
}
