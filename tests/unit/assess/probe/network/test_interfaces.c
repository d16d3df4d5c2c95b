#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "assess/engine/ask.h"
#include "assess/host/network/address.h"
#include "assess/host/network/interface.h"
#include "unit.h"

#include "call.h"

#define SYS "/sys/class/net/"
#define INTERFACE(name, index, flags, type, mac, uevent)                          \
	{SYS name "/ifindex", index "\n"}, {SYS name "/flags", flags "\n"},       \
		{SYS name "/mtu", "1500\n"}, {SYS name "/type", type "\n"},       \
		{SYS name "/address", mac "\n"}, {SYS name "/operstate", "up\n"}, \
	{                                                                         \
		SYS name "/uevent", uevent                                        \
	}
#define COUNTS " 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
#define TRIE(addresses)                                                                 \
	"Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n" \
	"     |-- 198.18.0.1\n        /32 host LOCAL\n"                                 \
	"Local:\n  +-- 0.0.0.0/0 3 0 5\n" addresses                                     \
	"     |-- 192.0.2.255\n        /32 link BROADCAST\n"
#define ADDRESS(address) "     |-- " address "\n        /32 host LOCAL\n"
#define ROUTES "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"

static const struct call_file machine[] = {
	{"/proc/net/dev", "Inter-|   Receive\n face |bytes\n    lo:" COUNTS "  eth0:" COUNTS
			  "br0:9" COUNTS " tun0:" COUNTS "veth1:" COUNTS},
	INTERFACE("lo", "1", "0x9", "772", "00:00:00:00:00:00", "INTERFACE=lo\n"),
	INTERFACE("eth0", "2", "0x1103", "1", "02:00:5e:10:00:01", "INTERFACE=eth0\n"),
	{SYS "eth0/device/x", ""},
	INTERFACE("br0", "3", "0x1002", "1", "02:00:5e:10:00:02", "DEVTYPE=bridge\nINTERFACE=x"),
	INTERFACE("tun0", "4", "0x10d1", "65534", "", ""),
	{SYS "tun0/tun_flags", "0x1002\n"},
	INTERFACE("veth1", "5", "0x1003", "1", "02:00:5e:10:00:03", ""),
	{"/proc/net/fib_trie", TRIE(ADDRESS("127.0.0.1") ADDRESS("192.0.2.10")
					    ADDRESS("192.0.2.200") ADDRESS("10.8.0.1"))},
	{"/proc/net/if_inet6", "00000000000000000000000000000001 01 80 10 80       lo\n"
			       "fe800000000000000000000000000001 02 40 20 80     eth0\n"
			       "fe800000000000000000000000000009 99 40 20 80     gone\n"},
	{"/proc/net/route", ROUTES "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
				   "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
				   "br0\tC00200C0\t00000000\t0001\t0\t0\t0\tC0FFFFFF\t0\t0\t0\n"
				   "tun0\t0000080A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
				   "*\t0000A8C0\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0\n"},
	{"/proc/net/ipv6_route",
	 "fe800000000000000000000000000000 40 00000000000000000000000000000000 00 "
	 "00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n"
	 "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
	 "fe800000000000000000000000000002 00000400 00000003 00000000 00000003     eth0\n"
	 "00000000000000000000000000000001 80 00000000000000000000000000000000 00 "
	 "00000000000000000000000000000000 00000000 00000004 00000000 80200001       lo\n"
	 "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
	 "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n"},
	{"/proc/net/arp",
	 "IP address       HW type     Flags       HW address            Mask     Device\n"
	 "192.0.2.1        0x1         0x2         02:00:5e:10:00:09     *        eth0\n"
	 "192.0.2.77       0x1         0x0         00:00:00:00:00:00     *        eth0\n"
	 "192.0.2.78       0x1         0x6         02:00:5e:10:00:0a     *        br0\n"
	 "192.0.2.79       0x1         0xc         00:00:00:00:00:00     *        br0\n"},
	{NULL, NULL},
};

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const struct call_file *files, const char *probe)
{
	struct gather *gather = call_gather(files, true);
	call = call_of(probe, "");
	probe_run(gather, &call, &answer);
	return gather;
}

