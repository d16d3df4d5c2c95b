#include "assess/probe/probe.h"
#include "unit.h"

#include "call.h"

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const struct call_file *files, bool running)
{
	struct gather *gather = call_gather(files, running);
	call = call_of("os", "*");
	probe_run(gather, &call, &answer);
	return gather;
}

static const char *shown(const char *field)
{
	return call_shown(&call, &answer, 0, field);
}

static const struct call_file debian[] = {
	{"/etc/os-release",
	 "# c\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\n"
	 "VERSION_CODENAME=bookworm\nID_LIKE='a b'\nNO EQUALS\n=\n"},
	{"/proc/sys/kernel/osrelease", "6.1.0-26-amd64\n"},
	{"/proc/sys/kernel/arch", "aarch64\n"},
	{"/bin/sh", "#!"},
	{NULL, NULL}};

test(says_what_runs)
{
	struct gather *gather = ask(debian, true);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 1);
	assert_string_equal(shown("id"), "debian");
	assert_string_equal(shown("version"), "12");
	assert_string_equal(shown("codename"), "bookworm");
	assert_string_equal(shown("like"), "a, b");
	assert_string_equal(shown("name"), "Debian GNU/Linux 12 (bookworm)");
	assert_string_equal(shown("kernel"), "6.1.0-26-amd64");
	assert_string_equal(shown("arch"), "aarch64");
	assert_true(call_depends(&answer, "/etc/os-release"));
	gather_free(&gather);
}

test(a_tree_has_no_kernel)
{
	struct gather *gather = ask(debian, false);
	assert_string_equal(shown("id"), "debian");
	assert_string_equal(shown("kernel"), "");
	assert_string_equal(shown("arch"), "");
	gather_free(&gather);
}

test(a_program_tells_the_architecture)
{
	static const struct {
		char header[20];
		const char *arch;
	} cases[] = {
		{"\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\x3e\0", "x86_64"},
		{"\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\xb7\0", "aarch64"},
		{"\177ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\3\0\x16", "s390x"},
		{"\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\3\0\x03\0", "i686"},
		{"\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\xff\xff", ""},
		{"\177ELX\2\1\1\0\0\0\0\0\0\0\0\0\3\0\x3e\0", ""},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct gather *gather = call_gather_bytes("/bin/sh", cases[i].header,
							  sizeof(cases[i].header), false);
		call = call_of("os", "*");
		probe_run(gather, &call, &answer);
		assert_string_equal(shown("arch"), cases[i].arch);
		assert_string_equal(shown("id"), "linux");
		gather_free(&gather);
	}
}

test(what_cannot_be_read_is_an_error)
{
	struct gather *gather = call_gather_denied("/etc/os-release", false);
	call = call_of("os", "*");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
}
