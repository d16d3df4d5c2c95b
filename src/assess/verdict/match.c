#include "assess/verdict/match.h"

#include <string.h>

#include "assess/verdict/mask.h"
#include "base/buf.h"
#include "format/quantity.h"

static bool read_size(struct text text, int64_t *number)
{
	uint64_t bytes;
	if (!quantity_read_size(text, &bytes) || bytes > INT64_MAX)
		return false;
	*number = (int64_t)bytes;
	return true;
}

static bool read_int(struct text text, int64_t *number)
{
	return text_to_i64(text, INT64_MIN + 1, INT64_MAX, number);
}

/* Two texts as the first kind of quantity that both are. */
static bool read_both(struct text a, struct text b, int64_t *left, int64_t *right)
{
	static bool (*const readers[])(struct text text,
				       int64_t * number) = {read_int, time_read_span, read_size};
	for (size_t i = 0; i < array_len(readers); i++)
		if (readers[i](text_trim(a), left) && readers[i](text_trim(b), right))
			return true;
	return false;
}

static bool are_texts(const struct value *a, const struct value *b)
{
	return a->type == VALUE_TEXT && b->type == VALUE_TEXT;
}

/* A list that came as one text ("a,b") is equal to that text, too. */
static bool is_equal(const struct value *a, const struct value *b)
{
	int64_t left, right;
	if (a->type == VALUE_LIST && b->type == VALUE_TEXT)
		return a->text.at && text_is_equal(a->text, b->text);
	if (value_is_equal(a, b))
		return true;
	return are_texts(a, b) && read_both(a->text, b->text, &left, &right) && left == right;
}

/* <0, 0, >0 in *order; false: they have no order. */
static bool compare(const struct value *a, const struct value *b, int *order)
{
	int64_t left, right;
	if (!are_texts(a, b))
		return value_compare(a, b, order);
	if (!read_both(a->text, b->text, &left, &right))
		return false;
	*order = (left > right) - (left < right);
	return true;
}

static bool is_member(const struct value *list, struct text text, bool caseless)
{
	for (size_t i = 0; i < list->count; i++)
		if (caseless ? text_is_alike(list->list[i], text)
			     : text_is_equal(list->list[i], text))
			return true;
	return false;
}

/* Whether all of `members` are in `list`; *odd receives the first that isn't. */
static bool has_all(const struct value *list, const struct value *members, bool caseless,
		    struct text *odd)
{
	for (size_t i = 0; i < members->count; i++)
		if (!is_member(list, members->list[i], caseless)) {
			*odd = members->list[i];
			return false;
		}
	return true;
}

static bool has_any(const struct value *list, const struct value *members, bool caseless,
		    struct text *found)
{
	for (size_t i = 0; i < members->count; i++)
		if (is_member(list, members->list[i], caseless)) {
			*found = members->list[i];
			return true;
		}
	return false;
}

static enum holds truth(bool is_so)
{
	return is_so ? HOLDS_YES : HOLDS_NO;
}

static enum holds ordered(const struct matcher *matcher, const struct value *value)
{
	int order;
	int64_t bits = value->number, limit = matcher->values[0].number;
	bool least = matcher->kind == MATCH_AT_LEAST;
	if (value->type == VALUE_MODE)
		return truth(least ? (limit & ~bits) == 0 : (bits & ~limit) == 0);
	if (!compare(value, &matcher->values[0], &order))
		return HOLDS_UNKNOWN;
	return truth(least ? order >= 0 : order <= 0);
}

static enum holds one_of(const struct matcher *matcher, const struct value *value)
{
	for (size_t i = 0; i < matcher->count; i++)
		if (is_equal(value, &matcher->values[i]))
			return HOLDS_YES;
	return HOLDS_NO;
}

/* On the whole text; of a list that came in no text, on each member. */
static enum holds matches(const struct matcher *matcher, const struct value *value)
{
	bool each = value->type == VALUE_LIST && !value->text.at;
	size_t count = each ? value->count : 1;
	enum regex_answer answer = REGEX_NO;
	for (size_t i = 0; i < count && answer == REGEX_NO; i++)
		answer = regex_find(matcher->regex, each ? value->list[i] : value->text, 0, NULL,
				    NULL);
	return answer == REGEX_RAN_AWAY ? HOLDS_UNKNOWN : truth(answer == REGEX_YES);
}

static enum holds not(enum holds holds) {
	return holds == HOLDS_UNKNOWN ? holds : truth(holds == HOLDS_NO);
}

static enum holds equals(const struct matcher *matcher, const struct value *value)
{
	struct text odd;
	const struct value *wanted = &matcher->values[0];
	if (value->type != VALUE_LIST || wanted->type != VALUE_LIST)
		return truth(is_equal(value, wanted));
	return truth(has_all(value, wanted, value->caseless, &odd) && /* in any order */
		     has_all(wanted, value, value->caseless, &odd));
}

/* A setting that has one value is a list of one for whoever asks of it as a list. */
static struct value as_list(const struct value *value)
{
	if (value->type != VALUE_TEXT)
		return *value;
	return (struct value){
		.type = VALUE_LIST, .caseless = value->caseless, .list = &value->text, .count = 1};
}

