#include "assess/host/account/utmp.h"
#include "unit.h"

#include <string.h>

#include "call.h"

static struct probe_answer answer;
static struct probe_call call;

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

static const int64_t now_s = CALL_NOW_US / TIME_SECOND_US;

/* A file of records in one layout, made as the C library writes it. */
struct file {
	enum utmp_layout layout;
	size_t len;
	char bytes[2400];
};

static void put(char *at, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at[i] = (char)(number >> (8 * i));
}

static void put_text(char *at, const char *text)
{
	memcpy(at, text, strlen(text));
}

static void add(struct file *file, int type, const char *terminal, const char *user,
		const char *host, int64_t at_s)
{
	bool wide = file->layout == UTMP_400;
	char *record = file->bytes + file->len;
	must(file->len + 400 <= sizeof(file->bytes));
	put(record, (uint64_t)type, 2);
	put(record + 4, 812, 4);
	put_text(record + 8, terminal);
	put_text(record + 44, user);
	put_text(record + 76, host);
	put(record + (wide ? 344 : 340), (uint64_t)at_s, wide ? 8 : 4);
	put(record + (wide ? 352 : 344), 250000, wide ? 8 : 4);
	file->len += utmp_size(file->layout);
}

static void add_last(struct file *file, const char *terminal, int64_t at_s)
{
	bool wide = file->layout == LASTLOG_296;
	char *record = file->bytes + file->len;
	must(file->len + 296 <= sizeof(file->bytes));
	put(record, (uint64_t)at_s, wide ? 8 : 4);
	put_text(record + (wide ? 8 : 4), terminal);
	file->len += utmp_size(file->layout);
}

static struct gather *ask_bytes(const char *path, const void *bytes, size_t len)
{
	struct gather *gather = call_gather_bytes(path, bytes, len, true);
	call = call_of("logins", "*");
	probe_run(gather, &call, &answer);
	return gather;
}

test(reads_both_layouts)
{
	static const enum utmp_layout layouts[] = {UTMP_384, UTMP_400};
	for (size_t i = 0; i < array_len(layouts); i++) {
		struct file file = {.layout = layouts[i]};
		add(&file, 2, "~", "reboot", "6.1.0", now_s - 9000);
		add(&file, 7, "pts/0", "root", "192.0.2.7", now_s - 3600);
		char *address = file.bytes + file.len - utmp_size(layouts[i]) +
				(layouts[i] == UTMP_384 ? 348 : 360);
		put_text(address, "\x0a\x01\x02\x03");
		add(&file, 8, "pts/0", "", "", now_s - 1800);
		add(&file, 1, "~", "shutdown", "6.1.0", now_s - 60);
		add(&file, 0, "", "", "", 0);
		struct gather *gather = ask_bytes("/var/log/wtmp", file.bytes, file.len);
		assert_int_equal(answer.outcome, PROBE_ROWS);
		assert_int_equal(answer.count, 4);
		assert_string_equal(shown(0, "kind"), "boot");
		assert_string_equal(shown(1, "kind"), "login");
		assert_string_equal(shown(1, "source"), "wtmp");
		assert_string_equal(shown(1, "user"), "root");
		assert_string_equal(shown(1, "terminal"), "pts/0");
		assert_string_equal(shown(1, "host"), "192.0.2.7");
		assert_string_equal(shown(1, "address"), "10.1.2.3");
		assert_string_equal(shown(1, "pid"), "812");
		assert_int_equal(call_value(&call, &answer, 1, "time")->number,
				 (now_s - 3600) * TIME_SECOND_US + 250000);
		assert_int_equal(call_value(&call, &answer, 1, "age")->number,
				 3600 * TIME_SECOND_US - 250000);
		assert_string_equal(shown(2, "kind"), "logout");
		assert_string_equal(shown(3, "kind"), "shutdown");
		assert_int_equal(answer.rows[1].where.line, 2);
		assert_true(call_depends(&answer, "/var/log/wtmp"));
		gather_free(&gather);
	}
}

/* A size that both layouts have: 25 records of 384 bytes are 24 of 400. */
test(the_records_tell_the_layout)
{
	struct file file = {.layout = UTMP_384};
	static char bytes[9600];
	add(&file, 7, "pts/1", "ann", "h", now_s - 5);
	for (size_t i = 0; i < 25; i++)
		memcpy(bytes + i * 384, file.bytes, 384);
	struct gather *gather = ask_bytes("/run/utmp", bytes, sizeof(bytes));
	assert_int_equal(answer.count, 25);
	assert_string_equal(shown(24, "user"), "ann");
	gather_free(&gather);
}

