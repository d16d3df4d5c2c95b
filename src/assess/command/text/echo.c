#include <inttypes.h>
#include <string.h>

#include "assess/command/table.h"
#include "assess/command/text/feed.h"

/* -------- echo: coreutils' -------- */

/* Up to so many digits behind a backslash. */
static void put_octal(struct said *said, struct text text, size_t *at, size_t most)
{
	unsigned code = 0;
	for (size_t i = 0; i < most && *at < text.len && text.at[*at] >= '0' && text.at[*at] <= '7';
	     i++)
		code = code * 8 + (unsigned)(text.at[(*at)++] - '0');
	said_char(said, (char)code);
}

/* One escape of echo -e (octal is \0NNN: zero) and of printf's format (\NNN) at the reader's place;
 * false: not understood. *stop: \c. */
static bool put_escape(struct said *said, struct text text, size_t *at, bool zero, bool *stop)
{
	static const char letters[] = "abefnrtv\\", codes[] = "\a\b\x1b\f\n\r\t\v\\";
	char c = *at < text.len ? text.at[*at] : '\0';
	const char *known = c ? strchr(letters, c) : NULL;
	if (!c) {
		said_char(said, '\\');
		return *at == text.len;
	}
	if (zero ? c == '0' : c >= '0' && c <= '7') {
		*at += zero;
		put_octal(said, text, at, 3);
		return true;
	}
	++*at;
	*stop = c == 'c';
	if (known)
		said_char(said, codes[known - letters]);
	if (known || *stop)
		return true;
	said_char(said, '\\');
	said_char(said, c);
	return !strchr("xuU", c);
}

static bool is_echo_option(struct text word)
{
	for (size_t i = 1; i < word.len; i++)
		if (word.at[i] != 'n' && word.at[i] != 'e' && word.at[i] != 'E')
			return false;
	return word.len > 1 && word.at[0] == '-';
}

/* False: not understood. */
static bool put_words(struct said *said, const struct native_call *call, size_t at, bool escapes,
		      bool *stop)
{
	for (size_t i = at; i < call->argc && !*stop; i++) {
		struct text word = call->argv[i];
		said_text(said, i > at ? TEXT(" ") : TEXT(""));
		for (size_t j = 0; j < word.len && !*stop;) {
			char c = word.at[j++];
			if (c != '\\' || !escapes)
				said_char(said, c);
			else if (!put_escape(said, word, &j, true, stop))
				return false;
		}
	}
	return true;
}

static bool answer_echo(const struct native_call *call, struct native_answer *answer)
{
	bool newline = true, escapes = false, stop = false;
	size_t at = 1;
	scoped(said_end) struct said said = said_begin(call, answer);
	for (; at < call->argc && is_echo_option(call->argv[at]); at++)
		for (size_t i = 1; i < call->argv[at].len; i++) {
			newline &= call->argv[at].at[i] != 'n';
			if (call->argv[at].at[i] != 'n')
				escapes = call->argv[at].at[i] == 'e';
		}
	if (!put_words(&said, call, at, escapes, &stop))
		return false;
	if (newline && !stop)
		said_char(&said, '\n');
	return !call->gather || said_give(&said);
}

/* -------- printf -------- */

struct format {
	struct said *said;
	const struct native_call *call;
	size_t next; /* argument */
	bool stop, used;
};

static struct text next_argument(struct format *format)
{
	format->used = true;
	return format->next < format->call->argc ? format->call->argv[format->next++] : TEXT("");
}

static void put_padded(struct said *said, struct text text, uint64_t width, bool left)
{
	for (uint64_t i = text.len; !left && i < width; i++)
		said_char(said, ' ');
	said_text(said, text);
	for (uint64_t i = text.len; left && i < width; i++)
		said_char(said, ' ');
}

#define WIDTH_MAX 100000

struct padding {
	bool left, precise;
	uint64_t width, precision;
};

/* A number in digits; false: too large. */
static bool read_width(struct text text, size_t *at, uint64_t *number)
{
	*number = 0;
	for (; *at < text.len && text.at[*at] >= '0' && text.at[*at] <= '9'; ++*at) {
		*number = *number * 10 + (uint64_t)(text.at[*at] - '0');
		if (*number > WIDTH_MAX)
			return false;
	}
	return true;
}

