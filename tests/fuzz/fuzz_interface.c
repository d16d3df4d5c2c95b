/* The kernel's tables of interfaces, addresses, routes and neighbours. The first byte chooses. */
#include "ask.h"

static const struct {
	const char *probe, *path;
} tables[] = {
	{"interfaces", "/proc/net/dev"},      {"interfaces", "/sys/class/net/lo/flags"},
	{"interfaces", "/proc/net/fib_trie"}, {"interfaces", "/proc/net/if_inet6"},
	{"routes", "/proc/net/route"},        {"routes", "/proc/net/ipv6_route"},
	{"neighbours", "/proc/net/arp"},
};

static const struct {
	const char *path, *text;
} others[] = {
	{"/proc/net/dev", "\n\nlo: 0\n"},
	{"/proc/net/fib_trie", ""},
	{"/proc/net/route", "\n"},
	{"/sys/class/net/lo/ifindex", "1\n"},
	{"/sys/class/net/lo/flags", "0x9\n"},
	{"/sys/class/net/lo/mtu", "65536\n"},
	{"/sys/class/net/lo/type", "772\n"},
	{"/sys/class/net/lo/address", "\n"},
	{"/sys/class/net/lo/operstate", "up\n"},
	{"/sys/class/net/lo/uevent", ""},
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct err err = {0};
	struct probe_answer answer;
	if (len == 0)
		return 0;
	size_t which = bytes[0] % array_len(tables);
	struct text text = {(const char *)bytes + 1, len - 1};
	struct probe_call call = {.probe = probe_find(text_of(tables[which].probe)),
				  .fields = UINT64_MAX};
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	for (size_t i = 0; i < array_len(others); i++)
		if (!fixture_add_text(fixture, others[i].path, text_of(others[i].text), &err))
			return 0;
	if (!fixture_add_text(fixture, tables[which].path, text, &err))
		return 0;
	struct gather_config config = {.running = true};
	scoped(gather_free) struct gather *gather = fixture_gather(fixture, &config);
	probe_run(gather, &call, &answer);
	must(answer.outcome == PROBE_ROWS || (answer.reason.len > 0 && answer.count == 0));
	return 0;
}
