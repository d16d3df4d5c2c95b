/* The kernel's tables of interfaces, addresses, routes and neighbours, and what it lists by
 * netlink. The first byte chooses. */
#include "ask.h"
#include "assess/host/network/address.h"

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

#define MESSAGES 255

static void parse_messages(struct text text)
{
	struct host_addresses all = {0};
	uint64_t line;
	struct arena *arena = arena_new(64u << 20);
	bool good = address_parse_messages(text, arena, &all, &line);
	for (size_t i = 0; good && i < all.count; i++)
		must(all.at[i].index > 0 && address_show(&all.at[i].address, arena).len > 0);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct err err = {0};
	struct probe_answer answer;
	if (len == 0)
		return 0;
	if (bytes[0] == MESSAGES) {
		parse_messages((struct text){(const char *)bytes + 1, len - 1});
		return 0;
	}
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
