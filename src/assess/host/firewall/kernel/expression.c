#include "assess/host/firewall/kernel/expression.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <string.h>

#include "assess/host/firewall/kernel/condition.h"
#include "assess/host/firewall/kernel/xtables.h"

#define EXPRESSIONS_MAX 1000 /* of one rule; the kernel has 128 */

static struct text keep(const struct reading *reading, const struct buf *buf)
{
	return arena_text(reading->firewall->arena, buf_view(buf));
}

/* -------- what is loaded -------- */

static bool read_meta(struct reading *reading, struct text list)
{
	static const struct slot keys[] = {
		[NFT_META_LEN] = {.name = "meta length"},
		[NFT_META_PROTOCOL] = {.name = "meta protocol"},
		[NFT_META_PRIORITY] = {LOAD_NATIVE, "meta priority", 4, false, {0}},
		[NFT_META_MARK] = {LOAD_NATIVE, "meta mark", 4, false, {0}},
		[NFT_META_IIF] = {LOAD_INTERFACE_INDEX, "iif", 4, false, {0}},
		[NFT_META_OIF] = {LOAD_OUT_INTERFACE_INDEX, "oif", 4, false, {0}},
		[NFT_META_IIFNAME] = {LOAD_INTERFACE, "iifname", 16, false, {0}},
		[NFT_META_OIFNAME] = {LOAD_OUT_INTERFACE, "oifname", 16, false, {0}},
		[NFT_META_SKUID] = {LOAD_NATIVE, "meta skuid", 4, false, {0}},
		[NFT_META_SKGID] = {LOAD_NATIVE, "meta skgid", 4, false, {0}},
		[NFT_META_NFPROTO] = {LOAD_FAMILY, "meta nfproto", 1, false, {0}},
		[NFT_META_L4PROTO] = {LOAD_PROTOCOL, "meta l4proto", 1, false, {0}},
		[NFT_META_PKTTYPE] = {.name = "meta pkttype"},
		[NFT_META_CGROUP] = {.name = "meta cgroup"},
	};
	uint32_t key;
	struct slot slot = {.name = "meta"};
	if (!attribute_u32(list, NFTA_META_KEY, &key))
		return false;
	if (key < array_len(keys) && keys[key].name)
		slot = keys[key];
	if (attribute_find(list, NFTA_META_DREG).at)
		return reading_load(reading, attribute_find(list, NFTA_META_DREG), &slot);
	reading_say(reading, slot.name);
	reading_say(reading, "set");
	return true;
}

static const struct payload {
	uint32_t base, offset, len; /* len 0: up to that of the slot, from its begin */
	struct slot slot;
} payloads[] = {
	{NFT_PAYLOAD_NETWORK_HEADER, 12, 0, {LOAD_SOURCE, "ip saddr", 4, false, {0}}},
	{NFT_PAYLOAD_NETWORK_HEADER, 16, 0, {LOAD_DESTINATION, "ip daddr", 4, false, {0}}},
	{NFT_PAYLOAD_NETWORK_HEADER, 9, 1, {LOAD_PROTOCOL, "ip protocol", 1, false, {0}}},
	{NFT_PAYLOAD_NETWORK_HEADER, 8, 0, {LOAD_SOURCE, "ip6 saddr", 16, false, {0}}},
	{NFT_PAYLOAD_NETWORK_HEADER, 24, 0, {LOAD_DESTINATION, "ip6 daddr", 16, false, {0}}},
	{NFT_PAYLOAD_NETWORK_HEADER, 6, 1, {LOAD_PROTOCOL, "ip6 nexthdr", 1, false, {0}}},
	{NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2, {LOAD_SOURCE_PORT, "sport", 2, false, {0}}},
	{NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, {LOAD_PORT, "dport", 2, false, {0}}},
	{NFT_PAYLOAD_TRANSPORT_HEADER, 0, 4, {LOAD_PORTS, "sport . dport", 4, false, {0}}},
	{NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1, {.name = "icmp type"}},
	{NFT_PAYLOAD_TRANSPORT_HEADER, 1, 1, {.name = "icmp code"}},
	{NFT_PAYLOAD_TRANSPORT_HEADER, 13, 1, {.name = "tcp flags"}},
};

/* Which of the two headers a network header is; 0: the rule does not say. */
static unsigned family_of(const struct reading *reading)
{
	const struct firewall_rule *rule = &reading->rule;
	if (reading->family != 0)
		return reading->family;
	if (text_is(rule->family, "ip"))
		return NFPROTO_IPV4;
	return text_is(rule->family, "ip6") ? NFPROTO_IPV6 : 0;
}

