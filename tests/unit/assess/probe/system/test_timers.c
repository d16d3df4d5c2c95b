#include "assess/probe/probe.h"
#include "unit.h"

#include "call.h"

#define LIB "/usr/lib/systemd/system/"

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const struct call_file *files, bool running, uint64_t fields)
{
	struct gather *gather = call_gather(files, running);
	call = call_of("timers", "*");
	call.fields = fields;
	probe_run(gather, &call, &answer);
	return gather;
}

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

static const struct call_file files[] = {
	{LIB "a.timer", "[Timer]\nOnCalendar=daily\nOnBootSec=5min\nOnCalendar=*-*-01\n"
			"Persistent=yes\n[Install]\nWantedBy=timers.target\n"},
	{LIB "a.service", "[Service]\nExecStart=/bin/a\n"},
	{LIB "b.timer", "[Timer]\nOnUnitActiveSec=1h\nUnit=c.service\n"},
	{LIB "c.service", "[Service]\nExecStart=/bin/old\nUser=www\n"},
	{LIB "c.service.d/x.conf", "[Service]\nExecStart=\nExecStart=/bin/c -v\n"},
	{LIB "d.timer", "[Timer]\nOnCalendar=daily\nUnit=../../etc/passwd\nPersistent=maybe\n"},
	{LIB "e.timer", ""},
	{NULL, NULL}};

test(says_when_and_what)
{
	static const struct {
		const char *unit, *state, *schedule, *activates, *persistent;
	} rows[] = {
		{"a.timer", "disabled", "OnCalendar=daily, OnCalendar=*-*-01, OnBootSec=5min",
		 "a.service", "true"},
		{"b.timer", "static", "OnUnitActiveSec=1h", "c.service", "false"},
		{"d.timer", "static", "OnCalendar=daily", "../../etc/passwd", "false"},
		{"e.timer", "masked", "an empty list", "e.service", "false"},
	};
	struct gather *gather = ask(files, false, 0);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, array_len(rows));
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_string_equal(shown(i, "unit"), rows[i].unit);
		assert_string_equal(shown(i, "state"), rows[i].state);
		assert_string_equal(shown(i, "schedule"), rows[i].schedule);
		assert_string_equal(shown(i, "activates"), rows[i].activates);
		assert_string_equal(shown(i, "persistent"), rows[i].persistent);
		assert_string_equal(shown(i, "command"), "");
	}
	gather_free(&gather);
}

test(says_what_is_started)
{
	uint64_t all = UINT64_MAX;
	for (size_t i = 0; i < probe_find(TEXT("timers"))->field_count; i++)
		if (text_is(TEXT("active"), probe_find(TEXT("timers"))->fields[i].name))
			all &= ~(UINT64_C(1) << i);
	struct gather *gather = ask(files, false, all);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_string_equal(shown(0, "command"), "/bin/a");
	assert_string_equal(shown(0, "user"), "root");
	assert_string_equal(shown(1, "command"), "/bin/c -v");
	assert_string_equal(shown(1, "user"), "www");
	assert_string_equal(shown(2, "command"), ""); /* that can be no unit */
	assert_string_equal(shown(3, "command"), ""); /* there is none */
	gather_free(&gather);
}

test(what_cannot_be_read_is_an_error)
{
	struct gather *gather = call_gather_denied(LIB "a.timer", false);
	call = call_of("timers", "*");
	call.fields = 0;
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
}
