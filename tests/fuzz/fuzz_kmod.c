/* modprobe.d, modules.dep and modules.builtin, and /proc/modules. */
#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len};
	struct probe_call kmod = {.probe = probe_find(TEXT("kmod")), .subject = TEXT("cramfs")};
	struct probe_call modules = {.probe = probe_find(TEXT("modules"))};
	ask(&kmod, "/etc/modprobe.d/a.conf", text);
	ask(&kmod, "/proc/cmdline", text);
	kmod.fields = 1 << 1; /* loaded */
	ask(&kmod, "/proc/modules", text);
	ask(&modules, "/proc/modules", text);
	struct err err = {0};
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	struct probe_answer answer;
	if (!fixture_add_text(fixture, "/lib/modules/6/modules.dep", text, &err) ||
	    !fixture_add_text(fixture, "/lib/modules/6/modules.builtin", text, &err))
		return 0;
	struct gather_config config = {0};
	scoped(gather_free) struct gather *gather = fixture_gather(fixture, &config);
	kmod.fields = 1 << 2; /* loadable: a built-in one is not */
	probe_run(gather, &kmod, &answer);
	must(answer.outcome != PROBE_ROWS ||
	     (answer.count == 1 && answer.rows[0].values[2].number == 0));
	return 0;
}