static bool is_payload(const struct payload *payload, uint32_t base, uint32_t offset, uint32_t len,
		       unsigned family)
{
	bool six = text_starts(text_of(payload->slot.name), "ip6 ");
	bool four = text_starts(text_of(payload->slot.name), "ip ");
	bool fits = payload->len > 0 ? len == payload->len : len > 0 && len <= payload->slot.full;
	if (base == NFT_PAYLOAD_NETWORK_HEADER &&
	    ((six && family == NFPROTO_IPV4) || (four && family == NFPROTO_IPV6)))
		return false;
	return payload->base == base && payload->offset == offset && fits;
}

static bool read_payload(struct reading *reading, struct text list)
{
	uint32_t base, offset, len;
	struct slot slot = {.name = "payload"};
	if (!attribute_u32(list, NFTA_PAYLOAD_BASE, &base) ||
	    !attribute_u32(list, NFTA_PAYLOAD_OFFSET, &offset) ||
	    !attribute_u32(list, NFTA_PAYLOAD_LEN, &len))
		return false;
	for (size_t i = 0; i < array_len(payloads); i++)
		if (is_payload(&payloads[i], base, offset, len, family_of(reading))) {
			slot = payloads[i].slot;
			if (base == NFT_PAYLOAD_NETWORK_HEADER)
				reading->family = 0; /* the name says it */
			break;
		}
	if (attribute_find(list, NFTA_PAYLOAD_DREG).at)
		return reading_load(reading, attribute_find(list, NFTA_PAYLOAD_DREG), &slot);
	reading_say(reading, slot.name);
	reading_say(reading, "set");
	return true;
}

static bool read_track(struct reading *reading, struct text list)
{
	static const struct slot state = {LOAD_STATE, "ct state", 4, false, {0}},
				 other = {.name = "ct"};
	uint32_t key;
	if (!attribute_u32(list, NFTA_CT_KEY, &key))
		return false;
	if (attribute_find(list, NFTA_CT_DREG).at)
		return reading_load(reading, attribute_find(list, NFTA_CT_DREG),
				    key == NFT_CT_STATE ? &state : &other);
	reading_say(reading, "ct set");
	return true;
}

/* -------- what is done -------- */

static struct text verdict_name(int32_t code)
{
	switch (code) {
	case NF_DROP:
		return TEXT("drop");
	case NF_ACCEPT:
		return TEXT("accept");
	case NFT_JUMP:
		return TEXT("jump");
	case NFT_GOTO:
		return TEXT("goto");
	case NFT_RETURN:
		return TEXT("return");
	case NFT_CONTINUE:
	case NFT_BREAK:
		return TEXT("continue");
	}
	return (code & NF_VERDICT_MASK) == NF_QUEUE ? TEXT("queue") : TEXT("continue");
}

static void put_verdict(struct reading *reading, struct firewall_rule *rule,
			const struct verdict_data *verdict)
{
	rule->verdict = verdict_name(verdict->code);
	rule->target = verdict->chain.len > 0 ? arena_text(reading->firewall->arena, verdict->chain)
					      : (struct text){0};
}

static bool read_immediate(struct reading *reading, struct text list)
{
	static const struct slot other = {.name = "immediate"};
	struct text data = attribute_find(list, NFTA_IMMEDIATE_DATA), verdict;
	struct verdict_data what;
	if (!data.at)
		return false;
	verdict = attribute_find(data, NFTA_DATA_VERDICT);
	if (!verdict.at)
		return reading_load(reading, attribute_find(list, NFTA_IMMEDIATE_DREG), &other);
	if (!element_verdict(verdict, &what))
		return false;
	condition_settle(reading);
	put_verdict(reading, &reading->rule, &what);
	reading_say_text(reading, reading->rule.verdict);
	reading_say_text(reading, reading->rule.target);
	return true;
}

static bool read_nat(struct reading *reading, struct text list)
{
	uint32_t type;
	if (!attribute_u32(list, NFTA_NAT_TYPE, &type))
		return false;
	reading->rule.verdict = type == NFT_NAT_SNAT ? TEXT("snat") : TEXT("dnat");
	reading_say_text(reading, reading->rule.verdict);
	return true;
}

static bool read_nothing(struct reading *reading unused, struct text list unused)
{
	return true;
}

