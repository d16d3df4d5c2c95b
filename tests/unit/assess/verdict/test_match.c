#include "assess/verdict/match.h"

#include "unit.h"

#define WANTED_MAX 8

/* One question: does MATCHER hold of a value of this type? `found` NULL is an absent value; a
 * list's members stand apart by commas, as do the values that are wanted. */
struct question {
	enum matcher_kind kind;
	enum value_type type;
	const char *found, *wanted;
	enum holds holds;
};

static size_t split(const char *list, struct text *parts)
{
	struct text rest = text_of(list), part;
	size_t count = 0;
	while (text_next(&rest, ',', &part) && count < WANTED_MAX)
		parts[count++] = part;
	return count;
}

static struct value make_value(enum value_type type, const char *text, struct text *members)
{
	struct value value = {0};
	if (!text)
		return value;
	if (type == VALUE_LIST)
		return (struct value){.type = type, .list = members, .count = split(text, members)};
	assert_true(value_read(type, text_of(text), &value));
	return value;
}

static enum holds ask(const struct question *question)
{
	struct text members[WANTED_MAX], wanted[WANTED_MAX];
	struct value values[WANTED_MAX] = {0};
	struct err err = {0};
	struct matcher matcher = {.kind = question->kind, .values = values, .count = 1};
	scoped(regex_free) struct regex *regex = NULL;
	struct value found = make_value(question->type, question->found, members);
	size_t count = split(question->wanted, wanted);
	if (question->kind == MATCH_EXISTS) {
		matcher.truth = question->wanted[0] == 't';
	} else if (question->kind == MATCH_MATCHES || question->kind == MATCH_NOT_MATCHES) {
		matcher.regex = regex = regex_new(text_of(question->wanted), REGEX_PLAIN, &err);
		assert_non_null(regex);
	} else if (question->type == VALUE_LIST || question->kind == MATCH_CONTAINS ||
		   question->kind == MATCH_EXCLUDES || question->kind == MATCH_ONLY) {
		values[0] = (struct value){.type = VALUE_LIST, .list = wanted, .count = count};
	} else {
		matcher.count = count;
		for (size_t i = 0; i < count; i++)
			assert_true(value_read(question->type, wanted[i], &values[i]));
	}
	return match_holds(&matcher, &found);
}

static void ask_all(const struct question *questions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum holds holds = ask(&questions[i]);
		if (holds != questions[i].holds)
			fail_msg("question %zu: kind %d of %s \"%s\", \"%s\": %d, expected %d", i,
				 questions[i].kind, value_type_name(questions[i].type),
				 questions[i].found ? questions[i].found : "(absent)",
				 questions[i].wanted, holds, questions[i].holds);
	}
}

test(equals_is_the_same_value_whatever_the_spelling)
{
	static const struct question questions[] = {
		{MATCH_EQUALS, VALUE_TEXT, "no", "no", HOLDS_YES},
		{MATCH_EQUALS, VALUE_TEXT, "No", "no", HOLDS_NO},
		{MATCH_EQUALS, VALUE_TEXT, "08", "8", HOLDS_YES},
		{MATCH_EQUALS, VALUE_TEXT, "120", "2m", HOLDS_YES},
		{MATCH_EQUALS, VALUE_TEXT, "1024k", "1M", HOLDS_YES},
		{MATCH_EQUALS, VALUE_TEXT, "", "0", HOLDS_NO},
		{MATCH_EQUALS, VALUE_INT, "7", "7", HOLDS_YES},
		{MATCH_EQUALS, VALUE_INT, "7", "8", HOLDS_NO},
		{MATCH_EQUALS, VALUE_BOOL, "false", "false", HOLDS_YES},
		{MATCH_EQUALS, VALUE_BOOL, "true", "no", HOLDS_NO},
		{MATCH_EQUALS, VALUE_SIZE, "10M", "10240k", HOLDS_YES},
		{MATCH_EQUALS, VALUE_SPAN, "90d", "2160h", HOLDS_YES},
		{MATCH_EQUALS, VALUE_TIME, "2026-11-24", "2026-11-24T00:00:00Z", HOLDS_YES},
		{MATCH_EQUALS, VALUE_MODE, "0644", "644", HOLDS_YES},
		{MATCH_EQUALS, VALUE_MODE, "4755", "0755", HOLDS_NO},
		{MATCH_EQUALS, VALUE_VERSION, "1.0-0", "1.0", HOLDS_YES},
		{MATCH_EQUALS, VALUE_ADDRESS, "::1", "0:0::1", HOLDS_YES},
		{MATCH_EQUALS, VALUE_LEVEL, "high", "high", HOLDS_YES},
		{MATCH_EQUALS, VALUE_LIST, "a,b", "b,a", HOLDS_YES},
		{MATCH_EQUALS, VALUE_LIST, "a,b", "a", HOLDS_NO},
		{MATCH_NOT_EQUALS, VALUE_TEXT, "yes", "no", HOLDS_YES},
		{MATCH_NOT_EQUALS, VALUE_INT, "7", "7", HOLDS_NO},
		{MATCH_ONE_OF, VALUE_TEXT, "INFO", "DEBUG,INFO", HOLDS_YES},
		{MATCH_ONE_OF, VALUE_INT, "2", "0,1", HOLDS_NO},
		{MATCH_ONE_OF, VALUE_MODE, "600", "0640,0600", HOLDS_YES},
		{MATCH_NONE_OF, VALUE_TEXT, "INFO", "DEBUG,INFO", HOLDS_NO},
		{MATCH_NONE_OF, VALUE_SIZE, "1k", "1M,1G", HOLDS_YES},
	};
	ask_all(questions, array_len(questions));
}

