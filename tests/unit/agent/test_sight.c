#include "agent/link/proof/sight.h"

#include <string.h>

#include "model/host.h"
#include "unit.h"

static const char *read_text(const char *text)
{
	struct err err = {0};
	struct buf out = {0};
	struct json *told = json_parse(text_of(text), &err), *sight = sight_read(told);
	json_write(sight, &out);
	json_free(&told);
	json_free(&sight);
	const char *copy = unit_text("%.*s", TEXT_ARG(buf_view(&out)));
	buf_end(&out);
	return copy;
}

test(says_what_the_watch_said)
{
	static const struct {
		const char *told, *sight;
	} table[] = {
		{"", "{\"names\":0,\"looked_at\":0,\"why\":\"\",\"who\":\"\"}"},
		{"{\"names\":7,\"looked_at\":2,\"why\":\"2 that may not be read\",\"x\":1}",
		 "{\"names\":7,\"looked_at\":2,\"why\":\"2 that may not be read\",\"who\":\"\"}"},
		{"{\"names\":7,\"looked_at\":0,\"why\":\"\",\"who\":\"fanotify\"}",
		 "{\"names\":7,\"looked_at\":0,\"why\":\"\",\"who\":\"fanotify\"}"},
		{"{\"names\":-1,\"looked_at\":99999999999,\"why\":3,\"who\":[]}",
		 "{\"names\":0,\"looked_at\":1000000000,\"why\":\"\",\"who\":\"\"}"},
		{"[]", "{\"names\":0,\"looked_at\":0,\"why\":\"\",\"who\":\"\"}"},
	};
	for (size_t i = 0; i < array_len(table); i++)
		assert_string_equal(read_text(table[i].told), table[i].sight);
}

test(a_long_text_is_cut_to_what_the_server_takes)
{
	struct buf told = {0};
	buf_cstr(&told, "{\"why\":\"");
	for (size_t i = 0; i < HOST_FACT_MAX; i++)
		buf_cstr(&told, "ä");
	buf_cstr(&told, "\"}");
	struct err err = {0};
	struct json *json = json_parse(text_of(read_text(told.at)), &err);
	assert_non_null(json);
	assert_int_equal(json_text(json, "why").len, HOST_FACT_MAX);
	json_free(&json);
	buf_end(&told);
}
