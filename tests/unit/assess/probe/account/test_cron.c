#include "assess/host/account/crontab.h"
#include "unit.h"

#include "call.h"

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const struct call_file *files)
{
	struct gather *gather = call_gather(files, false);
	call = call_of("cron", "*");
	probe_run(gather, &call, &answer);
	return gather;
}

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

test(takes_lines_apart)
{
	static const struct {
		const char *line;
		enum crontab_form form;
		enum crontab_kind kind;
		const char *schedule, *user, *name, *command;
	} cases[] = {
		{"17 * * * * root run-parts x", CRONTAB_SYSTEM, CRONTAB_JOB, "17 * * * *", "root",
		 "", "run-parts x"},
		{"*/5 1-3,5 1 jan sun\t/x  a", CRONTAB_USER, CRONTAB_JOB, "*/5 1-3,5 1 jan sun", "",
		 "", "/x  a"},
		{"@Reboot /x", CRONTAB_USER, CRONTAB_JOB, "@Reboot", "", "", "/x"},
		{"@daily root /x", CRONTAB_SYSTEM, CRONTAB_JOB, "@daily", "root", "", "/x"},
		{"0~59 * * * * /x", CRONTAB_USER, CRONTAB_JOB, "0~59 * * * *", "", "", "/x"},
		{"7 25 cron.weekly nice x", CRONTAB_ANACRON, CRONTAB_JOB, "7 25", "", "cron.weekly",
		 "nice x"},
		{"@monthly 45 m x", CRONTAB_ANACRON, CRONTAB_JOB, "@monthly 45", "", "m", "x"},
		{"MAILTO=root", CRONTAB_SYSTEM, CRONTAB_VARIABLE, "", "", "MAILTO", ""},
		{"\"A B\" = c", CRONTAB_USER, CRONTAB_VARIABLE, "", "", "A B", ""},
		{"X =", CRONTAB_USER, CRONTAB_VARIABLE, "", "", "X", ""},
		{"17 * * * root", CRONTAB_SYSTEM, CRONTAB_MALFORMED, NULL, NULL, NULL, NULL},
		{"17 * * * * root", CRONTAB_SYSTEM, CRONTAB_MALFORMED, NULL, NULL, NULL, NULL},
		{"17 * * * *", CRONTAB_USER, CRONTAB_MALFORMED, NULL, NULL, NULL, NULL},
		{"@sometimes x", CRONTAB_USER, CRONTAB_MALFORMED, NULL, NULL, NULL, NULL},
		{"a b c d e f", CRONTAB_USER, CRONTAB_MALFORMED, NULL, NULL, NULL, NULL},
		{"x 25 a b", CRONTAB_ANACRON, CRONTAB_MALFORMED, NULL, NULL, NULL, NULL},
		{"1 x a b", CRONTAB_ANACRON, CRONTAB_MALFORMED, NULL, NULL, NULL, NULL},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct crontab_line line;
		assert_int_equal(crontab_parse(text_of(cases[i].line), cases[i].form, &line),
				 cases[i].kind);
		if (cases[i].kind == CRONTAB_MALFORMED)
			continue;
		assert_true(text_is(line.schedule, cases[i].schedule));
		assert_true(text_is(line.user, cases[i].user));
		assert_true(text_is(line.name, cases[i].name));
		assert_true(text_is(line.command, cases[i].command));
	}
}

