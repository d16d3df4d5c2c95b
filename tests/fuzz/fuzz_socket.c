/* The kernel's tables of sockets. The first byte chooses the table. */
#include "ask.h"

static const struct {
	const char *probe, *path;
} tables[] = {
	{"connections", "/proc/net/tcp"}, {"connections", "/proc/net/tcp6"},
	{"sockets", "/proc/net/unix"},    {"sockets", "/proc/net/packet"},
	{"sockets", "/proc/net/netlink"}, {"sockets", "/proc/net/raw"},
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const others[] = {"/proc/net/tcp", "/proc/net/udp", "/proc/net/raw",
					     "/proc/net/icmp", "/proc/net/dev"};
	struct err err = {0};
	struct probe_answer answer;
	if (len == 0)
		return 0;
	size_t which = bytes[0] % array_len(tables);
	struct text text = {(const char *)bytes + 1, len - 1};
	struct probe_call call = {.probe = probe_find(text_of(tables[which].probe))};
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	for (size_t i = 0; i < array_len(others); i++)
		if (!fixture_add_text(fixture, others[i], TEXT("\n"), &err))
			return 0;
	if (!fixture_add_text(fixture, tables[which].path, text, &err))
		return 0;
	struct gather_config config = {.running = true};
	scoped(gather_free) struct gather *gather = fixture_gather(fixture, &config);
	probe_run(gather, &call, &answer);
	must(answer.outcome == PROBE_ROWS || (answer.reason.len > 0 && answer.count == 0));
	for (size_t i = 0; i < answer.count; i++)
		must(answer.rows[i].where.line > 1);
	return 0;
}
