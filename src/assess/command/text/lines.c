#include <inttypes.h>

#include "assess/command/table.h"
#include "assess/command/text/feed.h"

/* head, tail and wc: parts of files, and their sizes. */
struct part {
	const struct native_call *call;
	struct said *said;
	const struct feed_voice *voice;
	bool bytes, from_start, titles, no_titles;
	bool lines, words, chars; /* of wc */
	int64_t count;
	size_t files;
	uint64_t totals[3];
	size_t width;
};

static const struct option_word head_options[] = {
	{'n', "lines", true},    {'c', "bytes", true}, {'q', "quiet", false},
	{'v', "verbose", false}, {0, NULL, false},
};

/* A count: head -n -5 and tail -n +5 are given back with their sign. */
static bool read_count(struct part *part, struct text value, bool tail)
{
	bool plus = text_starts(value, "+");
	int64_t count;
	if (!read_number(value, &count) || (tail && count < 0 && !plus))
		part->count = -1;
	else
		part->count = count;
	part->from_start = tail && plus;
	return read_number(value, &count);
}

/* How many bytes the first `count` lines have. */
static size_t lines_len(struct text text, int64_t count)
{
	struct text rest = text, line;
	bool ended;
	while (count-- > 0 && feed_line(&rest, &line, &ended))
		continue;
	return text.len - rest.len;
}

static int64_t line_count(struct text text)
{
	struct text line;
	bool ended;
	int64_t count = 0;
	while (feed_line(&text, &line, &ended))
		count++;
	return count;
}

static void put_title(struct part *part, const struct feed *feed)
{
	if (part->no_titles || (part->files < 2 && !part->titles))
		return;
	struct text name = feed->is_input ? TEXT("standard input") : feed->name;
	said_text(part->said, part->totals[0]++ > 0 ? TEXT("\n==> ") : TEXT("==> "));
	said_text(part->said, name);
	said_text(part->said, TEXT(" <==\n"));
}

static void put_head(struct part *part, const struct feed *feed)
{
	struct text text = feed->text;
	int64_t all = part->bytes ? (int64_t)text.len : line_count(text), count = part->count;
	if (count < 0)
		count = all + count < 0 ? 0 : all + count;
	if (part->bytes)
		text.len = count < all ? (size_t)count : text.len;
	else
		text.len = lines_len(text, count);
	put_title(part, feed);
	said_text(part->said, text);
}

static void put_tail(struct part *part, const struct feed *feed)
{
	struct text text = feed->text;
	int64_t all = part->bytes ? (int64_t)text.len : line_count(text);
	int64_t count = part->count < 0 ? -part->count : part->count;
	int64_t skip = part->from_start ? count - 1 : all - count;
	skip = skip < 0 ? 0 : skip > all ? all : skip;
	size_t from = part->bytes ? (size_t)skip : lines_len(text, skip);
	put_title(part, feed);
	said_text(part->said, (struct text){text.at + from, text.len - from});
}

static bool each_file(struct part *part, const struct option_word *options,
		      void (*put)(struct part *part, const struct feed *feed))
{
	struct args args = {.call = part->call, .options = options};
	struct text value;
	struct feed feed;
	bool once = part->files == 0;
	for (int letter; once || (letter = args_next(&args, &value)) != ARGS_END;) {
		enum look look = LOOK_NO;
		if (once)
			look = feed_open(part->said, part->call, part->voice, TEXT(""), &feed);
		else if (letter == ARGS_OPERAND)
			look = feed_open(part->said, part->call, part->voice, value, &feed);
		if (look == LOOK_FAILED)
			return false;
		if (look == LOOK_OK)
			put(part, &feed);
		if (once)
			break;
	}
	return true;
}

/* head -5 FILE: the old form of -n, as the first word alone. */
static bool is_old_form(const struct native_call *call)
{
	struct text word = call->argc > 1 ? call->argv[1] : TEXT("");
	return word.len > 1 && word.at[0] == '-' && word.at[1] >= '0' && word.at[1] <= '9';
}

static bool read_part(struct part *part, bool tail)
{
	struct args args = {.call = part->call, .options = head_options};
	struct text value;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		if (letter == ARGS_UNKNOWN || (letter == ARGS_OPERAND && !feed_takes(value)))
			return false;
		part->files += letter == ARGS_OPERAND;
		part->no_titles |= letter == 'q';
		part->titles |= letter == 'v';
		if (letter != 'n' && letter != 'c')
			continue;
		part->bytes = letter == 'c';
		if (!read_count(part, value, tail))
			return false;
	}
	return true;
}

