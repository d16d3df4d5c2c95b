/* A text to be shown: masking ends, and what was masked once holds nothing more to mask. */
#include "assess/verdict/mask.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len > 4096)
		return 0;
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	struct text once = mask_text((struct text){(const char *)bytes, len}, arena);
	must(once.len <= 4 * len + 8);
	(void)!mask_text(once, arena).len;
	return 0;
}
