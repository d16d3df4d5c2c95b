#include <string.h>

#include "assess/policy/sca/sca.h"

#define AND " && "
#define ARROW " -> "
#define COMPARE "compare"

bool pattern_split(struct text text, struct text *before, struct text *behind)
{
	size_t at;
	if (!text_find(text, TEXT(ARROW), &at))
		return false;
	*before = (struct text){text.at, at};
	*behind = (struct text){text.at + at + sizeof(ARROW) - 1,
				text.len - at - (sizeof(ARROW) - 1)};
	return true;
}

bool pattern_next(struct text *rest, struct text *term)
{
	size_t at;
	if (rest->len == 0)
		return false;
	*term = *rest;
	if (!text_find(*rest, TEXT(AND), &at)) {
		*rest = (struct text){rest->at + rest->len, 0};
		return true;
	}
	term->len = at;
	at += sizeof(AND) - 1;
	*rest = (struct text){rest->at + at, rest->len - at};
	return true;
}

bool pattern_is_expression(struct text pattern)
{
	static const char *const starts[] = {"r:", "!r:", "n:", "!n:"};
	for (size_t i = 0; i < array_len(starts); i++)
		if (text_starts(pattern, starts[i]))
			return true;
	return false;
}

static void own(struct loader *loader, struct regex *regex)
{
	struct policies *policies = loader->policies;
	policies->regexes = mem_grow(policies->regexes, &policies->regex_room,
				     policies->regex_count + 1, sizeof(struct regex *));
	policies->regexes[policies->regex_count++] = regex;
}

/* Wazuh compiles without regard to case; lines are asked one by one, so its other option (^ and $
 * at line ends) changes nothing. */
const struct sca_expression *pattern_expression(struct sca *sca, struct text pattern)
{
	struct arena *arena = sca->loader->arena;
	struct err err = {0};
	struct sca_expression *known = map_get(sca->expressions, pattern);
	if (known)
		return known;
	known = arena_get(arena, 1, sizeof(*known));
	known->pattern = text_of(arena_print(arena, "(?i)%.*s", TEXT_ARG(pattern)));
	known->regex = regex_new(known->pattern, REGEX_NO_JIT, &err);
	if (known->regex) {
		own(sca->loader, known->regex);
	} else { /* said of the policy's own text; should that alone be one, of ours */
		struct err own_err = err;
		scoped(regex_free) struct regex *plain = regex_new(pattern, REGEX_NO_JIT, &own_err);
		known->why = text_of(arena_print(arena, "no regular expression: %s",
						 plain ? err.text : own_err.text));
	}
	map_put(sca->expressions, pattern, known);
	return known;
}

/* -------- a number compared -------- */

/* What C++ reads a number from: white space, a sign, digits; the rest does not count. */
static bool read_number(struct text text, int64_t *number)
{
	bool minus = text.len > 0 && text.at[0] == '-';
	size_t from = text.len > 0 && (minus || text.at[0] == '+'), at = from;
	while (at < text.len && text.at[at] >= '0' && text.at[at] <= '9')
		at++;
	if (!text_to_i64((struct text){text.at + from, at - from}, 0, INT32_MAX, number))
		return false;
	*number = minus ? -*number : *number;
	return true;
}

static const char *set_bounds(struct line_test *line, struct text sign, int64_t number)
{
	line->least = INT64_MIN;
	line->most = INT64_MAX;
	if (text_is(sign, "<="))
		line->most = number;
	else if (text_is(sign, "<"))
		line->most = number - 1;
	else if (text_is(sign, ">="))
		line->least = number;
	else if (text_is(sign, ">"))
		line->least = number + 1;
	else
		line->least = line->most = number;
	line->differs = text_is(sign, "!=");
	bool known = line->differs || text_is(sign, "==") || line->least != line->most;
	return known ? NULL : "the comparison is none of < <= == != >= >";
}

/* "EXPRESSION compare SIGN NUMBER". */
static void read_numeric(struct sca *sca, struct text text, struct line_test *line)
{
	size_t at;
	struct text sign, number;
	int64_t value;
	line->kind = LINE_NUMBER;
	line->pattern = text;
	if (!text_find(text, TEXT(COMPARE), &at)) {
		line->broken = TEXT("it says \"compare\" nowhere");
		return;
	}
	size_t behind = at + sizeof(COMPARE) - 1;
	struct text rest = {text.at + behind, text.len - behind};
	if (rest.len > 0)
		rest = (struct text){rest.at + 1, rest.len - 1};
	if (!text_word(&rest, &sign) || !text_word(&rest, &number) ||
	    !read_number(number, &value)) {
		line->broken = TEXT("it is compared with no number");
		return;
	}
	text.len = at > 0 ? at - 1 : text.len;
	const struct sca_expression *expression = pattern_expression(sca, text);
	line->pattern = expression->pattern;
	line->regex = expression->regex;
	line->broken = expression->why;
	const char *wrong = set_bounds(line, sign, value);
	if (wrong && !line->broken.at)
		line->broken = text_of(wrong);
}

