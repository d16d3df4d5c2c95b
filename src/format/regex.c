#define PCRE2_CODE_UNIT_WIDTH 8
#include "format/regex.h"

#include <pcre2.h>
#include <string.h>

#include "base/mem.h"

#define RE2_REPEAT_MAX 1000

struct regex {
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *limits;
};

/* What RE2 (and so Go's regexp, which MIG used) does not have, by how it begins. Escaped characters
 * and classes are skipped over before. */
static const struct {
	const char *start, *what;
} beyond_re2[] = {
	{"(?=", "look-ahead"},         {"(?!", "look-ahead"},
	{"(?<=", "look-behind"},       {"(?<!", "look-behind"},
	{"(?>", "an atomic group"},    {"(?|", "a branch reset"},
	{"(?R", "recursion"},          {"(?&", "recursion"},
	{"(?(", "a condition"},        {"(?#", "a comment"},
	{"*+", "a possessive repeat"}, {"++", "a possessive repeat"},
	{"?+", "a possessive repeat"}, {"(*", "a verb"},
};

static bool is_beyond_escape(struct text pattern, size_t at, const char **what)
{
	char c = at + 1 < pattern.len ? pattern.at[at + 1] : '\0';
	if (c >= '1' && c <= '9')
		*what = "a back reference";
	else if (c != '\0' && strchr("GHKNRVXZceghko", c))
		*what = "this escape";
	else
		return false;
	return true;
}

/* Whether a group is one of RE2's: "(?:…)", a name, or flags of its own. */
static bool is_re2_group(struct text rest)
{
	size_t at = 2;
	if (text_starts(rest, "(?P<") || text_starts(rest, "(?<"))
		return true;
	while (at < rest.len && strchr("imsU-", rest.at[at]) && rest.at[at] != '\0')
		at++;
	return at < rest.len && (rest.at[at] == ':' || (rest.at[at] == ')' && at > 2));
}

/* Whether it is a repeat that says more than RE2 counts: {1001} or {2,2000}. */
static bool is_large_repeat(struct text rest)
{
	uint64_t number = 0;
	for (size_t at = 1; at < rest.len && rest.at[at] != '}'; at++) {
		bool digit = rest.at[at] >= '0' && rest.at[at] <= '9';
		if (!digit && rest.at[at] != ',')
			return false;
		number = digit ? 10 * number + (uint64_t)(rest.at[at] - '0') : 0;
		if (number > RE2_REPEAT_MAX)
			return true;
	}
	return false;
}

static bool is_beyond(struct text rest, const char **what)
{
	for (size_t i = 0; i < array_len(beyond_re2); i++)
		if (text_starts(rest, beyond_re2[i].start)) {
			*what = beyond_re2[i].what;
			return true;
		}
	*what = rest.at[0] == '{' ? "a repeat above 1000" : "this group";
	return rest.at[0] == '{' ? is_large_repeat(rest)
				 : text_starts(rest, "(?") && !is_re2_group(rest);
}

/* Skips a class "[…]"; returns the index behind it. */
static size_t class_end(struct text pattern, size_t at)
{
	at++;
	if (at < pattern.len && pattern.at[at] == '^')
		at++;
	if (at < pattern.len && pattern.at[at] == ']')
		at++;
	while (at < pattern.len && pattern.at[at] != ']')
		at += pattern.at[at] == '\\' ? 2 : 1;
	return at + 1;
}

static bool check_re2(struct text pattern, struct err *err)
{
	for (size_t at = 0; at < pattern.len;) {
		const char *what = NULL;
		if (pattern.at[at] == '[') {
			at = class_end(pattern, at);
			continue;
		}
		struct text rest = {pattern.at + at, pattern.len - at};
		bool escape = pattern.at[at] == '\\';
		if (escape ? is_beyond_escape(pattern, at, &what) : is_beyond(rest, &what))
			return err_set(err, ERR_INPUT,
				       "%s at character %zu of \"%.*s\" is outside RE2's syntax",
				       what, at + 1, TEXT_ARG(pattern));
		at += escape ? 2 : 1;
	}
	return true;
}

