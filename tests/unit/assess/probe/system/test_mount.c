#include "assess/probe/probe.h"
#include "unit.h"

#include "call.h"

#define LIVE "/proc/1/mountinfo"
#define ROOT "1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const struct call_file *files, bool running, const char *probe,
			  const char *path)
{
	struct gather *gather = call_gather(files, running);
	call = call_of(probe, path);
	probe_run(gather, &call, &answer);
	return gather;
}

static const char *shown(const char *field)
{
	return call_shown(&call, &answer, 0, field);
}

test(tells_what_is_mounted_there)
{
	static const struct call_file files[] = {
		{LIVE, ROOT "2 1 0:5 / /tmp rw,nosuid,nodev - tmpfs tmpfs rw,size=4k\n"
			    "3 1 8:2 / /with\\040space ro - vfat /dev/sdb1 rw\n"
			    "4 1 8:3 / /mnt rw - ext4  ro\n"},
		{"/etc/fstab",
		 "# none\n\ntmpfs /tmp/ tmpfs defaults,noexec 0 0\nUUID=1 /srv xfs\n"},
		{NULL, NULL}};
	static const struct {
		const char *path, *separate, *fstype, *options, *within, *fstab, *fstab_options;
	} cases[] = {
		{"/tmp", "true", "tmpfs", "rw, nosuid, nodev, size=4k", "/tmp", "true",
		 "defaults, noexec"},
		{"/tmp//", "true", "tmpfs", "rw, nosuid, nodev, size=4k", "/tmp", "true",
		 "defaults, noexec"},
		{"/tmp/x", "false", "", "", "/tmp", "false", ""},
		{"/tmpx", "false", "", "", "/", "false", ""},
		{"/", "true", "ext4", "rw, relatime, errors=remount-ro", "/", "false", ""},
		{"/with space", "true", "vfat", "ro", "/with space", "false", ""},
		{"/mnt", "true", "ext4", "ro", "/mnt", "false", ""},
		{"/srv", "false", "", "", "/", "true", "defaults"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct gather *gather = ask(files, true, "mount", cases[i].path);
		assert_int_equal(answer.outcome, PROBE_ROWS);
		assert_int_equal(answer.count, 1);
		assert_string_equal(shown("separate"), cases[i].separate);
		assert_string_equal(shown("fstype"), cases[i].fstype);
		assert_string_equal(shown("options"), cases[i].options);
		assert_string_equal(shown("within"), cases[i].within);
		assert_string_equal(shown("fstab"), cases[i].fstab);
		assert_string_equal(shown("fstab_options"), cases[i].fstab_options);
		assert_true(call_depends(&answer, LIVE));
		assert_true(call_depends(&answer, "/etc/fstab"));
		gather_free(&gather);
	}
}

test(what_is_mounted_over_it_is_what_counts)
{
	static const struct {
		const char *lines, *path, *fstype, *within;
	} cases[] = {
		{ROOT "2 1 0:5 / /tmp rw - tmpfs a rw\n3 2 0:6 / /tmp rw - xfs b rw\n", "/tmp",
		 "xfs", "/tmp"},
		/* /a/b stands on the root, and /a was mounted later: it hides it */
		{ROOT "2 1 0:5 / /a/b rw - tmpfs a rw\n3 1 0:6 / /a rw - xfs b rw\n", "/a/b", "",
		 "/a"},
		{ROOT "2 1 0:5 / /a rw - xfs a rw\n3 2 0:6 / /a/b rw - tmpfs b rw\n", "/a/b",
		 "tmpfs", "/a/b"},
		{"1 1 0:1 / / rw - rootfs rootfs rw\n2 1 8:1 / / rw - ext4 a rw\n", "/", "ext4",
		 "/"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct call_file files[] = {{LIVE, cases[i].lines}, {NULL, NULL}};
		struct gather *gather = ask(files, true, "mount", cases[i].path);
		assert_string_equal(shown("fstype"), cases[i].fstype);
		assert_string_equal(shown("within"), cases[i].within);
		gather_free(&gather);
	}
}

test(below_a_root_fstab_alone_speaks)
{
	static const struct call_file files[] = {
		{LIVE, ROOT},
		{"/etc/fstab", "/dev/sda1 / ext4 errors=remount-ro 0 1\n"
			       "UUID=2 /home ext4 nodev,nosuid 0 2\nUUID=3 none swap sw 0 0\n"},
		{NULL, NULL}};
	struct gather *gather = ask(files, false, "mount", "/home");
	assert_string_equal(shown("separate"), "true");
	assert_string_equal(shown("options"), "nodev, nosuid");
	assert_int_equal(answer.rows[0].where.line, 2);
	gather_free(&gather);
	gather = ask(files, false, "mount", "/home/ann");
	assert_string_equal(shown("separate"), "false");
	assert_string_equal(shown("within"), "/home");
	gather_free(&gather);
	gather = ask(files, false, "mount", "/var");
	assert_string_equal(shown("within"), "/");
	gather_free(&gather);
	gather = ask(files, false, "mounts", "");
	assert_int_equal(answer.count, 2);
	gather_free(&gather);
	gather = ask(NULL, false, "mount", "/var");
	assert_string_equal(shown("separate"), "false");
	gather_free(&gather);
}

test(our_own_mounts_where_those_of_process_1_are_closed)
{
	struct err err = {0};
	struct fixture *fixture = fixture_new();
	struct fixture_file closed = {.path = TEXT(LIVE), .kind = GATHER_FILE, .denied = true};
	assert_true(fixture_add(fixture, &closed, &err));
	assert_true(fixture_add_text(fixture, "/proc/self/mountinfo", TEXT(ROOT), &err));
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){.running = true});
	call = call_of("mount", "/");
	probe_run(gather, &call, &answer);
	assert_string_equal(shown("fstype"), "ext4");
	gather_free(&gather);
	fixture_free(&fixture);
}

