/* What small files of the system say: os-release, cpuinfo, profiles, selinux' configuration. */
#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct {
		const char *probe, *subject, *path;
	} files[] = {{"os", "*", "/etc/os-release"},
		     {"os", "*", "/bin/sh"},
		     {"hardware", "*", "/proc/cpuinfo"},
		     {"hardware", "*", "/proc/meminfo"},
		     {"hardware", "*", "/sys/class/dmi/id/bios_date"},
		     {"apparmor", "*", "/sys/module/apparmor/parameters/enabled"},
		     {"selinux", "configured", "/etc/selinux/config"},
		     {"selinux", "mode", "/sys/fs/selinux/enforce"}};
	for (size_t i = 0; i < array_len(files); i++) {
		struct probe_call call = {.probe = probe_find(text_of(files[i].probe)),
					  .subject = text_of(files[i].subject)};
		ask(&call, files[i].path, (struct text){(const char *)bytes, len});
	}
	return 0;
}
