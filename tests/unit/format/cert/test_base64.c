#include "format/cert/base64.h"
#include "unit.h"

test(there_and_back)
{
	static const struct {
		const char *text, *code;
	} cases[] = {{"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
	struct arena *arena = arena_new(1 << 20);
	for (size_t i = 0; i < array_len(cases); i++) {
		assert_true(text_is(base64_encode(text_of(cases[i].text), arena), cases[i].code));
		assert_true(text_is(base64_decode(text_of(cases[i].code), arena), cases[i].text));
	}
	assert_true(text_is(base64_decode(TEXT("Zg=="), arena), "f"));
	assert_true(text_is(base64_decode(TEXT(" Zm9v\r\nYmFy \n"), arena), "foobar"));
	arena_free(&arena);
}

test(refuses_what_is_none)
{
	static const char *const texts[] = {
		"", "Z", "Zg=", "Zg===", "Z!==", "Zg==Zg", "-_--", "=="};
	struct arena *arena = arena_new(1 << 20);
	for (size_t i = 0; i < array_len(texts); i++) {
		struct text text = base64_decode(text_of(texts[i]), arena);
		if (i == 2) /* half of its padding is enough */
			assert_true(text_is(text, "f"));
		else
			assert_null(text.at);
	}
	arena_free(&arena);
}
