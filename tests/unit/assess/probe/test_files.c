#include "assess/probe/probe.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "call.h"

static const struct call_file tree[] = {
	{"/a/x.conf", "gpgcheck=1\nb=2\n"}, {"/a/b/y.conf", "gpgcheck=0\n"},
	{"/a/b/c/z.conf", "gpgcheck=1\n"},  {"/a/b/c/big", "0123456789"},
	{"/proc/x.conf", "gpgcheck=1\n"},   {NULL, NULL},
};

static struct probe_answer answer;
static struct probe_call call;

/* The paths that were found, with spaces between. */
static const char *found(void)
{
	static char out[1024];
	out[0] = '\0';
	for (size_t i = 0; i < answer.count; i++) {
		size_t len = strlen(out);
		snprintf(out + len, sizeof(out) - len, "%s%.*s", i ? " " : "",
			 TEXT_ARG(answer.rows[i].where.path));
	}
	return out;
}

static void begin(const char *path)
{
	call = call_of("files", "");
	call.fields = 0;
	call_set_list(&call, "path", path, NULL);
}

static struct gather *ask(void)
{
	struct err err = {0};
	struct gather *gather = call_gather(tree, true);
	assert_true(call.probe->check(&call, &err));
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	return gather;
}

test(finds_by_each_condition)
{
	static const struct {
		const char *path, *param, *text, *want;
	} cases[] = {
		{"/a", "name", "\\.conf$", "/a/b/c/z.conf /a/b/y.conf /a/x.conf"},
		{"/a", "name", "^z", "/a/b/c/z.conf"},
		{"/a", "content", "^gpgcheck=1$", "/a/b/c/z.conf /a/x.conf"},
		{"/a/x.conf", "content", "^b", "/a/x.conf"},
		{"/a/*.conf", "content", "^gpg", "/a/x.conf"},
		{"/", "content", "^gpgcheck=1$", "/a/b/c/z.conf /a/x.conf"},
		{"/proc", "name", "x", "/proc/x.conf"},
		{"/a", "size", "<11", "/a/b/c/big"},
		{"/a", "size", "10", "/a/b/c/big"},
		{"/a", "size", ">1k", ""},
		{"/a", "mode", "^-rw-r--r--$", "/a/b/c/big /a/b/c/z.conf /a/b/y.conf /a/x.conf"},
		{"/a", "mtime", "<90d", ""},
		{"/a", "mtime", ">90d", "/a/b/c/big /a/b/c/z.conf /a/b/y.conf /a/x.conf"},
		{"/a", "digest", "md5:781E5E245D69B566979B86E28D23F2C7", "/a/b/c/big"},
		{"/nowhere", "name", "x", ""},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		begin(cases[i].path);
		call_set_list(&call, cases[i].param, cases[i].text, NULL);
		struct gather *gather = ask();
		if (strcmp(found(), cases[i].want) != 0)
			fail_msg("%s %s: got %s", cases[i].param, cases[i].text, found());
		assert_true(answer.count > 0 || answer.reason.len > 0);
		gather_free(&gather);
	}
}

test(all_conditions_must_hold)
{
	begin("/a");
	call_set_list(&call, "name", "conf$", "^[xy]");
	call_set_list(&call, "content", "gpgcheck=1", NULL);
	struct gather *gather = ask();
	assert_string_equal(found(), "/a/x.conf");
	assert_int_equal(answer.rows[0].where.line, 1);
	assert_true(text_is(answer.rows[0].where.text, "gpgcheck=1"));
	assert_true(call_depends(&answer, "/a/**"));
	gather_free(&gather);
}

test(mismatch_turns_a_kind_around)
{
	begin("/a");
	call_set_list(&call, "name", "conf$", NULL);
	call_set_list(&call, "content", "gpgcheck=1", NULL);
	call_set_list(&call, "mismatch", "content", NULL);
	struct gather *gather = ask();
	assert_string_equal(found(), "/a/b/y.conf");
	gather_free(&gather);
}