static bool read_log(struct reading *reading, struct text list unused)
{
	condition_settle(reading);
	reading->rule.logs = true;
	reading_say(reading, "log");
	return true;
}

/* -------- what comes from iptables -------- */

static void put_words(struct reading *reading, struct firewall_list *list, const struct buf *words,
		      const char *name)
{
	struct text rest = buf_view(words), word;
	if (words->len == 0)
		return;
	reading_say(reading, name);
	reading_say_text(reading, buf_view(words));
	while (text_word(&rest, &word))
		firewall_put(reading->firewall, list, word);
}

static bool read_match(struct reading *reading, struct text list)
{
	struct text name = attribute_string(attribute_find(list, NFTA_MATCH_NAME)),
		    info = attribute_find(list, NFTA_MATCH_INFO);
	scoped(xtables_end) struct xtables_match match = {0};
	scoped(buf_end) struct buf shown = {0};
	uint32_t revision = 0;
	if (name.len == 0 || !info.at)
		return false;
	(void)!attribute_u32(list, NFTA_MATCH_REV, &revision);
	xtables_read(name, revision, info, &match);
	put_words(reading, &reading->rule.ports, &match.ports, "dport");
	put_words(reading, &reading->rule.source_ports, &match.source_ports, "sport");
	put_words(reading, &reading->rule.states, &match.states, "ct state");
	if (match.understood)
		return true;
	buf_cstr(&shown, "match ");
	buf_printable(&shown, name, 64);
	firewall_put(reading->firewall, &reading->rule.conditions, buf_view(&shown));
	reading_say_text(reading, buf_view(&shown));
	return true;
}

/* "REJECT" */
static bool read_target(struct reading *reading, struct text list)
{
	struct text name = attribute_string(attribute_find(list, NFTA_TARGET_NAME));
	scoped(buf_end) struct buf shown = {0};
	if (name.len == 0)
		return false;
	for (size_t i = 0; i < name.len && i < 64; i++)
		buf_char(&shown, name.at[i] >= 'A' && name.at[i] <= 'Z'
					 ? (char)(name.at[i] - 'A' + 'a')
					 : name.at[i]);
	if (text_is(buf_view(&shown), "log") || text_is(buf_view(&shown), "nflog"))
		reading->rule.logs = true;
	else
		reading->rule.verdict = keep(reading, &shown);
	reading_say_text(reading, buf_view(&shown));
	return true;
}

/* -------- the table of expressions -------- */

/* What is none of a packet's own, as a condition by its name. */
static bool read_condition(struct reading *reading, const char *name)
{
	firewall_put(reading->firewall, &reading->rule.conditions, text_of(name));
	reading_say(reading, name);
	return true;
}

/* It may have loaded any register: what is compared from now on is not known. */
static void forget(struct reading *reading)
{
	for (size_t i = 0; i < SLOTS; i++)
		reading->slots[i] = (struct slot){.name = "expression"};
}

static const struct {
	const char *name;
	bool (*read)(struct reading *reading, struct text list);
	const char *verdict; /* of those that are one */
	bool condition, quiet;
} expressions[] = {
	{.name = "meta", .read = read_meta},
	{.name = "payload", .read = read_payload},
	{.name = "ct", .read = read_track},
	{.name = "cmp", .read = condition_compare},
	{.name = "range", .read = condition_range},
	{.name = "bitwise", .read = condition_bitwise},
	{.name = "lookup", .read = condition_lookup},
	{.name = "immediate", .read = read_immediate},
	{.name = "nat", .read = read_nat},
	{.name = "log", .read = read_log},
	{.name = "match", .read = read_match},
	{.name = "target", .read = read_target},
	{.name = "reject", .verdict = "reject"},
	{.name = "masq", .verdict = "masquerade"},
	{.name = "redir", .verdict = "redirect"},
	{.name = "queue", .verdict = "queue"},
	{.name = "tproxy", .verdict = "tproxy"},
	{.name = "fwd", .verdict = "forward"},
	{.name = "synproxy", .verdict = "synproxy"},
	{.name = "limit", .condition = true},
	{.name = "quota", .condition = true},
	{.name = "connlimit", .condition = true},
	{.name = "dynset", .condition = true},
	{.name = "counter", .quiet = true},
	{.name = "byteorder", .read = read_nothing},
	{.name = "objref", .quiet = true},
	{.name = "notrack", .quiet = true},
	{.name = "dup", .quiet = true},
	{.name = "last", .quiet = true},
	{.name = "flow_offload", .quiet = true},
};

