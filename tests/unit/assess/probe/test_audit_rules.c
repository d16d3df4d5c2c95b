#include "assess/host/auditrule.h"
#include "assess/probe/probe.h"
#include "unit.h"

#include "call.h"

#define DIR "/etc/audit/rules.d/"

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const struct call_file *files)
{
	struct gather *gather = call_gather(files, false);
	call = call_of("audit_rules", "");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	return gather;
}

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

static const struct example {
	const char *line, *kind, *action, *syscall, *arch, *fields, *path, *perm, *key;
	bool malformed;
} examples[] = {
	{"-a always,exit -F arch=b64 -S execve -F auid>=1000 -F auid!=-1 -k cmd", "syscall",
	 "always", "execve", "b64", "auid>=1000, auid!=unset", "", "", "cmd", false},
	{"-A exit,never -S a,b -S c -F euid=root -C uid!=euid", "syscall", "never", "a, b, c", "",
	 "euid=0, uid!=euid", "", "", "an empty list", false},
	{"-w /etc/passwd -p aw -k id", "watch", "always", "an empty list", "", "an empty list",
	 "/etc/passwd", "wa", "id", false},
	{"-a always,exit -F path=/etc/passwd -F perm=wa -F key=id", "watch", "always",
	 "an empty list", "", "an empty list", "/etc/passwd", "wa", "id", false},
	{"-a always,exit -S all -F dir=/etc/ -F perm=w -F auid!=4294967295", "watch", "always",
	 "all", "", "auid!=unset", "/etc", "w", "an empty list", false},
	{"-w /x", "watch", "always", "an empty list", "", "an empty list", "/x", "rwxa",
	 "an empty list", false},
	{"-a always,exit -F arch=x86_64 -F path=/x -S open", "syscall", "always", "open", "b64",
	 "an empty list", "/x", "", "an empty list", false},
	{"-a never,exclude -F msgtype=CWD", "syscall", "never", "all", "", "msgtype=CWD", "", "",
	 "an empty list", false},
	{"-a always", "syscall", "always", "all", "", "an empty list", "", "", "an empty list",
	 true},
	{"-a exit,sometimes", "syscall", "sometimes", "all", "", "an empty list", "", "",
	 "an empty list", true},
	{"-S open", "syscall", "", "open", "", "an empty list", "", "", "an empty list", true},
	{"-w x", "watch", "always", "an empty list", "", "an empty list", "x", "rwxa",
	 "an empty list", true},
	{"-w /x -p q", "watch", "always", "an empty list", "", "an empty list", "/x", "",
	 "an empty list", true},
	{"-a always,exit -F auid", "syscall", "always", "all", "", "auid", "", "", "an empty list",
	 true},
	{"-a always,exit -k", "syscall", "always", "all", "", "an empty list", "", "",
	 "an empty list", true},
	{"nonsense", "syscall", "", "all", "", "an empty list", "", "", "an empty list", true},
};

test(reads_rules_by_their_meaning)
{
	for (size_t i = 0; i < array_len(examples); i++) {
		const struct example *it = &examples[i];
		struct call_file files[] = {{DIR "a.rules", it->line}, {NULL, NULL}};
		struct gather *gather = ask(files);
		assert_int_equal(answer.count, 1);
		assert_string_equal(shown(0, "line"), it->line);
		assert_string_equal(shown(0, "kind"), it->kind);
		assert_string_equal(shown(0, "action"), it->action);
		assert_string_equal(shown(0, "syscall"), it->syscall);
		assert_string_equal(shown(0, "arch"), it->arch);
		assert_string_equal(shown(0, "fields"), it->fields);
		assert_string_equal(shown(0, "path"), it->path);
		assert_string_equal(shown(0, "perm"), it->perm);
		assert_string_equal(shown(0, "key"), it->key);
		assert_string_equal(shown(0, "malformed"), it->malformed ? "true" : "false");
		gather_free(&gather);
	}
}

test(merges_as_augenrules_does)
{
	static const struct call_file files[] = {
		{DIR "9-first.rules", "## c\n-e 2\n-D\n-w /a\n"},
		{DIR "10-second.rules", "-b 8192\n\n  -w /b\n-e 1\n-f 1\n"},
		{DIR "ignored.conf", "-w /c\n"},
		{"/etc/audit/audit.rules", "-w /old\n"},
		{NULL, NULL}};
	struct gather *gather = ask(files);
	static const char *const lines[] = {"-w /a", "-w /b", "-D", "-b 8192", "-f 1", "-e 1"};
	assert_int_equal(answer.count, array_len(lines));
	for (size_t i = 0; i < array_len(lines); i++)
		assert_string_equal(shown(i, "line"), lines[i]);
	assert_string_equal(shown(5, "kind"), "control");
	assert_string_equal(shown(5, "option"), "-e");
	assert_string_equal(shown(5, "value"), "1");
	assert_int_equal(answer.rows[5].where.line, 4);
	assert_true(call_depends(&answer, "/etc/audit/rules.d"));
	gather_free(&gather);
}

test(without_a_folder_the_merged_file_counts)
{
	static const struct call_file files[] = {{"/etc/audit/audit.rules", "-w /old\n"},
						 {NULL, NULL}};
	struct gather *gather = ask(files);
	assert_int_equal(answer.count, 1);
	assert_string_equal(shown(0, "path"), "/old");
	gather_free(&gather);
	gather = ask(NULL);
	assert_int_equal(answer.count, 0);
	assert_true(call_depends(&answer, "/etc/audit/audit.rules"));
	gather_free(&gather);
}

test(what_cannot_be_read_is_an_error)
{
	struct err err = {0};
	struct fixture *fixture = fixture_new();
	struct fixture_file closed = {
		.path = TEXT(DIR "a.rules"), .kind = GATHER_FILE, .denied = true};
	assert_true(fixture_add(fixture, &closed, &err));
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){0});
	call = call_of("audit_rules", "");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
	fixture_free(&fixture);
}
