#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "assess/command/table.h"
#include "assess/command/text/feed.h"

#define SORT_LINES_MAX 1000000

static const struct option_word sort_options[] = {
	{'u', "unique", false},  {'n', "numeric-sort", false},
	{'r', "reverse", false}, {'f', "ignore-case", false},
	{'s', "stable", false},  {'t', "field-separator", true},
	{'k', "key", true},      {0, NULL, false},
};

/* -k FROM[,TO] with whole fields; no characters within, no options of its own but n and r. */
struct sort {
	bool unique, numeric, reverse, fold, stable, keyed, key_numeric, key_reverse;
	char separator;  /* 0: from blank to non-blank */
	size_t from, to; /* fields, from 1; to 0: the line's end */
	struct text *lines;
	size_t room, count;
};

static bool read_key(struct sort *sort, struct text value)
{
	uint64_t from, to = 0;
	struct text rest = value, part;
	if (sort->keyed)
		return false;
	while (value.len > 0 && (text_ends(value, "n") || text_ends(value, "r"))) {
		sort->key_numeric |= text_ends(value, "n");
		sort->key_reverse |= text_ends(value, "r");
		value.len--;
	}
	rest = value;
	if (!text_next(&rest, ',', &part) || !text_to_u64(part, 1, 10000, &from) ||
	    (part.len < value.len && !text_to_u64(rest, 1, 10000, &to)))
		return false;
	sort->keyed = true;
	sort->from = (size_t)from;
	sort->to = (size_t)to;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Where field `field` begins; of blanks those in front belong to it. */
static size_t field_begin(const struct sort *sort, struct text line, size_t field)
{
	size_t at = 0;
	for (size_t i = 1; i < field; i++) {
		if (sort->separator) {
			const char *next = at < line.len ? memchr(line.at + at, sort->separator,
								  line.len - at)
							 : NULL;
			at = next ? (size_t)(next - line.at) + 1 : line.len;
			continue;
		}
		while (at < line.len && is_blank(line.at[at]))
			at++;
		while (at < line.len && !is_blank(line.at[at]))
			at++;
	}
	return at;
}

static size_t field_end(const struct sort *sort, struct text line, size_t at)
{
	if (sort->separator) {
		const char *next = at < line.len
					   ? memchr(line.at + at, sort->separator, line.len - at)
					   : NULL;
		return next ? (size_t)(next - line.at) : line.len;
	}
	while (at < line.len && is_blank(line.at[at]))
		at++;
	while (at < line.len && !is_blank(line.at[at]))
		at++;
	return at;
}

static struct text key_of(const struct sort *sort, struct text line)
{
	if (!sort->keyed)
		return line;
	size_t begin = field_begin(sort, line, sort->from), end = line.len;
	if (sort->to > 0)
		end = field_end(sort, line, field_begin(sort, line, sort->to));
	return begin < end ? (struct text){line.at + begin, end - begin} : TEXT("");
}

/* As sort -n reads a number: blanks, a minus, digits, a point, digits. */
static double number_of(struct text text)
{
	size_t at = 0;
	double number = 0, scale = 1;
	while (at < text.len && is_blank(text.at[at]))
		at++;
	bool minus = at < text.len && text.at[at] == '-';
	for (at += minus; at < text.len && text.at[at] >= '0' && text.at[at] <= '9'; at++)
		number = number * 10 + (text.at[at] - '0');
	if (at < text.len && text.at[at] == '.')
		for (at++; at < text.len && text.at[at] >= '0' && text.at[at] <= '9'; at++)
			number += (text.at[at] - '0') * (scale /= 10);
	return minus ? -number : number;
}

static int compare_folded(struct text a, struct text b)
{
	for (size_t i = 0; i < a.len && i < b.len; i++) {
		int x = (unsigned char)a.at[i], y = (unsigned char)b.at[i];
		x -= x >= 'a' && x <= 'z' ? 32 : 0;
		y -= y >= 'a' && y <= 'z' ? 32 : 0;
		if (x != y)
			return x - y;
	}
	return (a.len > b.len) - (a.len < b.len);
}

static int compare_keys(const struct sort *sort, struct text a, struct text b)
{
	struct text key_a = key_of(sort, a), key_b = key_of(sort, b);
	bool own = sort->key_numeric || sort->key_reverse; /* then the global ones don't apply */
	int order;
	if (own ? sort->key_numeric : sort->numeric) {
		double x = number_of(key_a), y = number_of(key_b);
		order = (x > y) - (x < y);
	} else if (sort->fold && !own) {
		order = compare_folded(key_a, key_b);
	} else {
		/* text_compare's order is memcmp's, shorter first */
		order = text_compare(key_a, key_b);
	}
	return (own ? sort->key_reverse : sort->reverse) ? -order : order;
}

static int compare_lines(const void *a, const void *b, void *data)
{
	const struct sort *sort = data;
	const struct text *x = a, *y = b;
	int order = compare_keys(sort, *x, *y);
	if (order == 0 && !sort->unique && !sort->stable) {
		order = text_compare(*x, *y);
		order = sort->reverse ? -order : order;
	}
	if (order == 0) /* as they came: texts of one file; qsort_r is a merge sort only mostly */
		order = (x->at > y->at) - (x->at < y->at);
	return order;
}

static bool read_sort(const struct native_call *call, struct sort *sort, size_t *files)
{
	struct args args = {.call = call, .options = sort_options};
	struct text value;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		if (letter == ARGS_UNKNOWN || (letter == ARGS_OPERAND && !feed_takes(value)) ||
		    (letter == 't' && value.len != 1) || (letter == 'k' && !read_key(sort, value)))
			return false;
		*files += letter == ARGS_OPERAND;
		sort->unique |= letter == 'u';
		sort->numeric |= letter == 'n';
		sort->reverse |= letter == 'r';
		sort->fold |= letter == 'f';
		sort->stable |= letter == 's';
		if (letter == 't')
			sort->separator = value.at[0];
	}
	return !sort->fold || !sort->keyed;
}