/* The machine with another text of one file; NULL: without it. */
static struct gather *ask_with(const char *probe, const char *path, const char *text)
{
	struct call_file files[array_len(machine)];
	size_t count = 0, found = 0;
	for (size_t i = 0; i < array_len(machine); i++) {
		bool other = machine[i].path && text_is(text_of(path), machine[i].path);
		found += other;
		if (!other || text)
			files[count++] = (struct call_file){machine[i].path,
							    other ? text : machine[i].text};
	}
	assert_int_equal(found, 1);
	return ask(files, probe);
}

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

test(interfaces_are_described)
{
	static const struct {
		const char *name, *kind, *addresses, *mac, *up, *promiscuous, *index;
	} rows[] = {
		{"lo", "loopback", "127.0.0.1, ::1", "00:00:00:00:00:00", "true", "false", "1"},
		{"eth0", "ethernet", "192.0.2.10, fe80::1", "02:00:5e:10:00:01", "true", "true",
		 "2"},
		{"br0", "bridge", "192.0.2.200", "02:00:5e:10:00:02", "false", "false", "3"},
		{"tun0", "tun", "10.8.0.1", "", "true", "false", "4"},
		{"veth1", "virtual", "an empty list", "02:00:5e:10:00:03", "true", "false", "5"},
	};
	struct gather *gather = ask(machine, "interfaces");
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, array_len(rows));
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_string_equal(shown(i, "name"), rows[i].name);
		assert_string_equal(shown(i, "kind"), rows[i].kind);
		assert_string_equal(shown(i, "addresses"), rows[i].addresses);
		assert_string_equal(shown(i, "mac"), rows[i].mac);
		assert_string_equal(shown(i, "up"), rows[i].up);
		assert_string_equal(shown(i, "promiscuous"), rows[i].promiscuous);
		assert_string_equal(shown(i, "index"), rows[i].index);
		assert_string_equal(shown(i, "mtu"), "1500");
		assert_string_equal(shown(i, "state"), "up");
	}
	gather_free(&gather);
}

test(an_address_that_belongs_nowhere_is_an_error)
{
	struct gather *gather = ask_with("interfaces", "/proc/net/fib_trie",
					 TRIE(ADDRESS("203.0.113.9")));
	assert_int_equal(answer.outcome, PROBE_ERROR);
	assert_string_equal(
		answer.reason.at,
		"/proc does not tell which network interface has the address 203.0.113.9");
	call.fields = 1; /* names alone */
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	gather_free(&gather);
}

/* -------- what the kernel lists itself -------- */

static void put_address(struct buf *out, unsigned char family, uint32_t index, unsigned short type,
			const void *bytes, size_t len)
{
	const struct ifaddrmsg message = {.ifa_family = family, .ifa_index = index};
	const struct rtattr attribute = {.rta_len = (unsigned short)(sizeof(attribute) + len),
					 .rta_type = type};
	const struct nlmsghdr head = {
		.nlmsg_len = (uint32_t)(sizeof(head) + sizeof(message) + sizeof(attribute) + len),
		.nlmsg_type = RTM_NEWADDR};
	buf_add(out, &head, sizeof(head));
	buf_add(out, &message, sizeof(message));
	buf_add(out, &attribute, sizeof(attribute));
	buf_add(out, bytes, len);
}

static struct gather *ask_kernel(struct fixture *fixture, struct text bytes)
{
	struct err err = {0};
	for (size_t i = 0; machine[i].path; i++)
		assert_true(
			fixture_add_text(fixture, machine[i].path, text_of(machine[i].text), &err));
	fixture_add_answer(fixture, TEXT("addresses"), bytes);
	struct gather *gather = fixture_gather(fixture, &(struct gather_config){.running = true});
	call = call_of("interfaces", "");
	probe_run(gather, &call, &answer);
	return gather;
}

