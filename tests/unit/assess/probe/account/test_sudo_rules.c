#include "assess/host/account/sudoers.h"
#include "unit.h"

#include <string.h>

#include "call.h"

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const struct call_file *files)
{
	struct gather *gather = call_gather(files, false);
	call = call_of("sudo_rules", "*");
	probe_run(gather, &call, &answer);
	return gather;
}

static struct gather *ask_text(const char *text)
{
	const struct call_file files[] = {{"/etc/sudoers", text}, {NULL, NULL}};
	return ask(files);
}

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

test(takes_rules_apart)
{
	static const struct {
		const char *line, *user, *host, *runas, *group, *tags, *command;
	} cases[] = {
		{"root ALL=(ALL:ALL) ALL", "root", "ALL", "ALL", "ALL", "an empty list", "ALL"},
		{"root\tALL = ALL", "root", "ALL", "root", "an empty list", "an empty list", "ALL"},
		{"%sudo ALL=(root) NOPASSWD: ALL", "%sudo", "ALL", "root", "an empty list",
		 "NOPASSWD", "ALL"},
		{"ann, bob web1, 10.0.0.0/8=(a, b) /bin/ls -l *", "ann, bob", "web1, 10.0.0.0/8",
		 "a, b", "an empty list", "an empty list", "/bin/ls -l *"},
		{"#1000,%#20,+net,%:dom ALL=(:adm) NOEXEC:SETENV: /x", "#1000, %#20, +net, %:dom",
		 "ALL", "an empty list", "adm", "NOEXEC, SETENV", "/x"},
		{"\"a b\" ALL=ALL # why", "a b", "ALL", "root", "an empty list", "an empty list",
		 "ALL"},
		{"ALL,!bob ALL=/bin/x a\\,b\\:c \\*", "ALL, !bob", "ALL", "root", "an empty list",
		 "an empty list", "/bin/x a,b:c \\*"},
		{"u ALL=(ALL) \\\n  NOPASSWD: \\\n /x", "u", "ALL", "ALL", "an empty list",
		 "NOPASSWD", "/x"},
		{"u fe80::1=/x", "u", "fe80::1", "root", "an empty list", "an empty list", "/x"},
		{"u ALL=/x --a=b \"\"", "u", "ALL", "root", "an empty list", "an empty list",
		 "/x --a=b \"\""},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct gather *gather = ask_text(cases[i].line);
		assert_int_equal(answer.outcome, PROBE_ROWS);
		assert_int_equal(answer.count, 1);
		assert_string_equal(shown(0, "kind"), "rule");
		assert_string_equal(shown(0, "user"), cases[i].user);
		assert_string_equal(shown(0, "host"), cases[i].host);
		assert_string_equal(shown(0, "runas"), cases[i].runas);
		assert_string_equal(shown(0, "runas_group"), cases[i].group);
		assert_string_equal(shown(0, "tags"), cases[i].tags);
		assert_string_equal(shown(0, "command"), cases[i].command);
		assert_string_equal(shown(0, "negated"), "false");
		gather_free(&gather);
	}
}

test(tags_go_on_until_taken_back)
{
	struct gather *gather = ask_text("u A=(x) NOPASSWD: /a, /b, PASSWD: /c, (y) !/d : B=CWD=/t "
					 "TIMEOUT=5 sha256:f /e, CWD=/u /f");
	static const struct {
		const char *host, *runas, *tags, *command, *negated, *options;
	} rows[] = {
		{"A", "x", "NOPASSWD", "/a", "false", "an empty list"},
		{"A", "x", "NOPASSWD", "/b", "false", "an empty list"},
		{"A", "x", "PASSWD", "/c", "false", "an empty list"},
		{"A", "y", "PASSWD", "/d", "true", "an empty list"},
		{"B", "root", "an empty list", "/e", "false", "CWD=/t, TIMEOUT=5, sha256=f"},
		{"B", "root", "an empty list", "/f", "false", "TIMEOUT=5, CWD=/u"},
	};
	assert_int_equal(answer.count, array_len(rows));
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_string_equal(shown(i, "host"), rows[i].host);
		assert_string_equal(shown(i, "runas"), rows[i].runas);
		assert_string_equal(shown(i, "tags"), rows[i].tags);
		assert_string_equal(shown(i, "command"), rows[i].command);
		assert_string_equal(shown(i, "negated"), rows[i].negated);
		assert_string_equal(shown(i, "options"), rows[i].options);
	}
	gather_free(&gather);
}

