#include "assess/host/account/sudoline.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether the # at the beginning is one of a user's number. */
static bool is_id(struct text rest)
{
	bool minus = rest.len > 2 && rest.at[1] == '-';
	return rest.len > 1 && is_digit(rest.at[minus ? 2 : 1]);
}

/* Where the search for a comment begins: behind the # of #include. */
static size_t comment_from(struct text line)
{
	static const char *const words[] = {"#include ", "#include\t", "#includedir ",
					    "#includedir\t"};
	struct text shown = text_trim(line);
	for (size_t i = 0; i < array_len(words); i++)
		if (text_starts(shown, words[i]))
			return (size_t)(shown.at - line.at) + 1;
	return 0;
}

/* Where a comment begins: a # outside quotes that is no number of a user, nor escaped. */
static size_t comment_at(struct text line, bool first)
{
	bool quoted = false;
	for (size_t i = first ? comment_from(line) : 0; i < line.len; i++) {
		if (line.at[i] == '\\')
			i++;
		else if (line.at[i] == '"')
			quoted = !quoted;
		else if (line.at[i] == '#' && !quoted &&
			 !is_id((struct text){line.at + i, line.len - i}))
			return i;
	}
	return line.len;
}

/* Whether an odd number of backslashes ends it. */
static bool is_continued(struct text line)
{
	size_t count = 0;
	while (count < line.len && line.at[line.len - 1 - count] == '\\')
		count++;
	return count % 2 == 1;
}

bool sudoline_next(struct text *rest, struct buf *out, uint64_t *number, uint64_t *next)
{
	struct text line;
	bool more = false;
	buf_clear(out);
	while (text_next(rest, '\n', &line)) {
		if (!more)
			*number = *next;
		++*next;
		if (line.len > 0 && line.at[line.len - 1] == '\r')
			line.len--;
		size_t end = comment_at(line, !more);
		bool goes_on = end == line.len && is_continued(line);
		line.len = end - goes_on;
		if (out->len <= SUDOLINE_SIZE_MAX)
			buf_add(out, line.at,
				line.len <= SUDOLINE_SIZE_MAX ? line.len : SUDOLINE_SIZE_MAX + 1);
		more = goes_on;
		if (!more && text_trim(buf_view(out)).len > 0)
			return true;
		if (!more)
			buf_clear(out);
	}
	return text_trim(buf_view(out)).len > 0;
}
