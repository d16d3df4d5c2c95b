/* The request line's target: whatever comes, it is refused or every part lies in the arena and is
 * clean. */
#include "net/http/target.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct err err = {0};
	struct target target = {0};
	scoped(arena_free) struct arena *arena = arena_new(4 << 20);
	if (!target_parse((struct text){(const char *)bytes, len}, arena, &target, &err)) {
		must(err.kind == ERR_INPUT || err.kind == ERR_LIMIT);
		return 0;
	}
	for (size_t i = 0; i < target.segment_count; i++) {
		struct text part = target.segments[i];
		must(part.len > 0 && !memchr(part.at, '\0', part.len) && text_is_utf8(part));
		must(!text_is(part, ".") && !text_is(part, ".."));
	}
	for (size_t i = 0; i < target.arg_count; i++)
		must(text_is_utf8(target.args[i].value));
	return 0;
}