enum holds match_holds(const struct matcher *matcher, const struct value *value)
{
	struct text odd;
	struct value list = as_list(value);
	bool caseless = value->caseless;
	if (matcher->kind == MATCH_EXISTS)
		return truth((value->type != VALUE_NONE) == matcher->truth);
	if (value->type == VALUE_NONE)
		return HOLDS_NO;
	switch (matcher->kind) {
	case MATCH_EQUALS:
		return equals(matcher, value);
	case MATCH_NOT_EQUALS:
		return not(equals(matcher, value));
	case MATCH_ONE_OF:
		return one_of(matcher, value);
	case MATCH_NONE_OF:
		return not(one_of(matcher, value));
	case MATCH_AT_LEAST:
	case MATCH_AT_MOST:
		return ordered(matcher, value);
	case MATCH_MATCHES:
		return matches(matcher, value);
	case MATCH_NOT_MATCHES:
		return not(matches(matcher, value));
	case MATCH_CONTAINS:
		return truth(has_all(&list, &matcher->values[0], caseless, &odd));
	case MATCH_EXCLUDES:
		return truth(!has_any(&list, &matcher->values[0], caseless, &odd));
	case MATCH_ONLY:
		return truth(has_all(&matcher->values[0], &list, caseless, &odd));
	case MATCH_EXISTS:
		break;
	}
	must(false);
}

/* -------- in words -------- */

static bool is_text(const struct value *value)
{
	return value->type == VALUE_TEXT || value->type == VALUE_LIST;
}

static struct text show(const struct value *value, bool hidden, struct arena *arena)
{
	if (hidden && is_text(value))
		return TEXT("a text that is kept secret");
	return mask_text(value_show(value, arena), arena);
}

static struct text show_wanted(const struct matcher *matcher, struct arena *arena)
{
	scoped(buf_end) struct buf out = {0};
	if (matcher->regex)
		return text_of(arena_print(arena, "\"%.*s\"", TEXT_ARG(matcher->values[0].text)));
	for (size_t i = 0; i < matcher->count && i < 10; i++) {
		buf_cstr(&out, i > 0 ? ", " : "");
		buf_text(&out, value_show(&matcher->values[i], arena));
	}
	if (matcher->count > 10)
		buf_cstr(&out, ", …");
	return arena_text(arena, buf_view(&out));
}

/* Behind "WHAT is VALUE, ": how that differs from what was wanted, which follows where `wanted`
 * says so. */
static const struct phrase {
	const char *text;
	bool wanted;
} phrases[] = {
	[MATCH_EQUALS] = {"not ", true},
	[MATCH_NOT_EQUALS] = {"which it must not be", false},
	[MATCH_ONE_OF] = {"none of ", true},
	[MATCH_NONE_OF] = {"which is one of ", true},
	[MATCH_AT_LEAST] = {"below ", true},
	[MATCH_AT_MOST] = {"above ", true},
	[MATCH_MATCHES] = {"which does not match ", true},
	[MATCH_NOT_MATCHES] = {"which matches ", true},
	[MATCH_CONTAINS] = {"without all of ", true},
	[MATCH_EXCLUDES] = {"with one of ", true},
	[MATCH_ONLY] = {"with more than ", true},
	[MATCH_EXISTS] = {"and must not be there", false},
};

static struct phrase phrase_of(const struct matcher *matcher, const struct value *value)
{
	bool unknown = match_holds(matcher, value) == HOLDS_UNKNOWN;
	if (unknown && matcher->regex)
		return (struct phrase){"where the expression takes too long to decide", false};
	if (unknown)
		return (struct phrase){"which can't be compared with ", true};
	if (value->type == VALUE_MODE && matcher->kind == MATCH_AT_MOST)
		return (struct phrase){"beyond ", true};
	if (value->type == VALUE_MODE && matcher->kind == MATCH_AT_LEAST)
		return (struct phrase){"without all of ", true};
	return phrases[matcher->kind];
}

/* true and false of what a subject can be: "telnetd is not installed". */
static struct text say_bool(const struct value *value, struct match_name name, struct arena *arena)
{
	struct text subject = name.subject.len > 0 ? name.subject : TEXT("it");
	return text_of(arena_print(arena, "%.*s is %s%.*s", TEXT_ARG(subject),
				   value->number ? "" : "not ", TEXT_ARG(name.field)));
}

/* "/etc/shadow: mode", "PermitRootLogin" */
static const char *full_name(struct match_name name, struct arena *arena)
{
	if (name.field.len > 0 && name.subject.len > 0)
		return arena_print(arena, "%.*s: %.*s", TEXT_ARG(name.subject),
				   TEXT_ARG(name.field));
	struct text only = name.field.len > 0 ? name.field : name.subject;
	return arena_print(arena, "%.*s", TEXT_ARG(only));
}

struct text match_why(const struct matcher *matcher, const struct value *value,
		      struct match_name name, bool hidden, struct arena *arena)
{
	const char *what = full_name(name, arena);
	if (value->type == VALUE_NONE)
		return text_of(arena_print(arena, "%s is not there", what));
	if (value->type == VALUE_BOOL && name.field.len > 0)
		return say_bool(value, name, arena);
	struct text found = show(value, hidden, arena), wanted = show_wanted(matcher, arena);
	struct phrase phrase = phrase_of(matcher, value);
	if (!phrase.wanted)
		wanted = TEXT("");
	return text_of(arena_print(arena, "%s is %.*s, %s%.*s", what, TEXT_ARG(found), phrase.text,
				   TEXT_ARG(wanted)));
}

struct text match_found(const struct value *value, struct match_name name, bool hidden,
			struct arena *arena)
{
	const char *what = full_name(name, arena);
	if (value->type == VALUE_NONE)
		return text_of(arena_print(arena, "%s is not there", what));
	if (value->type == VALUE_BOOL && name.field.len > 0)
		return say_bool(value, name, arena);
	struct text found = show(value, hidden, arena);
	return text_of(arena_print(arena, "%s is %.*s", what, TEXT_ARG(found)));
}
