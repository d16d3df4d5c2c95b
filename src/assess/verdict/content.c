#include "assess/verdict/content.h"

#include <string.h>

bool content_next(const struct content *content, size_t *at, uint64_t *number, struct text *line)
{
	struct text text = content->text;
	if (*at >= text.len)
		return false;
	const char *begin = text.at + *at;
	const char *end = memchr(begin, '\n', text.len - *at);
	size_t len = end ? (size_t)(end - begin) : text.len - *at;
	*at += len + (end != NULL);
	len -= end && len > 0 && begin[len - 1] == '\r';
	*line = (struct text){begin, len};
	(*number)++;
	return true;
}

enum regex_answer content_search(const struct content *content, struct regex *regex, uint64_t limit,
				 uint64_t *matches, struct evidence *evidence,
				 size_t *evidence_count)
{
	size_t at = 0;
	uint64_t number = 0;
	struct text line;
	*matches = 0;
	*evidence_count = 0;
	while ((limit == 0 || *matches < limit) && content_next(content, &at, &number, &line)) {
		enum regex_answer answer = regex_find(regex, line, 0, NULL, NULL);
		if (answer == REGEX_RAN_AWAY)
			return answer;
		if (answer == REGEX_NO)
			continue;
		if (*evidence_count < ITEM_EVIDENCE_MAX)
			evidence[(*evidence_count)++] = (struct evidence){content->path, number,
									  line};
		++*matches;
	}
	return *matches > 0 ? REGEX_YES : REGEX_NO;
}

/* -------- conditions on one line -------- */

enum line_answer { LINE_NO, LINE_YES, LINE_UNKNOWN };

/* The number that a text begins with: white space and a sign may stand before its digits. */
static bool read_number(struct text text, int64_t *number)
{
	size_t at = 0, from;
	while (at < text.len && strchr(" \t\n\v\f\r", text.at[at]) && text.at[at] != '\0')
		at++;
	bool minus = at < text.len && text.at[at] == '-';
	at += minus || (at < text.len && text.at[at] == '+');
	from = at;
	while (at < text.len && text.at[at] >= '0' && text.at[at] <= '9')
		at++;
	if (!text_to_i64((struct text){text.at + from, at - from}, 0, INT64_MAX, number))
		return false;
	*number = minus ? -*number : *number;
	return true;
}

static enum line_answer ask_number(const struct line_test *test, struct text line,
				   struct text *broken)
{
	struct text part;
	int64_t number;
	enum regex_answer answer = regex_capture(test->regex, line, &part);
	if (answer == REGEX_NO)
		return LINE_NO;
	if (answer == REGEX_RAN_AWAY) {
		*broken = TEXT("an expression takes too long to decide on a line");
		return LINE_UNKNOWN;
	}
	if (!part.at || !read_number(part, &number)) {
		*broken = TEXT("what is to be compared is no number");
		return LINE_UNKNOWN;
	}
	if (test->broken.at) {
		*broken = test->broken;
		return LINE_UNKNOWN;
	}
	if (test->differs)
		return number != test->least ? LINE_YES : LINE_NO;
	return number >= test->least && number <= test->most ? LINE_YES : LINE_NO;
}

static enum line_answer ask_plain(const struct line_test *test, struct text line,
				  struct text *broken)
{
	if (test->kind == LINE_EQUALS)
		return text_is_equal(line, test->pattern) ? LINE_YES : LINE_NO;
	if (!test->regex) {
		*broken = test->broken;
		return LINE_UNKNOWN;
	}
	if (test->kind == LINE_NUMBER)
		return ask_number(test, line, broken);
	switch (regex_find(test->regex, line, 0, NULL, NULL)) {
	case REGEX_NO:
		return LINE_NO;
	case REGEX_YES:
		return LINE_YES;
	case REGEX_RAN_AWAY:
		break;
	}
	*broken = TEXT("an expression takes too long to decide on a line");
	return LINE_UNKNOWN;
}

/* Whether the line fulfils all conditions. */
static enum line_answer ask_line(const struct content_test *test, struct text line,
				 struct text *broken)
{
	for (size_t i = 0; i < test->condition_count; i++) {
		const struct line_test *condition = &test->conditions[i];
		enum line_answer answer = ask_plain(condition, line, broken);
		if (answer == LINE_UNKNOWN)
			return answer;
		if ((answer == LINE_YES) == condition->negated)
			return LINE_NO;
	}
	return LINE_YES;
}

static struct text trimmed(struct text text)
{
	while (text.len > 0 && text.at[0] == '\n')
		text = (struct text){text.at + 1, text.len - 1};
	while (text.len > 0 && text.at[text.len - 1] == '\n')
		text.len--;
	return text;
}

static struct text with_return(const struct content *content, const struct content_test *test,
			       struct text line)
{
	const char *end = content->text.at + content->text.len;
	if (test->bare && line.at + line.len < end && line.at[line.len] == '\r')
		line.len++;
	return line;
}

static bool ask_lines(const struct content *content, const struct content_test *test,
		      struct content_found *found)
{
	struct content inner = *content;
	size_t at = 0;
	uint64_t number = 0;
	struct text line;
	if (test->trimmed) { /* lines keep their numbers */
		inner.text = trimmed(content->text);
		for (const char *c = content->text.at; c < inner.text.at; c++)
			number++;
	}
	while (content_next(&inner, &at, &number, &line)) {
		enum line_answer answer = ask_line(test, with_return(&inner, test, line),
						   &found->broken);
		if (answer == LINE_NO)
			continue;
		if (answer == LINE_UNKNOWN)
			return found->matches > 0; /* what came before decided already */
		if (found->count < ITEM_EVIDENCE_MAX)
			found->lines[found->count++] = (struct evidence){content->path, number,
									 line};
		found->matches++;
	}
	return true;
}

bool content_ask(const struct content *content, const struct content_test *test,
		 struct content_found *found)
{
	*found = (struct content_found){0};
	switch (test->kind) {
	case CONTENT_REGEX:
	case CONTENT_NO_REGEX:
	case CONTENT_LINES:
		return content_search(content, test->regex, 0, &found->matches, found->lines,
				      &found->count) != REGEX_RAN_AWAY;
	case CONTENT_LINE:
	case CONTENT_NO_LINE:
		return ask_lines(content, test, found);
	case CONTENT_EMPTY:
		found->matches = (test->trimmed ? trimmed(content->text) : content->text).len == 0;
		return true;
	case CONTENT_WHOLE:
		found->matches = text_is_equal(trimmed(content->text), test->pattern);
		if (found->matches > 0)
			found->lines[found->count++] = (struct evidence){content->path, 0,
									 trimmed(content->text)};
		return true;
	}
	never("a test on content of no kind");
}

bool content_is_met(const struct content_test *test, const struct content_found *found)
{
	switch (test->kind) {
	case CONTENT_REGEX:
	case CONTENT_LINE:
	case CONTENT_WHOLE:
		return found->matches > 0;
	case CONTENT_NO_REGEX:
	case CONTENT_NO_LINE:
		return found->matches == 0;
	case CONTENT_LINES:
		return found->matches >= test->at_least && found->matches <= test->at_most;
	case CONTENT_EMPTY:
		return (found->matches > 0) == test->truth;
	}
	never("a test on content of no kind");
}
