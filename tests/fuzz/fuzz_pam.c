/* A stack of PAM, which may include itself. */
#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct probe_call call = {.probe = probe_find(TEXT("pam")), .subject = TEXT("*")};
	ask(&call, "/etc/pam.d/a", (struct text){(const char *)bytes, len});
	return 0;
}
