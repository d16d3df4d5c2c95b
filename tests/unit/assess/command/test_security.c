#include "told.h"

#define PROGRAMS                                                                                  \
	{"/usr/sbin/auditctl", "x"}, {"/usr/sbin/augenrules", "x"}, {"/usr/sbin/aa-status", "x"}, \
		{"/usr/sbin/sestatus", "x"}, {"/usr/sbin/getenforce", "x"},                       \
	{                                                                                         \
		"/usr/bin/ps", "x"                                                                \
	}

/* -------- audit -------- */

static void put_u32(struct buf *out, uint32_t number)
{
	buf_add(out, &number, sizeof(number));
}

static void put_message(struct buf *out, uint16_t type, struct text body)
{
	uint16_t none = 0;
	put_u32(out, (uint32_t)(16 + body.len));
	buf_add(out, &type, sizeof(type));
	buf_add(out, &none, sizeof(none));
	put_u32(out, 0);
	put_u32(out, 0);
	buf_text(out, body);
	while (out->len % 4)
		buf_char(out, '\0');
}

struct field {
	uint32_t field, value, sign;
};

/* Of list exit, always; call: the one it has, or -1: all. */
static void put_rule(struct buf *out, int call, const struct field *fields, size_t count,
		     const char *texts)
{
	scoped(buf_end) struct buf body = {0};
	const uint32_t zero[64] = {0};
	put_u32(&body, 4);
	put_u32(&body, 2);
	put_u32(&body, (uint32_t)count);
	for (int i = 0; i < 64; i++)
		put_u32(&body, call < 0         ? UINT32_MAX
			       : call / 32 == i ? UINT32_C(1) << call % 32
						: 0);
	for (size_t part = 0; part < 3; part++) {
		for (size_t i = 0; i < count; i++)
			put_u32(&body, part == 0   ? fields[i].field
				       : part == 1 ? fields[i].value
						   : fields[i].sign);
		buf_add(&body, zero, 4 * (64 - count));
	}
	put_u32(&body, (uint32_t)strlen(texts));
	buf_cstr(&body, texts);
	put_message(out, 1013, buf_view(&body));
}

#define EQUAL 0x40000000u
#define UNEQUAL 0x30000000u
#define ATLEAST 0x60000000u

static const struct told_file files[] = {PROGRAMS, {NULL, NULL}};

test(spells_rules_as_auditctl_does)
{
	static const struct field watch[] = {
		{105, 11, EQUAL}, {106, 2 | 8, EQUAL}, {210, 5, EQUAL}};
	static const struct field exec[] = {{11, 0xc000003e, EQUAL},  {9, 1000, ATLEAST},
					    {9, UINT32_MAX, UNEQUAL}, {103, (uint32_t)-13, EQUAL},
					    {111, 11, UNEQUAL},       {200, 255, EQUAL},
					    {12, 1307, EQUAL},        {210, 1, EQUAL}};
	scoped(buf_end) struct buf rules = {0};
	put_rule(&rules, -1, watch, array_len(watch), "/etc/passwdk1\1k2");
	put_rule(&rules, 59, exec, array_len(exec), "x");
	struct told told = told_begin(files, true);
	fixture_add_answer(told.fixture, TEXT("audit-rules"), buf_view(&rules));
	assert_string_equal(
		told_line(&told, "auditctl -l"),
		"-w /etc/passwd -p wa -k k1 -k k2\n"
		"-a always,exit -F arch=b64 -S execve -F auid>=1000 -F auid!=-1 -F exit=-EACCES "
		"-C uid!=euid -F a0=0xFF -F msgtype=CWD -F key=x\n||0");
	assert_string_equal(told_line(&told, "auditctl -l -k k2"),
			    "-w /etc/passwd -p wa -k k1 -k k2\n||0");
	assert_string_equal(told_line(&told, "auditctl -D"), "unknown");
	told_end(&told);
}

