#include "assess/command/text/pattern.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define INTERVAL_SIZE 24 /* "{1000,1000}" and a NUL */

static const struct syntax {
	bool bare_groups; /* ( ) | rather than \( \) \| */
	bool bare_plus;   /* + ? */
	bool escaped_plus;
	char interval;    /* 'b' {1,2}; 'e' \{1,2\}; 0: none */
	bool set_escapes; /* a backslash has its meaning in [..], too */
	bool no_classes;  /* \w and its like are the letter */
} syntaxes[] = {
	[PATTERN_BASIC] = {.escaped_plus = true, .interval = 'e'},
	[PATTERN_EXTENDED] = {.bare_groups = true, .bare_plus = true, .interval = 'b'},
	[PATTERN_EMACS] = {.bare_plus = true},
	[PATTERN_MAWK] = {.bare_groups = true,
			  .bare_plus = true,
			  .set_escapes = true,
			  .no_classes = true},
	[PATTERN_GAWK] = {.bare_groups = true,
			  .bare_plus = true,
			  .interval = 'b',
			  .set_escapes = true},
};

/* What stands where an atom may begin, and where the last one began. */
struct reader {
	const struct syntax *syntax;
	struct text text;
	size_t at;
	struct buf *out;
	size_t groups[PATTERN_PIECES_MAX], depth, pieces;
	size_t atom;   /* in out */
	bool has_atom; /* a repetition has something to repeat */
	bool repeated; /* it is repeated already */
	bool begins;   /* of the pattern, a group, an alternative */
};

static void put_literal(struct buf *out, char c)
{
	if (c && strchr("\\^$.[]|()?*+{}", c))
		buf_char(out, '\\');
	if (c)
		buf_char(out, c);
	else
		buf_cstr(out, "\\x00");
}

void pattern_quote(struct text text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++)
		put_literal(out, text.at[i]);
}

static char peek(const struct reader *reader, size_t ahead)
{
	size_t at = reader->at + ahead;
	return at < reader->text.len ? reader->text.at[at] : '\0';
}

static void begin_atom(struct reader *reader)
{
	reader->atom = reader->out->len;
	reader->has_atom = true;
	reader->repeated = reader->begins = false;
}

/* -------- [..] -------- */

static bool put_class(struct reader *reader)
{
	static const char *const names[] = {"alpha", "digit", "alnum", "upper", "lower", "space",
					    "blank", "punct", "print", "graph", "cntrl", "xdigit"};
	struct text rest = {reader->text.at + reader->at, reader->text.len - reader->at};
	size_t end;
	if (!text_find(rest, TEXT(":]"), &end))
		return false;
	for (size_t i = 0; i < array_len(names); i++)
		if (text_is((struct text){rest.at + 2, end - 2}, names[i])) {
			buf_text(reader->out, (struct text){rest.at, end + 2});
			reader->at += end + 2;
			return true;
		}
	return false;
}

static bool put_set_escape(struct reader *reader)
{
	static const char letters[] = "nt", codes[] = "\n\t";
	char c = peek(reader, 1);
	const char *known = c ? strchr(letters, c) : NULL;
	if (!c || (!reader->syntax->no_classes && strchr("sSwWdyB", c)))
		return false;
	buf_char(reader->out, '\\');
	buf_char(reader->out, known ? codes[known - letters] : c);
	reader->at += 2;
	/* \d and its like would be classes again */
	return known ||
	       !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
}

static bool put_set_char(struct reader *reader)
{
	char c = peek(reader, 0);
	if (c == '[' && peek(reader, 1) == ':')
		return put_class(reader);
	if (c == '[' && (peek(reader, 1) == '.' || peek(reader, 1) == '='))
		return false;
	if (c == '\\' && reader->syntax->set_escapes)
		return put_set_escape(reader);
	if (c == '\\' || c == '[' || c == '^')
		buf_char(reader->out, '\\');
	if (c)
		buf_char(reader->out, c);
	else
		buf_cstr(reader->out, "\\x00");
	reader->at++;
	return true;
}

