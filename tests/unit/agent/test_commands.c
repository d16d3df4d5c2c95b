#include "agent/judge/commands.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "unit.h"

static struct commands *read_list(const char *list, struct err *err)
{
	*err = (struct err){0};
	return commands_new(text_of(list), "/list", err);
}

/* The words with a NUL behind each: the blanks of `words` stand for them, "_" for a space. */
static struct text words_of(const char *words)
{
	char *text = mem_text(unit_text("%s ", words));
	size_t len = strlen(text);
	for (size_t i = 0; i < len; i++)
		text[i] = (char)(text[i] == ' ' ? '\0' : text[i] == '_' ? ' ' : text[i]);
	return (struct text){text, len};
}

static const struct command *find(const struct commands *commands, const char *words)
{
	struct text asked = words_of(words);
	const struct command *command = commands_find(commands, asked);
	mem_free(&asked.at);
	return command;
}

test(finds_what_stands_there_word_for_word)
{
	struct err err;
	static const char list[] = "# comment\n"
				   "\n"
				   "  /bin/a one  \"two words\" \n"
				   "a \"\"\n"
				   "a b\\ c \\\"\n"
				   "a '$x' * | #y\r\n"
				   "user=postgres a b";
	static const struct {
		const char *words;
		unsigned line; /* 0: it is not in the list */
	} rows[] = {
		{"/bin/a one two_words", 3},
		{"a ", 4},
		{"a b_c \"", 5},
		{"a '$x' * | #y", 6},
		{"a b", 7},
		{"a", 0},
		{"a b c", 0},
		{"A b", 0},
		{"/bin/a one two words", 0},
		{"/bin/a_one two_words", 0},
		{"a b_", 0},
		{"_a b", 0},
		{"user=postgres a b", 0},
		{"# comment", 0},
		{"/bin/a one", 0},
	};
	scoped(commands_free) struct commands *commands = read_list(list, &err);
	assert_non_null(commands);
	assert_int_equal(commands_count(commands), 5);
	for (size_t i = 0; i < array_len(rows); i++) {
		const struct command *command = find(commands, rows[i].words);
		if ((command ? command->line : 0) != rows[i].line)
			fail_msg("%s: %u", rows[i].words, command ? command->line : 0);
	}
	/* bytes that are no words at all */
	assert_null(commands_find(commands, TEXT("")));
	assert_null(commands_find(commands, TEXT("\0")));
	assert_null(commands_find(commands, TEXT("a\0b")));
	assert_null(commands_find(commands, TEXT("a\0b\0\0")));
}

test(says_who_runs_it_with_which_words)
{
	struct err err;
	scoped(commands_free) struct commands *commands = read_list(
		"user=www-data ls -l \"a b\"\nid\n", &err);
	assert_non_null(commands);
	const struct command *listed = find(commands, "ls -l a_b");
	assert_string_equal(listed->user, "www-data");
	assert_string_equal(listed->argv[0], "ls");
	assert_string_equal(listed->argv[1], "-l");
	assert_string_equal(listed->argv[2], "a b");
	assert_null(listed->argv[3]);
	assert_null(find(commands, "id")->user);
}

test(one_mistake_and_nothing_of_the_list_counts)
{
	static const struct {
		const char *list, *says;
	} rows[] = {
		{"a\nb \"c\n", "/list:2: a quote is not closed"},
		{"a b\\", "/list:1: a backslash with nothing behind it"},
		{"a b\\ ", "/list:1: a backslash with nothing behind it"},
		{"a\tb", "/list:1: a tab does not end a word; write a space"},
		{"a \033[2J", "/list:1: a control character; no command of a policy holds one"},
		{"\n\nuser=x", "/list:3: there is no command; write its words here"},
		{"user=x \"\" b", "/list:1: there is no command; write its words here"},
		{"user= a", "/list:1: \"user=\" wants the name of a user: user=postgres COMMAND"},
		{"user=../x a",
		 "/list:1: \"user=\" wants the name of a user: user=postgres COMMAND"},
		{"user=-x a", "/list:1: \"user=\" wants the name of a user: user=postgres COMMAND"},
		{"user=a234567890123456789012345678901234 a",
		 "/list:1: \"user=\" wants the name of a user: user=postgres COMMAND"},
		{"a  b\nc\nuser=x a b", "/list:3: the same command stands in line 1 already"},
	};
	for (size_t i = 0; i < array_len(rows); i++) {
		struct err err;
		assert_null(read_list(rows[i].list, &err));
		assert_string_equal(err.text, rows[i].says);
		assert_int_equal(err.kind, ERR_INPUT);
	}
	struct err err = {0};
	assert_null(commands_new((struct text){"a \0b", 4}, "/list", &err));
	assert_string_equal(err.text,
			    "/list:1: a control character; no command of a policy holds one");
}

