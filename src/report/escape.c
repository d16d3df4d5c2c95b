#include "report/escape.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* The length of the character at the front; 0 when it is none. */
static size_t character_len(struct text text)
{
	for (size_t len = 1; len <= 4 && len <= text.len; len++)
		if (text_is_utf8((struct text){text.at, len}))
			return len;
	return 0;
}

/* XML 1.0, 2.2: of what UTF-8 can say, control characters, U+FFFE and U+FFFF are left out. */
static bool is_xml(struct text one)
{
	unsigned char c = (unsigned char)one.at[0];
	if (one.len == 1)
		return c >= 0x20 || c == '\t' || c == '\n' || c == '\r';
	return one.len != 3 ||
	       (memcmp(one.at, "\xef\xbf\xbe", 3) != 0 && memcmp(one.at, "\xef\xbf\xbf", 3) != 0);
}

/* The reference that stands for a character of markup; NULL: it stands for itself. */
static const char *reference(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\t':
		return "&#9;";
	case '\n':
		return "&#10;";
	case '\r':
		return "&#13;";
	default:
		return NULL;
	}
}

void escape_xml(struct text text, struct buf *out)
{
	for (size_t at = 0; at < text.len;) {
		struct text rest = {text.at + at, text.len - at};
		struct text one = {rest.at, character_len(rest)};
		const char *instead = reference(*rest.at);
		if (instead)
			buf_cstr(out, instead);
		else if (one.len == 0 || !is_xml(one))
			buf_cstr(out, REPLACEMENT);
		else
			buf_text(out, one);
		at += one.len > 0 ? one.len : 1;
	}
}

void escape_html(struct text text, struct buf *out)
{
	struct text line;
	for (bool first = true; text_next(&text, '\n', &line); first = false) {
		scoped(buf_end) struct buf shown = {0};
		if (!first)
			buf_char(out, '\n');
		buf_printable(&shown, line, line.len);
		escape_xml(buf_view(&shown), out);
	}
}

/* One line, fit to be shown. */
static void put_line(struct text text, struct buf *line)
{
	struct text part;
	for (bool first = true; text_next(&text, '\n', &part); first = false) {
		if (!first)
			buf_char(line, ' ');
		buf_printable(line, part, part.len);
	}
}

static bool is_alnum_at(const struct buf *line, size_t at)
{
	unsigned char c = at < line->len ? (unsigned char)line->at[at] : ' ';
	return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

/* An underscore within a word is no markup, and names of settings are full of them. */
static bool is_markup(const struct buf *line, size_t at)
{
	if (line->at[at] == '_')
		return at == 0 || !is_alnum_at(line, at - 1) || !is_alnum_at(line, at + 1);
	return strchr("\\`*[]<>&|~#$", line->at[at]);
}

void escape_markdown(struct text text, struct buf *out)
{
	scoped(buf_end) struct buf line = {0};
	put_line(text, &line);
	for (size_t i = 0; i < line.len; i++) {
		if (is_markup(&line, i))
			buf_char(out, '\\');
		buf_char(out, line.at[i]);
		if (line.at[i] == '@')
			buf_cstr(out, "<!-- -->");
	}
}

/* How many backticks stand together at most: the fence needs one more. */
static size_t fence_len(const struct buf *line)
{
	size_t most = 0, run = 0;
	for (size_t i = 0; i < line->len; i++) {
		run = line->at[i] == '`' ? run + 1 : 0;
		most = run > most ? run : most;
	}
	return most + 1;
}

void escape_code(struct text text, struct buf *out)
{
	scoped(buf_end) struct buf line = {0};
	put_line(text, &line);
	size_t fence = fence_len(&line);
	if (line.len == 0)
		return;
	for (size_t i = 0; i < fence; i++)
		buf_char(out, '`');
	if (fence > 1)
		buf_char(out, ' ');
	for (size_t i = 0; i < line.len; i++) {
		if (line.at[i] == '|')
			buf_char(out, '\\'); /* ends a cell even in code */
		buf_char(out, line.at[i]);
	}
	if (fence > 1)
		buf_char(out, ' ');
	for (size_t i = 0; i < fence; i++)
		buf_char(out, '`');
}

void escape_file_uri(struct text path, struct buf *out)
{
	buf_cstr(out, "file://");
	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.at[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || (c && strchr("/-._~", c));
		if (plain)
			buf_char(out, (char)c);
		else
			buf_print(out, "%%%02X", (unsigned)c);
	}
}