static struct line_test read_term(struct sca *sca, struct text term)
{
	struct line_test line = {.negated = text_starts(term, "!")};
	if (line.negated)
		term = (struct text){term.at + 1, term.len - 1};
	if (text_starts(term, "n:")) {
		read_numeric(sca, (struct text){term.at + 2, term.len - 2}, &line);
	} else if (text_starts(term, "r:")) {
		const struct sca_expression *expression = pattern_expression(
			sca, (struct text){term.at + 2, term.len - 2});
		line.kind = LINE_MATCHES;
		line.pattern = expression->pattern;
		line.regex = expression->regex;
		line.broken = expression->why;
	} else {
		line.kind = LINE_EQUALS;
		line.pattern = term;
	}
	return line;
}

/* -------- content -------- */

static size_t count_terms(struct text pattern)
{
	struct text term;
	size_t count = 0;
	while (pattern_next(&pattern, &term))
		count++;
	return count;
}

static struct content_test read_terms(struct sca *sca, const struct rule *rule, struct text pattern,
				      bool command)
{
	struct content_test content = {.kind = CONTENT_LINE, .bare = true, .trimmed = command};
	size_t count = count_terms(pattern);
	if (count > SCA_TERMS_MAX) {
		load_warn(sca->loader, rule->at, "%zu terms on one line; only %d are asked", count,
			  SCA_TERMS_MAX);
		count = SCA_TERMS_MAX;
	}
	struct line_test *list = arena_get(sca->loader->arena, count, sizeof(*list));
	struct text term;
	for (size_t i = 0; i < count && pattern_next(&pattern, &term); i++)
		list[i] = read_term(sca, term);
	if (count == 1 && list[0].negated) {
		content.kind = CONTENT_NO_LINE;
		list[0].negated = false;
	}
	content.conditions = list;
	content.condition_count = count;
	content_show_line(sca->loader, &content);
	return content;
}

/* A plain text is compared with whole lines of a file, and with all that a command prints. */
static struct content_test read_plain(struct sca *sca, struct text pattern, bool command)
{
	struct content_test content = {.bare = true, .trimmed = command};
	if (command) {
		content.kind = CONTENT_WHOLE;
		content.pattern = pattern;
		return content;
	}
	struct line_test *line = arena_get(sca->loader->arena, 1, sizeof(*line));
	*line = (struct line_test){.kind = LINE_EQUALS, .pattern = pattern};
	content.kind = CONTENT_LINE;
	content.conditions = line;
	content.condition_count = 1;
	content_show_line(sca->loader, &content);
	return content;
}

void pattern_read(struct sca *sca, const struct rule *rule, struct text pattern, bool command,
		  struct content_list *list)
{
	if (!pattern_is_expression(pattern)) {
		content_add(sca->loader, list, read_plain(sca, pattern, command));
		return;
	}
	struct content_test content = read_terms(sca, rule, pattern, command);
	content_add(sca->loader, list, content);
	if (content.kind == CONTENT_NO_LINE) /* in nothing, nothing is found, not even this */
		content_add(sca->loader, list,
			    (struct content_test){.kind = CONTENT_EMPTY, .trimmed = command});
}

/* -------- names -------- */

/* An expression that this very text fulfils, and no other. */
static struct text literally(struct sca *sca, struct text text)
{
	scoped(buf_end) struct buf out = {0};
	buf_cstr(&out, "\\A");
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];
		bool word = c >= 0x80 || c == '_' || (c >= '0' && c <= '9') ||
			    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!word)
			buf_char(&out, '\\');
		buf_char(&out, (char)c);
	}
	buf_cstr(&out, "\\z");
	return arena_text(sca->loader->arena, buf_view(&out));
}

bool pattern_read_name(struct sca *sca, struct text pattern, struct pattern_names *names,
		       struct text *why)
{
	struct text term;
	*names = (struct pattern_names){0};
	if (!text_starts(pattern, "r:") && !text_starts(pattern, "!r:")) {
		names->names[names->name_count++] = literally(sca, pattern);
		return true;
	}
	while (pattern_next(&pattern, &term)) {
		if (names->name_count + names->other_count == SCA_TERMS_MAX) {
			*why = TEXT("more than 100 terms on a name");
			return false;
		}
		struct line_test line = read_term(sca, term);
		if (line.kind == LINE_NUMBER || line.broken.at) {
			*why = line.broken.at ? line.broken : TEXT("names are not compared");
			return false;
		}
		struct text text = line.kind == LINE_EQUALS ? literally(sca, line.pattern)
							    : line.pattern;
		if (line.negated)
			names->others[names->other_count++] = text;
		else
			names->names[names->name_count++] = text;
	}
	return true;
}
