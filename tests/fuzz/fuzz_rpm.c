#include "assess/probe/software/rpm.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dpkg_package package;
	struct arena *arena = arena_new(1u << 20);
	const char *bytes = (const char *)data;
	(void)!rpm_header_read((struct text){bytes, size}, arena, &package);
	arena_free(&arena);
	return 0;
}
