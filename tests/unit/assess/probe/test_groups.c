#include "assess/probe/probe.h"
#include "unit.h"

#include "call.h"

static const struct call_file files[] = {
	{"/etc/group", "root:x:0:\n# c\nsudo:x:27:ann, bob,,\nold:$1$secret:28:\n"
		       "broken:x\n+\nodd:x:-1:\nmore:x:5::\n"},
	{"/etc/passwd", "root:x:0:0:::\ntoor:x:0:0:::\nann:x:1:27:::\n"},
	{NULL, NULL},
};

static struct probe_answer answer;
static struct probe_call call;

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

test(tells_each_group)
{
	struct gather *gather = call_gather(files, true);
	call = call_of("groups", "");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 7);
	assert_string_equal(shown(0, "primary"), "root, toor");
	assert_string_equal(shown(0, "malformed"), "false");
	assert_string_equal(shown(1, "name"), "sudo");
	assert_string_equal(shown(1, "gid"), "27");
	assert_string_equal(shown(1, "members"), "ann, bob");
	assert_string_equal(shown(1, "primary"), "ann");
	assert_int_equal(answer.rows[1].where.line, 3);
	assert_string_equal(shown(2, "line"), "old:(hidden):28:");
	assert_true(text_is(answer.rows[2].where.text, "old:(hidden):28:"));
	for (size_t i = 3; i < 7; i++)
		assert_string_equal(shown(i, "malformed"), "true");
	assert_true(call_depends(&answer, "/etc/group"));
	gather_free(&gather);
}

test(without_a_file_it_does_not_apply)
{
	struct gather *gather = call_gather(NULL, false);
	call = call_of("groups", "");
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	gather_free(&gather);
}
