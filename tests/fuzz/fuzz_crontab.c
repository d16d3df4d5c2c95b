/* A crontab in each of its three forms: every line that says something is a row. */
#include "assess/host/account/crontab.h"

#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const paths[] = {"/etc/crontab", "/etc/anacrontab",
					    "/var/spool/cron/crontabs/a"};
	struct text text = {(const char *)bytes, len}, rest = text, line;
	struct probe_call call = {.probe = probe_find(TEXT("cron"))};
	size_t lines = 0;
	while (text_next(&rest, '\n', &line))
		lines += text_trim(line).len > 0 && text_trim(line).at[0] != '#';
	for (size_t i = 0; i < array_len(paths); i++)
		must(ask(&call, paths[i], text) == lines);
	return 0;
}
