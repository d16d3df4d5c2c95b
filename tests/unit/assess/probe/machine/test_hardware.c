#include "assess/probe/probe.h"
#include "unit.h"

#include "call.h"

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const struct call_file *files, bool running)
{
	struct gather *gather = call_gather(files, running);
	call = call_of("hardware", "*");
	probe_run(gather, &call, &answer);
	return gather;
}

static const char *shown(const char *field)
{
	return call_shown(&call, &answer, 0, field);
}

test(says_what_it_is)
{
	static const struct call_file files[] = {
		{"/proc/cpuinfo", "processor\t: 0\nmodel name\t: A CPU\nflags\t\t: aes smep\n\n"
				  "processor\t: 1\nmodel name\t: B CPU\nflags\t\t: aes\n"},
		{"/proc/meminfo", "MemTotal:        2048 kB\nMemFree: 1 kB\nSwapTotal: 0 kB\n"},
		{"/sys/class/dmi/id/sys_vendor", "QEMU\n"},
		{"/sys/class/dmi/id/product_name", "Standard PC\n"},
		{"/sys/class/dmi/id/bios_version", "1.16.2\n"},
		{"/sys/class/dmi/id/bios_date", "04/01/2014\n"},
		{NULL, NULL}};
	struct gather *gather = ask(files, true);
	assert_int_equal(answer.count, 1);
	assert_string_equal(shown("cpu"), "A CPU");
	assert_string_equal(shown("cpus"), "2");
	assert_string_equal(shown("flags"), "aes, smep");
	assert_string_equal(shown("memory"), "2 MiB");
	assert_string_equal(shown("swap"), "0 bytes");
	assert_string_equal(shown("virtualisation"), "kvm");
	assert_string_equal(shown("container"), "none");
	assert_string_equal(shown("vendor"), "QEMU");
	assert_string_equal(shown("product"), "Standard PC");
	assert_string_equal(shown("bios"), "1.16.2");
	assert_string_equal(shown("bios_date"), "2014-04-01T00:00:00.000000Z");
	gather_free(&gather);
}

test(knows_machines_by_their_names)
{
	static const struct {
		const char *vendor, *product, *name;
	} cases[] = {
		{"Microsoft Corporation", "Virtual Machine", "microsoft"},
		{"Microsoft Corporation", "Surface", "none"},
		{"VMware, Inc.", "VMware7,1", "vmware"},
		{"Amazon EC2", "t3.micro", "amazon"},
		{"innotek GmbH", "VirtualBox", "oracle"},
		{"Dell Inc.", "PowerEdge", "none"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		const struct call_file files[] = {
			{"/sys/class/dmi/id/sys_vendor", cases[i].vendor},
			{"/sys/class/dmi/id/product_name", cases[i].product},
			{NULL, NULL}};
		struct gather *gather = ask(files, true);
		assert_string_equal(shown("virtualisation"), cases[i].name);
		gather_free(&gather);
	}
}

test(odd_files_give_less)
{
	static const struct call_file files[] = {{"/proc/cpuinfo", ":::\nprocessor\nflags:\n"},
						 {"/proc/meminfo", "MemTotal: x kB\nSwapTotal:\n"},
						 {"/sys/class/dmi/id/bios_date", "99/99/2014"},
						 {"/.dockerenv", ""},
						 {NULL, NULL}};
	struct gather *gather = ask(files, true);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_string_equal(shown("memory"), "");
	assert_string_equal(shown("bios_date"), "");
	assert_string_equal(shown("container"), "docker");
	gather_free(&gather);
}

test(a_tree_has_none)
{
	struct gather *gather = ask(NULL, false);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	gather_free(&gather);
}
