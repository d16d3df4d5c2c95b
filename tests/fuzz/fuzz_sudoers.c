/* sudoers, which may include itself: every logical line is taken apart, and gives rows or none. */
#include "assess/host/account/sudoers.h"

#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len}, rest = text;
	struct probe_call call = {.probe = probe_find(TEXT("sudo_rules"))};
	scoped(arena_free) struct arena *arena = arena_new(GATHER_ARENA_MAX);
	scoped(buf_end) struct buf line = {0};
	uint64_t number = 0, next = 1;
	while (sudoline_next(&rest, &line, &number, &next) &&
	       arena_left(arena) > GATHER_ARENA_SPARE) {
		struct sudoers_entry entry;
		sudoers_parse(buf_view(&line), arena, &entry);
		must(number > 0 && number < next);
		must(entry.malformed || entry.kind != SUDOERS_RULE ||
		     (entry.count > 0 && entry.users.count > 0));
	}
	ask(&call, "/etc/sudoers", text);
	return 0;
}
