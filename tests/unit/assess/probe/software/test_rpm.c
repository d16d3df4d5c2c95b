#include "assess/probe/software/rpm.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "assess/command/native.h"
#include "assess/engine/fixture.h"
#include "base/buf.h"
#include "unit.h"

#define ENTRIES_MAX 8

struct entry {
	uint32_t tag, type;
	const char *text; /* NULL: the number */
	uint32_t number;
};

static void put_number(struct buf *out, uint32_t number)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_char(out, (char)(number >> shift));
}

static void put_header(struct buf *out, const struct entry *entries, size_t count)
{
	scoped(buf_end) struct buf index = {0}, store = {0};
	for (size_t i = 0; i < count; i++) {
		put_number(&index, entries[i].tag);
		put_number(&index, entries[i].type);
		put_number(&index, (uint32_t)store.len);
		put_number(&index, 1);
		if (entries[i].text)
			buf_add(&store, entries[i].text, strlen(entries[i].text) + 1);
		else
			put_number(&store, entries[i].number);
	}
	put_number(out, (uint32_t)count);
	put_number(out, (uint32_t)store.len);
	buf_text(out, buf_view(&index));
	buf_text(out, buf_view(&store));
}

static const struct entry telnet[] = {{1000, 6, "telnet", 0},
				      {1001, 6, "0.17", 0},
				      {1002, 6, "85.el9", 0},
				      {1003, 4, NULL, 1},
				      {1022, 6, "x86_64", 0}};
static const struct entry aide[] = {
	{1000, 6, "aide", 0}, {1001, 6, "0.16", 0}, {1002, 6, "102.el9", 0}};

test(a_header_names_its_package)
{
	struct dpkg_package package;
	scoped(buf_end) struct buf header = {0};
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	put_header(&header, telnet, array_len(telnet));
	assert_true(rpm_header_read(buf_view(&header), arena, &package));
	assert_true(text_is(package.name, "telnet"));
	assert_true(text_is(package.version, "1:0.17-85.el9"));
	assert_true(text_is(package.architecture, "x86_64"));
	assert_true(dpkg_is_installed(&package));
	buf_clear(&header);
	put_header(&header, aide, array_len(aide));
	assert_true(rpm_header_read(buf_view(&header), arena, &package));
	assert_true(text_is(package.version, "0.16-102.el9"));
	assert_true(text_is(package.architecture, "(none)"));
}

test(what_is_no_header_is_refused)
{
	struct dpkg_package package;
	scoped(buf_end) struct buf header = {0};
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	put_header(&header, telnet, array_len(telnet));
	for (size_t len = 0; len < header.len; len++)
		assert_false(rpm_header_read((struct text){header.at, len}, arena, &package));
	static const struct {
		size_t at;
		unsigned char byte;
	} broken[] = {
		{0, 0xff},  /* more entries than there can be */
		{3, 0},     /* none */
		{4, 0xff},  /* a store that is not there */
		{16, 0xff}, /* the name stands beyond it */
		{11, 0},    /* no name */
		{15, 9},    /* a name that is no text */
	};
	for (size_t i = 0; i < array_len(broken); i++) {
		scoped(buf_end) struct buf copy = {0};
		buf_text(&copy, buf_view(&header));
		copy.at[broken[i].at] = (char)broken[i].byte;
		if (rpm_header_read(buf_view(&copy), arena, &package))
			fail_msg("row %zu", i);
	}
}

/* -------- databases -------- */

static void add_row(sqlite3 *db, const struct buf *header)
{
	sqlite3_stmt *add = NULL;
	assert_int_equal(
		sqlite3_prepare_v2(db, "INSERT INTO Packages(blob) VALUES(?)", -1, &add, NULL),
		SQLITE_OK);
	sqlite3_bind_blob(add, 1, header->at, (int)header->len, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(add), SQLITE_DONE);
	sqlite3_finalize(add);
}

static void put_database(struct buf *out, const char *schema, bool rows)
{
	sqlite3 *db = NULL;
	size_t len;
	const char *path = unit_text("%s/rpmdb.sqlite", unit_tmpdir());
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, schema, NULL, NULL, NULL), SQLITE_OK);
	scoped(buf_end) struct buf first = {0}, second = {0};
	put_header(&first, telnet, array_len(telnet));
	put_header(&second, aide, array_len(aide));
	if (rows) {
		add_row(db, &first);
		add_row(db, &second);
	}
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	const char *bytes = unit_read_file(path, &len);
	buf_add(out, bytes, len);
}

#define SCHEMA "CREATE TABLE Packages(hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)"

struct host {
	struct fixture *fixture;
	struct gather *gather;
};

static void end_host(struct host *host)
{
	gather_free(&host->gather);
	fixture_free(&host->fixture);
}

static struct host host_with(const char *path, const struct buf *database)
{
	struct err err = {0};
	struct host host = {.fixture = fixture_new()};
	const struct gather_config config = {.now_us = TIME_DAY_US};
	const struct fixture_file rpm = {
		.path = TEXT("/usr/bin/rpm"), .kind = GATHER_FILE, .mode = 0755};
	assert_true(fixture_add(host.fixture, &rpm, &err));
	assert_true(fixture_add_text(host.fixture, path, buf_view(database), &err));
	host.gather = fixture_gather(host.fixture, &config);
	return host;
}