static bool put_decimal(struct format *format, struct text word, uint64_t width, bool left)
{
	scoped(buf_end) struct buf out = {0};
	int64_t number = 0;
	if (word.len > 0 && !read_number(word, &number))
		return !format->call->gather;
	buf_print(&out, "%" PRId64, number);
	put_padded(format->said, buf_view(&out), width, left);
	return true;
}

/* -, WIDTH and .PRECISION; false: not understood. */
static bool read_padding(struct text text, size_t *at, struct padding *padding)
{
	*padding = (struct padding){.left = *at < text.len && text.at[*at] == '-',
				    .precision = UINT64_MAX};
	*at += padding->left;
	if (*at < text.len && text.at[*at] == '0')
		return false; /* padded with zeros */
	if (!read_width(text, at, &padding->width))
		return false;
	if (*at == text.len || text.at[*at] != '.')
		return true;
	++*at;
	padding->precise = true;
	return read_width(text, at, &padding->precision);
}

/* %[-][WIDTH][.PRECISION] and s, d, i or % */
static bool put_directive(struct format *format, struct text text, size_t *at)
{
	struct padding padding;
	if (!read_padding(text, at, &padding))
		return false;
	char letter = *at < text.len ? text.at[(*at)++] : '\0';
	if (letter == '%') {
		said_char(format->said, '%');
		return !padding.left && padding.width == 0;
	}
	if (letter != 's' && ((letter != 'd' && letter != 'i') || padding.precise))
		return false;
	struct text word = next_argument(format);
	if (letter != 's')
		return put_decimal(format, word, padding.width, padding.left);
	if (word.len > padding.precision)
		word.len = (size_t)padding.precision;
	put_padded(format->said, word, padding.width, padding.left);
	return true;
}

static bool put_format(struct format *format, struct text text)
{
	for (size_t at = 0; at < text.len && !format->stop;) {
		char c = text.at[at++];
		if (c == '\\' && !put_escape(format->said, text, &at, false, &format->stop))
			return false;
		if (c == '%' && !put_directive(format, text, &at))
			return false;
		if (c != '\\' && c != '%')
			said_char(format->said, c);
	}
	return true;
}

static bool answer_printf(const struct native_call *call, struct native_answer *answer)
{
	scoped(said_end) struct said said = said_begin(call, answer);
	struct format format = {.said = &said, .call = call, .next = 2};
	size_t at = 1;
	if (call->argc > 1 && text_is(call->argv[1], "--"))
		at = 2;
	if (call->argc <= at || text_starts(call->argv[at], "-"))
		return false;
	format.next = at + 1;
	do { /* again while there are arguments */
		format.used = false;
		if (!put_format(&format, call->argv[at]))
			return false;
	} while (format.used && format.next < call->argc && !format.stop && !said.full);
	return !call->gather || said_give(&said);
}

/* -------- true, false -------- */

static bool answer_true(const struct native_call *call, struct native_answer *answer)
{
	(void)answer;
	return call->argc == 1;
}

static bool answer_false(const struct native_call *call, struct native_answer *answer)
{
	answer->exit = 1;
	return call->argc == 1;
}

const struct native native_echo = {
	.program = "echo",
	.forms = "[-neE] [WORD]…",
	.reads = "nothing",
	.prints = "its words",
	.many = true,
	.answer = answer_echo,
};

const struct native native_printf = {
	.program = "printf",
	.forms = "FORMAT [WORD]… with %s, %d and %%",
	.reads = "nothing",
	.prints = "the format, filled in",
	.many = true,
	.answer = answer_printf,
};

const struct native native_true = {
	.program = "true",
	.forms = "alone",
	.reads = "nothing",
	.prints = "nothing; exits 0",
	.answer = answer_true,
};

const struct native native_false = {
	.program = "false",
	.forms = "alone",
	.reads = "nothing",
	.prints = "nothing; exits 1",
	.answer = answer_false,
};
