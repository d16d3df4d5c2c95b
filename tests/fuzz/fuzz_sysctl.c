/* sysctl.d: keys, patterns, exclusions. */
#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct probe_call call = {.probe = probe_find(TEXT("sysctl")),
				  .subject = TEXT("net.ipv4.ip_forward")};
	ask(&call, "/etc/sysctl.d/a.conf", (struct text){(const char *)bytes, len});
	return 0;
}
