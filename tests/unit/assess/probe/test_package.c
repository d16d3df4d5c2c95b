#include "assess/probe/dpkg.h"
#include "unit.h"

#include <string.h>

#include "call.h"

#define STATUS "/var/lib/dpkg/status"

static const struct call_file files[] = {
	{STATUS,
	 "Package: bash\nStatus: install ok installed\nVersion: 5.2-1\nArchitecture: amd64\n"
	 "Description: x\n Version: 9\n\n"
	 "Package: libc6\nStatus: hold ok installed\nArchitecture: amd64\nVersion: 2.36-9\n\n"
	 "Package: libc6\nStatus: install ok installed\nArchitecture: i386\nVersion: 2.36-9\n\n"
	 "Package: telnetd\nStatus: deinstall ok config-files\nVersion: 1\n\n"
	 "Package: half\nStatus: install reinstreq half-installed\nVersion: 2"},
	{NULL, NULL},
};

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const struct call_file *of, const char *name)
{
	struct gather *gather = call_gather(of, true);
	call = call_of("package", name);
	call.fields = 0; /* nothing of apt's */
	probe_run(gather, &call, &answer);
	return gather;
}

test(knows_what_is_installed)
{
	static const struct {
		const char *name, *installed, *version, *state, *held;
		size_t count;
	} cases[] = {
		{"bash", "true", "5.2-1", "installed", "false", 1},
		{"telnetd", "false", "", "config-files", "false", 1},
		{"half", "true", "2", "half-installed", "false", 1},
		{"nano", "false", "", "not-installed", "false", 1},
		{"libc6", "true", "2.36-9", "installed", "true", 2},
		{"libc6:i386", "true", "2.36-9", "installed", "false", 1},
		{"lib*", "true", "2.36-9", "installed", "true", 2},
		{"ba", "false", "", "not-installed", "false", 1},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct gather *gather = ask(files, cases[i].name);
		assert_int_equal(answer.outcome, PROBE_ROWS);
		assert_int_equal(answer.count, cases[i].count);
		assert_string_equal(call_shown(&call, &answer, 0, "installed"), cases[i].installed);
		assert_string_equal(call_shown(&call, &answer, 0, "version"), cases[i].version);
		assert_string_equal(call_shown(&call, &answer, 0, "state"), cases[i].state);
		assert_string_equal(call_shown(&call, &answer, 0, "held"), cases[i].held);
		gather_free(&gather);
	}
}

test(evidence_is_the_stanza)
{
	struct gather *gather = ask(files, "bash");
	assert_int_equal(answer.rows[0].where.line, 1);
	assert_true(text_is(answer.rows[0].where.text, "bash 5.2-1: installed"));
	assert_true(call_depends(&answer, STATUS));
	gather_free(&gather);
}

test(reads_the_database_once)
{
	struct gather *gather = ask(files, "bash");
	uint64_t opens = gather_opens(gather);
	for (size_t i = 0; i < 50; i++)
		probe_run(gather, &call, &answer);
	assert_true(call_depends(&answer, STATUS));
	assert_int_equal(gather_opens(gather), opens);
	gather_free(&gather);
}

test(without_a_database_it_does_not_apply)
{
	struct gather *gather = ask(NULL, "bash");
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	assert_non_null(strstr(answer.reason.at, STATUS));
	assert_true(call_depends(&answer, STATUS));
	gather_free(&gather);
}

test(reads_what_distroless_images_have)
{
	static const struct call_file images[] = {
		{"/var/lib/dpkg/status.d/base", "Package: base-files\nVersion: 12\n"},
		{"/var/lib/dpkg/status.d/base.md5sums", "Package: wrong\nVersion: 12\n"},
		{"/var/lib/dpkg/status.d/netbase", "Package: netbase\nVersion: 6\n"},
		{NULL, NULL},
	};
	struct gather *gather = ask(images, "netbase");
	assert_string_equal(call_shown(&call, &answer, 0, "version"), "6");
	assert_string_equal(call_shown(&call, &answer, 0, "installed"), "true");
	for (int twice = 0; twice < 2; twice++) { /* read, and known already */
		assert_true(call_depends(&answer, "/var/lib/dpkg/status.d"));
		assert_true(call_depends(&answer, "/var/lib/dpkg/status.d/base"));
		assert_true(call_depends(&answer, "/var/lib/dpkg/status.d/netbase"));
		assert_false(call_depends(&answer, "/var/lib/dpkg/status.d/base.md5sums"));
		probe_run(gather, &call, &answer);
	}
	gather_free(&gather);
	gather = ask(images, "wrong");
	assert_string_equal(call_shown(&call, &answer, 0, "installed"), "false");
	gather_free(&gather);
}

test(pieces_may_end_anywhere)
{
	struct text text = text_of(files[0].text);
	for (size_t size = 1; size < 40; size++) {
		struct arena *arena = arena_new(128 << 20);
		struct dpkg_reader *reader = dpkg_reader_new(arena, TEXT("/x"));
		struct dpkg_packages packages;
		for (size_t at = 0; at < text.len; at += size) {
			size_t len = text.len - at < size ? text.len - at : size;
			dpkg_reader_add(reader, (struct text){text.at + at, len});
		}
		assert_true(dpkg_reader_end(reader, &packages));
		assert_int_equal(packages.count, 5);
		assert_true(text_is(packages.at[4].name, "half"));
		assert_true(text_is(packages.at[0].version, "5.2-1"));
		dpkg_reader_free(&reader);
		arena_free(&arena);
	}
}

test(fields_without_end_take_no_memory)
{
	struct arena *arena = arena_new(128 << 20);
	struct dpkg_reader *reader = dpkg_reader_new(arena, TEXT("/x"));
	struct dpkg_packages packages;
	for (size_t i = 0; i < 100000; i++)
		dpkg_reader_add(reader, TEXT("Version: 1\nPackage: x\n"));
	assert_true(arena_used(arena) < 1 << 16);
	assert_true(dpkg_reader_end(reader, &packages));
	assert_int_equal(packages.count, 1);
	assert_int_equal(packages.at[0].line, 200000);
	dpkg_reader_free(&reader);
	arena_free(&arena);
}
