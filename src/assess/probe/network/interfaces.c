#include "assess/host/network/interface.h"
#include "assess/probe/answer.h"
#include "assess/probe/table.h"

enum field {
	FIELD_NAME,
	FIELD_KIND,
	FIELD_ADDRESSES,
	FIELD_MAC,
	FIELD_MTU,
	FIELD_UP,
	FIELD_PROMISCUOUS,
	FIELD_STATE,
	FIELD_INDEX,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"name", "its name", "eth0", .type = VALUE_TEXT},
	{"kind",
	 "ethernet, wlan, loopback, bridge, bond, vlan, vxlan, tun, wireguard, ppp, virtual …",
	 "ethernet", .type = VALUE_TEXT},
	{"addresses", "its IP addresses; an error where /proc does not tell whose one is",
	 "192.0.2.10, fe80::1", .type = VALUE_LIST},
	{"mac", "its address in the network's own form", "02:00:5e:10:00:01", .type = VALUE_TEXT},
	{"mtu", "the largest packet, in bytes", "1500", .type = VALUE_INT},
	{"up", "whether it is switched on", "true", .type = VALUE_BOOL},
	{"promiscuous", "whether it also takes what is for others: somebody listens in", "false",
	 .type = VALUE_BOOL},
	{"state", "whether it can be used: up, down, dormant, lowerlayerdown, unknown …", "up",
	 .type = VALUE_TEXT},
	{"index", "the kernel's number of it", "2", .type = VALUE_INT},
};

static void put_text(struct value *value, struct text text)
{
	if (text.len > 0)
		*value = value_text(VALUE_TEXT, text);
}

static bool add_interface(struct rows *rows, const struct interface *interface)
{
	struct value *values = rows_add(
		rows, (struct evidence){TEXT("/proc/net/dev"), interface->line, interface->name});
	if (!values)
		return false;
	values[FIELD_NAME] = value_text(VALUE_TEXT, interface->name);
	values[FIELD_KIND] = value_text(VALUE_TEXT, interface->kind);
	if (call_wants(rows->call, FIELD_ADDRESSES))
		values[FIELD_ADDRESSES] = (struct value){.type = VALUE_LIST,
							 .list = interface->addresses,
							 .count = interface->address_count};
	put_text(&values[FIELD_MAC], interface->mac);
	values[FIELD_MTU] = value_number(VALUE_INT, interface->mtu);
	values[FIELD_UP] = value_bool(interface->flags & INTERFACE_UP);
	values[FIELD_PROMISCUOUS] = value_bool(interface->flags & INTERFACE_PROMISCUOUS);
	put_text(&values[FIELD_STATE], interface->state);
	values[FIELD_INDEX] = value_number(VALUE_INT, interface->index);
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	const struct interfaces *interfaces;
	struct text why;
	if (interface_read(gather, &interfaces, &why) != GATHER_OK ||
	    (call_wants(call, FIELD_ADDRESSES) &&
	     interface_read_addresses(gather, &why) != GATHER_OK)) {
		answer_fail(gather, answer, why);
		return;
	}
	for (size_t i = 0; i < interfaces->count; i++)
		if (!add_interface(&rows, &interfaces->at[i]))
			return;
	rows_give(&rows);
}

static bool asks_now(const struct probe_call *call)
{
	return call_wants(call, FIELD_ADDRESSES);
}

const struct probe probe_interfaces = {
	.name = "interfaces",
	.help = "network interfaces, and their addresses",
	.subject_help = "a query over the interfaces",
	.subject_example = "promiscuous:true",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.live = true,
	.asks = "addresses",
	.asks_now = asks_now,
	.reads = "/proc/net/dev, /sys/class/net; the addresses from the kernel, else "
		 "/proc/net/if_inet6, fib_trie and route",
	.privilege = "none",
	.cost = "some small files an interface",
	.run = run,
};