test(finds_all_places)
{
	static const struct call_file files[] = {
		{"/etc/crontab", "# c\n\nMAILTO=root\n1 * * * * root /a\n"},
		{"/etc/anacrontab", "1 5 day /b\n"},
		{"/etc/cron.d/good", "@reboot www /c\n"},
		{"/etc/cron.d/bad.name", "@reboot www /d\n"},
		{"/etc/cron.d/.placeholder", "# DO NOT EDIT\n"},
		{"/etc/cron.daily/script", "#!/bin/sh\n"},
		{"/var/spool/cron/crontabs/ann", "2 * * * * /e\nbroken\n"},
		{"/var/spool/cron/bob", "3 * * * * /f"},
		{NULL, NULL}};
	static const struct {
		const char *kind, *user, *schedule, *command, *ignored;
	} rows[] = {
		{"variable", "", "", "", "false"},
		{"job", "root", "1 * * * *", "/a", "false"},
		{"anacron", "root", "1 5", "/b", "false"},
		{"job", "www", "@reboot", "/d", "true"},
		{"job", "www", "@reboot", "/c", "false"},
		{"script", "root", "@daily", "/etc/cron.daily/script", "true"}, /* not executable */
		{"job", "ann", "2 * * * *", "/e", "false"},
		{"malformed", "", "", "", "false"},
		{"job", "bob", "3 * * * *", "/f", "false"},
	};
	struct gather *gather = ask(files);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, array_len(rows));
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_string_equal(shown(i, "kind"), rows[i].kind);
		assert_string_equal(shown(i, "user"), rows[i].user);
		assert_string_equal(shown(i, "schedule"), rows[i].schedule);
		assert_string_equal(shown(i, "command"), rows[i].command);
		assert_string_equal(shown(i, "ignored"), rows[i].ignored);
	}
	assert_int_equal(answer.rows[1].where.line, 4);
	assert_true(call_depends(&answer, "/etc/cron.weekly"));
	gather_free(&gather);
}

test(who_may_write_decides_whether_cron_takes_it)
{
	static const struct {
		uint32_t mode, uid;
		const char *ignored;
	} cases[] = {{0644, 0, "false"}, {0664, 0, "true"}, {0646, 0, "true"}, {0644, 7, "true"}};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct err err = {0};
		struct fixture *fixture = fixture_new();
		struct fixture_file file = {.path = TEXT("/etc/cron.d/a"),
					    .kind = GATHER_FILE,
					    .mode = cases[i].mode,
					    .uid = cases[i].uid,
					    .content = TEXT("@daily root /x\n")};
		assert_true(fixture_add(fixture, &file, &err));
		struct gather *gather = fixture_gather(fixture, &(struct gather_config){0});
		call = call_of("cron", "*");
		probe_run(gather, &call, &answer);
		assert_int_equal(answer.count, 1);
		assert_string_equal(shown(0, "ignored"), cases[i].ignored);
		gather_free(&gather);
		fixture_free(&fixture);
	}
}

test(cronie_takes_other_names)
{
	static const struct {
		const char *path, *ignored;
	} cases[] = {{"/etc/cron.d/a.b", "false"},
		     {"/etc/cron.d/a~", "true"},
		     {"/etc/cron.d/a.rpmnew", "true"},
		     {"/etc/cron.d/.a", "true"},
		     {"/etc/cron.d/a b", "false"}};
	for (size_t i = 0; i < array_len(cases); i++) {
		const struct call_file files[] = {{cases[i].path, "@daily root /x\n"},
						  {"/var/lib/rpm/rpmdb.sqlite", ""},
						  {NULL, NULL}};
		struct gather *gather = ask(files);
		assert_int_equal(answer.count, 1);
		assert_string_equal(shown(0, "ignored"), cases[i].ignored);
		gather_free(&gather);
	}
}

test(without_cron_it_does_not_apply)
{
	struct gather *gather = ask(NULL);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	gather_free(&gather);
}

test(what_cannot_be_read_is_an_error)
{
	static const char *const paths[] = {"/etc/crontab", "/etc/cron.d/a",
					    "/var/spool/cron/crontabs/ann", "/etc/anacrontab"};
	for (size_t i = 0; i < array_len(paths); i++) {
		struct gather *gather = call_gather_denied(paths[i], false);
		call = call_of("cron", "*");
		probe_run(gather, &call, &answer);
		assert_int_equal(answer.outcome, PROBE_ERROR);
		gather_free(&gather);
	}
}