static bool put_set(struct reader *reader)
{
	begin_atom(reader);
	buf_char(reader->out, '[');
	reader->at++;
	if (peek(reader, 0) == '^') {
		buf_char(reader->out, '^');
		reader->at++;
	}
	if (peek(reader, 0) == ']') {
		buf_cstr(reader->out, "\\]");
		reader->at++;
	}
	while (reader->at < reader->text.len && reader->text.at[reader->at] != ']')
		if (!put_set_char(reader))
			return false;
	buf_char(reader->out, ']');
	return reader->at++ < reader->text.len;
}

/* -------- repetitions -------- */

/* Puts the last atom in brackets, so that a further repetition is of all of it. */
static void wrap_atom(struct reader *reader)
{
	scoped(buf_end) struct buf tail = {0};
	buf_add(&tail, reader->out->at + reader->atom, reader->out->len - reader->atom);
	reader->out->len = reader->atom;
	buf_cstr(reader->out, "(?:");
	buf_text(reader->out, buf_view(&tail));
	buf_char(reader->out, ')');
}

static bool repeat(struct reader *reader, const char *sign)
{
	if (!reader->has_atom || ++reader->pieces > PATTERN_PIECES_MAX)
		return false;
	if (reader->repeated)
		wrap_atom(reader);
	buf_cstr(reader->out, sign);
	reader->repeated = true;
	return true;
}

struct interval {
	uint64_t bounds[2];
	bool digits[2], comma;
};

/* The digits and the comma from there on; where they end. */
static size_t read_bounds(const struct reader *reader, size_t at, struct interval *interval)
{
	for (*interval = (struct interval){0};; at++) {
		char c = peek(reader, at);
		uint64_t *bound = &interval->bounds[interval->comma];
		if (c >= '0' && c <= '9' && *bound < 10000) {
			*bound = *bound * 10 + (uint64_t)(c - '0');
			interval->digits[interval->comma] = true;
		} else if (c == ',' && !interval->comma) {
			interval->comma = true;
		} else {
			return at;
		}
	}
}

/* {2}, {2,}, {,3}, {2,3} at the reader's place plus skip; 0: it is none. */
static size_t read_interval(const struct reader *reader, size_t skip, const char *end,
			    char sign[static INTERVAL_SIZE])
{
	struct interval it;
	size_t at = read_bounds(reader, skip, &it);
	for (size_t i = 0; end[i]; i++)
		if (peek(reader, at++) != end[i])
			return 0;
	if ((!it.digits[0] && !it.comma) || it.bounds[0] > 1000 || it.bounds[1] > 1000)
		return 0;
	unsigned low = (unsigned)it.bounds[0], high = (unsigned)it.bounds[1];
	if (it.digits[1])
		snprintf(sign, INTERVAL_SIZE, "{%u,%u}", low, high);
	else
		snprintf(sign, INTERVAL_SIZE, it.comma ? "{%u,}" : "{%u}", low);
	return at;
}

static bool put_interval(struct reader *reader)
{
	char sign[INTERVAL_SIZE];
	bool escaped = reader->syntax->interval == 'e';
	size_t len = read_interval(reader, escaped ? 2 : 1, escaped ? "\\}" : "}", sign);
	if (len == 0 && (escaped || reader->begins))
		return false;
	if (len == 0) {
		begin_atom(reader);
		put_literal(reader->out, '{');
		reader->at++;
		return true;
	}
	reader->at += len;
	return repeat(reader, sign);
}

/* -------- groups, alternatives, anchors -------- */

static bool open_group(struct reader *reader)
{
	if (reader->depth == PATTERN_PIECES_MAX)
		return false;
	reader->groups[reader->depth++] = reader->out->len;
	buf_char(reader->out, '(');
	reader->has_atom = false;
	reader->begins = true;
	return true;
}

static bool close_group(struct reader *reader)
{
	if (reader->depth == 0)
		return false;
	buf_char(reader->out, ')');
	begin_atom(reader);
	reader->atom = reader->groups[--reader->depth];
	return true;
}

static bool alternative(struct reader *reader)
{
	buf_char(reader->out, '|');
	reader->has_atom = false;
	reader->begins = true;
	return true;
}

static bool put_mark(struct reader *reader, char c)
{
	switch (c) {
	case '(':
		return open_group(reader);
	case ')':
		return close_group(reader);
	case '|':
		return alternative(reader);
	case '+':
		return repeat(reader, "+");
	default:
		return repeat(reader, "?");
	}
}

