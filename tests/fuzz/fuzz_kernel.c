/* The kernel's command line, its configuration and its other words: one row or none. */
#include "ask.h"

static void ask_of(const char *subject, const char *path, const char *parameter, struct text text)
{
	struct probe_call call = {.probe = probe_find(TEXT("kernel")), .subject = text_of(subject)};
	must(ask(&call, path, text) <= 1);
	for (size_t i = 0; parameter && i < call.probe->param_count; i++)
		call.settings[call.setting_count++] = (struct probe_setting){
			.param = &call.probe->params[i], .text = text_of(parameter)};
	must(!parameter || ask(&call, path, text) <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len};
	ask_of("cmdline", "/proc/cmdline", "audit", text);
	ask_of("lockdown", "/sys/kernel/security/lockdown", NULL, text);
	ask_of("taint", "/proc/sys/kernel/tainted", NULL, text);
	ask_of("version", "/proc/sys/kernel/osrelease", NULL, text);
	struct err err = {0};
	struct probe_answer answer;
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	if (!fixture_add_text(fixture, "/proc/sys/kernel/osrelease", TEXT("6\n"), &err) ||
	    !fixture_add_text(fixture, "/boot/config-6", text, &err))
		return 0;
	struct gather_config config = {.running = true};
	scoped(gather_free) struct gather *gather = fixture_gather(fixture, &config);
	struct probe_call call = {.probe = probe_find(TEXT("kernel")), .subject = TEXT("config")};
	call.settings[call.setting_count++] = (struct probe_setting){
		.param = &call.probe->params[1], .text = TEXT("CONFIG_A")};
	probe_run(gather, &call, &answer);
	must(answer.outcome == PROBE_ROWS && answer.count <= 1);
	return 0;
}
