#include "assess/command/run.h"
#include "assess/engine/ask.h"
#include "assess/probe/probe.h"
#include "assess/verdict/content.h"
#include "unit.h"

#include "call.h"

static const struct call_file files[] = {
	{"/a", "one\ntwo\n\n"}, {"/etc/shadow", "root:$6$x:1::::::\n"}, {NULL, NULL}};

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const char *line, bool running, struct asker asker)
{
	struct gather *gather = call_gather(files, running);
	if (asker.ask)
		gather_set_asker(gather, asker);
	call = call_of("command", line);
	call.content = true;
	probe_run(gather, &call, &answer);
	return gather;
}

/* Answers as a runner would, and keeps the question. */
static enum gather_answer tell(void *data, struct text question, struct arena *arena,
			       struct text *told, struct text *why)
{
	*(char **)data = arena_text(arena, question).at ? mem_text(question.at) : NULL;
	if (text_ends(question, "slow")) {
		*why = TEXT("\"slow\" took longer than 10 s");
		return GATHER_FAILED;
	}
	*told = text_ends(question, "broken") ? TEXT("nonsense") : TEXT("3 4 4\nout\nerr\n");
	return GATHER_OK;
}

test(tells_what_is_known_natively)
{
	struct gather *gather = ask("cat /a", false, (struct asker){0});
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 1);
	assert_string_equal(call_shown(&call, &answer, 0, "stdout"), "one\ntwo");
	assert_string_equal(call_shown(&call, &answer, 0, "exit"), "0");
	assert_true(text_is(answer.rows[0].content->text, "one\ntwo\n\n"));
	assert_true(call_depends(&answer, "/a"));
	assert_false(answer.text_denied);
	gather_free(&gather);

	gather = ask("cat /none", false, (struct asker){0});
	assert_string_equal(call_shown(&call, &answer, 0, "stderr"),
			    "cat: /none: No such file or directory");
	assert_string_equal(call_shown(&call, &answer, 0, "exit"), "1");
	assert_true(
		text_is(answer.rows[0].content->text, "cat: /none: No such file or directory\n"));
	gather_free(&gather);

	gather = ask("cat /etc/shadow", false, (struct asker){0});
	assert_true(answer.text_denied);
	gather_free(&gather);
}

test(says_what_is_not)
{
	struct gather *gather = ask("frob -x", true, (struct asker){0});
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	assert_string_equal(answer.reason.at, "needs the command \"frob -x\", which has no native "
					      "answer; this example says nothing of it");
	gather_free(&gather);
	gather = ask("frob -x", false, (struct asker){0});
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	assert_string_equal(answer.reason.at, "needs the command \"frob -x\", which has no native "
					      "answer; below a root nothing is run");
	gather_free(&gather);
	gather = ask(" ", true, (struct asker){0});
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
}

test(runs_where_that_is_allowed)
{
	char *question = NULL;
	struct asker asker = {.ask = tell, .data = &question};
	struct gather *gather = ask("frob \"a b\"", true, asker);
	assert_string_equal(question, "run 10000 frob \"a b\"");
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_string_equal(call_shown(&call, &answer, 0, "stdout"), "out");
	assert_string_equal(call_shown(&call, &answer, 0, "stderr"), "err");
	assert_string_equal(call_shown(&call, &answer, 0, "exit"), "3");
	assert_true(text_is(answer.rows[0].content->text, "out\nerr\n"));
	mem_free(&question);
	gather_free(&gather);
	gather = ask("slow", true, asker);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	assert_string_equal(answer.reason.at, "\"slow\" took longer than 10 s");
	mem_free(&question);
	gather_free(&gather);
	gather = ask("broken", true, asker);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	mem_free(&question);
	gather_free(&gather);
	gather = ask("cat /a", true, asker); /* what has a native answer is never run */
	assert_null(question);
	assert_string_equal(call_shown(&call, &answer, 0, "stdout"), "one\ntwo");
	gather_free(&gather);
}

test(an_example_goes_first)
{
	struct err err = {0};
	struct fixture *fixture = fixture_new();
	assert_true(fixture_add_text(fixture, "/a", TEXT("one\n"), &err));
	fixture_add_answer(fixture, TEXT("cat /a"), TEXT("0 3 0\ntwo"));
	struct gather_config config = {.running = true};
	struct gather *gather = fixture_gather(fixture, &config);
	call = call_of("command", "cat  \"/a\"");
	probe_run(gather, &call, &answer);
	assert_string_equal(call_shown(&call, &answer, 0, "stdout"), "two");
	gather_free(&gather);
	fixture_free(&fixture);
}
