#include "assess/probe/probe.h"
#include "unit.h"

#include <string.h>

#include "base/buf.h"

#include "call.h"

#define SSHD "/etc/ssh/sshd_config"
#define DROP "/etc/ssh/sshd_config.d/"

/* What is in the files, what is asked, what must come out; want NULL: not set. */
struct example {
	const char *what;
	struct call_file files[5];
	const char *path, *key, *section, *criterion, *of, *want;
	uint64_t line;
};

static void run(const struct example *example, struct probe_call *call, struct probe_answer *answer,
		struct gather *gather)
{
	*call = call_of("config", example->path);
	call_set(call, "key", example->key, 0);
	if (example->section)
		call_set(call, "section", example->section, 0);
	if (example->criterion)
		call_set_map(call, "match", example->criterion, example->of);
	struct err err = {0};
	assert_true(call->probe->check(call, &err));
	probe_run(gather, call, answer);
}

static void try_all(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct example *example = &examples[i];
		struct gather *gather = call_gather(example->files, true);
		struct probe_call call;
		struct probe_answer answer;
		run(example, &call, &answer, gather);
		const char *got = answer.count ? call_shown(&call, &answer, 0, "value") : NULL;
		bool right = answer.outcome == PROBE_ROWS &&
			     (got != NULL) == (example->want != NULL) &&
			     (!got || strcmp(got, example->want) == 0) &&
			     (!example->line || answer.rows[0].where.line == example->line);
		if (!right)
			fail_msg("%s: got %s (%s), wanted %s", example->what, got ? got : "nothing",
				 answer.reason.at ? answer.reason.at : "", example->want);
		gather_free(&gather);
	}
}

#define ASK(path, key) path, key, NULL, NULL, NULL

static const struct example reads_what_sshd_would_cases[] = {
	{"plain", {{SSHD, "Port 22\nPermitRootLogin no\n"}}, ASK(SSHD, "PermitRootLogin"), "no", 2},
	{"CRLF and no last line end",
	 {{SSHD, "\r\nPermitRootLogin no\r"}},
	 ASK(SSHD, "PermitRootLogin"),
	 "no",
	 2},
	{"keywords in any case",
	 {{SSHD, "PERMITROOTLOGIN no\n"}},
	 ASK(SSHD, "permitrootlogin"),
	 "no",
	 1},
	{"the first wins",
	 {{SSHD, "PermitRootLogin yes\nPermitRootLogin no\n"}},
	 ASK(SSHD, "PermitRootLogin"),
	 "yes",
	 1},
	{"a comment",
	 {{SSHD, "#PermitRootLogin no\n  # PermitRootLogin no\n"}},
	 ASK(SSHD, "PermitRootLogin"),
	 NULL,
	 0},
	{"indented", {{SSHD, " \t PermitRootLogin no\n"}}, ASK(SSHD, "PermitRootLogin"), "no", 1},
	{"an equals sign", {{SSHD, "PermitRootLogin=no\n"}}, ASK(SSHD, "PermitRootLogin"), "no", 1},
	{"one with space around",
	 {{SSHD, "PermitRootLogin = no\n"}},
	 ASK(SSHD, "PermitRootLogin"),
	 "no",
	 1},
	{"quotes", {{SSHD, "PermitRootLogin \"no\"\n"}}, ASK(SSHD, "PermitRootLogin"), "no", 1},
	{"a comment behind",
	 {{SSHD, "PermitRootLogin no # never\n"}},
	 ASK(SSHD, "PermitRootLogin"),
	 "no",
	 1},
	{"the old word",
	 {{SSHD, "PermitRootLogin without-password\n"}},
	 ASK(SSHD, "PermitRootLogin"),
	 "prohibit-password",
	 1},
	{"an old name",
	 {{SSHD, "ChallengeResponseAuthentication no\n"}},
	 ASK(SSHD, "KbdInteractiveAuthentication"),
	 "no",
	 1},
	{"a longer name", {{SSHD, "PermitRootLoginX no\n"}}, ASK(SSHD, "PermitRootLogin"), NULL, 0},
	{"a span", {{SSHD, "LoginGraceTime 1m30s\n"}}, ASK(SSHD, "LoginGraceTime"), "90 s", 1},
	{"seconds",
	 {{SSHD, "ClientAliveInterval 300\n"}},
	 ASK(SSHD, "ClientAliveInterval"),
	 "5 min",
	 1},
	{"ports add up", {{SSHD, "Port 22\nport 2222\n"}}, ASK(SSHD, "Port"), "22, 2222", 1},
	{"one port", {{SSHD, "Port 22\n"}}, ASK(SSHD, "Port"), "22", 1},
	{"users add up",
	 {{SSHD, "AllowUsers ann bob\nAllowUsers eve\n"}},
	 ASK(SSHD, "AllowUsers"),
	 "ann, bob, eve",
	 1},
	{"algorithms", {{SSHD, "Ciphers a,b\n"}}, ASK(SSHD, "Ciphers"), "a, b", 1},
	{"more algorithms", {{SSHD, "Ciphers +a\n"}}, ASK(SSHD, "Ciphers"), "(built-in), a", 1},
	{"missing", {{NULL, NULL}}, ASK(SSHD, "Port"), NULL, 0},
};

