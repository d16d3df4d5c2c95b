#include <string.h>

#include "assess/command/table.h"
#include "assess/command/text/feed.h"

#define RANGES_MAX 64
#define FIELD_MAX 1000000

static const struct option_word cut_options[] = {
	{'d', "delimiter", true},       {'f', "fields", true},
	{'c', "characters", true},      {'b', "bytes", true},
	{'s', "only-delimited", false}, {'\x03', "output-delimiter", true},
	{'\x04', "complement", false},  {0, NULL, false},
};

struct cut {
	struct cut_range {
		uint64_t from, to;
	} ranges[RANGES_MAX];
	size_t range_count;
	bool bytes, fields, only, complement;
	char delimiter;
	struct text joint; /* at NULL: as the delimiter */
};

/* "1,3-5,7-" */
static bool read_ranges(struct cut *cut, struct text list)
{
	struct text part, low;
	while (text_next(&list, ',', &part)) {
		struct cut_range range = {1, UINT64_MAX};
		struct text high = part;
		if (cut->range_count == RANGES_MAX || part.len == 0 || text_is(part, "-") ||
		    !text_next(&high, '-', &low))
			return false;
		bool dash = low.len < part.len;
		if (low.len > 0 && !text_to_u64(low, 1, FIELD_MAX, &range.from))
			return false;
		if (!dash)
			range.to = range.from;
		else if (low.len + 1 < part.len && !text_to_u64(high, 1, FIELD_MAX, &range.to))
			return false;
		if (range.to < range.from)
			return false;
		cut->ranges[cut->range_count++] = range;
	}
	return cut->range_count > 0;
}

static bool is_chosen(const struct cut *cut, uint64_t number)
{
	for (size_t i = 0; i < cut->range_count; i++)
		if (number >= cut->ranges[i].from && number <= cut->ranges[i].to)
			return !cut->complement;
	return cut->complement;
}

/* One option; false: not understood. */
static bool set_cut(struct cut *cut, int letter, struct text value)
{
	switch (letter) {
	case 'd':
		cut->delimiter = value.len == 1 ? value.at[0] : '\0';
		return value.len == 1;
	case 'f':
	case 'c':
	case 'b':
		cut->fields |= letter == 'f';
		cut->bytes |= letter != 'f';
		return cut->range_count == 0 && read_ranges(cut, value);
	case 's':
		cut->only = true;
		return true;
	case '\x03':
		cut->joint = value;
		return true;
	case '\x04':
		cut->complement = true;
		return true;
	default:
		return false;
	}
}

static bool read_cut(const struct native_call *call, struct cut *cut, size_t *files)
{
	struct args args = {.call = call, .options = cut_options};
	struct text value;
	cut->delimiter = '\t';
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		*files += letter == ARGS_OPERAND;
		if (letter == ARGS_OPERAND ? !feed_takes(value) : !set_cut(cut, letter, value))
			return false;
	}
	return cut->range_count > 0 && !(cut->bytes && cut->joint.at);
}

static void put_fields(struct said *said, const struct cut *cut, struct text line)
{
	uint64_t number = 0;
	bool first = true;
	struct text rest = line, field;
	if (!memchr(line.at, cut->delimiter, line.len)) {
		if (!cut->only) {
			said_text(said, line);
			said_char(said, '\n');
		}
		return;
	}
	for (bool more = true; more; number++) {
		const char *end = memchr(rest.at, cut->delimiter, rest.len);
		more = end != NULL;
		field = (struct text){rest.at, more ? (size_t)(end - rest.at) : rest.len};
		rest = more ? (struct text){end + 1, rest.len - field.len - 1} : rest;
		if (!is_chosen(cut, number + 1))
			continue;
		if (!first && cut->joint.at)
			said_text(said, cut->joint);
		else if (!first)
			said_char(said, cut->delimiter);
		first = false;
		said_text(said, field);
	}
	said_char(said, '\n');
}

