#include "assess/command/split.h"

#include <string.h>

#include "assess/command/native.h"
#include "assess/command/run.h"
#include "unit.h"

static struct arena *arena;

static const char *split(struct text line)
{
	const struct text *argv;
	size_t argc;
	struct err err = {0};
	scoped(buf_end) struct buf out = {0};
	if (!arena)
		arena = arena_new(64u * 1024 * 1024);
	if (!command_split(line, arena, &argv, &argc, &err))
		return arena_cstr(arena, err.text);
	for (size_t i = 0; i < argc; i++)
		buf_print(&out, "[%.*s]", TEXT_ARG(argv[i]));
	return arena_text(arena, buf_view(&out)).at;
}

test(splits_as_wazuh_does)
{
	static const struct {
		const char *line, *words;
	} cases[] = {
		{"stat -Lc \"%a %A\" /etc/group", "[stat][-Lc][%a %A][/etc/group]"},
		{"  a   b ", "[a][b]"},
		{"a \"\" b", "[a][][b]"},
		{"a\"b c\"d", "[ab cd]"},
		{"grep '^a b' x", "[grep]['^a][b'][x]"},
		{"find . \\( -name '*.conf' \\)", "[find][.][(][-name]['*.conf'][)]"},
		{"a \\\\d \\t \"\\\"\\$x\"", "[a][\\d][t][\"$x]"},
		{"a\\ b c", "[a b][c]"},
		{"a\tb\nc", "[a\tb\nc]"},
		{"a \"not closed", "[a][not closed]"},
		{"a b\\", "[a][b]"},
		{"a \\", "[a]"},
		{"systemctl is-enabled x\"", "[systemctl][is-enabled][x]"},
		{"sh -c \"a | b \\\"c d\\\"\"", "[sh][-c][a | b \"c d\"]"},
	};
	for (size_t i = 0; i < array_len(cases); i++)
		assert_string_equal(split(text_of(cases[i].line)), cases[i].words);
}

test(refuses_what_is_no_command)
{
	const char *none = "there is no command; write its words: [stat, -c, \"%a\", /etc]";
	assert_string_equal(split(TEXT("")), none);
	assert_string_equal(split(TEXT("  ")), none);
	assert_string_equal(split(TEXT("\"\" a")), none);
	assert_string_equal(split(TEXT("a\0b")), "the command line holds a NUL");
	char line[2 * NATIVE_ARGS_MAX + 3] = "";
	memset(line, 'a', sizeof(line) - 1);
	for (size_t i = 1; i < sizeof(line) - 1; i += 2)
		line[i] = ' ';
	assert_string_equal(split(text_of(line)), "the command has more than 64 words");
	line[2 * NATIVE_ARGS_MAX] = 0;
	assert_int_equal(strlen(split(text_of(line))), 3 * NATIVE_ARGS_MAX);
	char *big = mem_new(1, COMMAND_LINE_MAX + 2);
	memset(big, 'a', COMMAND_LINE_MAX + 1);
	assert_string_equal(split(text_of(big)), "the command line has more than 65536 bytes");
	mem_free(&big);
}

test(joins_what_it_splits)
{
	static const struct text words[] = {{"a b", 3}, {"", 0}, {"\\\"", 2}, {"'x'", 3}};
	const char *line = command_join(words, array_len(words), arena).at;
	assert_string_equal(line, "\"a b\" \"\" \\\\\\\" 'x'");
	assert_string_equal(split(text_of(line)), "[a b][][\\\"]['x']");
}

test(asks_and_tells)
{
	static const struct text words[] = {{"echo", 4}, {"a b", 3}}, broken[] = {{"a\nb", 3}};
	struct run run = {.argv = words, .argc = 2, .span_us = 3 * TIME_SECOND_US}, back;
	struct text question;
	struct err err = {0};
	assert_true(run_ask(&run, arena, &question));
	assert_string_equal(question.at, "run 3000 echo \"a b\"");
	assert_true(run_read(question, arena, &back, &err));
	assert_int_equal(back.argc, 2);
	assert_int_equal(back.span_us, 3 * TIME_SECOND_US);
	assert_false(run_read(TEXT("run 0 a"), arena, &back, &err));
	assert_false(run_read(TEXT("run x"), arena, &back, &err));
	assert_false(run_read(TEXT("run 999999999 a"), arena, &back, &err));
	run.argv = broken;
	run.argc = 1;
	assert_false(run_ask(&run, arena, &question));

	struct native_answer answer = {.out = TEXT("a\0b"), .err = TEXT("c"), .exit = 3}, told;
	scoped(buf_end) struct buf out = {0};
	run_tell(&answer, &out);
	assert_true(run_told(buf_view(&out), &told));
	assert_true(text_is_equal(told.out, answer.out) && text_is(told.err, "c"));
	assert_int_equal(told.exit, 3);
	static const char *const wrong[] = {"",         "0",        "0 1 1\na", "256 0 0\n",
					    "0 2 0\na", "0 0 0\na", "0 1\na",   "-1 0 0\n"};
	for (size_t i = 0; i < array_len(wrong); i++)
		assert_false(run_told(text_of(wrong[i]), &told));
	arena_free(&arena);
}
