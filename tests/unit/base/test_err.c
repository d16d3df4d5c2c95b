#include "base/err.h"

#include <errno.h>
#include <string.h>

#include "unit.h"

test(puts_the_place_in_front)
{
	struct err err = {0};
	assert_false(err_set(&err, ERR_INPUT, "unknown key \"%s\"", "tets"));
	assert_false(err_add(&err, "%s:%d", "web.yaml", 12));
	assert_string_equal(err.text, "web.yaml:12: unknown key \"tets\"");
	assert_int_equal(err.kind, ERR_INPUT);
}

test(says_what_the_system_said)
{
	struct err err = {0};
	errno = ENOENT;
	err_errno(&err, "cannot read \"%s\"", "/x");
	assert_string_equal(err.text, "cannot read \"/x\": No such file or directory");
	assert_int_equal(err.kind, ERR_SYSTEM);
	errno = EACCES;
	err_errno(&err, "cannot read");
	assert_int_equal(err.kind, ERR_REFUSED);
}

test(cuts_long_texts_at_a_whole_character)
{
	struct err err = {0};
	char text[2 * ERR_TEXT_SIZE];
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xbc", 3);
	err_set(&err, ERR_INPUT, "x%s", text);
	assert_true(strlen(err.text) < ERR_TEXT_SIZE);
	assert_true((unsigned char)err.text[strlen(err.text) - 1] == 0xbc);
	err_add(&err, "where");
	assert_true(strncmp(err.text, "where: x", 8) == 0);
}

test(has_one_table_of_exits)
{
	static const int exits[] = {[ERR_NONE] = 0,    [ERR_INPUT] = 2,  [ERR_LIMIT] = 2,
				    [ERR_REFUSED] = 3, [ERR_SYSTEM] = 3, [ERR_BUSY] = 3};
	for (enum err_kind kind = ERR_NONE; kind <= ERR_BUSY; kind++) {
		struct err err = {.kind = kind};
		assert_int_equal(err_exit(&err), exits[kind]);
	}
	assert_int_equal(err_http(ERR_INPUT), 400);
	assert_int_equal(err_http(ERR_LIMIT), 413);
	assert_int_equal(err_http(ERR_BUSY), 503);
}