test(a_database_tells_its_packages)
{
	static const char *const paths[] = {"/var/lib/rpm/rpmdb.sqlite",
					    "/usr/lib/sysimage/rpm/rpmdb.sqlite"};
	for (size_t i = 0; i < array_len(paths); i++) {
		struct text why;
		const struct dpkg_packages *packages;
		scoped(buf_end) struct buf database = {0};
		put_database(&database, SCHEMA, true);
		scoped(end_host) struct host host = host_with(paths[i], &database);
		assert_int_equal(rpm_read(host.gather, &packages, &why), GATHER_OK);
		assert_int_equal(packages->count, 2);
		assert_true(text_is(packages->at[0].name, "telnet"));
		assert_true(text_is(packages->at[1].path, paths[i]));
	}
}

test(without_a_database_there_are_none)
{
	struct text why;
	const struct dpkg_packages *packages;
	const struct buf nothing = {0};
	scoped(end_host) struct host host = host_with("/etc/x", &nothing);
	assert_int_equal(rpm_read(host.gather, &packages, &why), GATHER_MISSING);
	assert_int_equal(packages->count, 0);
}

test(a_database_that_cannot_be_read_is_an_error)
{
	scoped(buf_end) struct buf good = {0}, other = {0}, broken = {0}, junk = {0}, half = {0};
	put_database(&good, SCHEMA, true);
	put_database(&other, "CREATE TABLE Others(x)", false);
	put_database(&broken, SCHEMA "; INSERT INTO Packages(blob) VALUES('junk')", false);
	buf_cstr(&junk, "junk");
	buf_add(&half, good.at, good.len / 2);
	const struct {
		const char *path;
		const struct buf *bytes;
		const char *why;
	} table[] = {
		{"/var/lib/rpm/rpmdb.sqlite", &junk, "it is no SQLite database"},
		{"/var/lib/rpm/rpmdb.sqlite", &other, "no such table: Packages"},
		{"/var/lib/rpm/rpmdb.sqlite", &half, "malformed"},
		{"/var/lib/rpm/rpmdb.sqlite", &broken, "it holds packages that can't be read"},
		{"/var/lib/rpm/Packages", &junk, "rpm's older databases"},
		{"/var/lib/rpm/Packages.db", &junk, "rpm's older databases"},
	};
	for (size_t i = 0; i < array_len(table); i++) {
		struct text why = {0};
		const struct dpkg_packages *packages;
		scoped(end_host) struct host host = host_with(table[i].path, table[i].bytes);
		assert_int_equal(rpm_read(host.gather, &packages, &why), GATHER_FAILED);
		if (!why.at || !strstr(why.at, table[i].why))
			fail_msg("row %zu: %s", i, why.at ? why.at : "");
	}
}

/* -------- rpm -q -------- */

test(rpm_prints_what_it_has)
{
	static const struct {
		const char *words[6];
		const char *out;
		int exit;
	} table[] = {
		{{"rpm", "-q", "telnet", "nope"},
		 "telnet-0.17-85.el9.x86_64\npackage nope is not installed\n",
		 1},
		{{"rpm", "-q", "telnet-0.17", "telnet.x86_64"},
		 "telnet-0.17-85.el9.x86_64\ntelnet-0.17-85.el9.x86_64\n",
		 0},
		{{"rpm", "-q", "aide"}, "aide-0.16-102.el9\n", 0},
		{{"rpm", "-qa"}, "telnet-0.17-85.el9.x86_64\naide-0.16-102.el9\n", 0},
		{{"rpm", "-qa", "tel*"}, "telnet-0.17-85.el9.x86_64\n", 0},
		{{"rpm", "-qa", "x*"}, "", 0},
		{{"rpm", "-q", "--qf", "%{name}\\t%{EPOCH}\\n", "telnet"}, "telnet\t1\n", 0},
	};
	scoped(buf_end) struct buf database = {0};
	put_database(&database, SCHEMA, true);
	scoped(end_host) struct host host = host_with("/var/lib/rpm/rpmdb.sqlite", &database);
	for (size_t i = 0; i < array_len(table); i++) {
		struct text words[6];
		struct native_answer answer;
		struct native_call call = {.gather = host.gather, .argv = words};
		while (call.argc < array_len(words) && table[i].words[call.argc]) {
			words[call.argc] = text_of(table[i].words[call.argc]);
			call.argc++;
		}
		assert_true(native_run(&call, &answer));
		assert_int_equal(answer.outcome, NATIVE_PRINTED);
		if (!text_is(answer.out, table[i].out) || answer.exit != table[i].exit)
			fail_msg("row %zu: %.*s", i, TEXT_ARG(answer.out));
	}
}

test(what_rpm_is_asked_beyond_that_is_not_known)
{
	static const char *const table[][4] = {{"rpm", "-V", "telnet"},
					       {"rpm", "-q"},
					       {"rpm", "-qf", "/bin/ls"},
					       {"rpm", "-q", "/bin/ls"},
					       {"rpm", "-q", "--qf", "%{VENDOR}"}};
	for (size_t i = 0; i < array_len(table); i++) {
		struct text words[4];
		size_t count = 0;
		for (; count < 4 && table[i][count]; count++)
			words[count] = text_of(table[i][count]);
		if (native_knows(words, count))
			fail_msg("row %zu", i);
	}
}
