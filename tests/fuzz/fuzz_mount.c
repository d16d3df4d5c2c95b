/* mountinfo and fstab: any line is one mount or none. */
#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len};
	struct probe_call call = {.probe = probe_find(TEXT("mount")), .subject = TEXT("/tmp/x")};
	struct probe_call all = {.probe = probe_find(TEXT("mounts"))};
	must(ask(&call, "/proc/1/mountinfo", text) <= 1);
	ask(&all, "/proc/1/mountinfo", text);
	ask(&call, "/etc/fstab", text);
	return 0;
}
