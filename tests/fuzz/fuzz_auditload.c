/* The kernel's answers about audit. The first byte says which: its rules, or its status. */
#include "assess/host/auditload.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct auditloads loads = {0};
	if (len == 0)
		return 0;
	struct text text = {(const char *)bytes + 1, len - 1};
	struct arena *arena = arena_new(256u << 20);
	bool good = bytes[0] == 0 ? auditload_parse(text, arena, &loads)
				  : auditload_parse_status(text, arena, &loads);
	for (size_t i = 0; good && i < loads.count; i++)
		must(loads.at[i].line.len > 0 && loads.at[i].line.at[0] == '-');
	arena_free(&arena);
	return 0;
}
