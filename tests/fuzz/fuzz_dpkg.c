/* dpkg's status file: read whole or in pieces, it is the same. */
#include "assess/probe/dpkg.h"

#include "ask.h"

static size_t count_packages(struct text text, size_t size)
{
	struct dpkg_packages packages;
	scoped(arena_free) struct arena *arena = arena_new(GATHER_ARENA_MAX);
	scoped(dpkg_reader_free) struct dpkg_reader *reader = dpkg_reader_new(arena, TEXT("/x"));
	for (size_t at = 0; at < text.len; at += size) {
		size_t len = text.len - at < size ? text.len - at : size;
		dpkg_reader_add(reader, (struct text){text.at + at, len});
	}
	must(dpkg_reader_end(reader, &packages));
	return packages.count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len};
	struct probe_call call = {.probe = probe_find(TEXT("package")), .subject = TEXT("lib*")};
	ask(&call, "/var/lib/dpkg/status", text);
	must(count_packages(text, SIZE_MAX / 2) == count_packages(text, 7));
	return 0;
}