test(at_least_and_at_most_follow_the_order_of_the_type)
{
	static const struct question questions[] = {
		{MATCH_AT_LEAST, VALUE_INT, "7", "7", HOLDS_YES},
		{MATCH_AT_LEAST, VALUE_INT, "6", "7", HOLDS_NO},
		{MATCH_AT_MOST, VALUE_INT, "-1", "0", HOLDS_YES},
		{MATCH_AT_LEAST, VALUE_TEXT, "10", "9", HOLDS_YES}, /* not as words */
		{MATCH_AT_MOST, VALUE_TEXT, "2m", "60s", HOLDS_NO},
		{MATCH_AT_MOST, VALUE_TEXT, "30", "60s", HOLDS_YES},
		{MATCH_AT_LEAST, VALUE_TEXT, "10M", "512k", HOLDS_YES},
		{MATCH_AT_LEAST, VALUE_TEXT, "many", "4", HOLDS_UNKNOWN},
		{MATCH_AT_MOST, VALUE_SIZE, "10M", "9M", HOLDS_NO},
		{MATCH_AT_MOST, VALUE_SPAN, "89d", "90d", HOLDS_YES},
		{MATCH_AT_LEAST, VALUE_TIME, "2026-11-25", "2026-11-24", HOLDS_YES},
		{MATCH_AT_LEAST, VALUE_VERSION, "1:9.2p1-2", "1:9.2", HOLDS_YES},
		{MATCH_AT_LEAST, VALUE_VERSION, "2.0~rc1", "2.0", HOLDS_NO},
		{MATCH_AT_MOST, VALUE_LEVEL, "low", "medium", HOLDS_YES},
		{MATCH_AT_MOST, VALUE_MODE, "0640", "0640", HOLDS_YES},
		{MATCH_AT_MOST, VALUE_MODE, "0604", "0640",
		 HOLDS_NO}, /* a smaller number, another bit */
		{MATCH_AT_MOST, VALUE_MODE, "4600", "0777", HOLDS_NO},
		{MATCH_AT_LEAST, VALUE_MODE, "1777", "1000", HOLDS_YES},
		{MATCH_AT_LEAST, VALUE_MODE, "0777", "1000", HOLDS_NO},
	};
	ask_all(questions, array_len(questions));
}

test(expressions_search_the_whole_value)
{
	static const struct question questions[] = {
		{MATCH_MATCHES, VALUE_TEXT, "sha512-etm", "512", HOLDS_YES},
		{MATCH_MATCHES, VALUE_TEXT, "sha512-etm", "^512", HOLDS_NO},
		{MATCH_NOT_MATCHES, VALUE_TEXT, "sha512-etm", "md5", HOLDS_YES},
		{MATCH_MATCHES, VALUE_LIST, "aes,cbc", "^cbc$", HOLDS_YES},
		{MATCH_NOT_MATCHES, VALUE_LIST, "aes,cbc", "cbc", HOLDS_NO},
		{MATCH_MATCHES, VALUE_TEXT, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
		 "^(a+a+)+$", HOLDS_UNKNOWN},
	};
	ask_all(questions, array_len(questions));
}

