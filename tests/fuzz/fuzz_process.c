/* A process' status, and the kernel's table of sockets. */
#include "ask.h"

static void ask_all(const char *probe, uint64_t fields, const char *path, struct text text)
{
	struct err err = {0};
	struct probe_answer answer;
	struct probe_call call = {.probe = probe_find(text_of(probe)), .fields = fields};
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	if (!fixture_add_text(fixture, "/proc/1/cmdline", text, &err) ||
	    !fixture_add_text(fixture, "/proc/net/tcp", TEXT("\n"), &err) ||
	    !fixture_add_text(fixture, "/proc/net/udp", TEXT("\n"), &err) ||
	    !fixture_add_text(fixture, path, text, &err))
		return;
	struct gather_config config = {.running = true};
	scoped(gather_free) struct gather *gather = fixture_gather(fixture, &config);
	probe_run(gather, &call, &answer);
	must(answer.outcome == PROBE_ROWS || (answer.reason.len > 0 && answer.count == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len};
	ask_all("processes", UINT64_MAX, "/proc/1/status", text);
	ask_all("listening", 0, "/proc/net/tcp", text);
	ask_all("listening", 0, "/proc/net/tcp6", text);
	return 0;
}
