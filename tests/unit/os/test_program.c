#include "os/kernel/program.h"

#include "os/channel.h"
#include "unit.h"

struct ran {
	struct buf out, errors;
	struct program_end end;
};

static void end_ran(struct ran *ran)
{
	buf_end(&ran->out);
	buf_end(&ran->errors);
}

static void run(struct ran *ran, const char *line, int span_ms, size_t limit)
{
	struct err err = {0};
	const char *const argv[] = {"sh", "-c", line, NULL};
	const struct program program = {.argv = argv, .span_ms = span_ms, .limit = limit};
	*ran = (struct ran){0};
	if (!program_run(&program, &ran->out, &ran->errors, &ran->end, &err))
		fail_msg("%s: %s", line, err.text);
}

test(tells_both_outputs_and_how_it_ended)
{
	static const struct {
		const char *line, *out, *errors;
		enum program_how how;
		int status;
	} rows[] = {
		{"echo out; echo err >&2; exit 7", "out\n", "err\n", PROGRAM_ENDED, 7},
		{":", "", "", PROGRAM_ENDED, 0},
		{"printf 'a\\0b'", "a", "", PROGRAM_ENDED, 0},
		{"kill -TERM $$", "", "", PROGRAM_KILLED, 15},
		{"cat; echo read", "read\n", "", PROGRAM_ENDED, 0},
		{"echo $HOME$LANG$MUSTER_TOKEN.", ".\n", "", PROGRAM_ENDED, 0},
		{"exec >&- 2>&-; exit 3", "", "", PROGRAM_ENDED, 3},
	};
	for (size_t i = 0; i < array_len(rows); i++) {
		scoped(end_ran) struct ran ran;
		run(&ran, rows[i].line, 5000, 1000);
		assert_int_equal(ran.end.how, rows[i].how);
		assert_int_equal(ran.end.status, rows[i].status);
		assert_string_equal(ran.out.at ? ran.out.at : "", rows[i].out);
		assert_string_equal(ran.errors.at ? ran.errors.at : "", rows[i].errors);
	}
}

test(what_is_not_there_is_told_apart_from_what_fails)
{
	static const char *const none[] = {"no-such-program", NULL};
	static const char *const folder[] = {"/etc", NULL};
	static const char *const fails[] = {"false", NULL};
	struct buf out = {0};
	struct program_end end;
	struct err err = {0};
	struct program program = {.argv = none, .span_ms = 5000, .limit = 10};
	assert_true(program_run(&program, &out, &out, &end, &err));
	assert_int_equal(end.how, PROGRAM_MISSING);
	program.argv = folder;
	assert_true(program_run(&program, &out, &out, &end, &err));
	assert_int_equal(end.how, PROGRAM_MISSING);
	program.argv = fails;
	assert_true(program_run(&program, &out, &out, &end, &err));
	assert_int_equal(end.how, PROGRAM_ENDED);
	assert_int_equal(end.status, 1);
	buf_end(&out);
}

test(time_and_output_have_a_limit)
{
	scoped(end_ran) struct ran slow;
	run(&slow, "echo begun; sleep 60", 100, 1000);
	assert_int_equal(slow.end.how, PROGRAM_TOO_SLOW);
	scoped(end_ran) struct ran loud;
	run(&loud, "yes", 5000, 100000);
	assert_int_equal(loud.end.how, PROGRAM_TOO_LOUD);
	assert_true(loud.out.len < 200000);
	scoped(end_ran) struct ran both;
	run(&both, "echo 123; echo 456 >&2", 5000, 7);
	assert_int_equal(both.end.how, PROGRAM_TOO_LOUD);
}

test(nothing_is_left_behind)
{
	scoped(end_ran) struct ran ran;
	run(&ran, "sleep 60 & echo $!", 5000, 1000); /* it holds the pipes open, too */
	assert_int_equal(ran.end.how, PROGRAM_ENDED);
	ran.out.at[ran.out.len - 1] = '\0';
	scoped(end_ran) struct ran look;
	run(&look,
	    unit_text("for i in 1 2 3 4 5 6 7 8 9; do kill -0 %s 2>/dev/null || exit 0; "
		      "grep -q '^State:.Z' /proc/%s/status && exit 0; sleep 0.1; done; exit 1",
		      ran.out.at, ran.out.at),
	    5000, 1000);
	assert_int_equal(look.end.status, 0);
}

test(begins_where_it_is_told_to)
{
	static const char *const argv[] = {"pwd", NULL};
	struct err err = {0};
	struct program_end end;
	scoped(buf_end) struct buf out = {0};
	struct program program = {.argv = argv, .span_ms = 5000, .limit = 1000, .folder = "/usr"};
	assert_true(program_run(&program, &out, &out, &end, &err));
	assert_string_equal(out.at, "/usr\n");
	program.folder = "/no/such/folder";
	buf_clear(&out);
	assert_true(program_run(&program, &out, &out, &end, &err));
	assert_int_equal(end.how, PROGRAM_ENDED);
	assert_int_not_equal(end.status, 0);
	assert_int_equal(out.len, 0);
}

test(it_is_killed_when_nobody_wants_to_know_any_more)
{
	static const char *const argv[] = {"sh", "-c", "echo begun; sleep 60", NULL};
	struct err err = {0};
	struct program_end end;
	int ends[2];
	scoped(buf_end) struct buf out = {0};
	assert_true(channel_pair(ends, &err));
	struct program program = {.argv = argv, .span_ms = 20000, .limit = 1000, .asker = ends[0]};
	struct channel *other = channel_new(ends[1]);
	channel_free(&other);
	assert_true(program_run(&program, &out, &out, &end, &err));
	assert_int_equal(end.how, PROGRAM_UNWANTED);
	other = channel_new(ends[0]);
	channel_free(&other);

	static const char *const quick[] = {"echo", "done", NULL};
	assert_true(channel_pair(ends, &err));
	program = (struct program){
		.argv = quick, .span_ms = 20000, .limit = 1000, .asker = ends[0]};
	assert_true(program_run(&program, &out, &out, &end, &err));
	assert_int_equal(end.how, PROGRAM_ENDED); /* somebody still wants to */
	for (size_t i = 0; i < 2; i++) {
		other = channel_new(ends[i]);
		channel_free(&other);
	}
}