test(has_limits)
{
	struct err err;
	scoped(buf_end) struct buf list = {0}, words = {0}, big = {0};
	for (unsigned i = 0; i < COMMANDS_MAX; i++)
		buf_print(&list, "c%u\n", i);
	scoped(commands_free) struct commands *most = read_list(list.at, &err);
	assert_non_null(most);
	assert_int_equal(commands_count(most), COMMANDS_MAX);
	buf_cstr(&list, "one-more\n");
	assert_null(read_list(list.at, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	assert_string_equal(err.text, "/list:1001: more than 1000 commands");

	for (unsigned i = 0; i < 65; i++)
		buf_cstr(&words, "w ");
	assert_null(read_list(words.at, &err));
	assert_int_equal(err.kind, ERR_LIMIT);

	for (unsigned i = 0; i <= COMMANDS_SIZE_MAX; i++)
		buf_char(&big, '#');
	assert_null(read_list(big.at, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	assert_string_equal(err.text, "/list: it has more than 262144 bytes");
}

/* The most that fits: nothing of it may be too much for the memory that a list has. */
test(the_largest_list_is_read)
{
	struct err err;
	scoped(buf_end) struct buf list = {0};
	for (unsigned i = 0; i < COMMANDS_MAX; i++) {
		buf_print(&list, "user=u %u", i);
		for (unsigned j = 0; j < 63; j++)
			buf_cstr(&list, " w");
		buf_char(&list, '\n');
	}
	assert_true(list.len < COMMANDS_SIZE_MAX);
	scoped(commands_free) struct commands *commands = read_list(list.at, &err);
	assert_non_null(commands);
}

test(without_a_file_nothing_is_in_the_list)
{
	struct err err = {0};
	const char *folder = unit_tmpdir();
	scoped(commands_free) struct commands *none = commands_load(unit_text("%s/none", folder),
								    &err);
	assert_non_null(none);
	assert_int_equal(commands_count(none), 0);
	scoped(commands_free) struct commands *nowhere = commands_load(
		unit_text("%s/none/none", folder), &err);
	assert_non_null(nowhere);
}

test(a_file_is_read_only_when_nobody_else_can_have_written_it)
{
	static const struct {
		mode_t folder, file;
		const char *says; /* NULL: it is read */
	} rows[] = {
		{0755, 0644, NULL},
		{0700, 0600, NULL},
		{01777, 0644, NULL},
		{0755, 0664, "others may write it (mode 0664); chmod go-w it"},
		{0755, 0646, "others may write it (mode 0646); chmod go-w it"},
		{0777, 0644, "others may write it (mode 0777); chmod go-w it"},
		{0775, 0644, "others may write it (mode 0775); chmod go-w it"},
	};
	for (size_t i = 0; i < array_len(rows); i++) {
		struct err err = {0};
		const char *folder = unit_tmpdir(), *path = unit_text("%s/list", folder);
		unit_write_file(path, "id\n", 3);
		assert_int_equal(chmod(path, rows[i].file), 0);
		assert_int_equal(chmod(folder, rows[i].folder), 0);
		scoped(commands_free) struct commands *commands = commands_load(path, &err);
		if (!rows[i].says) {
			assert_non_null(commands);
			assert_int_equal(commands_count(commands), 1);
		} else {
			assert_null(commands);
			assert_int_equal(err.kind, ERR_REFUSED);
			assert_non_null(strstr(err.text, rows[i].says));
		}
	}
}

test(what_is_no_regular_file_is_refused)
{
	struct err err = {0};
	const char *folder = unit_tmpdir(), *path = unit_text("%s/list", folder);
	unit_write_file(unit_text("%s/real", folder), "id\n", 3);
	assert_int_equal(symlink("real", path), 0);
	assert_null(commands_load(path, &err));
	assert_non_null(strstr(err.text, "it is a symbolic link; put the file itself here"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(commands_load(path, &err)); /* and nobody waits for a writer */
	assert_non_null(strstr(err.text, "it is no regular file"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_null(commands_load(path, &err));
}

test(a_file_of_somebody_else_is_refused)
{
	struct err err = {0};
	const char *path = unit_text("%s/list", unit_tmpdir());
	if (geteuid() != 0)
		unit_skip("only root can give files away");
	unit_write_file(path, "id\n", 3);
	assert_int_equal(chown(path, 64991, 64991), 0);
	assert_null(commands_load(path, &err));
	assert_non_null(strstr(err.text, "it belongs to user 64991"));
}

test(a_file_that_is_too_large_is_refused)
{
	struct err err = {0};
	scoped(buf_end) struct buf big = {0};
	const char *path = unit_text("%s/list", unit_tmpdir());
	for (unsigned i = 0; i <= COMMANDS_SIZE_MAX; i++)
		buf_char(&big, '\n');
	unit_write_file(path, big.at, COMMANDS_SIZE_MAX);
	scoped(commands_free) struct commands *commands = commands_load(path, &err);
	assert_non_null(commands);
	unit_write_file(path, big.at, COMMANDS_SIZE_MAX + 1);
	assert_null(commands_load(path, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
}