test(the_kernels_own_list_goes_before_what_can_be_inferred)
{
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	scoped(buf_end) struct buf list = {0};
	put_address(&list, AF_INET, 5, IFA_LOCAL, "\313\0\161\11", 4);
	put_address(&list, AF_INET6, 1, IFA_ADDRESS, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	put_address(&list, AF_BRIDGE, 1, IFA_ADDRESS, "\1\2", 2);
	struct gather *gather = ask_kernel(fixture, buf_view(&list));
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_string_equal(shown(0, "addresses"), "::1");
	assert_string_equal(shown(4, "addresses"), "203.0.113.9");
	gather_free(&gather);
}

test(a_list_that_is_none_is_an_error)
{
	scoped(buf_end) struct buf list = {0}, odd = {0};
	put_address(&list, AF_INET, 5, IFA_LOCAL, "\313\0\161\11", 4);
	for (size_t len = 1; len < list.len; len++) {
		scoped(fixture_free) struct fixture *fixture = fixture_new();
		struct gather *gather = ask_kernel(fixture, (struct text){list.at, len});
		assert_int_equal(answer.outcome, PROBE_ERROR);
		assert_string_equal(answer.reason.at,
				    "the kernel's list of addresses is not what it should be");
		gather_free(&gather);
	}
	put_address(&odd, AF_INET, 0, IFA_LOCAL, "\313\0\161\11", 4);
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	struct gather *gather = ask_kernel(fixture, buf_view(&odd));
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
}

test(a_kernel_may_be_without_ipv6)
{
	struct gather *gather = ask_with("interfaces", "/proc/net/if_inet6", NULL);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	gather_free(&gather);
	gather = ask_with("routes", "/proc/net/ipv6_route", NULL);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 5);
	gather_free(&gather);
}

test(routes_are_those_of_the_main_table)
{
	static const struct {
		const char *destination, *is_default, *gateway, *interface, *metric, *family,
			*reject;
	} rows[] = {
		{"0.0.0.0/0", "true", "192.0.2.1", "eth0", "100", "ipv4", "false"},
		{"192.0.2.0/24", "false", "", "eth0", "0", "ipv4", "false"},
		{"192.0.2.192/26", "false", "", "br0", "0", "ipv4", "false"},
		{"10.8.0.0/24", "false", "", "tun0", "0", "ipv4", "false"},
		{"192.168.0.0/16", "false", "", "", "0", "ipv4", "true"},
		{"fe80::/64", "false", "", "eth0", "256", "ipv6", "false"},
		{"::/0", "true", "fe80::2", "eth0", "1024", "ipv6", "false"},
	};
	struct gather *gather = ask(machine, "routes");
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, array_len(rows));
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_string_equal(shown(i, "destination"), rows[i].destination);
		assert_string_equal(shown(i, "default"), rows[i].is_default);
		assert_string_equal(shown(i, "gateway"), rows[i].gateway);
		assert_string_equal(shown(i, "interface"), rows[i].interface);
		assert_string_equal(shown(i, "metric"), rows[i].metric);
		assert_string_equal(shown(i, "family"), rows[i].family);
		assert_string_equal(shown(i, "reject"), rows[i].reject);
		assert_string_equal(shown(i, "up"), "true");
	}
	assert_string_equal(answer.rows[0].where.text.at, "0.0.0.0/0 via 192.0.2.1 dev eth0");
	gather_free(&gather);
}

test(neighbours_answer_or_do_not)
{
	static const char *const states[] = {"complete", "incomplete", "permanent", "published"};
	struct gather *gather = ask(machine, "neighbours");
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, array_len(states));
	for (size_t i = 0; i < array_len(states); i++)
		assert_string_equal(shown(i, "state"), states[i]);
	assert_string_equal(shown(0, "address"), "192.0.2.1");
	assert_string_equal(shown(0, "mac"), "02:00:5e:10:00:09");
	assert_string_equal(shown(1, "mac"), "");
	assert_string_equal(shown(2, "interface"), "br0");
	gather_free(&gather);
}