test(aliases_stand_for_their_members)
{
	struct gather *gather = ask_text(
		"ADM H = (R) C, !C, D\n"
		"User_Alias ADM = ann, !%x, IN : IN = eve\n"
		"Host_Alias H = a, b\nRunas_Alias R = www\n"
		"Cmnd_Alias C = /x -a, !/y, \\\n /z\nCmd_Alias D = sha256:ff /d\n"
		"NONE ALL = ALL\n");
	static const struct {
		const char *command, *negated;
	} rows[] = {{"/x -a", "false"}, {"/y", "true"}, {"/z", "false"}, {"/x -a", "true"},
		    {"/y", "false"},    {"/z", "true"}, {"/d", "false"}};
	assert_int_equal(answer.count, array_len(rows) + 1);
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_string_equal(shown(i, "user"), "ann, !%x, eve");
		assert_string_equal(shown(i, "host"), "a, b");
		assert_string_equal(shown(i, "runas"), "www");
		assert_string_equal(shown(i, "command"), rows[i].command);
		assert_string_equal(shown(i, "negated"), rows[i].negated);
	}
	assert_string_equal(shown(array_len(rows), "user"), "NONE");
	gather_free(&gather);
}

test(defaults_are_rows_of_their_own)
{
	struct gather *gather = ask_text("Defaults env_reset,!authenticate, umask=077\n"
					 "Defaults:ann secure_path=\"/a:/b, c\"\n"
					 "Defaults@web env_keep += \"X Y\"\nDefaults>www lecture\n"
					 "Defaults!/bin/x noexec\nDefaults !use_pty\n");
	static const struct {
		const char *option, *operator, * value, *user, *host, *runas, *command;
	} rows[] = {
		{"env_reset", "", "true", "", "", "", ""},
		{"authenticate", "", "false", "", "", "", ""},
		{"umask", "=", "077", "", "", "", ""},
		{"secure_path", "=", "/a:/b, c", "ann", "", "", ""},
		{"env_keep", "+=", "X Y", "", "web", "", ""},
		{"lecture", "", "true", "", "", "www", ""},
		{"noexec", "", "true", "", "", "", "/bin/x"},
		{"use_pty", "", "false", "", "", "", ""},
	};
	assert_int_equal(answer.count, array_len(rows));
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_string_equal(shown(i, "kind"), "default");
		assert_string_equal(shown(i, "option"), rows[i].option);
		assert_string_equal(shown(i, "operator"), rows[i].operator);
		assert_string_equal(shown(i, "value"), rows[i].value);
		assert_string_equal(shown(i, "user"), rows[i].user);
		assert_string_equal(shown(i, "host"), rows[i].host);
		assert_string_equal(shown(i, "runas"), rows[i].runas);
		assert_string_equal(shown(i, "command"), rows[i].command);
	}
	gather_free(&gather);
}

test(takes_in_files)
{
	static const struct call_file files[] = {
		{"/etc/sudoers", "@includedir /etc/sudoers.d\n#include /etc/%h\n@include more\\ x\n"
				 "@include /etc/sudoers\n@include nowhere\n@includedir /nowhere\n"},
		{"/etc/hostname", "web1.example.org\n"},
		{"/etc/sudoers.d/20-b", "b ALL=ALL\n"},
		{"/etc/sudoers.d/10-a", "#comment\n\na ALL=ALL\n"},
		{"/etc/sudoers.d/c.dpkg-old", "c ALL=ALL\n"},
		{"/etc/sudoers.d/d~", "d ALL=ALL\n"},
		{"/etc/web1", "e ALL=ALL\n"},
		{"/etc/more x", "f ALL=ALL\n"},
		{NULL, NULL}};
	static const char *const users[] = {"a", "b", "e", "f"};
	struct gather *gather = ask(files);
	assert_int_equal(answer.count, array_len(users) + 2);
	for (size_t i = 0; i < array_len(users); i++)
		assert_string_equal(shown(i, "user"), users[i]);
	assert_string_equal(shown(0, "path"), "/etc/sudoers.d/10-a");
	assert_int_equal(answer.rows[0].where.line, 3);
	assert_string_equal(shown(4, "kind"), "malformed"); /* itself */
	assert_string_equal(shown(5, "line"), "@include nowhere");
	assert_true(call_depends(&answer, "/etc/sudoers.d"));
	assert_true(call_depends(&answer, "/etc/nowhere"));
	gather_free(&gather);
}