/* What is no mark: a reference, a class, a place, or a character; false: not understood. */
static bool put_escaped(struct reader *reader, char c)
{
	static const struct {
		char letter;
		const char *means;
	} words[] = {
		{'<', "\\b(?=\\w)"}, {'>', "\\b(?<=\\w)"}, {'b', "\\b"}, {'B', "\\B"},
		{'w', "\\w"},        {'W', "\\W"},         {'s', "\\s"}, {'S', "\\S"},
		{'`', "\\A"},        {'\'', "\\z"},
	};
	const struct syntax *syntax = reader->syntax;
	bool awk = syntax->set_escapes;
	if (!awk && c >= '1' && c <= '9') {
		buf_print(reader->out, "\\g{%c}", c);
		return true;
	}
	if (awk && c && strchr("nt", c)) {
		buf_print(reader->out, "\\%c", c);
		return true;
	}
	if (awk && c && strchr("0123456789abfrvxyu", c))
		return false;
	for (size_t i = 0; i < array_len(words) && !syntax->no_classes; i++)
		if (words[i].letter == c) {
			buf_cstr(reader->out, words[i].means);
			return true;
		}
	put_literal(reader->out, c);
	return true;
}

static bool is_mark(const struct syntax *syntax, char c, bool escaped)
{
	if (c == '(' || c == ')' || c == '|')
		return syntax->bare_groups != escaped;
	if (c == '+' || c == '?')
		return escaped ? syntax->escaped_plus : syntax->bare_plus;
	return false;
}

static bool put_escape(struct reader *reader)
{
	char c = peek(reader, 1);
	if (reader->at + 1 == reader->text.len)
		return false;
	if (c == '{' && reader->syntax->interval == 'e')
		return put_interval(reader);
	reader->at += 2;
	if (is_mark(reader->syntax, c, true))
		return put_mark(reader, c);
	begin_atom(reader);
	return put_escaped(reader, c);
}

/* Whether a bare ^ or $ is an anchor: in extended ones it always is. */
static bool is_anchor(const struct reader *reader, char c)
{
	if (reader->syntax->bare_groups)
		return true;
	if (c == '^')
		return reader->begins;
	return reader->at + 1 == reader->text.len ||
	       (peek(reader, 1) == '\\' && (peek(reader, 2) == ')' || peek(reader, 2) == '|'));
}

static bool put_anchor(struct reader *reader, char c)
{
	bool begins = reader->begins;
	reader->at++;
	buf_char(reader->out, c);
	reader->has_atom = false;
	reader->begins = begins && c == '^' && !reader->syntax->bare_groups;
	return true;
}

static bool put_bare(struct reader *reader, char c)
{
	const struct syntax *syntax = reader->syntax;
	if (c == '\\')
		return put_escape(reader);
	if (c == '[')
		return put_set(reader);
	if ((c == '^' || c == '$') && is_anchor(reader, c))
		return put_anchor(reader, c);
	if (c == '{' && syntax->interval == 'b')
		return put_interval(reader);
	if (c == '*' && (reader->has_atom || syntax->bare_groups)) {
		reader->at++;
		return repeat(reader, "*");
	}
	if (is_mark(syntax, c, false)) {
		reader->at++;
		return put_mark(reader, c);
	}
	begin_atom(reader);
	reader->at++;
	if (c == '.')
		buf_char(reader->out, '.');
	else
		put_literal(reader->out, c);
	return true;
}

bool pattern_translate(struct text pattern, enum pattern_kind kind, struct buf *out)
{
	scoped(mem_free) struct reader *reader = mem_new(1, sizeof(*reader));
	if (pattern.len > REGEX_PATTERN_MAX / 4)
		return false;
	*reader = (struct reader){
		.syntax = &syntaxes[kind], .text = pattern, .out = out, .begins = true};
	while (reader->at < pattern.len)
		if (!put_bare(reader, pattern.at[reader->at]))
			return false;
	return reader->depth == 0;
}

bool pattern_is_ambiguous(struct text translated)
{
	return text_find(translated, TEXT("|"), &(size_t){0});
}
