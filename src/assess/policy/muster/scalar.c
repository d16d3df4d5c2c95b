#include "assess/policy/muster/scalar.h"

#include <string.h>

#define REPLACEMENT "\\uFFFD"

/* Words that are something else than a text, bare. */
static bool is_keyword(struct text text)
{
	static const char *const words[] = {"true", "false", "yes", "no", "on",
					    "off",  "null",  "y",   "n",  "~"};
	for (size_t i = 0; i < array_len(words); i++)
		if (text_is_alike(text, text_of(words[i])))
			return true;
	return text.len == 0;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Bare are paths and sentences: they begin with a letter or a slash, and hold no mark that YAML
 * gives a meaning to. */
static bool is_bare(struct text text)
{
	if (is_keyword(text) || (!is_letter(text.at[0]) && text.at[0] != '/') ||
	    text.at[text.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (!is_letter(c) && !(c >= '0' && c <= '9') && !(c && strchr(" _-./()+=;", c)))
			return false;
	}
	return true;
}

/* One line of printable UTF-8. */
static bool is_line(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] < 0x20 || text.at[i] == 0x7f)
			return false;
	/* U+0080 to U+009F, U+2028, U+2029, U+FEFF and U+FFFE, U+FFFF are not printable */
	for (size_t i = 0; i + 1 < text.len; i++)
		if (memcmp(text.at + i, "\xc2", 1) == 0 && (unsigned char)text.at[i + 1] < 0xa0)
			return false;
	for (size_t i = 0; i + 2 < text.len; i++)
		if (memcmp(text.at + i, "\xe2\x80\xa8", 3) == 0 ||
		    memcmp(text.at + i, "\xe2\x80\xa9", 3) == 0 ||
		    memcmp(text.at + i, "\xef\xbb\xbf", 3) == 0 ||
		    memcmp(text.at + i, "\xef\xbf\xbe", 3) == 0 ||
		    memcmp(text.at + i, "\xef\xbf\xbf", 3) == 0)
			return false;
	return text_is_utf8(text);
}

static void put_single(struct text text, struct buf *out)
{
	buf_char(out, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '\'')
			buf_char(out, '\'');
		buf_char(out, text.at[i]);
	}
	buf_char(out, '\'');
}

/* The character at the front, and how many bytes it takes; 0 when there is none. */
static size_t read_character(struct text text, uint32_t *character)
{
	for (size_t len = 1; len <= 4 && len <= text.len; len++) {
		if (!text_is_utf8((struct text){text.at, len}))
			continue;
		unsigned char first = (unsigned char)text.at[0];
		*character = len == 1 ? first : first & (0xffu >> (len + 1));
		for (size_t i = 1; i < len; i++)
			*character = *character << 6 | ((unsigned char)text.at[i] & 0x3f);
		return len;
	}
	return 0;
}

static void put_escaped(struct text text, struct buf *out)
{
	buf_char(out, '"');
	for (size_t at = 0; at < text.len;) {
		struct text rest = {text.at + at, text.len - at};
		uint32_t character;
		size_t len = read_character(rest, &character);
		if (len == 0)
			buf_cstr(out, REPLACEMENT);
		else if (character == '"' || character == '\\')
			buf_print(out, "\\%c", (int)character);
		else if (character == '\n')
			buf_cstr(out, "\\n");
		else if (character == '\t')
			buf_cstr(out, "\\t");
		else if (!is_line((struct text){rest.at, len}))
			buf_print(out, "\\u%04X", (unsigned)character);
		else
			buf_add(out, rest.at, len);
		at += len > 0 ? len : 1;
	}
	buf_char(out, '"');
}

void scalar_put(struct text text, struct buf *out)
{
	if (is_bare(text))
		buf_text(out, text);
	else if (is_line(text))
		put_single(text, out);
	else
		put_escaped(text, out);
}

/* A block keeps its lines as they are; its first one tells how deep it lies. */
static bool is_block(struct text text)
{
	struct text line;
	size_t lines = 0;
	if (text.len == 0 || text.at[0] == ' ' || text.at[0] == '\n')
		return false;
	while (text_next(&text, '\n', &line)) {
		if (!is_line(line))
			return false;
		lines++;
	}
	return lines > 1;
}

void scalar_put_lines(struct text text, unsigned indent, struct buf *out)
{
	struct text line, rest = text;
	if (!is_block(text)) {
		scalar_put(text, out);
		buf_char(out, '\n');
		return;
	}
	bool ends = text_ends(text, "\n"), more = text_ends(text, "\n\n");
	buf_cstr(out, more ? "|+\n" : ends ? "|\n" : "|-\n");
	while (text_next(&rest, '\n', &line)) {
		if (line.len > 0)
			buf_print(out, "%*s", (int)indent, "");
		buf_text(out, line);
		buf_char(out, '\n');
	}
}

void scalar_put_key(const char *key, unsigned indent, struct buf *out)
{
	buf_print(out, "%*s%s: ", (int)indent, "", key);
}

void scalar_put_list(const struct text *list, size_t count, bool lone, struct buf *out)
{
	bool bare = lone && count == 1;
	buf_cstr(out, bare ? "" : "[");
	for (size_t i = 0; i < count; i++) {
		buf_cstr(out, i > 0 ? ", " : "");
		scalar_put(list[i], out);
	}
	buf_cstr(out, bare ? "" : "]");
}