test(reads_what_sshd_would)
{
	try_all(reads_what_sshd_would_cases, array_len(reads_what_sshd_would_cases));
}

static const struct example follows_include_in_place_cases[] = {
	{"the included goes first",
	 {{SSHD, "Include /etc/ssh/sshd_config.d/*.conf\nPort 22\nUsePAM no\n"},
	  {DROP "50.conf", "UsePAM yes\n"}},
	 ASK(SSHD, "UsePAM"),
	 "yes",
	 1},
	{"what stands before goes first",
	 {{SSHD, "UsePAM no\nInclude sshd_config.d/*\n"}, {DROP "50.conf", "UsePAM yes\n"}},
	 ASK(SSHD, "UsePAM"),
	 "no",
	 1},
	{"by name",
	 {{SSHD, "Include sshd_config.d/*\n"},
	  {DROP "b", "UsePAM yes\n"},
	  {DROP "a", "UsePAM no\n"}},
	 ASK(SSHD, "UsePAM"),
	 "no",
	 1},
	{"dot files stay out",
	 {{SSHD, "Include sshd_config.d/*\n"}, {DROP ".a", "UsePAM no\n"}},
	 ASK(SSHD, "UsePAM"),
	 NULL,
	 0},
	{"a glob without files",
	 {{SSHD, "Include x/*\nUsePAM no\n"}},
	 ASK(SSHD, "UsePAM"),
	 "no",
	 2},
	{"two on a line",
	 {{SSHD, "include x y\n"}, {"/etc/ssh/y", "UsePAM no\n"}},
	 ASK(SSHD, "UsePAM"),
	 "no",
	 1},
	{"in a Match block it holds for the block only",
	 {{SSHD, "Match User ann\nInclude x\n"},
	  {"/etc/ssh/x", "UsePAM no\nMatch all\nUsePAM no\n"}},
	 ASK(SSHD, "UsePAM"),
	 NULL,
	 0},
	{"a Match in it ends with it",
	 {{SSHD, "Include x\nUsePAM yes\n"}, {"/etc/ssh/x", "Match User ann\nUsePAM no\n"}},
	 ASK(SSHD, "UsePAM"),
	 "yes",
	 2},
};

test(follows_include_in_place)
{
	try_all(follows_include_in_place_cases, array_len(follows_include_in_place_cases));
}

#define BLOCKS                                                                           \
	"X11Forwarding no\nMatch User ann,!eve Address 10.0.0.0/8\n X11Forwarding yes\n" \
	"Match all\nPermitTTY no\n"
#define ONE(line)                                           \
	{                                                   \
		{                                           \
			SSHD, "Match " line "\nUsePAM no\n" \
		}                                           \
	}
