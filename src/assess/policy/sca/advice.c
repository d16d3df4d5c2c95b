#include <string.h>

#include "assess/command/split.h"
#include "assess/policy/sca/sca.h"

#define SHOWN_MAX 80 /* bytes of a policy's text in a finding */

/* -------- expressions -------- */

/* What hardly anyone writes who does not mean an expression. */
static bool looks_like_expression(struct text text)
{
	static const char *const signs[] = {"\\s", "\\d", "\\w", "\\S", "\\t", ".*", ".+", ")?"};
	size_t at;
	for (size_t i = 0; i < array_len(signs); i++)
		if (text_find(text, text_of(signs[i]), &at))
			return true;
	return text_starts(text, "^") || text_ends(text, "$");
}

/* What an escape turns out to mean that was probably meant otherwise; NULL: nothing odd. A getty's
 * banner really has a backslash and an s. */
static const char *odd_escape(struct text text)
{
	size_t at;
	bool banner = text_find(text, TEXT("\\\\v"), &at) || text_find(text, TEXT("\\\\m"), &at);
	for (size_t i = 0; i + 2 < text.len; i++) {
		char next = text.at[i + 1], then = text.at[i + 2];
		if (text.at[i] != '\\')
			continue;
		if (next == '\\' && !banner && (then == 's' || then == 'd' || then == 'w'))
			return "two backslashes stand for one; write one for \\s, \\d, \\w";
		if (next == '.' && (then == '+' || then == '*'))
			return "\\. is a dot; any characters are .+ or .* in PCRE2";
		i++;
	}
	return NULL;
}

static void advise_expression(struct sca *sca, const struct rule *rule, struct text text)
{
	size_t at;
	const struct sca_expression *expression = pattern_expression(sca, text);
	if (!expression->regex) {
		load_warn(sca->loader, rule->at,
			  "%.*s; where it is reached, the rule does not apply",
			  TEXT_ARG(expression->why));
		return;
	}
	const char *odd = odd_escape(text);
	if (odd)
		load_warn(sca->loader, rule->at, "\"%.*s\": %s", (int)text_cut(text, SHOWN_MAX),
			  text.at, odd);
	if (text_find(text, TEXT("&&"), &at))
		load_warn(sca->loader, rule->at,
			  "\"&&\" without spaces around it is part of the expression \"%.*s\"",
			  (int)text_cut(text, SHOWN_MAX), text.at);
}

static bool is_sign(struct text word)
{
	static const char *const signs[] = {"<", "<=", "==", "!=", ">=", ">"};
	for (size_t i = 0; i < array_len(signs); i++)
		if (text_is(word, signs[i]))
			return true;
	return false;
}

static void advise_number(struct sca *sca, const struct rule *rule, struct text text)
{
	size_t at;
	struct text rest, sign = {0}, number = {0};
	int64_t value;
	if (!text_find(text, TEXT(" compare "), &at)) {
		load_warn(sca->loader, rule->at,
			  "a number is compared as \"n:EXPRESSION(\\d+) compare <= 4\"; so it does "
			  "not apply");
		return;
	}
	rest = (struct text){text.at + at + 9, text.len - at - 9};
	if (!text_word(&rest, &sign) || !is_sign(sign))
		load_warn(sca->loader, rule->at,
			  "\"%.*s\" is no comparison; write <, <=, ==, !=, >= or >",
			  (int)text_cut(sign, SHOWN_MAX), sign.at ? sign.at : "");
	else if (!text_word(&rest, &number) || !text_to_i64(number, INT32_MIN, INT32_MAX, &value))
		load_warn(sca->loader, rule->at, "\"%.*s\" is no whole number to compare with",
			  (int)text_cut(number, SHOWN_MAX), number.at ? number.at : "");
	struct text expression = {text.at, at};
	if (!memchr(expression.at, '(', expression.len))
		load_warn(sca->loader, rule->at,
			  "no group says what the number is; put it into parentheses: (\\d+)");
	advise_expression(sca, rule, expression);
}

static void advise_plain(struct sca *sca, const struct rule *rule, struct text text, bool first)
{
	struct text bare = text_trim(text);
	const char *what = rule->kind == 'c' && first ? "all that the command prints"
			   : rule->kind == 'd'        ? "a whole name"
						      : "a whole line";
	if (bare.len < text.len && (text_starts(bare, "r:") || text_starts(bare, "n:") ||
				    text_starts(bare, "!r:") || text_starts(bare, "!n:")))
		load_warn(sca->loader, rule->at,
			  "a space stands in front of \"%.*s\", so it is plain text; take it out",
			  (int)text_cut(bare, SHOWN_MAX), bare.at);
	else if (looks_like_expression(text) || text_starts(text, "!"))
		load_warn(
			sca->loader, rule->at,
			"\"%.*s\" is compared as it stands with %s; an expression has r: in front",
			(int)text_cut(text, SHOWN_MAX), text.at, what);
}

