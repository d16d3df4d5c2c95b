/* A rule of audit: whatever the line is, it is one row, but for controls that are repeated. */
#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len}, rest = text, line;
	struct probe_call call = {.probe = probe_find(TEXT("audit_rules"))};
	size_t lines = 0;
	while (text_next(&rest, '\n', &line))
		lines += text_trim(line).len > 0 && text_trim(line).at[0] != '#';
	must(ask(&call, "/etc/audit/rules.d/a.rules", text) <= lines);
	return 0;
}