static pcre2_code *compile(struct text pattern, unsigned options, struct err *err)
{
	int error;
	PCRE2_SIZE at;
	uint32_t flags = PCRE2_NEVER_BACKSLASH_C;
	flags |= options & REGEX_CASELESS ? PCRE2_CASELESS : 0;
	flags |= options & REGEX_LINES ? PCRE2_MULTILINE : 0;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern.at, pattern.len, flags, &error, &at,
					 NULL);
	if (code)
		return code;
	unsigned char why[160];
	pcre2_get_error_message(error, why, sizeof(why));
	err_set(err, ERR_INPUT, "%s at character %zu of \"%.*s\"", (const char *)why,
		(size_t)at < pattern.len ? (size_t)at + 1 : pattern.len, TEXT_ARG(pattern));
	return NULL;
}

struct regex *regex_new(struct text pattern, unsigned options, struct err *err)
{
	if (pattern.len > REGEX_PATTERN_MAX) {
		err_set(err, ERR_LIMIT, "a regular expression of %zu bytes; at most %d are taken",
			pattern.len, REGEX_PATTERN_MAX);
		return NULL;
	}
	if (!pattern.at)
		pattern = TEXT("");
	if (options & REGEX_RE2 && !check_re2(pattern, err))
		return NULL;
	pcre2_code *code = compile(pattern, options, err);
	if (!code)
		return NULL;
	if (!(options & REGEX_NO_JIT))
		(void)pcre2_jit_compile(code,
					PCRE2_JIT_COMPLETE); /* without it, it is but slower */
	struct regex *regex = mem_new(1, sizeof(*regex));
	regex->code = code;
	regex->match = pcre2_match_data_create_from_pattern(code, NULL);
	regex->limits = pcre2_match_context_create(NULL);
	must(regex->match && regex->limits);
	pcre2_set_match_limit(regex->limits, REGEX_MATCH_MAX);
	pcre2_set_depth_limit(regex->limits, REGEX_DEPTH_MAX);
	pcre2_set_heap_limit(regex->limits, REGEX_HEAP_KIB_MAX);
	return regex;
}

void regex_free(struct regex **regex)
{
	if (!*regex)
		return;
	pcre2_match_context_free((*regex)->limits);
	pcre2_match_data_free((*regex)->match);
	pcre2_code_free((*regex)->code);
	mem_free(regex);
}

/* How many of the match's ends are set; 0: no match, less: it ran away. */
static int match(struct regex *regex, struct text subject, size_t from)
{
	must(from <= subject.len);
	int count = pcre2_match(regex->code, (PCRE2_SPTR)(subject.at ? subject.at : ""),
				subject.len, from, 0, regex->match, regex->limits);
	return count == PCRE2_ERROR_NOMATCH ? 0 : count;
}

enum regex_answer regex_find(struct regex *regex, struct text subject, size_t from, size_t *begin,
			     size_t *end)
{
	int count = match(regex, subject, from);
	if (count <= 0)
		return count == 0 ? REGEX_NO : REGEX_RAN_AWAY;
	const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(regex->match);
	if (begin)
		*begin = ends[0];
	if (end)
		*end = ends[1];
	return REGEX_YES;
}

enum regex_answer regex_capture(struct regex *regex, struct text subject, struct text *part)
{
	int count = match(regex, subject, 0);
	*part = (struct text){0};
	if (count <= 0)
		return count == 0 ? REGEX_NO : REGEX_RAN_AWAY;
	const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(regex->match);
	const PCRE2_SIZE *group = count > 1 ? ends + 2 : ends;
	if (group[0] != PCRE2_UNSET && group[0] <= group[1])
		*part = (struct text){(subject.at ? subject.at : "") + group[0],
				      group[1] - group[0]};
	return REGEX_YES;
}
