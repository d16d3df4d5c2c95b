#include "assess/command/text/grep.h"

#include "assess/command/table.h"

#define INCLUDE '\x03'
#define EXCLUDE '\x04'
#define EXCLUDE_DIR '\x05'

static const struct option_word options[] = {
	{'E', "extended-regexp", false},
	{'F', "fixed-strings", false},
	{'G', "basic-regexp", false},
	{'P', "perl-regexp", false},
	{'i', "ignore-case", false},
	{'y', NULL, false},
	{'v', "invert-match", false},
	{'w', "word-regexp", false},
	{'x', "line-regexp", false},
	{'s', "no-messages", false},
	{'q', "quiet", false},
	{'r', "recursive", false},
	{'R', "dereference-recursive", false},
	{'h', "no-filename", false},
	{'H', "with-filename", false},
	{'l', "files-with-matches", false},
	{'L', "files-without-match", false},
	{'c', "count", false},
	{'o', "only-matching", false},
	{'n', "line-number", false},
	{'a', "text", false},
	{'e', "regexp", true},
	{'m', "max-count", true},
	{INCLUDE, "include", true},
	{EXCLUDE, "exclude", true},
	{EXCLUDE_DIR, "exclude-dir", true},
	{0, NULL, false},
};

static bool add_text(struct text *list, size_t *count, struct text text)
{
	if (*count == GREP_PATTERNS_MAX)
		return false;
	list[(*count)++] = text;
	return true;
}

/* Options that are just on. */
static bool set_flag(struct grep *grep, int letter)
{
	const struct {
		char letter;
		bool *flag;
	} flags[] = {
		{'i', &grep->fold},     {'y', &grep->fold},        {'v', &grep->invert},
		{'w', &grep->word},     {'x', &grep->whole_line},  {'s', &grep->silent},
		{'q', &grep->quiet},    {'r', &grep->recursive},   {'R', &grep->recursive},
		{'l', &grep->list},     {'L', &grep->list_others}, {'c', &grep->count},
		{'o', &grep->only},     {'n', &grep->numbers},     {'a', &grep->binary_is_text},
		{'h', &grep->no_names}, {'H', &grep->names},
	};
	for (size_t i = 0; i < array_len(flags); i++)
		if (flags[i].letter == letter) {
			*flags[i].flag = true;
			return true;
		}
	return false;
}

static bool set_option(struct grep *grep, int letter, struct text value)
{
	switch (letter) {
	case 'E':
	case 'F':
	case 'G':
	case 'P':
		grep->extended = letter == 'E';
		grep->fixed = letter == 'F';
		grep->perl = letter == 'P';
		return true;
	case 'e':
		return add_text(grep->patterns, &grep->pattern_count, value);
	case 'm':
		return read_number(value, &grep->max) && grep->max >= 0;
	case INCLUDE:
		return add_text(grep->includes, &grep->include_count, value);
	case EXCLUDE:
		return add_text(grep->excludes, &grep->exclude_count, value);
	case EXCLUDE_DIR:
		return add_text(grep->exclude_folders, &grep->exclude_folder_count, value);
	default:
		grep->through_links |= letter == 'R';
		if (letter == 'h' || letter == 'H')
			grep->names = grep->no_names = false;
		return set_flag(grep, letter);
	}
}

struct words { /* what stands beside the options */
	struct text first;
	size_t count;
	bool relative; /* one of those behind the first */
};

static bool read_words(struct grep *grep, struct words *words)
{
	struct args args = {.call = grep->call, .options = options};
	struct text value;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		if (letter == ARGS_UNKNOWN ||
		    (letter != ARGS_OPERAND && !set_option(grep, letter, value)))
			return false;
		if (letter != ARGS_OPERAND)
			continue;
		if (words->count++ == 0)
			words->first = value;
		else
			words->relative |= !feed_takes(value);
	}
	return true;
}

/* The options, then the pattern, which is the first operand unless there was -e; the number of
 * files. */
static bool read_grep(struct grep *grep, size_t *files)
{
	struct words words = {0};
	if (!read_words(grep, &words))
		return false;
	*files = words.count;
	if (grep->pattern_count > 0) {
		words.relative |= words.first.at && !feed_takes(words.first);
	} else {
		if (words.count == 0)
			return false;
		grep->patterns[grep->pattern_count++] = words.first;
		--*files;
	}
	if (words.relative || (grep->recursive && *files == 0))
		return false; /* it would search where it is started */
	grep->show_names = grep->names || (!grep->no_names && *files > 1);
	return grep_compile(grep);
}

static bool grep_all(struct grep *grep, bool pattern_given, size_t files)
{
	struct args args = {.call = grep->call, .options = options};
	struct text value;
	bool first = !pattern_given;
	if (files == 0)
		return grep_file(grep, TEXT("-"), true);
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END && !grep->stop;) {
		if (letter != ARGS_OPERAND)
			continue;
		if (first) {
			first = false;
			continue;
		}
		bool tree = grep->recursive && !text_is(value, "-");
		if (!(tree ? grep_tree(grep, value) : grep_file(grep, value, true)))
			return false;
	}
	return true;
}

static void end_grep(struct grep **grep)
{
	regex_free(&(*grep)->regex);
	mem_free(grep);
}

static bool has_own_pattern(const struct native_call *call)
{
	struct args args = {.call = call, .options = options};
	struct text value;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;)
		if (letter == 'e')
			return true;
	return false;
}

static bool answer_as(const struct native_call *call, struct native_answer *answer, char kind)
{
	scoped(end_grep) struct grep *grep = mem_new(1, sizeof(*grep));
	scoped(said_end) struct said said = said_begin(call, answer);
	size_t files = 0;
	*grep = (struct grep){.call = call, .said = &said, .max = -1};
	grep->extended = kind == 'E';
	grep->fixed = kind == 'F';
	if (!read_grep(grep, &files))
		return false;
	if (!call->gather)
		return true;
	if (!grep_all(grep, has_own_pattern(call), files))
		return true;
	said.exit = grep->errors && !(grep->quiet && grep->matched) ? 2 : grep->matched ? 0 : 1;
	return said_give(&said);
}

static bool answer_grep(const struct native_call *call, struct native_answer *answer)
{
	return answer_as(call, answer, 'G');
}

static bool answer_egrep(const struct native_call *call, struct native_answer *answer)
{
	return answer_as(call, answer, 'E');
}

static bool answer_fgrep(const struct native_call *call, struct native_answer *answer)
{
	return answer_as(call, answer, 'F');
}

const struct native native_grep = {
	.program = "grep",
	.forms = "[-EFGPiyvwxsqrRhHlLcona] [-m N] [-e PATTERN]… [--include GLOB] [--exclude GLOB] "
		 "[--exclude-dir GLOB] [PATTERN] [FILE]…; -o without alternatives",
	.reads = "the files, or all below a folder, names sorted",
	.prints = "the lines that match",
	.many = true,
	.answer = answer_grep,
};

const struct native native_egrep = {
	.program = "egrep",
	.forms = "as grep -E",
	.reads = "as grep",
	.prints = "as grep",
	.many = true,
	.answer = answer_egrep,
};

const struct native native_fgrep = {
	.program = "fgrep",
	.forms = "as grep -F",
	.reads = "as grep",
	.prints = "as grep",
	.many = true,
	.answer = answer_fgrep,
};
