#include "os/machine.h"

#include <string.h>
#include <sys/timex.h>
#include <sys/utsname.h>

static void keep(char to[static MACHINE_TEXT_SIZE], const char *from)
{
	size_t len = strnlen(from, MACHINE_TEXT_SIZE - 1);
	memcpy(to, from, len);
	to[len] = '\0';
}

void machine_read(struct machine *machine)
{
	struct utsname names;
	must(uname(&names) == 0);
	keep(machine->name, names.nodename);
	keep(machine->kernel, names.release);
	keep(machine->arch, names.machine);
}

bool machine_clock(bool *synchronised, int64_t *error_us, struct err *err)
{
	struct timex timex = {0}; /* modes 0: only asks */
	if (adjtimex(&timex) < 0)
		return err_errno(err, "cannot ask the kernel about its clock");
	*synchronised = (timex.status & STA_UNSYNC) == 0;
	*error_us = timex.maxerror;
	return true;
}