static const struct example keeps_match_blocks_apart_cases[] = {
	{"global", {{SSHD, BLOCKS}}, ASK(SSHD, "X11Forwarding"), "no", 1},
	{"Match all is for all", {{SSHD, BLOCKS}}, ASK(SSHD, "PermitTTY"), "no", 5},
	{"one criterion is not enough",
	 {{SSHD, BLOCKS}},
	 SSHD,
	 "X11Forwarding",
	 NULL,
	 "user",
	 "ann",
	 "no",
	 1},
	{"a block goes before the rest",
	 {{SSHD, "UsePAM yes\nMatch User a*\nUsePAM no\n"}},
	 SSHD,
	 "UsePAM",
	 NULL,
	 "user",
	 "ann",
	 "no",
	 3},
	{"not for others",
	 {{SSHD, "UsePAM yes\nMatch User a*\nUsePAM no\n"}},
	 SSHD,
	 "UsePAM",
	 NULL,
	 "user",
	 "bob",
	 "yes",
	 1},
	{"without match none holds", ONE("User *"), ASK(SSHD, "UsePAM"), NULL, 0},
	{"negated", ONE("User *,!ann"), SSHD, "UsePAM", NULL, "user", "ann", NULL, 0},
	{"negated alone matches nobody", ONE("User !bob"), SSHD, "UsePAM", NULL, "user", "ann",
	 NULL, 0},
	{"group", ONE("Group wheel"), SSHD, "UsePAM", NULL, "group", "users,wheel", "no", 2},
	{"a group too many", ONE("Group wheel,!users"), SSHD, "UsePAM", NULL, "group",
	 "users,wheel", NULL, 0},
	{"network", ONE("Address 192.0.2.0/24"), SSHD, "UsePAM", NULL, "address", "192.0.2.77",
	 "no", 2},
	{"another network", ONE("Address 192.0.2.0/24"), SSHD, "UsePAM", NULL, "address",
	 "192.0.3.77", NULL, 0},
	{"host in any case", ONE("Host *.Example.net"), SSHD, "UsePAM", NULL, "host",
	 "a.example.NET", "no", 2},
	{"port", ONE("LocalPort 2222"), SSHD, "UsePAM", NULL, "localport", "2222", "no", 2},
	{"equals sign", ONE("User=ann"), SSHD, "UsePAM", NULL, "user", "ann", "no", 2},
};

static const struct example match_all_cases[] = {
	{"Match all goes before what stands above it",
	 {{SSHD, "MaxSessions 2\nMatch all\nMaxSessions 9\n"}},
	 ASK(SSHD, "MaxSessions"),
	 "9",
	 3},
	{"in an included file too",
	 {{SSHD, "MaxSessions 2\nInclude x\n"}, {"/etc/ssh/x", "Match all\nMaxSessions 9\n"}},
	 ASK(SSHD, "MaxSessions"),
	 "9",
	 2},
};

test(match_all_holds_for_every_connection)
{
	try_all(match_all_cases, array_len(match_all_cases));
}

test(keeps_match_blocks_apart)
{
	try_all(keeps_match_blocks_apart_cases, array_len(keeps_match_blocks_apart_cases));
}

#define JOURNAL "/etc/systemd/journald.conf"

static const struct example reads_sections_as_systemd_does_cases[] = {
	{"the section",
	 {{JOURNAL, "Storage=a\n[Other]\nStorage=b\n[Journal]\nStorage = persistent\n"}},
	 JOURNAL,
	 "Storage",
	 "Journal",
	 NULL,
	 NULL,
	 "persistent",
	 5},
	{"the vendor's file",
	 {{"/usr/lib/systemd/journald.conf", "[Journal]\nStorage=auto\n"}},
	 JOURNAL,
	 "Storage",
	 "Journal",
	 NULL,
	 NULL,
	 "auto",
	 2},
	{"a drop-in wins",
	 {{JOURNAL, "[Journal]\nStorage=none\n"},
	  {"/usr/lib/systemd/journald.conf.d/1.conf", "[Journal]\nStorage=auto\n"}},
	 JOURNAL,
	 "Storage",
	 "Journal",
	 NULL,
	 NULL,
	 "auto",
	 2},
	{"by name over all folders",
	 {{"/etc/systemd/journald.conf.d/10.conf", "[Journal]\nStorage=a\n"},
	  {"/usr/lib/systemd/journald.conf.d/20.conf", "[Journal]\nStorage=b\n"}},
	 JOURNAL,
	 "Storage",
	 "Journal",
	 NULL,
	 NULL,
	 "b",
	 2},
	{"of one name the administrator's",
	 {{"/etc/systemd/journald.conf.d/10.conf", "[Journal]\nStorage=a\n"},
	  {"/usr/lib/systemd/journald.conf.d/10.conf", "[Journal]\nStorage=b\n"}},
	 JOURNAL,
	 "Storage",
	 "Journal",
	 NULL,
	 NULL,
	 "a",
	 2},
	{"an empty value takes back",
	 {{JOURNAL, "[Journal]\nStorage=a\nStorage=\n"}},
	 JOURNAL,
	 "Storage",
	 "Journal",
	 NULL,
	 NULL,
	 NULL,
	 0},
	{"servers add up",
	 {{"/etc/systemd/timesyncd.conf", "[Time]\nNTP=a b\nNTP=c\n"}},
	 "/etc/systemd/timesyncd.conf",
	 "NTP",
	 "Time",
	 NULL,
	 NULL,
	 "a, b, c",
	 2},
};