static bool read_expression(struct reading *reading, struct text expression)
{
	struct text name = attribute_string(attribute_find(expression, NFTA_EXPR_NAME)),
		    list = attribute_find(expression, NFTA_EXPR_DATA);
	if (name.len == 0)
		return false;
	for (size_t i = 0; i < array_len(expressions); i++) {
		if (!text_is(name, expressions[i].name))
			continue;
		if (expressions[i].read)
			return list.at && expressions[i].read(reading, list);
		if (expressions[i].condition)
			return read_condition(reading, expressions[i].name);
		condition_settle(reading);
		reading_say(reading,
			    expressions[i].quiet ? expressions[i].name : expressions[i].verdict);
		if (expressions[i].verdict)
			reading->rule.verdict = text_of(expressions[i].verdict);
		return true;
	}
	forget(reading);
	scoped(buf_end) struct buf shown = {0};
	buf_printable(&shown, name, 64);
	return read_condition(reading, arena_cstr(reading->firewall->arena, shown.at));
}

/* -------- the rule -------- */

static void settle(struct reading *reading)
{
	struct firewall *firewall = reading->firewall;
	condition_settle(reading);
	if (!reading->rule.verdict.at)
		reading->rule.verdict = TEXT("continue");
	reading->rule.text = keep(reading, &reading->text);
	firewall->at[firewall->count - 1] = reading->rule;
}

/* A copy of the list, for one that goes on by itself. */
static void copy_list(struct firewall *firewall, struct firewall_list *list)
{
	struct firewall_list before = *list;
	*list = (struct firewall_list){0};
	for (size_t i = 0; i < before.count; i++)
		firewall_put(firewall, list, before.at[i]);
}

/* The rule for one element of a verdict map. */
static bool put_mapped(struct reading *reading, const struct firewall_rule *common,
		       const struct element *element, struct firewall_rule *rule)
{
	struct buf *value = &reading->value;
	buf_clear(value);
	if (!condition_show_element(reading, value, &reading->map_slot, element))
		return false;
	reading->rule = *common;
	struct firewall_list *const lists[] = {
		&reading->rule.protocols,      &reading->rule.sources,
		&reading->rule.destinations,   &reading->rule.ports,
		&reading->rule.source_ports,   &reading->rule.interfaces,
		&reading->rule.out_interfaces, &reading->rule.states,
		&reading->rule.conditions};
	for (size_t i = 0; i < array_len(lists); i++)
		copy_list(reading->firewall, lists[i]);
	buf_clear(&reading->text);
	buf_text(&reading->text, common->text);
	if (!text_is(buf_view(value), "*")) {
		struct text shown = keep(reading, value);
		reading_ask(reading, &reading->map_slot, "", shown);
	}
	put_verdict(reading, &reading->rule, &element->verdict);
	reading_say_text(reading, reading->rule.verdict);
	reading_say_text(reading, reading->rule.target);
	reading->rule.text = keep(reading, &reading->text);
	*rule = reading->rule;
	return true;
}

/* A rule for each element of the map that decided. */
static bool settle_map(struct reading *reading, bool *full)
{
	struct firewall *firewall = reading->firewall;
	const struct elements *map = reading->map;
	condition_settle(reading);
	reading->rule.text = keep(reading, &reading->text);
	const struct firewall_rule common = reading->rule;
	firewall->count--;
	for (size_t i = 0; i < map->count; i++) {
		struct firewall_rule *rule = firewall_add(firewall);
		*full = rule == NULL;
		if (*full)
			return true;
		if (!put_mapped(reading, &common, &map->at[i], rule))
			return false;
	}
	return true;
}

static void end_reading(struct reading *reading)
{
	buf_end(&reading->text);
	buf_end(&reading->low);
	buf_end(&reading->value);
}

bool expression_parse(struct text list, const struct expression_host *host,
		      struct firewall *firewall, bool *full)
{
	must(firewall->count > 0);
	scoped(end_reading) struct reading reading = {
		.host = host, .firewall = firewall, .rule = firewall->at[firewall->count - 1]};
	struct attribute one;
	bool broken;
	*full = false;
	forget(&reading);
	for (size_t i = 0; attribute_next(&list, &one, &broken); i++)
		if (i == EXPRESSIONS_MAX || !read_expression(&reading, one.data))
			return false;
	if (broken)
		return false;
	if (reading.map)
		return settle_map(&reading, full);
	settle(&reading);
	return true;
}