test(what_sudo_refuses_is_malformed)
{
	static const char *const lines[] = {
		"ann",
		"ann ALL",
		"ann ALL=",
		"ann ALL=(root ALL",
		"ann ALL=/a,",
		"ann =ALL",
		",ann ALL=ALL",
		"ann ALL=/a : B",
		"\"ann ALL=ALL",
		"Defaults",
		"Defaults !umask=077",
		"Defaults a,",
		"User_Alias x = ann",
		"User_Alias X",
		"User_Alias X = ann b",
		"@include a b",
		"Cmnd_Alias X =",
		"Cmnd_Alias X = relative",
		"ann ALL=relative",
		"a(nn ALL=ALL",
		"an!n ALL=ALL",
		"ann:b ALL=ALL",
		"ann ALL=(root : %g) ALL",
		"ann ALL=NOPASSWD: CWD=/ ALL",
		"ann ALL=sha256:a sha256:b /x",
		"ann ALL=sha256:a@ /x",
		"Defaults use@pty",
		"ann ALL=ALL extra",
		"ann ALL=/a, relative",
	};
	for (size_t i = 0; i < array_len(lines); i++) {
		struct gather *gather = ask_text(lines[i]);
		assert_int_equal(answer.outcome, PROBE_ROWS);
		assert_int_equal(answer.count, 1);
		assert_string_equal(shown(0, "kind"), "malformed");
		assert_string_equal(shown(0, "malformed"), "true");
		assert_string_equal(shown(0, "line"), lines[i]);
		gather_free(&gather);
	}
}

test(a_nul_is_no_end)
{
	static const char text[] = "ann ALL=ALL\0\nbob ALL=ALL\n";
	struct gather *gather = call_gather_bytes("/etc/sudoers", text, sizeof(text) - 1, false);
	call = call_of("sudo_rules", "*");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.count, 2);
	assert_string_equal(shown(0, "malformed"), "true");
	assert_string_equal(shown(1, "user"), "bob");
	gather_free(&gather);
}

/* Forty aliases, each standing twice for the next. */
test(aliases_have_a_ceiling)
{
	struct buf text = {0};
	for (int i = 0; i < 40; i++)
		buf_print(&text, "User_Alias A%d = A%d, A%d\n", i, i + 1, i + 1);
	buf_cstr(&text, "A0 ALL=ALL\n");
	struct gather *gather = ask_text(text.at);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
	buf_end(&text);
	gather = ask_text("User_Alias A = A, B : B = A\nA ALL=ALL\n");
	assert_true(answer.outcome == PROBE_ERROR || answer.count == 1);
	gather_free(&gather);
}

test(a_long_line_is_malformed)
{
	char *text = mem_new(1, SUDOLINE_SIZE_MAX + 100);
	memset(text, 'a', SUDOLINE_SIZE_MAX + 50);
	struct gather *gather = ask_text(text);
	assert_int_equal(answer.count, 1);
	assert_string_equal(shown(0, "malformed"), "true");
	gather_free(&gather);
	mem_free(&text);
}

test(without_sudo_it_does_not_apply)
{
	struct gather *gather = ask(NULL);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	assert_true(call_depends(&answer, "/etc/sudoers"));
	gather_free(&gather);
	gather = ask_text("");
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 0);
	gather_free(&gather);
}

test(what_cannot_be_read_is_an_error)
{
	struct gather *gather = call_gather_denied("/etc/sudoers", false);
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
}