test(bytes_that_are_no_rules_are_an_error)
{
	static const struct field far[] = {{105, 99, EQUAL}}; /* longer than what is there */
	scoped(buf_end) struct buf rules = {0}, cut = {0};
	put_rule(&rules, -1, far, 1, "/x");
	put_message(&cut, 1013, TEXT("short"));
	const struct text broken[] = {
		buf_view(&rules), buf_view(&cut), TEXT("\1\2\3"), {rules.at, rules.len - 4}};
	for (size_t i = 0; i < array_len(broken); i++) {
		struct told told = told_begin(files, true);
		fixture_add_answer(told.fixture, TEXT("audit-rules"), broken[i]);
		assert_int_equal(strncmp(told_line(&told, "auditctl -l"), "error: ", 7), 0);
		told_end(&told);
	}
	struct told told = told_begin(files, true);
	fixture_add_answer(told.fixture, TEXT("audit-rules"), TEXT(""));
	assert_string_equal(told_line(&told, "auditctl -l"), "No rules\n||0");
	told_end(&told);
	told = told_begin(files, true); /* nobody answers */
	assert_int_equal(strncmp(told_line(&told, "auditctl -l"), "skip: ", 6), 0);
	told_end(&told);
	told = told_begin(files, false);
	assert_string_equal(told_line(&told, "auditctl -l"),
			    "skip: which rules of audit are loaded: that needs the running system");
	told_end(&told);
}

test(tells_the_state_of_audit)
{
	static const uint32_t status[] = {0, 2, 1, 812, 0, 8192, 0, 3, 0, 60000, 7};
	static const uint32_t features[] = {1, 3, 2, 2};
	scoped(buf_end) struct buf one = {0}, two = {0};
	put_message(&one, 1000, (struct text){(const char *)status, sizeof(status)});
	put_message(&two, 1019, (struct text){(const char *)features, sizeof(features)});
	struct told told = told_begin(files, true);
	fixture_add_answer(told.fixture, TEXT("audit-status"), buf_view(&one));
	fixture_add_answer(told.fixture, TEXT("audit-features"), buf_view(&two));
	assert_string_equal(
		told_line(&told, "auditctl -s"),
		"enabled 2\nfailure 1\npid 812\nrate_limit 0\nbacklog_limit 8192\n"
		"lost 0\nbacklog 3\nbacklog_wait_time 60000\nbacklog_wait_time_actual 7\n"
		"loginuid_immutable 1 locked\n||0");
	told_end(&told);
}

test(merges_rules_as_augenrules_does)
{
#define MERGED                                                                                 \
	"## This file is automatically generated from /etc/audit/rules.d\n-D\n-b 2\n\n-w /a\n" \
	"-w /b\n-e 2\n"
	static const struct told_file same[] = {
		PROGRAMS,
		{"/etc/audit/rules.d/9-x.rules", "# c\n-D\n\n-b 1\n-w /a\n-e 2\n"},
		{"/etc/audit/rules.d/10-x.rules", "-b 2\n-w /b\n"},
		{"/etc/audit/rules.d/README", "-w /c\n"},
		{"/etc/audit/audit.rules", MERGED},
		{NULL, NULL}};
	static const struct told_case cases[] = {
		{"augenrules --check", "/usr/sbin/augenrules: No change\n||0"}, {NULL, NULL}};
	told_all(same, false, cases);
	static const struct told_file changed[] = {
		PROGRAMS, {"/etc/audit/rules.d/9-x.rules", "-D\n"}, {NULL, NULL}};
	static const struct told_case change[] = {
		{"augenrules --check",
		 "/usr/sbin/augenrules: Rules have changed and should be updated\n||0"},
		{"augenrules --load", "unknown"},
		{NULL, NULL}};
	told_all(changed, false, change);
	static const struct told_case none[] = {
		{"augenrules --check",
		 "/usr/sbin/augenrules: No rules directory - /etc/audit/rules.d\n||1"},
		{NULL, NULL}};
	told_all(files, false, none);
}

/* -------- AppArmor, SELinux, processes -------- */

#define PROCESS(pid, name)                                                                         \
	{"/proc/" pid "/status", "Name:\t" name "\nPPid:\t1\nUid:\t0\t0\t0\t0\nCapEff:\t0\n"},     \
		{"/proc/" pid "/cmdline", name " -x"},                                             \
	{                                                                                          \
		"/proc/" pid "/stat", pid " (" name ") S 1 " pid " " pid " 0 -1 0 0 0 0 0 150 50 " \
					  "0 0 20 0 1 0 1000 0 0 0"                                \
	}