static bool add_lines(struct sort *sort, struct text text)
{
	struct text line;
	bool ended;
	while (feed_line(&text, &line, &ended)) {
		if (sort->count == SORT_LINES_MAX)
			return false;
		sort->lines = mem_grow(sort->lines, &sort->room, sort->count + 1,
				       sizeof(*sort->lines));
		sort->lines[sort->count++] = line;
	}
	return true;
}

static void put_sorted(struct said *said, struct sort *sort)
{
	if (sort->count > 0)
		qsort_r(sort->lines, sort->count, sizeof(*sort->lines), compare_lines, sort);
	for (size_t i = 0; i < sort->count; i++) {
		if (sort->unique && i > 0 &&
		    compare_keys(sort, sort->lines[i - 1], sort->lines[i]) == 0)
			continue;
		said_text(said, sort->lines[i]);
		said_char(said, '\n');
	}
}

static void end_sort(struct sort *sort)
{
	mem_free(&sort->lines);
}

static bool answer_sort(const struct native_call *call, struct native_answer *answer)
{
	static const struct feed_voice voice = {
		"sort: cannot read: ", "", "sort: read failed: ", "", FEED_QUOTED_IF_ODD, 2};
	scoped(end_sort) struct sort sort = {0};
	struct args args = {.call = call, .options = sort_options};
	struct text value;
	struct feed feed;
	size_t files = 0;
	if (!read_sort(call, &sort, &files))
		return false;
	if (!call->gather)
		return true;
	scoped(said_end) struct said said = said_begin(call, answer);
	for (int letter; files == 0 || (letter = args_next(&args, &value)) != ARGS_END;) {
		if (files > 0 && letter != ARGS_OPERAND)
			continue;
		enum look look = feed_open(&said, call, &voice, files == 0 ? TEXT("") : value,
					   &feed);
		if (look == LOOK_FAILED)
			return true;
		if (look == LOOK_NO) /* sort prints nothing then */
			return said_give(&said);
		if (!add_lines(&sort, feed.text))
			return native_fail(answer, TEXT("more than 1000000 lines to sort"));
		if (files == 0)
			break;
	}
	put_sorted(&said, &sort);
	return said_give(&said);
}

/* -------- uniq -------- */

static const struct option_word uniq_options[] = {
	{'c', "count", false},       {'d', "repeated", false}, {'u', "unique", false},
	{'i', "ignore-case", false}, {0, NULL, false},
};

struct uniq {
	bool counts, repeated, unique, fold;
};

static void put_group(struct said *said, const struct uniq *uniq, struct text line, uint64_t count)
{
	if (count == 0 || (uniq->repeated && count < 2) || (uniq->unique && count > 1))
		return;
	if (uniq->counts)
		said_print(said, "%7" PRIu64 " ", count);
	said_text(said, line);
	said_char(said, '\n');
}

static void put_uniq(struct said *said, const struct uniq *uniq, struct text text)
{
	struct text line, first = {0};
	uint64_t count = 0;
	bool ended;
	while (feed_line(&text, &line, &ended)) {
		bool same = count > 0 &&
			    (uniq->fold ? text_is_alike(first, line) : text_is_equal(first, line));
		if (!same) {
			put_group(said, uniq, first, count);
			first = line;
			count = 0;
		}
		count++;
	}
	put_group(said, uniq, first, count);
}

static bool answer_uniq(const struct native_call *call, struct native_answer *answer)
{
	static const struct feed_voice voice = {"uniq: ",           "", "uniq: error reading ", "",
						FEED_QUOTED_IF_ODD, 1};
	struct args args = {.call = call, .options = uniq_options};
	struct uniq uniq = {0};
	struct text value, file = TEXT("");
	struct feed feed;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		if (letter == ARGS_UNKNOWN)
			return false;
		if (letter == ARGS_OPERAND && (file.len > 0 || !feed_takes(value)))
			return false; /* the second one would be written */
		uniq.counts |= letter == 'c';
		uniq.repeated |= letter == 'd';
		uniq.unique |= letter == 'u';
		uniq.fold |= letter == 'i';
		if (letter == ARGS_OPERAND)
			file = value;
	}
	if (!call->gather)
		return true;
	scoped(said_end) struct said said = said_begin(call, answer);
	enum look look = feed_open(&said, call, &voice, file, &feed);
	if (look == LOOK_FAILED)
		return true;
	if (look == LOOK_OK)
		put_uniq(&said, &uniq, feed.text);
	return said_give(&said);
}

const struct native native_sort = {
	.program = "sort",
	.forms = "[-unrfs] [-t C] [-k FIELD[,FIELD][nr]] [FILE]…",
	.reads = "the files",
	.prints = "their lines in the order of the C locale",
	.answer = answer_sort,
};

const struct native native_uniq = {
	.program = "uniq",
	.forms = "[-cdui] [FILE]",
	.reads = "the file",
	.prints = "each line that differs from the one before",
	.answer = answer_uniq,
};
