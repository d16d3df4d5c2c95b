#include "assess/probe/probe.h"
#include "unit.h"

#include "call.h"

#define STATUS(name, ppid, uid, caps)                                           \
	"Name:\t" name "\nState:\tS (sleeping)\nPPid:\t" ppid "\nUid:\t9\t" uid \
	"\t9\t9\nCapEff:\t" caps "\n"
#define HEAD "  sl  local_address rem_address   st tx_queue\n"
#define END " 00000000:00000000 00:00000000 00000000 "

static const struct thing {
	const char *path, *text; /* a text that begins with "->" is a link */
} things[] = {
	{"/etc/passwd", "root:x:0:0:::\nwww-data:x:33:33:::\n"},
	{"/proc/1/status", STATUS("init", "0", "0", "0000000000000003")},
	{"/proc/1/cmdline", "/sbin/init"},
	{"/proc/1/exe", "->/usr/lib/systemd/systemd"},
	{"/proc/2/status", STATUS("kthreadd", "0", "0", "0")},
	{"/proc/2/cmdline", ""},
	{"/proc/10/status", STATUS("odd name: x", "1", "33", "0")},
	{"/proc/10/cmdline", "/tmp/x"},
	{"/proc/10/exe", "->/tmp/x (deleted)"},
	{"/proc/10/fd/3", "->socket:[777]"},
	{"/proc/10/fd/4", "->/dev/null"},
	{"/proc/10/fd/5", "->socket:[x]"},
	{"/proc/11/other", "half gone: no status"},
	{"/proc/meminfo", ""},
	{"/proc/net/tcp", HEAD "   0: 00000000:0016 00000000:0000 0A" END "0 0 776 1 x\n"
			       "   1: 0100007F:1F90 00000000:0000 0A" END "33 0 777 1 x\n"
			       "   2: 0100007F:0016 0100007F:AAAA 01" END "0 0 778 1 x\n"},
	{"/proc/net/tcp6", HEAD
	 "   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A" END
	 "0 0 779 1 x\n"
	 "   1: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A" END
	 "0 0 780 1 x\n"},
	{"/proc/net/udp", HEAD "   0: 0100007F:0143 00000000:0000 07" END "0 0 781 1 x\n"
			       "   1: 0100007F:0144 0100007F:0143 01" END "0 0 782 1 x\n"},
};

static struct probe_answer answer;
static struct probe_call call;

static struct fixture *make(const struct thing *list, size_t count)
{
	struct err err = {0};
	struct fixture *fixture = fixture_new();
	for (size_t i = 0; i < count; i++) {
		struct text text = text_of(list[i].text);
		bool link = text_starts(text, "->");
		struct fixture_file file = {.path = text_of(list[i].path),
					    .kind = link ? GATHER_LINK : GATHER_FILE,
					    .content = {text.at + 2 * link, text.len - 2 * link},
					    .mode = 0644};
		assert_true(fixture_add(fixture, &file, &err));
	}
	return fixture;
}

static struct gather *ask(struct fixture *fixture, const char *probe)
{
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){.running = true});
	call = call_of(probe, "");
	probe_run(gather, &call, &answer);
	return gather;
}

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

test(tells_what_runs)
{
	struct fixture *fixture = make(things, array_len(things));
	struct gather *gather = ask(fixture, "processes");
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 3);
	static const struct {
		const char *pid, *ppid, *name, *user, *exe, *deleted, *hidden, *kernel, *caps;
	} rows[] = {
		{"1", "0", "init", "root", "/usr/lib/systemd/systemd", "false", "false", "false",
		 "chown, dac_override"},
		{"2", "0", "kthreadd", "root", "", "false", "false", "true", "an empty list"},
		{"10", "1", "odd name: x", "www-data", "/tmp/x", "true", "false", "false",
		 "an empty list"},
	};
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_string_equal(shown(i, "pid"), rows[i].pid);
		assert_string_equal(shown(i, "ppid"), rows[i].ppid);
		assert_string_equal(shown(i, "name"), rows[i].name);
		assert_string_equal(shown(i, "user"), rows[i].user);
		assert_string_equal(shown(i, "exe"), rows[i].exe);
		assert_string_equal(shown(i, "deleted"), rows[i].deleted);
		assert_string_equal(shown(i, "hidden"), rows[i].hidden);
		assert_string_equal(shown(i, "kernel"), rows[i].kernel);
		assert_string_equal(shown(i, "capabilities"), rows[i].caps);
	}
	assert_true(call_depends(&answer, "processes"));
	assert_false(call_depends(&answer, "/proc/1/exe"));
	gather_free(&gather);
	fixture_free(&fixture);
}

test(arguments_are_joined_by_spaces)
{
	struct err err = {0};
	struct fixture *fixture = make(things, array_len(things));
	assert_true(fixture_add_text(fixture, "/proc/1/cmdline", TEXT("/x\0-a\0b c\0\0"), &err));
	struct gather *gather = ask(fixture, "processes");
	assert_string_equal(shown(0, "cmdline"), "/x -a b c");
	gather_free(&gather);
	fixture_free(&fixture);
}