test(tells_what_apparmor_confines)
{
	static const struct told_file confined[] = {
		PROGRAMS,
		{"/sys/module/apparmor/parameters/enabled", "Y\n"},
		{"/sys/kernel/security/apparmor/profiles",
		 "man_filter (enforce)\n/usr/sbin/b (complain)\n/usr/sbin/a (enforce)\n"},
		PROCESS("7", "a"),
		{"/proc/7/attr/current", "/usr/sbin/a (enforce)\n"},
		{"/proc/7/exe", "->/usr/sbin/a"},
		PROCESS("8", "b"),
		{"/proc/8/attr/current", "unconfined\n"},
		{"/proc/8/exe", "->/usr/sbin/b"},
		PROCESS("9", "c"),
		{"/proc/9/attr/current", "unconfined\n"},
		{"/proc/9/exe", "->/usr/bin/c"},
		{NULL, NULL}};
	static const struct told_case cases[] = {
		{"aa-status",
		 "apparmor module is loaded.\n3 profiles are loaded.\n"
		 "2 profiles are in enforce mode.\n   /usr/sbin/a\n   man_filter\n"
		 "1 profiles are in complain mode.\n   /usr/sbin/b\n"
		 "0 profiles are in kill mode.\n0 profiles are in unconfined mode.\n"
		 "2 processes have profiles defined.\n1 processes are in enforce mode.\n"
		 "   /usr/sbin/a (7) \n0 processes are in complain mode.\n"
		 "1 processes are unconfined but have a profile defined.\n"
		 "   /usr/sbin/b (8) \n0 processes are in mixed mode.\n"
		 "0 processes are in kill mode.\n||0"},
		{NULL, NULL}};
	told_all(confined, true, cases);
	static const struct told_case none[] = {
		{"aa-status", "|apparmor not present.\n|1"},
		{"sestatus", "SELinux status:                 disabled\n||0"},
		{"getenforce", "Disabled\n||0"},
		{NULL, NULL}};
	told_all(files, true, none);
}

test(tells_selinux_by_its_file_system)
{
	static const struct told_file enabled[] = {
		PROGRAMS,
		{"/sys/fs/selinux/enforce", "1"},
		{"/sys/fs/selinux/mls", "1"},
		{"/sys/fs/selinux/deny_unknown", "0"},
		{"/sys/fs/selinux/checkreqprot", "0"},
		{"/sys/fs/selinux/policyvers", "33"},
		{"/etc/selinux/config", "SELINUX=permissive\nSELINUXTYPE=targeted\n"},
		{NULL, NULL}};
	static const struct told_case cases[] = {
		{"getenforce", "Enforcing\n||0"},
		{"sestatus", "SELinux status:                 enabled\n"
			     "SELinuxfs mount:                /sys/fs/selinux\n"
			     "SELinux root directory:         /etc/selinux\n"
			     "Loaded policy name:             targeted\n"
			     "Current mode:                   enforcing\n"
			     "Mode from config file:          permissive\n"
			     "Policy MLS status:              enabled\n"
			     "Policy deny_unknown status:     allowed\n"
			     "Memory protection checking:     actual (secure)\n"
			     "Max kernel policy version:      33\n||0"},
		{NULL, NULL}};
	told_all(enabled, true, cases);
}

test(lists_processes_as_ps_does)
{
	static const struct told_file running[] = {PROGRAMS,
						   PROCESS("7", "chronyd"),
						   PROCESS("8", "b"),
						   {"/etc/passwd", "root:x:0:0::/:/x\n"},
						   {"/proc/stat", "cpu 1\nbtime 1799999000\n"},
						   {"/proc/uptime", "110.00 5.00\n"},
						   {"/proc/meminfo", "MemTotal: 1000 kB\n"},
						   {"/proc/sys/kernel/pid_max", "32768\n"},
						   {NULL, NULL}};
	static const struct told_case cases[] = {
		{"ps -ef", "UID        PID  PPID  C STIME TTY          TIME CMD\n"
			   "root         7     1  2 07:43 ?        00:00:02 chronyd -x\n"
			   "root         8     1  2 07:43 ?        00:00:02 b -x\n||0"},
		{"ps -C chronyd", "  PID TTY          TIME CMD\n"
				  "    7 ?        00:00:02 chronyd\n||0"},
		{"ps -C nope", "  PID TTY          TIME CMD\n||1"},
		{"ps -eZ", "LABEL                             PID TTY          TIME CMD\n"
			   "-                                   7 ?        00:00:02 chronyd\n"
			   "-                                   8 ?        00:00:02 b\n||0"},
		{"ps aux",
		 "USER       PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n"
		 "root         7  2.0  0.0      0     0 ?        Ss   07:43   0:02 chronyd -x\n"
		 "root         8  2.0  0.0      0     0 ?        Ss   07:43   0:02 b -x\n||0"},
		{"ps -o pid", "unknown"},
		{NULL, NULL}};
	told_all(running, true, cases);
}
