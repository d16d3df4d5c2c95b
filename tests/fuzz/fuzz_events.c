/* Server-sent events, as a server that was taken over could send them: whole or in pieces they are
 * the same. */
#include "net/events.h"

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool hear(void *data, struct text kind, struct text event)
{
	must(kind.len > 0);
	buf_text(data, kind);
	buf_char(data, '=');
	buf_text(data, event);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text all = {(const char *)bytes, len};
	scoped(buf_end) struct buf whole = {0}, pieces = {0};
	struct events one = {.each = hear, .data = &whole}, many = {.each = hear, .data = &pieces};
	bool done = events_take(&one, all), go_on = true;
	for (size_t at = 0; at < len && go_on; at++)
		go_on = events_take(&many, (struct text){all.at + at, 1});
	must(done == go_on);
	must(text_is_equal(buf_view(&whole), buf_view(&pieces)));
	events_end(&one);
	events_end(&many);
	return 0;
}
