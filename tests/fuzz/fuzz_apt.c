/* apt's lists and settings, and the profiles of AppArmor, beside what makes them count. */
#include "ask.h"

#define LISTS "/var/lib/apt/lists/"

static void ask_beside(const char *probe, const char *subject, const char *const (*others)[2],
		       const char *path, struct text text)
{
	struct err err = {0};
	struct probe_answer answer;
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	for (size_t i = 0; i < 2; i++)
		must(fixture_add_text(fixture, others[i][0], text_of(others[i][1]), &err));
	if (!fixture_add_text(fixture, path, text, &err))
		return;
	struct gather_config config = {.running = true};
	scoped(gather_free) struct gather *gather = fixture_gather(fixture, &config);
	struct probe_call call = {.probe = probe_find(text_of(probe)),
				  .subject = text_of(subject),
				  .fields = UINT64_MAX};
	probe_run(gather, &call, &answer);
	must(answer.outcome == PROBE_ROWS || (answer.reason.len > 0 && answer.count == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const dpkg[2][2] = {
		{"/var/lib/dpkg/status",
		 "Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n"},
		{LISTS "x_Packages", "Package: a\nVersion: 2\nArchitecture: all\n"}};
	static const char *const kernel[2][2] = {
		{"/sys/module/apparmor/parameters/enabled", "Y"},
		{"/sys/module/apparmor/parameters/mode", "enforce"}};
	static const char *const paths[] = {LISTS "y_Packages", LISTS "x_Release",
					    "/etc/apt/preferences", "/etc/apt/apt.conf"};
	struct text text = {(const char *)bytes, len};
	for (size_t i = 0; i < array_len(paths); i++)
		ask_beside("packages", "*", dpkg, paths[i], text);
	ask_beside("apparmor", "*", kernel, "/sys/kernel/security/apparmor/profiles", text);
	return 0;
}
