#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assess/command/awk/awk.h"

#define NUMBER_MAX 64 /* bytes of a number as text */

/* A number while it is read out of a text. */
struct digits {
	char at[NUMBER_MAX];
	size_t len;
};

static bool is_blank(struct text text, size_t at)
{
	return at < text.len && (text.at[at] == ' ' || text.at[at] == '\t' || text.at[at] == '\n');
}

static bool is_digit(struct text text, size_t at)
{
	return at < text.len && text.at[at] >= '0' && text.at[at] <= '9';
}

static bool is_sign(struct text text, size_t at)
{
	return at < text.len && (text.at[at] == '-' || text.at[at] == '+');
}

static void put_digit(struct digits *digits, char c)
{
	if (digits->len < sizeof(digits->at) - 1)
		digits->at[digits->len++] = c;
}

/* e-12: only with a digit in it. */
static size_t read_exponent(struct text text, size_t at, struct digits *digits)
{
	if (at == text.len || (text.at[at] != 'e' && text.at[at] != 'E'))
		return at;
	size_t from = at + 1 + is_sign(text, at + 1);
	if (!is_digit(text, from))
		return at;
	put_digit(digits, 'e');
	if (from > at + 1)
		put_digit(digits, text.at[at + 1]);
	for (at = from; is_digit(text, at); at++)
		put_digit(digits, text.at[at]);
	return at;
}

/* The decimal number at the front, blanks before it; *all: nothing but blanks follows. */
static double number_in(struct text text, bool *all)
{
	struct digits digits = {.len = 0};
	size_t at = 0, count = 0;
	while (is_blank(text, at))
		at++;
	if (is_sign(text, at))
		put_digit(&digits, text.at[at++]);
	for (; is_digit(text, at); at++, count++)
		put_digit(&digits, text.at[at]);
	if (at < text.len && text.at[at] == '.')
		put_digit(&digits, text.at[at++]);
	for (; is_digit(text, at); at++, count++)
		put_digit(&digits, text.at[at]);
	if (count > 0)
		at = read_exponent(text, at, &digits);
	digits.at[digits.len] = '\0';
	while (is_blank(text, at))
		at++;
	*all = count > 0 && at == text.len;
	return count > 0 ? strtod(digits.at, NULL) : 0;
}

double awk_number(struct awk_cell cell)
{
	bool all;
	if (cell.kind == CELL_NUMBER)
		return cell.number;
	return cell.kind == CELL_NONE ? 0 : number_in(cell.text, &all);
}

struct text awk_text(struct awk *awk, struct awk_cell cell)
{
	char out[NUMBER_MAX];
	if (cell.kind != CELL_NUMBER)
		return cell.kind == CELL_NONE ? TEXT("") : cell.text;
	double limit = awk->program->gawk ? 9007199254740992.0 : 2147483647.0;
	bool whole = cell.number <= limit && cell.number >= -limit &&
		     cell.number == awk_whole(cell.number);
	int len = whole ? snprintf(out, sizeof(out), "%.0f", cell.number + 0.0)
			: snprintf(out, sizeof(out), "%.6g", cell.number);
	must(len > 0 && (size_t)len < sizeof(out));
	if (arena_left(awk->arena) < 65536) {
		awk->unknown = true;
		return TEXT("");
	}
	return arena_text(awk->arena, (struct text){out, (size_t)len});
}

double awk_whole(double number)
{
	if (number > 9007199254740992.0 || number < -9007199254740992.0)
		return number;
	return (double)(int64_t)number;
}

static bool is_numeric(struct awk_cell cell)
{
	bool all;
	if (cell.kind == CELL_LIKELY) {
		(void)number_in(cell.text, &all);
		return all;
	}
	return cell.kind != CELL_TEXT;
}

bool awk_truth(struct awk_cell cell)
{
	if (cell.kind == CELL_NONE)
		return false;
	return is_numeric(cell) ? awk_number(cell) != 0 : cell.text.len > 0;
}

int awk_compare(struct awk *awk, struct awk_cell left, struct awk_cell right)
{
	if (is_numeric(left) && is_numeric(right)) {
		double a = awk_number(left), b = awk_number(right);
		return (a > b) - (a < b);
	}
	return text_compare(awk_text(awk, left), awk_text(awk, right));
}

/* -------- functions -------- */

static struct awk_cell number_cell(double number)
{
	return (struct awk_cell){.kind = CELL_NUMBER, .number = number};
}

static struct awk_cell text_cell(struct awk *awk, struct text text)
{
	if (arena_left(awk->arena) < text.len + 65536) {
		awk->unknown = true;
		text = TEXT("");
	}
	return (struct awk_cell){.kind = CELL_TEXT, .text = arena_text(awk->arena, text)};
}

static struct awk_cell call_substr(struct awk *awk, const struct awk_node *list)
{
	struct text text = awk_text(awk, awk_value(awk, list));
	double from = awk_number(awk_value(awk, list->next));
	double len = list->next->next ? awk_number(awk_value(awk, list->next->next)) : 1e9;
	if (!(from >= 1) || from != awk_whole(from) ||
	    len != awk_whole(len)) { /* here awks differ */
		awk->unknown = true;
		return (struct awk_cell){0};
	}
	if (from > (double)text.len || len <= 0)
		return text_cell(awk, TEXT(""));
	size_t at = (size_t)from - 1, rest = text.len - at;
	return text_cell(awk, (struct text){text.at + at, len < (double)rest ? (size_t)len : rest});
}

