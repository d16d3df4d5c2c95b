/* A pattern (first line) is compiled and looked for in the rest. */
#include "format/regex.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct err err = {0};
	struct text rest = {(const char *)bytes, len}, pattern = {0};
	size_t begin = 0, end = 0;
	if (!text_next(&rest, '\n', &pattern))
		return 0;
	scoped(regex_free) struct regex *regex = regex_new(
		pattern, len % 2 ? REGEX_RE2 | REGEX_LINES : REGEX_CASELESS, &err);
	if (!regex) {
		must(err.kind != ERR_NONE);
		return 0;
	}
	if (regex_find(regex, rest, 0, &begin, &end) == REGEX_YES)
		must(end <= rest.len && begin <= rest.len);
	return 0;
}
