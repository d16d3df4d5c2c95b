#include <string.h>

#include "assess/command/table.h"
#include "assess/command/aid.h"

#define TEST_DEPTH_MAX 32

/* test EXPRESSION, [ EXPRESSION ]: exits 0, 1, or is not understood. */
struct test {
	const struct native_call *call;
	struct said *said;
	size_t at, end;
	unsigned depth;
	bool bad, failed;
};

static struct text peek(const struct test *test, size_t ahead)
{
	return test->at + ahead < test->end ? test->call->argv[test->at + ahead] : TEXT("");
}

static bool has(const struct test *test, size_t count)
{
	return test->end - test->at >= count;
}

/* -f, -d and their like. */
static bool is_so(char letter, const struct gather_stat *stat)
{
	static const struct {
		char letter;
		enum gather_kind kind;
	} kinds[] = {{'f', GATHER_FILE}, {'d', GATHER_FOLDER}, {'h', GATHER_LINK},
		     {'L', GATHER_LINK}, {'p', GATHER_FIFO},   {'S', GATHER_SOCKET},
		     {'c', GATHER_CHAR}, {'b', GATHER_BLOCK}};
	for (size_t i = 0; i < array_len(kinds); i++)
		if (kinds[i].letter == letter)
			return stat->kind == kinds[i].kind;
	switch (letter) {
	case 's':
		return stat->size > 0;
	case 'x': /* root may run what anybody may, and enter all folders */
		return stat->kind == GATHER_FOLDER || (stat->mode & 0111) != 0;
	case 'u':
		return (stat->mode & 04000) != 0;
	case 'g':
		return (stat->mode & 02000) != 0;
	case 'k':
		return (stat->mode & 01000) != 0;
	default:
		return true; /* -e; -r and -w of root */
	}
}

static bool is_file(struct test *test, char letter, struct text path)
{
	struct gather_stat stat;
	const char *fault;
	if (!test->call->gather)
		return false;
	if (path.len > 0 && !is_absolute(path)) {
		test->bad = true;
		return false;
	}
	enum look look = look_kind(test->said, path, letter != 'h' && letter != 'L', &stat, &fault);
	test->failed |= look == LOOK_FAILED;
	return look == LOOK_OK && is_so(letter, &stat);
}

static bool ask_unary(struct test *test, char letter, struct text operand)
{
	if (letter == 'n' || letter == 'z')
		return (operand.len > 0) == (letter == 'n');
	return is_file(test, letter, operand);
}

static bool is_unary(struct text word)
{
	return word.len == 2 && word.at[0] == '-' && word.at[1] &&
	       strchr("nzefdhLpScbsxrwugk", word.at[1]);
}

static bool compare_numbers(struct test *test, struct text left, struct text sign,
			    struct text right)
{
	static const char *const signs[] = {"-eq", "-ne", "-lt", "-le", "-gt", "-ge"};
	int64_t a, b;
	size_t i = 0;
	while (i < array_len(signs) && !text_is(sign, signs[i]))
		i++;
	if (!read_number(text_trim(left), &a) || !read_number(text_trim(right), &b)) {
		test->bad |= test->call->gather != NULL;
		return false;
	}
	const bool answers[] = {a == b, a != b, a<b, a <= b, a> b, a >= b};
	return i < array_len(signs) && answers[i];
}

static bool is_binary(struct text word)
{
	static const char *const words[] = {"=",   "==",  "!=",  "-eq", "-ne",
					    "-lt", "-le", "-gt", "-ge"};
	for (size_t i = 0; i < array_len(words); i++)
		if (text_is(word, words[i]))
			return true;
	return false;
}

static bool ask_or(struct test *test);

static bool ask_primary(struct test *test)
{
	struct text word = peek(test, 0);
	if (!has(test, 1) || ++test->depth > TEST_DEPTH_MAX) {
		test->bad = true;
		return false;
	}
	if (has(test, 3) && is_binary(peek(test, 1))) {
		struct text sign = peek(test, 1), right = peek(test, 2);
		test->at += 3;
		if (sign.at[0] == '-')
			return compare_numbers(test, word, sign, right);
		return text_is_equal(word, right) != (sign.at[0] == '!');
	}
	if (text_is(word, "!") && has(test, 2)) {
		test->at++;
		return !ask_primary(test);
	}
	if (text_is(word, "(") && has(test, 3)) {
		test->at++;
		bool inner = ask_or(test);
		test->bad |= !text_is(peek(test, 0), ")");
		test->at++;
		return inner;
	}
	if (is_unary(word) && has(test, 2)) {
		test->at += 2;
		return ask_unary(test, word.at[1], peek(test, (size_t)-1));
	}
	test->at++;
	return word.len > 0;
}

static bool ask_and(struct test *test)
{
	bool all = ask_primary(test);
	while (!test->bad && text_is(peek(test, 0), "-a") && has(test, 2)) {
		test->at++;
		all &= ask_primary(test);
	}
	return all;
}

static bool ask_or(struct test *test)
{
	bool any = ask_and(test);
	while (!test->bad && text_is(peek(test, 0), "-o") && has(test, 2)) {
		test->at++;
		any |= ask_and(test);
	}
	return any;
}

static bool answer_expression(const struct native_call *call, struct native_answer *answer,
			      size_t end)
{
	scoped(said_end) struct said said = said_begin(call, answer);
	struct test test = {.call = call, .said = &said, .at = 1, .end = end};
	bool holds = end > 1 && ask_or(&test);
	if (test.failed)
		return true;
	if (test.bad || (test.at < test.end && call->gather))
		return false;
	answer->exit = holds ? 0 : 1;
	return true;
}

static bool answer_test(const struct native_call *call, struct native_answer *answer)
{
	return answer_expression(call, answer, call->argc);
}

static bool answer_bracket(const struct native_call *call, struct native_answer *answer)
{
	if (!text_is(call->argv[call->argc - 1], "]"))
		return false;
	return answer_expression(call, answer, call->argc - 1);
}

const struct native native_test = {
	.program = "test",
	.forms = "EXPRESSION with -n -z = == != -eq -ne -lt -le -gt -ge -e -f -d -h -L -p -S -c "
		 "-b -s -x -r -w -u -g -k ! -a -o and parentheses",
	.reads = "the files' inodes",
	.prints = "nothing; exits 0 or 1",
	.answer = answer_test,
};

const struct native native_bracket = {
	.program = "[",
	.forms = "as test, with ] at its end",
	.reads = "as test",
	.prints = "as test",
	.answer = answer_bracket,
};