test(reads_sections_as_systemd_does)
{
	try_all(reads_sections_as_systemd_does_cases,
		array_len(reads_sections_as_systemd_does_cases));
}

#define MYSQL "/etc/mysql/my.cnf"
#define DEFS "/etc/login.defs"

static const struct example reads_other_formats_cases[] = {
	{"MySQL: includes and dashes",
	 {{MYSQL, "[mysqld]\nlocal_infile=1\n!includedir /etc/mysql/conf.d/\n"},
	  {"/etc/mysql/conf.d/a.cnf", "[mysqld]\nlocal-infile = 0 # off\n"}},
	 MYSQL,
	 "local-infile",
	 "mysqld",
	 NULL,
	 NULL,
	 "0",
	 2},
	{"MySQL: a key alone",
	 {{MYSQL, "[mysqld]\nskip-networking\n"}},
	 MYSQL,
	 "skip_networking",
	 "mysqld",
	 NULL,
	 NULL,
	 "",
	 2},
	{"login.defs: the last wins",
	 {{DEFS, "UMASK 022\n# UMASK 0\nUMASK\t\t077\n"}},
	 ASK(DEFS, "UMASK"),
	 "077",
	 3},
	{"login.defs: a comment behind",
	 {{DEFS, "PASS_MAX_DAYS 90 # days\n"}},
	 ASK(DEFS, "PASS_MAX_DAYS"),
	 "90",
	 1},
	{"shell style",
	 {{"/etc/default/x", "export A=\"b c\" # d\n"}},
	 ASK("/etc/default/x", "A"),
	 "b c",
	 1},
	{"a hash in a word", {{"/etc/default/x", "A=b#c\n"}}, ASK("/etc/default/x", "A"), "b#c", 1},
	{"postfix goes on",
	 {{"/etc/postfix/main.cf", "a = b,\n  c\nd = e\n"}},
	 ASK("/etc/postfix/main.cf", "a"),
	 "b, c",
	 1},
	{"auditd in any case",
	 {{"/etc/audit/auditd.conf", "SPACE_LEFT = 75\n"}},
	 ASK("/etc/audit/auditd.conf", "space_left"),
	 "75",
	 1},
	{"pwquality: the main file goes last",
	 {{"/etc/security/pwquality.conf", "minlen = 14\n"},
	  {"/etc/security/pwquality.conf.d/a.conf", "minlen = 8\ndcredit = -1\n"}},
	 ASK("/etc/security/pwquality.conf", "minlen"),
	 "14",
	 1},
	{"pwquality: its folder counts",
	 {{"/etc/security/pwquality.conf.d/a.conf", "dcredit = -1\n"}},
	 ASK("/etc/security/pwquality.conf", "dcredit"),
	 "-1",
	 1},
	{"an ini by its looks",
	 {{"/etc/x.conf", "; c\n[a]\nk=1\n"}},
	 ASK("/etc/x.conf", "k"),
	 "1",
	 3},
	{"sysctl",
	 {{"/etc/sysctl.conf", "net/ipv4/ip_forward = 1\n"}},
	 ASK("/etc/sysctl.conf", "net.ipv4.ip_forward"),
	 "1",
	 1},
};

test(reads_other_formats)
{
	try_all(reads_other_formats_cases, array_len(reads_other_formats_cases));
}

static void ask(const struct call_file *files, const char *key, const char *fallback,
		struct probe_answer *answer, struct gather **gather)
{
	struct probe_call call = call_of("config", SSHD);
	call_set(&call, "key", key, 0);
	if (fallback)
		call_set(&call, "default", fallback, 0);
	*gather = call_gather(files, true);
	probe_run(*gather, &call, answer);
}

test(a_default_says_what_absence_means)
{
	static const struct call_file files[] = {{SSHD, "Port 22\n"}, {NULL, NULL}};
	struct gather *gather;
	struct probe_answer answer;
	ask(files, "Ciphers", "a,b", &answer, &gather);
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.rows[0].values[0].type, VALUE_LIST);
	assert_int_equal(answer.rows[0].values[0].count, 2);
	gather_free(&gather);
	ask(files, "Ciphers", NULL, &answer, &gather);
	assert_int_equal(answer.count, 0);
	assert_string_equal(answer.reason.at, "Ciphers is not set in " SSHD);
	assert_true(call_depends(&answer, SSHD));
	gather_free(&gather);
	ask(NULL, "Ciphers", NULL, &answer, &gather);
	assert_string_equal(answer.reason.at, SSHD " is missing");
	gather_free(&gather);
}