static struct awk_cell call_case(struct awk *awk, struct text text, bool upper)
{
	scoped(buf_end) struct buf out = {0};
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (upper && c >= 'a' && c <= 'z')
			c = (char)(c - 32);
		else if (!upper && c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		buf_char(&out, c);
	}
	return text_cell(awk, buf_view(&out));
}

/* & stands for what matched, \& for itself. */
static void put_replacement(struct buf *out, struct text with, struct text matched)
{
	for (size_t i = 0; i < with.len; i++) {
		if (with.at[i] == '\\' && i + 1 < with.len &&
		    (with.at[i + 1] == '&' || with.at[i + 1] == '\\'))
			buf_char(out, with.at[++i]);
		else if (with.at[i] == '&')
			buf_text(out, matched);
		else
			buf_char(out, with.at[i]);
	}
}

/* The text with what matches replaced, the first of it or all; how often. */
static size_t replace(struct awk *awk, struct regex *regex, struct text text, struct text with,
		      bool all, struct buf *out)
{
	size_t from = 0, begin, end, count = 0;
	bool after_match = false; /* there an empty one doesn't count */
	while (from <= text.len && (all || count == 0)) {
		enum regex_answer answer = regex_find(regex, text, from, &begin, &end);
		awk->unknown |= answer == REGEX_RAN_AWAY || out->len > NATIVE_PRINTED_MAX;
		if (answer != REGEX_YES || awk->unknown)
			break;
		bool empty = end == begin;
		buf_text(out, (struct text){text.at + from, begin - from});
		if (!empty || !after_match || begin > from) {
			put_replacement(out, with, (struct text){text.at + begin, end - begin});
			count++;
		}
		if (empty && end < text.len)
			buf_char(out, text.at[end]);
		after_match = !empty;
		from = end + empty;
	}
	if (from < text.len)
		buf_text(out, (struct text){text.at + from, text.len - from});
	return count;
}

static struct awk_cell call_replace(struct awk *awk, const struct awk_node *list, bool all)
{
	struct awk_node zero = {.kind = AWK_NUMBER}, record = {.kind = AWK_FIELD, .left = &zero};
	const struct awk_node *target = list->next->next ? list->next->next : &record;
	struct text with = awk_text(awk, awk_value(awk, list->next));
	struct text text = awk_text(awk, awk_value(awk, target));
	scoped(buf_end) struct buf out = {0};
	size_t count = replace(awk, list->regex, text, with, all, &out);
	if (count > 0)
		awk_assign(awk, target, text_cell(awk, buf_view(&out)));
	return number_cell((double)count);
}

struct awk_cell awk_call(struct awk *awk, const struct awk_node *node)
{
	const struct awk_node *list = node->left;
	struct text first = {0}, second;
	size_t at;
	if (node->call == CALL_SUBSTR)
		return call_substr(awk, list);
	if (node->call == CALL_SUB || node->call == CALL_GSUB)
		return call_replace(awk, list, node->call == CALL_GSUB);
	if (node->call == CALL_INT)
		return number_cell(awk_whole(awk_number(awk_value(awk, list))));
	first = list ? awk_text(awk, awk_value(awk, list)) : awk->record;
	switch ((int)node->call) {
	case CALL_INDEX:
		second = awk_text(awk, awk_value(awk, list->next));
		return number_cell(text_find(first, second, &at) ? (double)at + 1 : 0);
	case CALL_UPPER:
	case CALL_LOWER:
		return call_case(awk, first, node->call == CALL_UPPER);
	default:
		return number_cell((double)first.len);
	}
}

/* -------- printf -------- */

static void put_padded(struct awk *awk, struct text text, size_t width, bool left)
{
	for (size_t i = text.len; !left && i < width; i++)
		said_char(awk->said, ' ');
	said_text(awk->said, text);
	for (size_t i = text.len; left && i < width; i++)
		said_char(awk->said, ' ');
}

/* %s and %d with a width, and %%; others are not understood. */
static void put_directive(struct awk *awk, struct text format, size_t *at,
			  const struct awk_node **item)
{
	size_t width = 0;
	bool left = *at < format.len && format.at[*at] == '-';
	for (*at += left; *at < format.len && format.at[*at] >= '1' - (width > 0) &&
			  format.at[*at] <= '9' && width < 1000;
	     ++*at)
		width = width * 10 + (size_t)(format.at[*at] - '0');
	char letter = *at < format.len ? format.at[(*at)++] : '\0';
	if (letter == '%' && width == 0 && !left) {
		said_char(awk->said, '%');
		return;
	}
	if ((letter != 's' && letter != 'd' && letter != 'i') || !*item) {
		awk->unknown = true;
		return;
	}
	struct awk_cell cell = awk_value(awk, *item);
	*item = (*item)->next;
	if (letter != 's')
		cell = number_cell(awk_whole(awk_number(cell)));
	put_padded(awk, awk_text(awk, cell), width, left);
}

void awk_printf(struct awk *awk, const struct awk_node *list)
{
	struct text format = awk_text(awk, awk_value(awk, list));
	const struct awk_node *item = list->next;
	for (size_t at = 0; at < format.len && !awk->unknown;) {
		char c = format.at[at++];
		if (c == '%')
			put_directive(awk, format, &at, &item);
		else
			said_char(awk->said, c);
	}
}