test(every_line_means_each)
{
	begin("/a");
	call_set_list(&call, "content", "^gpgcheck=", NULL);
	call_set(&call, "every_line", "true", 1);
	struct gather *gather = ask();
	assert_string_equal(found(), "/a/b/c/z.conf /a/b/y.conf");
	gather_free(&gather);
}

test(depth_and_limit_hold)
{
	begin("/a");
	call_set(&call, "depth", "2", 2);
	struct gather *gather = ask();
	assert_string_equal(found(), "/a/b/y.conf /a/x.conf");
	gather_free(&gather);
	begin("/a/");
	call_set(&call, "limit", "1", 1);
	gather = ask();
	assert_int_equal(answer.count, 1);
	gather_free(&gather);
}

test(folders_when_asked)
{
	begin("/a");
	call_set(&call, "kind", "directory", 0);
	struct gather *gather = ask();
	assert_string_equal(found(), "/a /a/b /a/b/c");
	gather_free(&gather);
}

test(what_did_not_match_when_asked)
{
	begin("/a");
	call_set_list(&call, "name", "conf$", NULL);
	call_set_list(&call, "content", "gpgcheck=1", NULL);
	call_set(&call, "rest", "true", 1);
	struct gather *gather = ask();
	assert_string_equal(found(), "/a/b/c/z.conf /a/b/y.conf /a/x.conf");
	assert_string_equal(call_shown(&call, &answer, 0, "matched"), "true");
	assert_string_equal(call_shown(&call, &answer, 1, "matched"), "false");
	gather_free(&gather);
}

test(a_file_below_two_paths_is_told_of_once)
{
	call = call_of("files", "");
	call.fields = 0;
	call_set_list(&call, "path", "/a/b", "/a");
	struct gather *gather = ask();
	assert_string_equal(found(), "/a/b/c/big /a/b/c/z.conf /a/b/y.conf /a/x.conf");
	gather_free(&gather);
}

static void deny(struct fixture *fixture)
{
	struct err err = {0};
	struct fixture_file denied = {
		.path = TEXT("/a/denied"), .kind = GATHER_FILE, .mode = 0600, .denied = true};
	assert_true(fixture_add(fixture, &denied, &err));
	assert_true(fixture_add_text(fixture, "/a/open", TEXT("1\n"), &err));
}

test(what_cannot_be_read_is_an_error_unless_some_are_allowed)
{
	struct fixture *fixture = fixture_new();
	deny(fixture);
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){.now_us = 1});
	begin("/a");
	call_set_list(&call, "content", "1", NULL);
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	assert_string_equal(answer.reason.at, "cannot read /a/denied: permission denied");
	call_set(&call, "max_errors", "1", 1);
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_string_equal(found(), "/a/open");
	assert_non_null(strstr(answer.reason.at, "1 could not be read"));
	gather_free(&gather);
	fixture_free(&fixture);
}

static const char *const digests[] = {"md5:781e5e245d69b566979b86e28d23f2c7",
				      "sha1:87acec17cd9dcd20a716cc2cf67417b71c8a7016"};

/* Asks for one condition, on a gather that has been asked before. */
static void ask_again(struct gather *gather, const char *param, const char *text)
{
	begin("/a");
	call_set_list(&call, param, text, NULL);
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_true(call_depends(&answer, "/a/**"));
}

test(many_searches_of_one_tree_share_a_walk_and_each_files_reading)
{
	struct gather *gather = call_gather(tree, true);
	ask_again(gather, "digest", digests[0]);
	assert_string_equal(found(), "/a/b/c/big");
	assert_int_equal(gather_lists(gather), 3);
	assert_int_equal(gather_opens(gather), 4);
	ask_again(gather, "digest", "md5:00000000000000000000000000000000");
	assert_int_equal(gather_opens(gather), 4); /* kept by file and algorithm */
	ask_again(gather, "digest", digests[1]);
	assert_int_equal(gather_opens(gather), 8);
	ask_again(gather, "content", "^gpgcheck=1$");
	assert_string_equal(found(), "/a/b/c/z.conf /a/x.conf");
	assert_int_equal(gather_opens(gather), 12);
	ask_again(gather, "content", "^gpgcheck=0$");
	assert_string_equal(found(), "/a/b/y.conf");
	ask_again(gather, "digest",
		  "sha256:84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882");
	assert_string_equal(found(), "/a/b/c/big");
	assert_int_equal(gather_opens(gather), 12); /* of the content that is at hand */
	assert_int_equal(gather_lists(gather), 3);
	gather_free(&gather);
}