test(what_is_not_as_it_should_be_is_an_error)
{
	static const struct {
		const char *probe, *path, *text, *reason;
	} cases[] = {
		{"interfaces", "/proc/net/dev", "a\nb\nno colon\n",
		 "/proc/net/dev:3: not what it should be"},
		{"interfaces", "/proc/net/dev", "a\nb\n../../etc: 0\n",
		 "/proc/net/dev:3: not what it should be"},
		{"interfaces", "/proc/net/dev", "a\nb\neth9:" COUNTS,
		 "/sys/class/net/eth9/ifindex is missing: /sys is not mounted, or shows another "
		 "network namespace"},
		{"interfaces", SYS "lo/flags", "9\n", "/sys/class/net/lo is not what it should be"},
		{"interfaces", SYS "lo/flags", "0x\n",
		 "/sys/class/net/lo is not what it should be"},
		{"interfaces", SYS "lo/flags", "0x123456789\n",
		 "/sys/class/net/lo is not what it should be"},
		{"interfaces", SYS "lo/ifindex", "-1\n",
		 "/sys/class/net/lo is not what it should be"},
		{"interfaces", SYS "lo/mtu", "", "/sys/class/net/lo is not what it should be"},
		{"interfaces", "/proc/net/fib_trie", "Local:\n     |-- 1.2.3\n",
		 "/proc/net/fib_trie:2: not what it should be"},
		{"interfaces", "/proc/net/fib_trie", "Local:\n     /32 host LOCAL\n",
		 "/proc/net/fib_trie:2: not what it should be"},
		{"interfaces", "/proc/net/if_inet6", "00 01 80 10 80 lo\n",
		 "/proc/net/if_inet6:1: not what it should be"},
		{"interfaces", "/proc/net/if_inet6",
		 "00000000000000000000000000000001 123456789a 80 10 80 lo\n",
		 "/proc/net/if_inet6:1: not what it should be"},
		{"routes", "/proc/net/route", ROUTES "eth0\t00000000\t010200C0\n",
		 "/proc/net/route:2: not what it should be"},
		{"routes", "/proc/net/route", ROUTES "eth0 00000000 00000000 0001 0 0 0 00FF00FF\n",
		 "/proc/net/route:2: not what it should be"},
		{"routes", "/proc/net/ipv6_route", "half\n",
		 "/proc/net/ipv6_route:1: not what it should be"},
		{"neighbours", "/proc/net/arp", "IP\n192.0.2.0/24 0x1 0x2 a * eth0\n",
		 "/proc/net/arp:2: not what it should be"},
		{"neighbours", "/proc/net/arp", "IP\n192.0.2.1 0x1 2 a * eth0\n",
		 "/proc/net/arp:2: not what it should be"},
		{"neighbours", "/proc/net/arp", "IP\n192.0.2.1 0x1 0x2 a *\n",
		 "/proc/net/arp:2: not what it should be"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct gather *gather = ask_with(cases[i].probe, cases[i].path, cases[i].text);
		assert_int_equal(answer.outcome, PROBE_ERROR);
		assert_string_equal(answer.reason.at, cases[i].reason);
		gather_free(&gather);
	}
}

test(more_addresses_than_there_may_be_are_an_error)
{
	scoped(buf_end) struct buf trie = {0};
	buf_cstr(&trie, "Local:\n |-- 127.0.0.1\n");
	for (unsigned i = 0; i <= ADDRESS_COUNT_MAX; i++)
		buf_cstr(&trie, " /32 host LOCAL\n");
	struct gather *gather = ask_with("interfaces", "/proc/net/fib_trie", trie.at);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	assert_string_equal(answer.reason.at, "there are more than 20000 addresses");
	gather_free(&gather);
}

test(more_networks_than_there_may_be_are_an_error)
{
	scoped(buf_end) struct buf routes = {0};
	buf_cstr(&routes, ROUTES);
	for (unsigned i = 0; i <= INTERFACE_NETWORKS_MAX; i++)
		buf_cstr(&routes, "eth0 000200C0 00000000 0001 0 0 0 00FFFFFF\n");
	struct gather *gather = ask_with("interfaces", "/proc/net/route", routes.at);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	assert_string_equal(answer.reason.at, "more than 10000 networks are reached directly");
	gather_free(&gather);
}