static void advise_pattern(struct sca *sca, const struct rule *rule, struct text pattern)
{
	struct text term;
	size_t at;
	if (!pattern_is_expression(pattern)) {
		advise_plain(sca, rule, pattern, true);
		if (text_find(pattern, TEXT(" && "), &at))
			load_warn(sca->loader, rule->at,
				  "terms are joined only where the first begins with r: or n:");
		return;
	}
	while (pattern_next(&pattern, &term)) {
		if (text_starts(term, "!"))
			term = (struct text){term.at + 1, term.len - 1};
		struct text rest = {term.at + (term.len > 1 ? 2 : 0),
				    term.len - (term.len > 1 ? 2 : 0)};
		if (text_starts(term, "r:"))
			advise_expression(sca, rule, rest);
		else if (text_starts(term, "n:"))
			advise_number(sca, rule, rest);
		else
			advise_plain(sca, rule, term, false);
	}
}

/* -------- commands -------- */

static bool is_shell(struct text program)
{
	static const char *const shells[] = {"sh", "bash", "dash", "zsh", "ksh"};
	size_t from = program.len;
	while (from > 0 && program.at[from - 1] != '/')
		from--;
	program = (struct text){program.at + from, program.len - from};
	for (size_t i = 0; i < array_len(shells); i++)
		if (text_is(program, shells[i]))
			return true;
	return false;
}

/* What only a shell would do with a word; NULL: nothing. */
static const char *wants_shell(struct text word)
{
	static const char *const marks[] = {"|",  ">", ">>", "<",    "&&",
					    "||", ";", "2>", "2>&1", "&"};
	size_t at;
	for (size_t i = 0; i < array_len(marks); i++)
		if (text_is(word, marks[i]))
			return "is just a word without a shell; put the line into sh -c \"…\"";
	if (text_find(word, TEXT("$("), &at) || memchr(word.at, '`', word.len))
		return "is not run without a shell; put the line into sh -c \"…\"";
	if (text_starts(word, "'") || text_ends(word, "'"))
		return "keeps its single quotes: only double quotes hold words together";
	if (text_starts(word, "/") &&
	    (memchr(word.at, '*', word.len) || memchr(word.at, '?', word.len)))
		return "is not a glob without a shell; name the files, or use d:";
	if (text_starts(word, "~/"))
		return "is not a home without a shell";
	return NULL;
}

static void advise_command(struct sca *sca, const struct rule *rule)
{
	const struct text *argv;
	size_t argc;
	struct err err = {0};
	if (!command_split(rule->place, sca->loader->arena, &argv, &argc, &err))
		return;
	if (argc == 1 && memchr(argv[0].at, ' ', argv[0].len))
		load_warn(sca->loader, rule->at,
			  "\"%.*s\" is one word, so it is looked for as a program of this name",
			  (int)text_cut(argv[0], SHOWN_MAX), argv[0].at);
	if (is_shell(argv[0]))
		return;
	for (size_t i = 1; i < argc; i++) {
		const char *why = wants_shell(argv[i]);
		if (!why)
			continue;
		load_warn(sca->loader, rule->at, "\"%.*s\" %s", (int)text_cut(argv[i], SHOWN_MAX),
			  argv[i].at, why);
		return;
	}
	if (memchr(rule->place.at, '\\', rule->place.len))
		load_warn(sca->loader, rule->at,
			  "a backslash in a command goes away; write two for one");
}

/* -------- the rule -------- */

void advice_rule(struct sca *sca, const struct rule *rule)
{
	size_t at;
	struct text name = rule->pattern, content;
	struct text start = text_trim(rule->text);
	if (text_starts(start, "!"))
		load_warn(sca->loader, rule->at,
			  "\"!\" in front of a rule changes nothing; write \"not %c:…\"",
			  rule->kind);
	if (!rule->has_pattern && text_find(rule->text, TEXT("->"), &at))
		load_warn(sca->loader, rule->at,
			  "\"->\" has a space on both sides; so it is part of what is looked at");
	if (rule->kind != 'c' && text_starts(rule->place, " "))
		load_warn(sca->loader, rule->at, "a space stands behind \"%c:\"; take it out",
			  rule->kind);
	if (rule->kind == 'c')
		advise_command(sca, rule);
	if (!rule->has_pattern)
		return;
	if (rule->kind == 'p') {
		load_warn(sca->loader, rule->at,
			  "what stands behind a process's name is not asked");
		return;
	}
	if (rule->kind == 'd' && pattern_split(rule->pattern, &name, &content))
		advise_pattern(sca, rule, content);
	advise_pattern(sca, rule, rule->kind == 'd' ? name : rule->pattern);
}