test(what_cannot_be_known_is_an_error)
{
	static const char *const tables[] = {NULL,
					     "",
					     "nonsense\n",
					     "1 2 8:1 / /\n",
					     "1 2 3 / / rw\n1 2 3 / / rw - ext4\n",
					     "1 2 8:1 / / rw - a b c\n2 1 8:1 / / rw - a b c\n"};
	for (size_t i = 0; i < array_len(tables); i++) {
		struct call_file files[] = {{LIVE, tables[i]}, {NULL, NULL}};
		if (!tables[i])
			files[0].path = NULL;
		struct gather *gather = ask(files, true, "mount", "/tmp");
		assert_int_equal(answer.outcome, PROBE_ERROR);
		assert_true(answer.reason.len > 0);
		gather_free(&gather);
	}
}

test(lists_all_mounts)
{
	static const struct call_file files[] = {
		{LIVE, ROOT "2 1 0:5 / /tmp rw,nosuid - tmpfs tmpfs rw\n"},
		{"/etc/fstab", "t /tmp tmpfs nosuid\n"},
		{NULL, NULL}};
	struct gather *gather = ask(files, true, "mounts", "");
	assert_int_equal(answer.count, 2);
	assert_string_equal(call_shown(&call, &answer, 1, "path"), "/tmp");
	assert_string_equal(call_shown(&call, &answer, 1, "fstab"), "true");
	assert_int_equal(answer.rows[1].where.line, 2);
	gather_free(&gather);
}

test(refuses_what_is_no_path)
{
	static const char *const paths[] = {"", "tmp", "/tmp/../x", "/t*"};
	for (size_t i = 0; i < array_len(paths); i++) {
		struct probe_call odd = call_of("mount", paths[i]);
		struct err err = {0};
		assert_false(odd.probe->check(&odd, &err));
	}
}
