#include "model/item.h"

#include "unit.h"

#define ID "0123456789abcdef0123456789abcdef"

static struct waived sample(void)
{
	return (struct waived){.id = TEXT(ID),
			       .until_us = 1796083199999999,
			       .why = TEXT("moves in May"),
			       .by = TEXT("anna"),
			       .status = STATUS_ERROR,
			       .reason = TEXT("line 34")};
}

test(comes_back_as_it_went)
{
	struct err err = {0};
	struct waived waived = sample(), back;
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	scoped(json_free) struct json *json = waived_to_json(&waived);
	assert_true(waived_from_json(json, arena, &back, &err));
	assert_true(text_is(back.id, ID) && text_is(back.why, "moves in May") &&
		    text_is(back.by, "anna") && text_is(back.reason, "line 34"));
	assert_int_equal(back.until_us, waived.until_us);
	assert_int_equal(back.status, STATUS_ERROR);
}

test(refuses_what_is_no_waiver)
{
	static const char *const rows[] = {
		"{}",
		"[]",
		"{\"id\":\"12\",\"why\":\"\",\"by\":\"\",\"reason\":\"\",\"status\":\"fail\","
		"\"until\":\"2026-12-01T00:00:00Z\"}",
		"{\"id\":\"" ID "\",\"why\":\"\",\"by\":\"\",\"reason\":\"\",\"status\":\"pass\","
		"\"until\":\"2026-12-01T00:00:00Z\"}",
		"{\"id\":\"" ID "\",\"why\":\"\",\"by\":\"\",\"reason\":\"\",\"status\":\"fail\","
		"\"until\":\"soon\"}",
		"{\"id\":\"" ID "\",\"why\":1,\"by\":\"\",\"reason\":\"\",\"status\":\"fail\","
		"\"until\":\"2026-12-01T00:00:00Z\"}",
	};
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct err err = {0};
		struct waived waived = {.until_us = 7};
		scoped(json_free) struct json *json = json_parse(text_of(rows[i]), &err);
		assert_non_null(json);
		assert_false(waived_from_json(json, arena, &waived, &err));
		assert_int_equal(err.kind, ERR_INPUT);
		assert_int_equal(waived.until_us, 7);
	}
}

test(only_a_waived_item_has_one)
{
	struct err err = {0};
	struct waived waived = sample();
	struct item item = {.target = TEXT("web1"), .status = STATUS_FAIL, .waiver = &waived}, back;
	item.policy.name = item.check.ref = item.check.name = TEXT("a");
	item.policy.level = LEVEL_LOW;
	item_put_id(item.target, TEXT("a"), TEXT("a"), TEXT(""), item.id);
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	scoped(json_free) struct json *json = item_to_json(&item);
	assert_false(item_from_json(json, arena, &back, &err));
	item.status = STATUS_WAIVED;
	scoped(json_free) struct json *again = item_to_json(&item);
	if (!item_from_json(again, arena, &back, &err))
		fail_msg("%s", err.text);
	assert_true(text_is(back.waiver->by, "anna"));
}