static void put_cut(struct said *said, const struct cut *cut, struct text text)
{
	struct text line;
	bool ended;
	while (feed_line(&text, &line, &ended)) {
		if (cut->fields) {
			put_fields(said, cut, line);
			continue;
		}
		for (size_t i = 0; i < line.len; i++)
			if (is_chosen(cut, i + 1))
				said_char(said, line.at[i]);
		said_char(said, '\n');
	}
}

static bool answer_cut(const struct native_call *call, struct native_answer *answer)
{
	static const struct feed_voice voice = {"cut: ", "", NULL, NULL, FEED_QUOTED_IF_ODD, 1};
	struct cut cut = {0};
	struct args args = {.call = call, .options = cut_options};
	struct text value;
	struct feed feed;
	size_t files = 0;
	if (!read_cut(call, &cut, &files))
		return false;
	if (!call->gather)
		return true;
	scoped(said_end) struct said said = said_begin(call, answer);
	if (files == 0 && feed_open(&said, call, &voice, TEXT(""), &feed) == LOOK_OK)
		put_cut(&said, &cut, feed.text);
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		enum look look = letter == ARGS_OPERAND
					 ? feed_open(&said, call, &voice, value, &feed)
					 : LOOK_NO;
		if (look == LOOK_FAILED)
			return true;
		if (look == LOOK_OK)
			put_cut(&said, &cut, feed.text);
	}
	return said_give(&said);
}

/* -------- tr -------- */

static const struct option_word tr_options[] = {
	{'d', "delete", false},
	{'s', "squeeze-repeats", false},
	{'c', "complement", false},
	{0, NULL, false},
};

struct set {
	unsigned char at[256];
	size_t count;
};

static const struct {
	const char *name;
	const char *ranges; /* pairs */
} classes[] = {
	{"upper", "AZ"},     {"lower", "az"},     {"digit", "09"},     {"alpha", "AZaz"},
	{"alnum", "09AZaz"}, {"space", "\t\r  "}, {"blank", "\t\t  "}, {"punct", "!/:@[`{~"},
};

static bool add_range(struct set *set, unsigned char low, unsigned char high)
{
	for (unsigned c = low; c <= high; c++) {
		if (set->count == sizeof(set->at))
			return false;
		set->at[set->count++] = (unsigned char)c;
	}
	return low <= high;
}

static bool read_class(struct set *set, struct text text, size_t *at)
{
	struct text rest = {text.at + *at, text.len - *at}, name;
	size_t end;
	if (!text_starts(rest, "[:") || !text_find(rest, TEXT(":]"), &end))
		return false;
	name = (struct text){rest.at + 2, end - 2};
	for (size_t i = 0; i < array_len(classes); i++) {
		if (!text_is(name, classes[i].name))
			continue;
		for (const char *pair = classes[i].ranges; *pair; pair += 2)
			if (!add_range(set, (unsigned char)pair[0], (unsigned char)pair[1]))
				return false;
		*at += end + 2;
		return true;
	}
	return false;
}

static bool read_char(struct text text, size_t *at, unsigned char *c)
{
	static const char letters[] = "abfnrtv\\", codes[] = "\a\b\f\n\r\t\v\\";
	*c = (unsigned char)text.at[(*at)++];
	if (*c != '\\')
		return true;
	if (*at == text.len)
		return false;
	const char *known = text.at[*at] ? strchr(letters, text.at[*at]) : NULL;
	if (known) {
		*c = (unsigned char)codes[known - letters];
		++*at;
		return true;
	}
	unsigned code = 0;
	size_t digits = 0;
	for (; digits < 3 && *at < text.len && text.at[*at] >= '0' && text.at[*at] <= '7'; digits++)
		code = code * 8 + (unsigned)(text.at[(*at)++] - '0');
	*c = (unsigned char)code;
	return digits > 0 && code < 256;
}

