/* Sections: MySQL's files with includes, and systemd's. */
#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len};
	struct probe_call call = ask_config("/etc/mysql/my.cnf", "local-infile");
	ask(&call, "/etc/mysql/my.cnf", text);
	call = ask_config("/etc/systemd/journald.conf", "NTP");
	ask(&call, "/etc/systemd/journald.conf.d/a.conf", text);
	return 0;
}