test(what_cannot_be_seen_is_an_error)
{
	static const struct thing none[] = {{"/proc/meminfo", ""}};
	static const struct thing broken[] = {{"/proc/1/status", "Name:\tx\n"},
					      {"/proc/1/cmdline", ""}};
	struct fixture *fixtures[] = {make(NULL, 0), make(none, 1), make(broken, 2), make(NULL, 0)};
	struct err err = {0};
	struct fixture_file closed = {
		.path = TEXT("/proc/1/status"), .kind = GATHER_FILE, .denied = true};
	assert_true(fixture_add(fixtures[3], &closed, &err));
	for (size_t i = 0; i < array_len(fixtures); i++) {
		struct gather *gather = ask(fixtures[i], "processes");
		assert_int_equal(answer.outcome, PROBE_ERROR);
		assert_true(answer.reason.len > 0);
		gather_free(&gather);
		gather = ask(fixtures[i], "listening");
		assert_int_equal(answer.outcome, PROBE_ERROR);
		gather_free(&gather);
		fixture_free(&fixtures[i]);
	}
}

test(tells_what_listens)
{
	struct fixture *fixture = make(things, array_len(things));
	struct gather *gather = ask(fixture, "listening");
	static const struct {
		const char *proto, *address, *port, *user, *process, *pid, *exe;
	} rows[] = {
		{"tcp", "0.0.0.0", "22", "root", "", "", ""},
		{"tcp", "127.0.0.1", "8080", "www-data", "odd name: x", "10", "/tmp/x (deleted)"},
		{"tcp", "::", "22", "root", "", "", ""},
		{"tcp", "::1", "80", "root", "", "", ""},
		{"udp", "127.0.0.1", "323", "root", "", "", ""},
	};
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, array_len(rows));
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_string_equal(shown(i, "proto"), rows[i].proto);
		assert_true(
			text_is(call_value(&call, &answer, i, "address")->text, rows[i].address));
		assert_string_equal(shown(i, "port"), rows[i].port);
		assert_string_equal(shown(i, "user"), rows[i].user);
		assert_string_equal(shown(i, "process"), rows[i].process);
		assert_string_equal(shown(i, "pid"), rows[i].pid);
		assert_string_equal(shown(i, "exe"), rows[i].exe);
	}
	assert_int_equal(answer.rows[1].where.line, 3);
	assert_true(call_depends(&answer, "listening"));
	assert_true(call_depends(&answer, "processes"));
	assert_false(call_depends(&answer, "connections"));
	assert_false(call_depends(&answer, "/proc/net/tcp6"));
	assert_false(call_depends(&answer, "/proc/10/fd"));
	gather_free(&gather);
	fixture_free(&fixture);
}

test(a_line_that_is_none_is_an_error)
{
	static const char *const lines[] = {"x\n",
					    "0: 0:0 0:0 0A 0 0 0 0 0 0\n",
					    "0: 0100007F:00165 00000000:0000 0A" END "0 0 1\n",
					    "0: 0100007F:0016 00000000:0000 0A" END "-1 0 1\n",
					    "0: 0100007F00:0016 00000000:0000 0A" END "0 0 1\n",
					    "0: 0100007G:0016 00000000:0000 0A" END "0 0 1\n"};
	for (size_t i = 0; i < array_len(lines); i++) {
		struct thing list[] = {{"/proc/net/tcp", unit_text(HEAD "%s", lines[i])},
				       {"/proc/net/udp", HEAD}};
		struct fixture *fixture = make(list, 2);
		struct gather *gather = fixture_gather(fixture,
						       &(struct gather_config){.running = true});
		call = call_of("listening", "");
		call.fields = 0;
		probe_run(gather, &call, &answer);
		assert_int_equal(answer.outcome, PROBE_ERROR);
		gather_free(&gather);
		fixture_free(&fixture);
	}
}

/* A folder of open files that can't be listed, and a program that can't be read: here, because they
 * are of another kind. */
static struct fixture *make_hidden(void)
{
	struct fixture *fixture = make(things, array_len(things));
	struct err err = {0};
	assert_true(fixture_add_text(fixture, "/proc/12/status", TEXT(STATUS("spy", "1", "0", "0")),
				     &err));
	assert_true(fixture_add_text(fixture, "/proc/12/cmdline", TEXT("spy"), &err));
	assert_true(fixture_add_text(fixture, "/proc/12/exe", TEXT(""), &err));
	assert_true(fixture_add_text(fixture, "/proc/12/fd", TEXT(""), &err));
	return fixture;
}

test(a_hidden_program_is_no_missing_one)
{
	struct fixture *fixture = make_hidden();
	struct gather *gather = ask(fixture, "processes");
	assert_int_equal(answer.outcome, PROBE_ROWS); /* hidden is asked for, too */
	assert_string_equal(shown(3, "hidden"), "true");
	assert_string_equal(shown(3, "exe"), "");
	call.fields = 1 << 6; /* exe alone */
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	call.fields = 0;
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	gather_free(&gather);
	gather = ask(fixture, "listening");
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_string_equal(shown(0, "hidden"), "true");
	call.fields = 1 << 7; /* process alone */
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	call.fields = 0;
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	gather_free(&gather);
	fixture_free(&fixture);
}