test(a_name_that_is_no_account_is_not_told)
{
	struct err err = {0};
	struct file file = {.layout = UTMP_384};
	add(&file, 6, "ssh:notty", "hunter2", "198.51.100.1", now_s - 5);
	add(&file, 7, "tty1", "ann", "", now_s - 4);
	struct fixture *fixture = fixture_new();
	struct fixture_file btmp = {.path = TEXT("/var/log/btmp"),
				    .kind = GATHER_FILE,
				    .content = {file.bytes, file.len}};
	assert_true(fixture_add(fixture, &btmp, &err));
	assert_true(fixture_add_text(fixture, "/etc/passwd",
				     TEXT("ann:x:1000:1000::/home/ann:/bin/sh\n"), &err));
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){0});
	call = call_of("logins", "*");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.count, 2);
	assert_string_equal(shown(0, "kind"), "failed");
	assert_string_equal(shown(0, "user"), "");
	assert_string_equal(shown(0, "known"), "false");
	assert_string_equal(shown(0, "address"), "198.51.100.1");
	assert_false(text_find(answer.rows[0].where.text, TEXT("hunter2"), &(size_t){0}));
	assert_string_equal(shown(1, "user"), "ann");
	assert_string_equal(shown(1, "known"), "true");
	gather_free(&gather);
	fixture_free(&fixture);
}

test(reads_lastlog)
{
	static const enum utmp_layout layouts[] = {LASTLOG_292, LASTLOG_296};
	for (size_t i = 0; i < array_len(layouts); i++) {
		struct file file = {.layout = layouts[i]};
		add_last(&file, "", 0);
		add_last(&file, "pts/2", now_s - 100);
		add_last(&file, "", 0);
		add_last(&file, "tty1", now_s - 50);
		struct gather *gather = ask_bytes("/var/log/lastlog", file.bytes, file.len);
		assert_int_equal(answer.outcome, PROBE_ROWS);
		assert_int_equal(answer.count, 2);
		assert_string_equal(shown(0, "kind"), "last");
		assert_string_equal(shown(0, "user"), "1");
		assert_string_equal(shown(1, "user"), "3");
		assert_string_equal(shown(1, "terminal"), "tty1");
		gather_free(&gather);
	}
}

test(chooses_source_and_time)
{
	struct file file = {.layout = UTMP_384};
	add(&file, 7, "pts/0", "root", "", now_s - 7200);
	add(&file, 7, "pts/0", "root", "", now_s - 60);
	struct gather *gather = call_gather_bytes("/var/log/wtmp", file.bytes, file.len, true);
	call = call_of("logins", "*");
	call_set(&call, "since", "1h", 3600 * TIME_SECOND_US);
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.count, 1);
	call_set(&call, "source", "btmp", 0);
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	gather_free(&gather);
}

test(what_is_no_record_does_not_vanish)
{
	struct file file = {.layout = UTMP_384};
	add(&file, 7, "pts/0", "root", "", now_s - 60);
	add(&file, 99, "pts/0", "root", "", now_s - 60);
	struct gather *gather = ask_bytes("/var/log/wtmp", file.bytes, file.len - 1);
	assert_int_equal(answer.count, 2);
	assert_string_equal(shown(1, "kind"), "malformed"); /* half written */
	gather_free(&gather);
	gather = ask_bytes("/var/log/wtmp", file.bytes, file.len);
	assert_int_equal(answer.count, 2);
	assert_string_equal(shown(1, "kind"), "malformed");
	gather_free(&gather);
	gather = ask_bytes("/var/log/wtmp", "", 0);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 0);
	gather_free(&gather);
}

test(a_database_is_not_read)
{
	static const struct call_file files[] = {{"/var/lib/wtmpdb/wtmp.db", "SQLite format 3"},
						 {"/var/log/wtmp", ""},
						 {NULL, NULL}};
	struct gather *gather = call_gather(files, true);
	call = call_of("logins", "*");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	assert_non_null(strstr(answer.reason.at, "wtmp.db"));
	gather_free(&gather);
}

test(three_outcomes)
{
	struct gather *gather = call_gather(NULL, true);
	call = call_of("logins", "*");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	assert_true(call_depends(&answer, "/var/log/btmp"));
	gather_free(&gather);
	gather = call_gather_denied("/var/log/btmp", true);
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
}