test(lists_hold_members)
{
	static const struct question questions[] = {
		{MATCH_CONTAINS, VALUE_LIST, "nodev,nosuid", "nosuid", HOLDS_YES},
		{MATCH_CONTAINS, VALUE_LIST, "nodev", "nosuid,nodev", HOLDS_NO},
		{MATCH_EXCLUDES, VALUE_LIST, "nodev", "exec,suid", HOLDS_YES},
		{MATCH_EXCLUDES, VALUE_LIST, "nodev,exec", "exec,suid", HOLDS_NO},
		{MATCH_ONLY, VALUE_LIST, "aes", "aes,chacha", HOLDS_YES},
		{MATCH_ONLY, VALUE_LIST, "aes,rc4", "aes,chacha", HOLDS_NO},
		{MATCH_CONTAINS, VALUE_TEXT, "nodev", "nodev",
		 HOLDS_YES}, /* one is a list of one */
		{MATCH_ONLY, VALUE_TEXT, "rc4", "aes,chacha", HOLDS_NO},
	};
	ask_all(questions, array_len(questions));
}

test(what_is_absent_fulfils_nothing_but_that_it_does_not_exist)
{
	static const struct question questions[] = {
		{MATCH_EQUALS, VALUE_TEXT, NULL, "no", HOLDS_NO},
		{MATCH_NOT_EQUALS, VALUE_TEXT, NULL, "no", HOLDS_NO},
		{MATCH_ONE_OF, VALUE_TEXT, NULL, "no", HOLDS_NO},
		{MATCH_NONE_OF, VALUE_TEXT, NULL, "no", HOLDS_NO},
		{MATCH_AT_LEAST, VALUE_INT, NULL, "0", HOLDS_NO},
		{MATCH_AT_MOST, VALUE_MODE, NULL, "7777", HOLDS_NO},
		{MATCH_MATCHES, VALUE_TEXT, NULL, "", HOLDS_NO},
		{MATCH_NOT_MATCHES, VALUE_TEXT, NULL, "x", HOLDS_NO},
		{MATCH_EXCLUDES, VALUE_LIST, NULL, "x", HOLDS_NO},
		{MATCH_ONLY, VALUE_LIST, NULL, "x", HOLDS_NO},
		{MATCH_EXISTS, VALUE_TEXT, NULL, "true", HOLDS_NO},
		{MATCH_EXISTS, VALUE_TEXT, NULL, "false", HOLDS_YES},
		{MATCH_EXISTS, VALUE_TEXT, "", "true", HOLDS_YES}, /* empty is there */
		{MATCH_EXISTS, VALUE_TEXT, "x", "false", HOLDS_NO},
	};
	ask_all(questions, array_len(questions));
}

test(caseless_values_compare_so)
{
	struct text wanted = TEXT("NOSUID");
	struct text members[] = {TEXT("nodev"), TEXT("nosuid")};
	struct value list = {.type = VALUE_LIST, .list = &wanted, .count = 1};
	struct value text = value_text(VALUE_TEXT, TEXT("YES"));
	struct value found = {
		.type = VALUE_LIST, .caseless = true, .list = members, .count = array_len(members)};
	struct matcher contains = {.kind = MATCH_CONTAINS, .values = &list, .count = 1};
	struct matcher equals = {.kind = MATCH_EQUALS, .values = &text, .count = 1};
	struct value yes = value_text(VALUE_TEXT, TEXT("yes"));
	assert_int_equal(match_holds(&contains, &found), HOLDS_YES);
	assert_int_equal(match_holds(&equals, &yes), HOLDS_NO);
	yes.caseless = true;
	assert_int_equal(match_holds(&equals, &yes), HOLDS_YES);
}

test(says_what_was_found_and_what_was_wanted)
{
	scoped(arena_free) struct arena *arena = arena_new(1 << 16);
	struct value limit = value_number(VALUE_MODE, 0640), mode = value_number(VALUE_MODE, 0644);
	struct value no = value_bool(false), absent = {0};
	struct matcher at_most = {.kind = MATCH_AT_MOST, .values = &limit, .count = 1};
	struct matcher is_true = {.kind = MATCH_EQUALS, .values = &no, .count = 1};
	struct match_name shadow = {TEXT("/etc/shadow"), TEXT("mode")};
	struct match_name package = {TEXT("telnetd"), TEXT("installed")};
	struct match_name key = {TEXT("PermitRootLogin"), {0}};
	struct value secret = value_text(VALUE_TEXT, TEXT("hunter2"));
	assert_string_equal(match_why(&at_most, &mode, shadow, false, arena).at,
			    "/etc/shadow: mode is 0644, beyond 0640");
	assert_string_equal(match_why(&is_true, &no, package, false, arena).at,
			    "telnetd is not installed");
	assert_string_equal(match_why(&is_true, &absent, key, false, arena).at,
			    "PermitRootLogin is not there");
	assert_string_equal(match_found(&secret, key, true, arena).at,
			    "PermitRootLogin is a text that is kept secret");
}
