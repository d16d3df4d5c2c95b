#include "assess/probe/probe.h"
#include "unit.h"

#include <string.h>

#include "call.h"

static struct probe_answer answer;
static struct probe_call call;

struct link {
	const char *path, *target;
};

static struct gather *ask(const char *probe, const struct call_file *files,
			  const struct link *links, bool running, uint64_t fields)
{
	struct err err = {0};
	static struct fixture *fixtures[16];
	static size_t count;
	struct fixture *fixture = fixtures[count++] = fixture_new();
	for (; files->path; files++)
		assert_true(fixture_add_text(fixture, files->path, text_of(files->text), &err));
	for (; links && links->path; links++) {
		struct fixture_file link = {.path = text_of(links->path),
					    .kind = GATHER_LINK,
					    .content = text_of(links->target)};
		assert_true(fixture_add(fixture, &link, &err));
	}
	struct gather_config config = {.running = running};
	struct gather *gather = fixture_gather(fixture, &config);
	call = call_of(probe, "*");
	call.fields = fields;
	probe_run(gather, &call, &answer);
	return gather;
}

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

#define LIB "/usr/lib/systemd/system/"

static const struct call_file files[] = {
	{LIB "a.service", "[Service]\nExecStart=/a -x\n[Install]\nWantedBy=multi-user.target\n"},
	{LIB "b@.service", "[Service]\nUser=www\nExecStart=/b %i\n"},
	{LIB "c.socket", "[Install]\nWantedBy=sockets.target\n"},
	{LIB "a.service.d/x.conf", "[Service]\nUser=ann\n"},
	{LIB "README", "not a unit\n"},
	{"/etc/systemd/system/masked.service", ""},
	{"/run/systemd/system/.keep", ""},
	{NULL, NULL}};

static const struct link links[] = {
	{"/etc/systemd/system/multi-user.target.wants/a.service", LIB "a.service"},
	{"/etc/systemd/system/alias.service", LIB "a.service"},
	{"/run/systemd/units/invocation:b@1.service", "x"},
	{"/run/systemd/units/invocation:a.service", "x"},
	{NULL, NULL}};

test(lists_units_by_their_own_names)
{
	static const struct {
		const char *unit, *name, *type, *state, *enabled, *masked;
	} rows[] = {
		{"a.service", "a", "service", "enabled", "true", "false"},
		{"b@.service", "b@", "service", "static", "false", "false"},
		{"c.socket", "c", "socket", "disabled", "false", "false"},
		{"masked.service", "masked", "service", "masked", "false", "true"},
	};
	struct gather *gather = ask("services", files, links, false, 0);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, array_len(rows));
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_string_equal(shown(i, "unit"), rows[i].unit);
		assert_string_equal(shown(i, "name"), rows[i].name);
		assert_string_equal(shown(i, "type"), rows[i].type);
		assert_string_equal(shown(i, "state"), rows[i].state);
		assert_string_equal(shown(i, "enabled"), rows[i].enabled);
		assert_string_equal(shown(i, "masked"), rows[i].masked);
		assert_string_equal(shown(i, "active"), "");
	}
	assert_string_equal(shown(0, "wanted_by"), "multi-user.target");
	assert_true(call_depends(&answer, "/etc/systemd/system"));
	gather_free(&gather);
}

test(knows_what_runs_and_as_whom)
{
	struct gather *gather = ask("services", files, links, true, UINT64_MAX);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 5);
	assert_string_equal(shown(0, "active"), "true");
	assert_string_equal(shown(0, "user"), "ann");
	assert_string_equal(shown(0, "command"), "/a -x");
	assert_string_equal(shown(1, "unit"), "b@.service");
	assert_string_equal(shown(1, "active"), "false");
	assert_string_equal(shown(2, "unit"), "b@1.service"); /* has no file of its own */
	assert_string_equal(shown(2, "active"), "true");
	assert_string_equal(shown(2, "user"), "www");
	assert_string_equal(shown(3, "user"), ""); /* a socket */
	gather_free(&gather);
}

test(active_needs_a_running_systemd)
{
	struct gather *gather = ask("services", files, links, false, UINT64_MAX);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	gather_free(&gather);
}

test(without_systemd_it_does_not_apply)
{
	static const struct call_file none[] = {{"/etc/passwd", ""}, {NULL, NULL}};
	static const char *const names[] = {"services", "timers"};
	for (size_t i = 0; i < array_len(names); i++) {
		struct gather *gather = ask(names[i], none, NULL, true, 0);
		assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
		gather_free(&gather);
	}
}

test(aliases_in_a_circle_are_an_error)
{
	static const struct link circle[] = {{"/etc/systemd/system/x.service", "y.service"},
					     {"/etc/systemd/system/y.service", "x.service"},
					     {NULL, NULL}};
	struct gather *gather = ask("services", files, circle, true, 0);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	assert_non_null(strstr(answer.reason.at, "alias"));
	gather_free(&gather);
}
