#include "assess/host/modprobe.h"
#include "assess/probe/probe.h"
#include "unit.h"

#include <string.h>

#include "call.h"

#define RELEASE "/proc/sys/kernel/osrelease"
#define DEP "/lib/modules/6.1/modules.dep"
#define BUILTIN "/lib/modules/6.1/modules.builtin"
#define HOST                                                                                    \
	{RELEASE, "6.1\n"},                                                                     \
		{"/proc/modules", "ext4 100 2 jbd2, Live 0x0\nusb_x 1 0 - Live 0x0\n"},         \
		{"/proc/cmdline", "quiet modprobe.blacklist=one,t-wo module_blacklist=sctp\n"}, \
		{DEP, "kernel/fs/ext4/ext4.ko.xz: kernel/fs/jbd2/jbd2.ko.xz\n"                  \
		      "kernel/x/usb-x.ko:\nkernel/fs/cramfs.ko:\nkernel/net/sctp.ko.zst:\n"},   \
	{                                                                                       \
		BUILTIN, "kernel/fs/overlayfs/overlay.ko\n"                                     \
	}

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const struct call_file *files, bool running, const char *name)
{
	struct gather *gather = call_gather(files, running);
	call = call_of("kmod", name);
	probe_run(gather, &call, &answer);
	return gather;
}

static const char *shown(const char *field)
{
	return call_shown(&call, &answer, 0, field);
}

