#include "model/value.h"

#include "unit.h"

static struct value of(enum value_type type, const char *text)
{
	struct value value = {0};
	if (type == VALUE_TEXT)
		return value_text(VALUE_TEXT, text_of(text));
	assert_true(value_read(type, text_of(text), &value));
	return value;
}

test(compares_by_type)
{
	static const struct {
		enum value_type type;
		const char *a, *b;
		int order;
	} cases[] = {
		{VALUE_INT, "9", "10", -1},
		{VALUE_SIZE, "1M", "1024k", 0},
		{VALUE_SPAN, "90d", "3w", 1},
		{VALUE_VERSION, "1.10", "1.9", 1},
		{VALUE_LEVEL, "high", "medium", 1},
		{VALUE_TLS, "old", "intermediate", -1},
		{VALUE_TLS, "modern", "intermediate", 1},
		{VALUE_TIME, "2026-01-01", "2026-01-02", -1},
		{VALUE_MODE, "0644", "0600", 1},
		{VALUE_TEXT, "9", "10", -1},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct value a = of(cases[i].type, cases[i].a), b = of(cases[i].type, cases[i].b);
		struct value text = value_text(VALUE_TEXT, text_of(cases[i].b));
		int order = 9;
		assert_true(value_compare(&a, &b, &order));
		assert_int_equal(order, cases[i].order);
		assert_true(
			value_compare(&a, &text, &order)); /* a text is taken as the other's type */
		assert_int_equal(order, cases[i].order);
		assert_int_equal(value_is_equal(&a, &b), cases[i].order == 0);
	}
}

test(never_holds_for_what_is_absent)
{
	struct value nothing = {0}, empty = value_text(VALUE_TEXT, TEXT(""));
	int order;
	assert_false(value_is_equal(&nothing, &empty));
	assert_false(value_is_equal(&nothing, &nothing));
	assert_false(value_compare(&nothing, &empty, &order));
	assert_int_equal(value_text(VALUE_TEXT, (struct text){0}).type, VALUE_NONE);
}

test(folds_case_only_where_the_program_does)
{
	struct value a = value_text(VALUE_TEXT, TEXT("Yes")),
		     b = value_text(VALUE_TEXT, TEXT("yes"));
	assert_false(value_is_equal(&a, &b));
	a.caseless = true;
	assert_true(value_is_equal(&a, &b));
}

test(knows_the_same_address_and_number)
{
	struct value a = of(VALUE_ADDRESS, "2001:db8:0::1"), b = of(VALUE_ADDRESS, "2001:db8::1");
	struct value c = value_text(VALUE_TEXT, TEXT("010")),
		     d = value_text(VALUE_TEXT, TEXT("10"));
	assert_true(value_is_equal(&a, &b));
	assert_true(value_is_equal(&c, &d));
}

test(shows_values_to_people)
{
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	static const struct {
		enum value_type type;
		const char *text, *shown;
	} cases[] = {{VALUE_MODE, "644", "0644"},
		     {VALUE_SIZE, "10M", "10 MiB"},
		     {VALUE_SIZE, "1000", "1000 bytes"},
		     {VALUE_SPAN, "3d", "3 d"},
		     {VALUE_SPAN, "1500ms", "1500 ms"},
		     {VALUE_SPAN, "0", "0 s"},
		     {VALUE_BOOL, "yes", "true"},
		     {VALUE_TEXT, "a\nb", "\"a\\x0ab\""},
		     {VALUE_LEVEL, "high", "high"},
		     {VALUE_TLS, "modern", "modern"},
		     {VALUE_INT, "-5", "-5"}};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct value value = of(cases[i].type, cases[i].text);
		assert_string_equal(value_show(&value, arena).at, cases[i].shown);
	}
	struct value nothing = {0};
	assert_string_equal(value_show(&nothing, arena).at, "nothing");
}
