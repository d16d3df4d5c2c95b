/* JSON: what was read is written, and read again is the same; then every key stands once. */
#include "format/json.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct err err = {0};
	struct buf first = {0}, second = {0};
	scoped(json_free) struct json *json = json_parse((struct text){(const char *)bytes, len},
							 &err);
	if (!json) {
		must(err.kind != ERR_NONE);
		return 0;
	}
	if (!json_check_keys((struct text){(const char *)bytes, len}, &err))
		must(err.kind == ERR_INPUT);
	json_write(json, &first);
	scoped(json_free) struct json *again = json_parse(buf_view(&first), &err);
	must(again);
	must(json_check_keys(buf_view(&first), &err));
	json_write(again, &second);
	must(text_is_equal(buf_view(&first), buf_view(&second)));
	buf_end(&first);
	buf_end(&second);
	return 0;
}