test(knows_what_is_and_what_could_be)
{
	static const struct call_file files[] = {HOST,
						 {"/etc/modprobe.d/a.conf",
						  "install cramfs /bin/false\nblacklist usb-x\n"
						  "# install ext4 /bin/true\n"},
						 {NULL, NULL}};
	static const struct {
		const char *name, *state, *loaded, *loadable, *builtin, *denied, *blacklisted;
	} cases[] = {
		{"ext4", "Live", "true", "true", "false", "false", "false"},
		{"usb-x", "Live", "true", "true", "false", "false", "true"},
		{"usb_x", "Live", "true", "true", "false", "false", "true"},
		{"cramfs", "", "false", "false", "false", "true", "false"},
		{"overlay", "", "false", "false", "true", "false", "false"},
		{"nothing", "", "false", "false", "false", "false", "false"},
		{"sctp", "", "false", "false", "false", "true", "false"},
		{"one", "", "false", "false", "false", "false", "true"},
		{"t_wo", "", "false", "false", "false", "false", "true"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct gather *gather = ask(files, true, cases[i].name);
		assert_int_equal(answer.outcome, PROBE_ROWS);
		assert_string_equal(shown("state"), cases[i].state);
		assert_string_equal(shown("loaded"), cases[i].loaded);
		assert_string_equal(shown("loadable"), cases[i].loadable);
		assert_string_equal(shown("builtin"), cases[i].builtin);
		assert_string_equal(shown("denied"), cases[i].denied);
		assert_string_equal(shown("blacklisted"), cases[i].blacklisted);
		assert_true(call_depends(&answer, "/proc/modules"));
		assert_true(call_depends(&answer, "/etc/modprobe.d"));
		assert_true(call_depends(&answer, DEP));
		gather_free(&gather);
	}
}

static const struct example {
	const char *what;
	struct call_file files[3];
	const char *install; /* NULL: none */
	uint64_t line;
} examples[] = {
	{"plain", {{"/etc/modprobe.d/a.conf", "install cramfs /bin/true\n"}}, "/bin/true", 1},
	{"the first one is it",
	 {{"/etc/modprobe.d/a.conf", "\ninstall cramfs one\ninstall cramfs two\n"}},
	 "one",
	 2},
	{"files by name",
	 {{"/usr/lib/modprobe.d/a.conf", "install cramfs one\n"},
	  {"/etc/modprobe.d/b.conf", "install cramfs two\n"}},
	 "one",
	 1},
	{"a file masks its namesake",
	 {{"/usr/lib/modprobe.d/a.conf", "install cramfs one\n"}, {"/etc/modprobe.d/a.conf", "\n"}},
	 NULL,
	 0},
	{"other endings do not count", {{"/etc/modprobe.d/a", "install cramfs one\n"}}, NULL, 0},
	{"patterns", {{"/etc/modprobe.d/a.conf", "install cram* /bin/false\n"}}, "/bin/false", 1},
	{"continued",
	 {{"/etc/modprobe.d/a.conf", "x\ninstall \\\ncramfs \\\n /bin/false x\n"}},
	 "/bin/false x",
	 2},
	{"a continued comment",
	 {{"/etc/modprobe.d/a.conf", "# a \\\ninstall cramfs /bin/false\n"}},
	 NULL,
	 0},
	{"no command", {{"/etc/modprobe.d/a.conf", "install cramfs\n"}}, "", 1},
	{"another module", {{"/etc/modprobe.d/a.conf", "install cramfs2 x\n"}}, NULL, 0},
};

test(reads_rules_as_modprobe_does)
{
	for (size_t i = 0; i < array_len(examples); i++) {
		struct gather *gather = call_gather(examples[i].files, false);
		struct modprobe_rules rules;
		struct err err = {0};
		assert_true(modprobe_read(gather, TEXT("cramfs"), &rules, &err));
		const char *want = examples[i].install;
		if ((rules.install.at != NULL) != (want != NULL) ||
		    (want && !text_is(rules.install, want)) ||
		    (want && rules.install_where.line != examples[i].line))
			fail_msg("%s", examples[i].what);
		gather_free(&gather);
	}
}

test(knows_a_denial)
{
	static const char *const yes[] = {"/bin/false", "/bin/true", "/usr/bin/true x",
					  "/bin/false # not; used", ":"};
	static const char *const no[] = {"", "/sbin/modprobe -i x", "/bin/true; modprobe -i x",
					 "/bin/false || modprobe -i x", "/bin/truex"};
	for (size_t i = 0; i < array_len(yes); i++)
		assert_true(modprobe_is_denial(text_of(yes[i])));
	for (size_t i = 0; i < array_len(no); i++)
		assert_false(modprobe_is_denial(text_of(no[i])));
}

test(without_modules_what_needs_them_does_not_apply)
{
	static const struct call_file files[] = {
		{RELEASE, "6.1\n"},
		{"/etc/modprobe.d/a.conf", "install cramfs /bin/false\n"},
		{NULL, NULL}};
	struct gather *gather = ask(files, true, "cramfs");
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	assert_string_equal(answer.reason.at,
			    "this kernel loads no modules: /proc/modules is missing");
	call.fields = 1 << 2; /* loadable */
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	call.fields = 1 << 5; /* denied: that the files say */
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_string_equal(shown("denied"), "true");
	gather_free(&gather);
}

test(below_a_root_there_is_a_row_for_each_kernel)
{
	static const struct call_file files[] = {
		{DEP, "kernel/cramfs.ko:\n"},
		{"/lib/modules/6.2/modules.dep", "\n"},
		{"/lib/modules/6.2/modules.builtin", "kernel/cramfs.ko\n"},
		{NULL, NULL}};
	struct gather *gather = call_gather(files, false);
	call = call_of("kmod", "cramfs");
	call.fields = 1 << 2 | 1 << 3;
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.count, 2);
	assert_string_equal(call_shown(&call, &answer, 0, "loadable"), "true");
	assert_string_equal(call_shown(&call, &answer, 1, "builtin"), "true");
	assert_string_equal(call_shown(&call, &answer, 1, "kernel"), "6.2");
	call.fields = 1 << 1; /* loaded */
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	gather_free(&gather);
}

test(lists_what_is_loaded)
{
	static const struct call_file files[] = {HOST, {NULL, NULL}};
	struct gather *gather = call_gather(files, true);
	call = call_of("modules", "");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.count, 2);
	assert_string_equal(shown("name"), "ext4");
	assert_string_equal(shown("used_by"), "jbd2");
	assert_string_equal(shown("uses"), "2");
	assert_string_equal(shown("state"), "Live");
	assert_int_equal(call_value(&call, &answer, 1, "used_by")->count, 0);
	gather_free(&gather);
	static const struct call_file broken[] = {{"/proc/modules", "ext4 100\n"}, {NULL, NULL}};
	gather = call_gather(broken, true);
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
}

test(refuses_what_is_no_name)
{
	static const char *const names[] = {"", "a b", "cram*", "ext4.ko", "fs/ext4"};
	for (size_t i = 0; i < array_len(names); i++) {
		struct probe_call odd = call_of("kmod", names[i]);
		struct err err = {0};
		assert_false(odd.probe->check(&odd, &err));
	}
}
