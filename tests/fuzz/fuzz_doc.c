/* Documents that people wrote: YAML, and JSON read through the same tree. */
#include "format/doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len};
	struct err err = {0};
	struct doc **docs;
	size_t count;
	scoped(arena_free) struct arena *arena = arena_new(DOC_ARENA_MAX);
	if (!doc_parse_yaml(text, arena, &docs, &count, &err))
		must(err.kind != ERR_NONE);
	scoped(arena_free) struct arena *other = arena_new(DOC_ARENA_MAX);
	struct doc *doc = doc_parse_json(text, other, &err);
	must(doc || err.kind != ERR_NONE);
	return 0;
}
