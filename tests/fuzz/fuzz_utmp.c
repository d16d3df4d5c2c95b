/* Records of logins: no more rows than records, and half of one. */
#include "assess/host/account/utmp.h"

#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct {
		const char *path;
		enum utmp_layout layout;
	} files[] = {{"/var/log/wtmp", UTMP_384},
		     {"/var/log/btmp", UTMP_384},
		     {"/run/utmp", UTMP_384},
		     {"/var/log/lastlog", LASTLOG_292}};
	struct text text = {(const char *)bytes, len};
	struct probe_call call = {.probe = probe_find(TEXT("logins"))};
	for (size_t i = 0; i < array_len(files); i++)
		must(ask(&call, files[i].path, text) <= len / utmp_size(files[i].layout) + 1);
	return 0;
}
