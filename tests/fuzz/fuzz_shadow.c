/* shadow and group: every line that is not empty is a row, and no part of a hash is in it. */
#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len}, rest = text, line;
	struct probe_call shadow = {.probe = probe_find(TEXT("shadow")), .fields = UINT64_MAX};
	struct probe_call groups = {.probe = probe_find(TEXT("groups")), .fields = UINT64_MAX};
	size_t lines = 0;
	while (text_next(&rest, '\n', &line))
		lines += text_trim(line).len > 0;
	must(ask(&shadow, "/etc/shadow", text) == lines);
	must(ask(&groups, "/etc/group", text) <= lines);
	return 0;
}
