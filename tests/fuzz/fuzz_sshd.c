/* sshd_config: any text has an answer, in the global part and for a connection. */
#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len}, keys[] = {TEXT("user"), TEXT("address")},
		    values[] = {TEXT("a"), TEXT("10.0.0.1")};
	struct probe_call call = ask_config("/etc/ssh/sshd_config", "Ciphers");
	ask(&call, "/etc/ssh/sshd_config", text);
	for (size_t i = 0; i < call.probe->param_count; i++)
		if (text_is(text_of(call.probe->params[i].name), "match"))
			call.settings[call.setting_count++] = (struct probe_setting){
				.param = &call.probe->params[i],
				.keys = keys,
				.list = values,
				.count = array_len(keys)};
	ask(&call, "/etc/ssh/sshd_config", text);
	return 0;
}
