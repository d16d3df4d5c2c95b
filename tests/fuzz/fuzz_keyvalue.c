/* key=value and key value, with lines that go on and without. */
#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const paths[] = {"/etc/postfix/main.cf", "/etc/login.defs"};
	for (size_t i = 0; i < array_len(paths); i++) {
		struct probe_call call = ask_config(paths[i], "a");
		ask(&call, paths[i], (struct text){(const char *)bytes, len});
	}
	return 0;
}