test(several_digests_of_one_search_take_one_reading)
{
	struct gather *gather = call_gather(tree, true);
	begin("/a");
	call_set_list(&call, "digest", digests[0], digests[1]);
	probe_run(gather, &call, &answer);
	assert_string_equal(found(), "/a/b/c/big");
	assert_int_equal(gather_opens(gather), 4);
	ask_again(gather, "digest", digests[1]);
	assert_string_equal(found(), "/a/b/c/big");
	assert_int_equal(gather_opens(gather), 4);
	gather_free(&gather);
}

test(a_file_that_changed_is_read_anew)
{
	struct err err = {0};
	const char *folder = unit_tmpdir();
	unit_write_file(unit_text("%s/a/f", folder), "0123456789", 10);
	struct gather *gather = gather_new(&(struct gather_config){.root = folder}, &err);
	begin("/a/f");
	call_set_list(&call, "digest", digests[0], NULL);
	probe_run(gather, &call, &answer);
	assert_string_equal(found(), "/a/f");
	unit_write_file(unit_text("%s/a/f", folder), "012345678", 9);
	begin("/a/*");
	call_set_list(&call, "digest", digests[0], NULL);
	probe_run(gather, &call, &answer);
	assert_string_equal(found(), "/a/f"); /* what this run saw of this path stays */
	ask_again(gather, "digest", digests[0]);
	assert_string_equal(found(), ""); /* the walk looks for itself, and sees another file */
	assert_int_equal(gather_opens(gather), 2);
	gather_free(&gather);
}

test(what_did_not_match_has_a_limit_of_its_own)
{
	struct err err = {0};
	struct fixture *fixture = fixture_new();
	for (size_t i = 0; i < 1001; i++)
		assert_true(fixture_add_text(fixture, unit_text("/a/%zu", i), TEXT("1"), &err));
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){0});
	begin("/a");
	call_set_list(&call, "content", "2", NULL);
	call_set(&call, "rest", "true", 1);
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 1000);
	gather_free(&gather);
	fixture_free(&fixture);
}

test(refuses_what_it_cannot_search_by)
{
	static const struct {
		const char *param, *text, *part;
	} cases[] = {
		{"size", "big", "size \"big\": write"},
		{"mtime", "90d", "mtime \"90d\": write"},
		{"digest", "crc:1", "digest \"crc:1\": write"},
		{"digest", "md5:1", "a md5 has 32 hex digits"},
		{"content", "a(b", "content: "},
		{"mismatch", "x", "mismatch \"x\""},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct err err = {0};
		begin("/a");
		call_set_list(&call, cases[i].param, cases[i].text, NULL);
		assert_false(call.probe->check(&call, &err));
		assert_int_equal(err.kind, ERR_INPUT);
		assert_non_null(strstr(err.text, cases[i].part));
	}
	struct err err = {0};
	call = call_of("files", "");
	assert_false(call.probe->check(&call, &err));
}

test(too_many_are_an_error_unless_that_is_wanted)
{
	struct err err = {0};
	struct fixture *fixture = fixture_new();
	for (size_t i = 0; i < 10001; i++)
		assert_true(fixture_add_text(fixture, unit_text("/a/%zu", i), TEXT(""), &err));
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){0});
	begin("/a");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	assert_non_null(strstr(answer.reason.at, "more than 10000 files"));
	call_set(&call, "limit", "5", 5);
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 5);
	gather_free(&gather);
	fixture_free(&fixture);
}
