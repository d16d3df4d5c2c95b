#include "format/regex.h"

#include <string.h>

#include "unit.h"

test(finds_with_options)
{
	static const struct {
		const char *pattern;
		unsigned options;
		const char *subject;
		enum regex_answer answer;
	} cases[] = {
		{"^permitrootlogin no$", REGEX_CASELESS, "PermitRootLogin no", REGEX_YES},
		{"(?i)^permitrootlogin no$", REGEX_RE2, "PermitRootLogin no", REGEX_YES},
		{"^b$", REGEX_PLAIN, "a\nb\nc", REGEX_NO},
		{"^b$", REGEX_LINES, "a\nb\nc", REGEX_YES},
		{"", REGEX_PLAIN, "", REGEX_YES},
		{"\xff", REGEX_PLAIN, "a\xff", REGEX_YES},
		{"a{2,3}", REGEX_NO_JIT, "caat", REGEX_YES},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct err err = {0};
		scoped(regex_free) struct regex *regex = regex_new(text_of(cases[i].pattern),
								   cases[i].options, &err);
		assert_non_null(regex);
		assert_int_equal(regex_find(regex, text_of(cases[i].subject), 0, NULL, NULL),
				 cases[i].answer);
	}
}

test(says_where_a_pattern_is_broken)
{
	struct err err = {0};
	assert_null(regex_new(TEXT("a(b"), REGEX_PLAIN, &err));
	assert_string_equal(err.text, "missing closing parenthesis at character 3 of \"a(b\"");
	assert_int_equal(err.kind, ERR_INPUT);
	assert_null(regex_new(TEXT("x[a"), REGEX_PLAIN, &err));
}

test(refuses_what_re2_lacks)
{
	static const struct {
		const char *pattern;
		bool taken;
	} cases[] = {
		{"(?=a)", false},   {"(?<!a)b", false}, {"(a)\\1", false},    {"a++", false},
		{"(?>a)", false},   {"\\G", false},     {"[(?=]", true},      {"\\(?=a", true},
		{"(?i:a)b", true},  {"(?P<n>a)", true}, {"[^]\\]]a", true},   {"a+?", true},
		{"a\\h", false},    {"a\\N", false},    {"\\e", false},       {"(a)(?1)", false},
		{"(?'n'a)", false}, {"(?P=n)", false},  {"(?x)a b", false},   {"(?)a", false},
		{"a{1001}", false}, {"a{1000}", true},  {"a{2,1001}", false}, {"a{2,}", true},
		{"(?i-s:a)", true}, {"(?U)a+", true},   {"a{,2}", true},      {"a{x", true}};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct err err = {0};
		scoped(regex_free) struct regex *regex = regex_new(text_of(cases[i].pattern),
								   REGEX_RE2, &err);
		if ((regex != NULL) != cases[i].taken)
			fail_msg("%s: %s", cases[i].pattern, err.text);
	}
}

test(stops_one_that_runs_away)
{
	char subject[4096];
	struct err err = {0};
	memset(subject, 'a', sizeof(subject));
	subject[sizeof(subject) - 1] = '!';
	for (unsigned options = 0; options <= REGEX_NO_JIT; options += REGEX_NO_JIT) {
		scoped(regex_free) struct regex *regex = regex_new(TEXT("^(a+)+$"), options, &err);
		assert_non_null(regex);
		assert_int_equal(
			regex_find(regex, (struct text){subject, sizeof(subject)}, 0, NULL, NULL),
			REGEX_RAN_AWAY);
	}
}

test(gives_places)
{
	struct err err = {0};
	size_t begin, end;
	struct text subject = TEXT("xx key=value");
	scoped(regex_free) struct regex *regex = regex_new(TEXT("(\\w+)=(\\w+)(z)?"), 0, &err);
	assert_int_equal(regex_find(regex, subject, 0, &begin, &end), REGEX_YES);
	assert_int_equal(begin, 3);
	assert_int_equal(end, 12);
	assert_int_equal(regex_find(regex, subject, 4, &begin, NULL), REGEX_YES);
	assert_int_equal(begin, 4);
}

test(limits_the_pattern)
{
	static char pattern[REGEX_PATTERN_MAX + 1];
	struct err err = {0};
	memset(pattern, 'a', sizeof(pattern));
	assert_null(regex_new((struct text){pattern, sizeof(pattern)}, 0, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
}
