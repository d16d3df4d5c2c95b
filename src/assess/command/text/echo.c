#include <inttypes.h>
#include <string.h>

#include "assess/command/table.h"
#include "assess/command/text/feed.h"

/* -------- echo: coreutils' -------- */

/* One escape of echo -e and of printf's format at the reader's place; false: not understood. *stop:
 * \c. */
static bool put_escape(struct said *said, struct text text, size_t *at, bool zero, bool *stop)
{
	static const char letters[] = "abefnrtv\\", codes[] = "\a\b\x1b\f\n\r\t\v\\";
	if (*at == text.len) {
		said_char(said, '\\');
		return true;
	}
	char c = text.at[(*at)++];
	const char *known = c ? strchr(letters, c) : NULL;
	if (c == 'c') {
		*stop = true;
		return true;
	}
	if (known) {
		said_char(said, codes[known - letters]);
		return true;
	}
	bool octal = zero ? c == '0' : c >= '0' && c <= '7';
	if (!octal) {
		said_char(said, '\\');
		said_char(said, c);
		return c != 'x' && c != 'u' && c != 'U';
	}
	unsigned code = zero ? 0 : (unsigned)(c - '0');
	for (size_t digits = zero ? 0 : 1;
	     digits < 3 && *at < text.len && text.at[*at] >= '0' && text.at[*at] <= '7'; digits++)
		code = code * 8 + (unsigned)(text.at[(*at)++] - '0');
	said_char(said, (char)code);
	return true;
}

static bool is_echo_option(struct text word)
{
	for (size_t i = 1; i < word.len; i++)
		if (word.at[i] != 'n' && word.at[i] != 'e' && word.at[i] != 'E')
			return false;
	return word.len > 1 && word.at[0] == '-';
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
	for (size_t i = at; i < call->argc && !stop; i++) {
		struct text word = call->argv[i];
		if (i > at)
			said_char(&said, ' ');
		for (size_t j = 0; j < word.len && !stop;) {
			char c = word.at[j++];
			if (c != '\\' || !escapes)
				said_char(&said, c);
			else if (!put_escape(&said, word, &j, true, &stop))
				return false;
		}
	}
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

/* %[-][WIDTH][.PRECISION] and s, d, b or % */
static bool put_directive(struct format *format, struct text text, size_t *at)
{
	bool left = false;
	uint64_t width = 0, precision = UINT64_MAX;
	int64_t number;
	for (; *at < text.len && text.at[*at] == '-'; ++*at)
		left = true;
	for (; *at < text.len && text.at[*at] >= '0' && text.at[*at] <= '9' && width < 100000;
	     ++*at) {
		if (width == 0 && text.at[*at] == '0')
			return false;
		width = width * 10 + (uint64_t)(text.at[*at] - '0');
	}
	if (*at < text.len && text.at[*at] == '.')
		for (precision = 0, ++*at; *at < text.len && text.at[*at] >= '0' &&
					   text.at[*at] <= '9' && precision < 100000;
		     ++*at)
			precision = precision * 10 + (uint64_t)(text.at[*at] - '0');
	if (*at == text.len || width >= 100000)
		return false;
	char letter = text.at[(*at)++];
	if (letter == '%') {
		said_char(format->said, '%');
		return !left && width == 0;
	}
	struct text word = next_argument(format);
	if (letter == 'd' || letter == 'i') {
		scoped(buf_end) struct buf out = {0};
		if (precision != UINT64_MAX || (word.len > 0 && !read_number(word, &number)))
			return !format->call->gather;
		buf_print(&out, "%" PRId64, word.len > 0 ? number : 0);
		put_padded(format->said, buf_view(&out), width, left);
		return true;
	}
	if (letter != 's')
		return false;
	if (word.len > precision)
		word.len = (size_t)precision;
	put_padded(format->said, word, width, left);
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