static bool read_set(struct set *set, struct text text)
{
	for (size_t at = 0; at < text.len;) {
		unsigned char low, high;
		if (text.at[at] == '[' && at + 1 < text.len && strchr(":=", text.at[at + 1])) {
			if (!read_class(set, text, &at))
				return false;
			continue;
		}
		if (!read_char(text, &at, &low))
			return false;
		high = low;
		if (at + 1 < text.len && text.at[at] == '-') {
			at++;
			if (!read_char(text, &at, &high))
				return false;
		}
		if (!add_range(set, low, high))
			return false;
	}
	return set->count > 0;
}

static void complement(struct set *set)
{
	bool there[256] = {false};
	for (size_t i = 0; i < set->count; i++)
		there[set->at[i]] = true;
	set->count = 0;
	for (unsigned c = 0; c < 256; c++)
		if (!there[c])
			set->at[set->count++] = (unsigned char)c;
}

struct tr {
	struct set sets[2];
	size_t count;
	bool deletes, squeezes, inverse;
};

static void put_tr(struct said *said, const struct tr *tr, struct text text)
{
	const struct set *from = &tr->sets[0], *to = &tr->sets[1];
	const struct set *squeezes = to->count > 0 ? to : from;
	int becomes[256], last = -1;
	bool squeezed[256] = {false};
	for (int c = 0; c < 256; c++)
		becomes[c] = c;
	for (size_t i = 0; i < from->count; i++) {
		size_t at = i < to->count ? i : to->count - 1;
		if (tr->deletes)
			becomes[from->at[i]] = -1;
		else if (to->count > 0)
			becomes[from->at[i]] = to->at[at];
	}
	for (size_t i = 0; tr->squeezes && i < squeezes->count; i++)
		squeezed[squeezes->at[i]] = true;
	for (size_t i = 0; i < text.len; i++) {
		int c = becomes[(unsigned char)text.at[i]];
		if (c < 0 || (c == last && squeezed[c]))
			continue;
		said_char(said, (char)c);
		last = c;
	}
}

static bool read_tr(const struct native_call *call, struct tr *tr)
{
	struct args args = {.call = call, .options = tr_options, .in_order = true};
	struct text value;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		if (letter == ARGS_UNKNOWN)
			return false;
		if (letter == ARGS_OPERAND &&
		    (tr->count == 2 || !read_set(&tr->sets[tr->count++], value)))
			return false;
		tr->deletes |= letter == 'd';
		tr->squeezes |= letter == 's';
		tr->inverse |= letter == 'c';
	}
	if (tr->inverse)
		complement(&tr->sets[0]);
	if (tr->deletes)
		return tr->count == 1 && !tr->squeezes;
	if (tr->inverse && tr->count == 2 && tr->sets[1].count != 1)
		return false;
	return tr->count == 2 || (tr->count == 1 && tr->squeezes);
}

static bool answer_tr(const struct native_call *call, struct native_answer *answer)
{
	struct tr tr = {0};
	if (!read_tr(call, &tr))
		return false;
	if (!call->gather)
		return true;
	scoped(said_end) struct said said = said_begin(call, answer);
	answer->drained = true;
	put_tr(&said, &tr, call->input ? *call->input : TEXT(""));
	return said_give(&said);
}

const struct native native_cut = {
	.program = "cut",
	.forms =
		"-f LIST | -c LIST | -b LIST, [-d C] [-s] [--output-delimiter TEXT] [--complement] "
		"[FILE]…",
	.reads = "the files",
	.prints = "the chosen parts of each line",
	.answer = answer_cut,
};

const struct native native_tr = {
	.program = "tr",
	.forms = "[-c] [-d | -s] SET [SET]; ranges, [:class:], escapes",
	.reads = "what comes through the pipe",
	.prints = "it, with characters exchanged, taken out or made one",
	.answer = answer_tr,
};