test(what_sshd_would_not_start_with_is_an_error)
{
	static const struct call_file open_quote[] = {{SSHD, "Banner \"x\nPort 22\n"},
						      {NULL, NULL}};
	static const struct call_file loop[] = {{SSHD, "Include sshd_config\n"}, {NULL, NULL}};
	struct gather *gather;
	struct probe_answer answer;
	ask(open_quote, "Banner", NULL, &answer, &gather);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	assert_string_equal(answer.reason.at,
			    SSHD ":1: a quote has no end: sshd does not start so");
	gather_free(&gather);
	ask(loop, "Banner", NULL, &answer, &gather);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	assert_non_null(strstr(answer.reason.at, "deeper than 16"));
	gather_free(&gather);
}

test(included_files_are_dependencies_though_missing)
{
	static const struct call_file files[] = {{SSHD, "Include x.conf d/*\n"}, {NULL, NULL}};
	struct gather *gather;
	struct probe_answer answer;
	ask(files, "Port", NULL, &answer, &gather);
	assert_true(call_depends(&answer, "/etc/ssh/x.conf"));
	assert_true(call_depends(&answer, "/etc/ssh/d"));
	gather_free(&gather);
}

test(refuses_what_makes_no_sense)
{
	static const struct {
		const char *path, *key, *criterion, *part;
	} cases[] = {
		{"sshd_config", "a", NULL, "begins with /"},
		{SSHD "*", "a", NULL, "main file"},
		{SSHD, "", NULL, "key:"},
		{SSHD, "a", "usr", "unknown \"usr\""},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct probe_call call = call_of("config", cases[i].path);
		struct err err = {0};
		call_set(&call, "key", cases[i].key, 0);
		if (cases[i].criterion)
			call_set_map(&call, "match", cases[i].criterion, "x");
		assert_false(call.probe->check(&call, &err));
		assert_int_equal(err.kind, ERR_INPUT);
		assert_non_null(strstr(err.text, cases[i].part));
	}
}

/* One line, many times over, in one file. */
static void ask_repeated(const char *path, const char *line, size_t times, const char *key,
			 struct probe_answer *answer, struct gather **gather)
{
	struct buf text = {0};
	struct probe_call call = call_of("config", path);
	call_set(&call, "key", key, 0);
	for (size_t i = 0; i < times; i++)
		buf_cstr(&text, line);
	struct call_file files[] = {{path, text.at}, {NULL, NULL}};
	*gather = call_gather(files, true);
	probe_run(*gather, &call, answer);
	buf_end(&text);
}

test(what_repeats_without_end_is_an_error)
{
	static const struct {
		const char *path, *line, *key, *part;
	} cases[] = {
		{"/etc/login.defs", "UMASK 022\n", "UMASK", "set more than 4096 times"},
		{"/etc/x.ini", "k = 022\n", "k", "set more than 4096 times"},
		{"/etc/sysctl.conf", "k.v = 022\n", "k.v", "set more than 4096 times"},
		{SSHD, "AllowUsers ann\n", "AllowUsers", "set more than 4096 times"},
		{SSHD, "Include *.no\n", "AllowUsers", "more than 512 files"},
		{"/etc/mysql/my.cnf", "!includedir /no\n", "k", "more than 512 files"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct gather *gather;
		struct probe_answer answer;
		ask_repeated(cases[i].path, cases[i].line, 5000, cases[i].key, &answer, &gather);
		assert_int_equal(answer.outcome, PROBE_ERROR);
		assert_non_null(strstr(answer.reason.at, cases[i].part));
		assert_non_null(strstr(answer.reason.at, cases[i].path));
		gather_free(&gather);
	}
}

test(other_lines_without_end_are_read)
{
	static const char *const paths[] = {"/etc/login.defs", "/etc/x.ini", "/etc/sysctl.conf",
					    SSHD};
	for (size_t i = 0; i < array_len(paths); i++) {
		struct gather *gather;
		struct probe_answer answer;
		ask_repeated(paths[i], "other.key = 1\n", 200000, "key", &answer, &gather);
		assert_int_equal(answer.outcome, PROBE_ROWS);
		assert_int_equal(answer.count, 0);
		assert_true(arena_used(gather_arena(gather)) < 1 << 20);
		gather_free(&gather);
	}
}