static bool answer_part(const struct native_call *call, struct native_answer *answer, bool tail)
{
	static const struct feed_voice voices[] = {
		{"head: cannot open ", " for reading", "head: error reading ", "", FEED_QUOTED, 1},
		{"tail: cannot open ", " for reading", "tail: error reading ", "", FEED_QUOTED, 1},
	};
	struct native_call rest = *call;
	scoped(said_end) struct said said = said_begin(call, answer);
	struct part part = {.call = &rest, .said = &said, .voice = &voices[tail], .count = 10};
	bool old = is_old_form(call);
	if (old) {
		struct text digits = {call->argv[1].at + 1, call->argv[1].len - 1};
		rest.argv++;
		rest.argc--;
		if (!read_count(&part, digits, tail))
			return false;
	}
	if (!read_part(&part, tail) || (tail && old && part.files > 1))
		return false; /* tail itself would refuse the latter */
	if (!call->gather)
		return true;
	return !each_file(&part, head_options, tail ? put_tail : put_head) || said_give(&said);
}

static bool answer_head(const struct native_call *call, struct native_answer *answer)
{
	return answer_part(call, answer, false);
}

static bool answer_tail(const struct native_call *call, struct native_answer *answer)
{
	return answer_part(call, answer, true);
}

/* -------- wc -------- */

static const struct option_word wc_options[] = {
	{'l', "lines", false}, {'w', "words", false}, {'c', "bytes", false},
	{'m', "chars", false}, {0, NULL, false},
};

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void put_counts(struct part *part, const uint64_t counts[static 3], struct text name)
{
	const bool asked[] = {part->lines, part->words, part->chars};
	bool first = true;
	for (size_t i = 0; i < 3; i++) {
		if (!asked[i])
			continue;
		said_print(part->said, first ? "%*" PRIu64 : " %*" PRIu64, (int)part->width,
			   counts[i]);
		first = false;
	}
	if (name.len > 0) {
		said_char(part->said, ' ');
		said_text(part->said, name);
	}
	said_char(part->said, '\n');
}

static void put_wc(struct part *part, const struct feed *feed)
{
	uint64_t counts[3] = {0, 0, feed->text.len};
	bool inside = false;
	for (size_t i = 0; i < feed->text.len; i++) {
		bool space = is_space(feed->text.at[i]);
		counts[0] += feed->text.at[i] == '\n';
		counts[1] += !space && !inside;
		inside = !space;
	}
	for (size_t i = 0; i < 3; i++)
		part->totals[i] += counts[i];
	put_counts(part, counts, feed->name);
}

/* Columns are as wide as the sum of the sizes of the files has digits; one count of one file, and
 * of what came through a pipe: as it is, and 7. */
static bool find_width(struct part *part)
{
	struct args args = {.call = part->call, .options = wc_options};
	struct text value;
	uint64_t sum = 0;
	size_t columns = (size_t)part->lines + part->words + part->chars;
	bool pipe = part->files == 0;
	if (columns == 1 && part->files <= 1) {
		part->width = 1;
		return true;
	}
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		struct gather_stat stat;
		const char *fault;
		if (letter != ARGS_OPERAND)
			continue;
		pipe |= text_is(value, "-");
		enum look look = pipe ? LOOK_NO : look_kind(part->said, value, true, &stat, &fault);
		if (look == LOOK_FAILED)
			return false;
		if (look == LOOK_OK && stat.kind == GATHER_FILE)
			sum += stat.size;
		else if (look == LOOK_OK)
			pipe = true; /* what has no size may be long */
	}
	for (part->width = 1; sum > 9; sum /= 10)
		part->width++;
	if (pipe && part->width < 7)
		part->width = 7;
	return true;
}

static bool answer_wc(const struct native_call *call, struct native_answer *answer)
{
	static const struct feed_voice voice = {"wc: ", "", NULL, NULL, FEED_QUOTED_IF_ODD, 1};
	scoped(said_end) struct said said = said_begin(call, answer);
	struct part part = {.call = call, .said = &said, .voice = &voice};
	struct args args = {.call = call, .options = wc_options};
	struct text value;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		if (letter == ARGS_UNKNOWN || (letter == ARGS_OPERAND && !feed_takes(value)))
			return false;
		part.files += letter == ARGS_OPERAND;
		part.lines |= letter == 'l';
		part.words |= letter == 'w';
		part.chars |= letter == 'c' || letter == 'm';
	}
	if (!part.lines && !part.words && !part.chars)
		part.lines = part.words = part.chars = true;
	if (!call->gather)
		return true;
	if (!find_width(&part) || !each_file(&part, wc_options, put_wc))
		return true;
	if (part.files > 1)
		put_counts(&part, part.totals, TEXT("total"));
	return said_give(&said);
}

const struct native native_head = {
	.program = "head",
	.forms = "[-N | -n N | -c N] [-q | -v] [FILE]…",
	.reads = "the files",
	.prints = "their first lines",
	.answer = answer_head,
};

const struct native native_tail = {
	.program = "tail",
	.forms = "[-N | -n N | -c N] [-q | -v] [FILE]…; +N from line N on; no -f",
	.reads = "the files",
	.prints = "their last lines",
	.answer = answer_tail,
};

const struct native native_wc = {
	.program = "wc",
	.forms = "[-lwcm] [FILE]…",
	.reads = "the files",
	.prints = "how many lines, words and bytes",
	.answer = answer_wc,
};
