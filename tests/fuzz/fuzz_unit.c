/* A unit's file: there is one, whatever is in it, and its properties are its lines. */
#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len};
	struct probe_call call = {.probe = probe_find(TEXT("service")), .subject = TEXT("a")};
	call.fields = ~(UINT64_C(1) << 5); /* whether it is active, no file says */
	call.settings[call.setting_count++] = (struct probe_setting){
		.param = &call.probe->params[0], .text = TEXT("User")};
	must(ask(&call, "/etc/systemd/system/a.service", text) <= 1);
	ask(&call, "/etc/systemd/system/a.service.d/x.conf", text);
	return 0;
}
