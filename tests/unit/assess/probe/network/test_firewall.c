#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>

#include "assess/engine/ask.h"
#include "assess/host/firewall/iptables.h"
#include "assess/host/firewall/kernel/element.h"
#include "assess/host/firewall/nftfile.h"
#include "unit.h"

#include "call.h"

static struct probe_answer answer;
static struct probe_call call;

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

static struct gather *ask(struct fixture *fixture, bool running, const char *where)
{
	struct gather *gather = fixture_gather(fixture,
					       &(struct gather_config){.running = running});
	call = call_of("firewall_rules", "");
	if (where)
		call_set(&call, "where", where, 0);
	probe_run(gather, &call, &answer);
	return gather;
}

static struct fixture *make(const char *path, const char *text)
{
	struct err err = {0};
	struct fixture *fixture = fixture_new();
	assert_true(fixture_add_text(fixture, path, text_of(text), &err));
	return fixture;
}

/* -------- what a kernel would say -------- */

static void put(struct buf *out, unsigned type, const void *bytes, size_t len)
{
	const struct nlattr head = {.nla_len = (uint16_t)(sizeof(head) + len),
				    .nla_type = (uint16_t)type};
	buf_add(out, &head, sizeof(head));
	buf_add(out, bytes, len);
	while (out->len % 4)
		buf_char(out, '\0');
}

static void put_u32(struct buf *out, unsigned type, uint32_t number)
{
	const unsigned char bytes[] = {(unsigned char)(number >> 24), (unsigned char)(number >> 16),
				       (unsigned char)(number >> 8), (unsigned char)number};
	put(out, type, bytes, sizeof(bytes));
}

static void put_text(struct buf *out, unsigned type, const char *text)
{
	put(out, type, text, strlen(text) + 1);
}

/* Takes the buffer's bytes as one attribute of another, and empties it. */
static void put_nested(struct buf *out, unsigned type, struct buf *inner)
{
	put(out, type | NLA_F_NESTED, inner->at, inner->len);
	buf_clear(inner);
}

static void put_message(struct buf *out, unsigned generation, struct buf *attributes)
{
	const struct nfgenmsg family = {.nfgen_family = NFPROTO_INET,
					.res_id = (uint16_t)generation};
	const struct nlmsghdr head = {
		.nlmsg_len = (uint32_t)(sizeof(head) + sizeof(family) + attributes->len)};
	buf_add(out, &head, sizeof(head));
	buf_add(out, &family, sizeof(family));
	buf_text(out, buf_view(attributes));
	buf_clear(attributes);
}

/* One expression of a rule, whose attributes are in `data`. */
static void put_expression(struct buf *list, const char *name, struct buf *data)
{
	scoped(buf_end) struct buf one = {0};
	put_text(&one, NFTA_EXPR_NAME, name);
	put_nested(&one, NFTA_EXPR_DATA, data);
	put_nested(list, NFTA_LIST_ELEM, &one);
}

static void put_value(struct buf *out, unsigned type, const void *bytes, size_t len)
{
	scoped(buf_end) struct buf value = {0};
	put(&value, NFTA_DATA_VALUE, bytes, len);
	put_nested(out, type, &value);
}

static void put_payload(struct buf *list, uint32_t base, uint32_t offset, uint32_t len)
{
	scoped(buf_end) struct buf data = {0};
	put_u32(&data, NFTA_PAYLOAD_DREG, NFT_REG_1);
	put_u32(&data, NFTA_PAYLOAD_BASE, base);
	put_u32(&data, NFTA_PAYLOAD_OFFSET, offset);
	put_u32(&data, NFTA_PAYLOAD_LEN, len);
	put_expression(list, "payload", &data);
}

static void put_compare(struct buf *list, uint32_t op, const void *bytes, size_t len)
{
	scoped(buf_end) struct buf data = {0};
	put_u32(&data, NFTA_CMP_SREG, NFT_REG_1);
	put_u32(&data, NFTA_CMP_OP, op);
	put_value(&data, NFTA_CMP_DATA, bytes, len);
	put_expression(list, "cmp", &data);
}

static void put_meta(struct buf *list, uint32_t key)
{
	scoped(buf_end) struct buf data = {0};
	put_u32(&data, NFTA_META_DREG, NFT_REG_1);
	put_u32(&data, NFTA_META_KEY, key);
	put_expression(list, "meta", &data);
}

static void put_verdict(struct buf *list, int32_t code)
{
	scoped(buf_end) struct buf data = {0}, value = {0}, verdict = {0};
	put_u32(&data, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	put_u32(&verdict, NFTA_VERDICT_CODE, (uint32_t)code);
	put_nested(&value, NFTA_DATA_VERDICT, &verdict);
	put_nested(&data, NFTA_IMMEDIATE_DATA, &value);
	put_expression(list, "immediate", &data);
}

static void put_rule(struct buf *out, unsigned generation, struct buf *expressions)
{
	scoped(buf_end) struct buf rule = {0};
	put_text(&rule, NFTA_RULE_TABLE, "t");
	put_text(&rule, NFTA_RULE_CHAIN, "in");
	put_nested(&rule, NFTA_RULE_EXPRESSIONS, expressions);
	put_message(out, generation, &rule);
}

static void put_chain(struct buf *out, unsigned generation)
{
	scoped(buf_end) struct buf chain = {0}, hook = {0};
	put_text(&chain, NFTA_CHAIN_TABLE, "t");
	put_text(&chain, NFTA_CHAIN_NAME, "in");
	put_u32(&hook, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_IN);
	put_u32(&hook, NFTA_HOOK_PRIORITY, 0);
	put_nested(&chain, NFTA_CHAIN_HOOK, &hook);
	put_u32(&chain, NFTA_CHAIN_POLICY, NF_DROP);
	put_text(&chain, NFTA_CHAIN_TYPE, "filter");
	put_message(out, generation, &chain);
}

static struct fixture *make_kernel(const struct buf *chains, const struct buf *rules)
{
	struct fixture *fixture = fixture_new();
	fixture_add_answer(fixture, TEXT("nftables chains"), buf_view(chains));
	fixture_add_answer(fixture, TEXT("nftables rules"), buf_view(rules));
	return fixture;
}

/* tcp dport 22 with a source of 24 bits, then accept */
static void put_ssh(struct buf *rules, unsigned generation)
{
	scoped(buf_end) struct buf list = {0};
	put_meta(&list, NFT_META_NFPROTO);
	put_compare(&list, NFT_CMP_EQ, "\2", 1);
	put_payload(&list, NFT_PAYLOAD_NETWORK_HEADER, 12, 3);
	put_compare(&list, NFT_CMP_EQ, "\300\0\2", 3);
	put_meta(&list, NFT_META_L4PROTO);
	put_compare(&list, NFT_CMP_EQ, "\6", 1);
	put_payload(&list, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
	put_compare(&list, NFT_CMP_EQ, "\0\26", 2);
	put_verdict(&list, NF_ACCEPT);
	put_rule(rules, generation, &list);
}

test(reads_what_the_kernel_lists)
{
	scoped(buf_end) struct buf chains = {0}, rules = {0}, list = {0};
	put_chain(&chains, 7);
	put_ssh(&rules, 7);
	put_expression(&list, "novel", &(struct buf){0}); /* one that a later kernel has */
	put_compare(&list, NFT_CMP_EQ, "\1", 1);
	put_verdict(&list, NFT_RETURN);
	put_rule(&rules, 7, &list);
	scoped(fixture_free) struct fixture *fixture = make_kernel(&chains, &rules);
	struct gather *gather = ask(fixture, true, NULL);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 3);
	assert_string_equal(shown(0, "kind"), "chain");
	assert_string_equal(shown(0, "where"), "live");
	assert_string_equal(shown(0, "family"), "inet");
	assert_string_equal(shown(0, "hook"), "input");
	assert_string_equal(shown(0, "policy"), "drop");
	assert_string_equal(shown(0, "type"), "filter");
	assert_string_equal(shown(1, "kind"), "rule");
	assert_string_equal(shown(1, "hook"), "input");
	assert_string_equal(shown(1, "source"), "192.0.2.0/24");
	assert_string_equal(shown(1, "protocol"), "tcp");
	assert_string_equal(shown(1, "port"), "22");
	assert_string_equal(shown(1, "conditions"), "");
	assert_string_equal(shown(1, "verdict"), "accept");
	assert_string_equal(shown(1, "text"), "ip saddr 192.0.2.0/24 tcp dport 22 accept");
	assert_string_equal(shown(2, "conditions"), "novel, expression 1");
	assert_string_equal(shown(2, "verdict"), "return");
	gather_free(&gather);
}

test(tables_of_the_older_filter_are_not_passed_over)
{
	struct err err = {0};
	scoped(buf_end) struct buf chains = {0}, rules = {0};
	put_chain(&chains, 7);
	scoped(fixture_free) struct fixture *fixture = make_kernel(&chains, &rules);
	assert_true(fixture_add_text(fixture, "/proc/net/ip_tables_names", TEXT(""), &err));
	struct gather *gather = ask(fixture, true, NULL);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	gather_free(&gather);
	assert_true(fixture_add_text(fixture, "/proc/net/ip_tables_names", TEXT("filter\n"), &err));
	gather = ask(fixture, true, NULL);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	assert_string_equal(answer.reason.at,
			    "iptables-legacy has loaded a table, too (/proc/net/ip_tables_names: "
			    "filter), whose rules can't be told; use iptables-nft");
	gather_free(&gather);
}

test(a_ruleset_that_changes_meanwhile_is_an_error)
{
	scoped(buf_end) struct buf chains = {0}, rules = {0};
	put_chain(&chains, 7);
	put_ssh(&rules, 8);
	scoped(fixture_free) struct fixture *fixture = make_kernel(&chains, &rules);
	struct gather *gather = ask(fixture, true, NULL);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	assert_string_equal(answer.reason.at,
			    "the ruleset of nftables was changed while it was read");
	gather_free(&gather);
}

test(bytes_that_are_cut_short_are_an_error)
{
	scoped(buf_end) struct buf chains = {0}, rules = {0};
	put_chain(&chains, 7);
	put_ssh(&rules, 7);
	for (size_t len = 1; len < rules.len; len++) {
		struct buf part = {.at = rules.at, .len = len};
		scoped(fixture_free) struct fixture *fixture = make_kernel(&chains, &part);
		struct gather *gather = ask(fixture, true, NULL);
		assert_int_equal(answer.outcome, PROBE_ERROR);
		gather_free(&gather);
	}
}

test(elements_become_ranges)
{
	scoped(buf_end) struct buf out = {0}, set = {0}, list = {0}, one = {0};
	static const struct {
		const char *key;
		bool closes;
	} keys[] = {{"\0\120", false}, {"\0\0", true},    {"\37\220", false},
		    {"\0\121", true},  {"\37\222", true}, {"\377\0", false}};
	for (size_t i = 0; i < array_len(keys); i++) {
		put_value(&one, NFTA_SET_ELEM_KEY, keys[i].key, 2);
		if (keys[i].closes)
			put_u32(&one, NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
		put_nested(&list, NFTA_LIST_ELEM, &one);
	}
	put_nested(&set, NFTA_SET_ELEM_LIST_ELEMENTS, &list);
	put_message(&out, 1, &set);
	struct elements elements = {0};
	struct arena *arena = arena_new(1 << 20);
	assert_true(element_parse(buf_view(&out), arena, &elements));
	assert_int_equal(elements.count, 3);
	assert_memory_equal(elements.at[0].key.at, "\0\120", 2);
	assert_null(elements.at[0].end.at);
	assert_memory_equal(elements.at[1].end.at, "\37\221", 2);
	assert_memory_equal(elements.at[2].end.at, "\377\377", 2);
	arena_free(&arena);
}

/* -------- files -------- */

#define TABLE(rule)                                                                        \
	"table inet t {\n\tset office {\n\t\ttype ipv4_addr\n\t\telements = { 192.0.2.1, " \
	"192.0.2.9 }\n\t}\n\tchain in {\n\t\ttype filter hook input priority 0; policy "   \
	"drop;\n\t\t" rule "\n\t}\n}\n"

test(reads_the_language_of_nftables)
{
	static const struct {
		const char *rule, *protocol, *source, *port, *state, *interface, *conditions,
			*verdict;
	} cases[] = {
		{"tcp dport 22 accept", "tcp", "", "22", "", "", "", "accept"},
		{"iif lo accept", "", "", "", "", "lo", "", "accept"},
		{"iifname \"eth*\" drop", "", "", "", "", "eth*", "", "drop"},
		{"ct state established,related accept", "", "", "", "established, related", "", "",
		 "accept"},
		{"ip saddr 10.0.0.0/8 udp dport { 53, 1000-2000 } accept", "udp", "10.0.0.0/8",
		 "53, 1000-2000", "", "", "", "accept"},
		{"ip saddr @office drop", "", "@office, 192.0.2.1, 192.0.2.9", "", "", "", "",
		 "drop"},
		{"ip saddr $bad drop", "", "198.51.100.1, 198.51.100.2", "", "", "", "", "drop"},
		{"ip saddr != { 192.0.2.1 } counter packets 0 bytes 0 drop", "", "!192.0.2.1", "",
		 "", "", "", "drop"},
		{"tcp dport >= 1024 reject with tcp reset", "tcp", "", ">=1024", "", "", "",
		 "reject"},
		{"limit rate 5/minute burst 5 packets log prefix \"a b\" level warn", "", "", "",
		 "", "", "limit rate 5/minute burst 5 packets", "continue"},
		{"meta l4proto { tcp, udp } th dport 53 accept", "tcp, udp", "", "53", "", "", "",
		 "accept"},
		{"ip saddr . tcp dport { 192.0.2.1 . 22 } accept", "", "", "", "", "",
		 "ip saddr . tcp dport { 192.0.2.1 . 22 }", "accept"},
		{"icmpv6 type { echo-request } accept", "ipv6-icmp", "", "", "", "",
		 "icmpv6 type { echo-request }", "accept"},
		{"fib daddr type != local drop", "", "", "", "", "", "fib daddr type != local",
		 "drop"},
		{"masquerade to :1024", "", "", "", "", "", "", "masquerade"},
		{"unheard of things accept", "", "", "", "", "", "unheard of things", "accept"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		scoped(fixture_free) struct fixture *fixture = make(
			"/etc/nftables.conf",
			unit_text("#!/usr/sbin/nft -f\nflush ruleset\ndefine bad = { "
				  "198.51.100.1, 198.51.100.2 } # odd\n" TABLE("%s"),
				  cases[i].rule));
		struct gather *gather = ask(fixture, false, NULL);
		assert_int_equal(answer.outcome, PROBE_ROWS);
		assert_int_equal(answer.count, 2);
		assert_string_equal(shown(0, "policy"), "drop");
		assert_string_equal(shown(1, "where"), "file");
		assert_string_equal(shown(1, "line"), "11");
		assert_string_equal(shown(1, "hook"), "input");
		assert_string_equal(shown(1, "protocol"), cases[i].protocol);
		assert_string_equal(shown(1, "source"), cases[i].source);
		assert_string_equal(shown(1, "port"), cases[i].port);
		assert_string_equal(shown(1, "state"), cases[i].state);
		assert_string_equal(shown(1, "interface"), cases[i].interface);
		assert_string_equal(shown(1, "conditions"), cases[i].conditions);
		assert_string_equal(shown(1, "verdict"), cases[i].verdict);
		gather_free(&gather);
	}
}

test(a_verdict_map_makes_a_rule_of_each_element)
{
	scoped(fixture_free) struct fixture *fixture = make(
		"/etc/nftables.conf", TABLE("tcp dport vmap { 22 : accept, 25 : jump mail }"));
	struct gather *gather = ask(fixture, false, "file");
	assert_int_equal(answer.count, 3);
	assert_string_equal(shown(1, "port"), "22");
	assert_string_equal(shown(1, "verdict"), "accept");
	assert_string_equal(shown(2, "port"), "25");
	assert_string_equal(shown(2, "protocol"), "tcp");
	assert_string_equal(shown(2, "verdict"), "jump");
	assert_string_equal(shown(2, "target"), "mail");
	gather_free(&gather);
}

test(files_are_included)
{
	struct err err = {0};
	scoped(fixture_free) struct fixture *fixture = make("/etc/nftables.conf",
							    "include \"/etc/nft.d/*.nft\"\n");
	assert_true(fixture_add_text(fixture, "/etc/nft.d/a.nft", TEXT(TABLE("accept")), &err));
	struct gather *gather = ask(fixture, false, NULL);
	assert_int_equal(answer.count, 2);
	assert_string_equal(shown(1, "path"), "/etc/nft.d/a.nft");
	gather_free(&gather);
	assert_true(fixture_add_text(fixture, "/etc/nft.d/a.nft",
				     TEXT("include \"/etc/nft.d/a.nft\""), &err));
	gather = ask(fixture, false, NULL);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	assert_string_equal(answer.reason.at,
			    "/etc/nft.d/a.nft:1: files include each other too deeply");
	gather_free(&gather);
}

test(what_is_not_understood_is_an_error_with_its_place)
{
	static const struct {
		const char *path, *text, *reason;
	} cases[] = {
		{"/etc/nftables.conf", "\nadd rule inet t in accept\n",
		 "/etc/nftables.conf:2: this is not understood"},
		{"/etc/nftables.conf", "table inet t {\n chain in {\n",
		 "/etc/nftables.conf:2: this is not understood"},
		{"/etc/nftables.conf", "table inet t {\n comment \"x\n",
		 "/etc/nftables.conf:2: a quote is not closed"},
		{"/etc/nftables.conf", TABLE("ip saddr $gone drop"),
		 "/etc/nftables.conf:8: this is not understood"},
		{"/etc/nftables.conf", TABLE("tcp dport vmap { 22 }"),
		 "/etc/nftables.conf:8: this is not understood"},
		{"/etc/iptables/rules.v4", "-A INPUT -j ACCEPT\n",
		 "/etc/iptables/rules.v4:1: this is not understood"},
		{"/etc/iptables/rules.v4", "*filter\n-D INPUT 1\n",
		 "/etc/iptables/rules.v4:2: this is not understood"},
		{"/etc/iptables/rules.v4", "*filter\n:INPUT\n",
		 "/etc/iptables/rules.v4:2: this is not understood"},
		{"/etc/iptables/rules.v4", "*filter\n-A INPUT -p\n",
		 "/etc/iptables/rules.v4:2: this is not understood"},
		{"/etc/iptables/rules.v4", "*filter\n-A INPUT --comment \"open\n",
		 "/etc/iptables/rules.v4:2: this is not understood"},
		{"/etc/iptables/rules.v4", "*filter\n-A INPUT tcp\n",
		 "/etc/iptables/rules.v4:2: this is not understood"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		scoped(fixture_free) struct fixture *fixture = make(cases[i].path, cases[i].text);
		struct gather *gather = ask(fixture, false, NULL);
		assert_int_equal(answer.outcome, PROBE_ERROR);
		assert_string_equal(answer.reason.at, cases[i].reason);
		gather_free(&gather);
	}
}

test(reads_what_iptables_saves)
{
	static const char text[] =
		"# Generated\n*filter\n:INPUT DROP [1:2]\n:own - [0:0]\n"
		"[5:6] -A INPUT -s 10.0.0.1/32 -i eth+ -p tcp -m multiport --dports 22,80:90 -m "
		"comment --comment \"a \\\"b\\\" c\" -j ACCEPT\n"
		"-A INPUT ! -s 192.0.2.0/24 -m conntrack --ctstate NEW,RELATED -m limit --limit "
		"3/min --limit-burst 5 -j LOG --log-prefix \"x y\"\n"
		"-A INPUT -j own\n-A own -p all -g own\nCOMMIT\n";
	scoped(fixture_free) struct fixture *fixture = make("/etc/iptables/rules.v4", text);
	struct gather *gather = ask(fixture, false, NULL);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 6);
	assert_string_equal(shown(0, "hook"), "input");
	assert_string_equal(shown(0, "policy"), "drop");
	assert_string_equal(shown(1, "hook"), "");
	assert_string_equal(shown(2, "source"), "10.0.0.1");
	assert_string_equal(shown(2, "interface"), "eth*");
	assert_string_equal(shown(2, "port"), "22, 80-90");
	assert_string_equal(shown(2, "comment"), "a \"b\" c");
	assert_string_equal(shown(2, "verdict"), "accept");
	assert_string_equal(shown(2, "line"), "5");
	assert_string_equal(shown(3, "source"), "!192.0.2.0/24");
	assert_string_equal(shown(3, "state"), "new, related");
	assert_string_equal(shown(3, "conditions"), "limit 3/min, limit-burst 5");
	assert_string_equal(shown(3, "log"), "true");
	assert_string_equal(shown(3, "verdict"), "continue");
	assert_string_equal(shown(4, "verdict"), "jump");
	assert_string_equal(shown(4, "target"), "own");
	assert_string_equal(shown(5, "verdict"), "goto");
	assert_string_equal(shown(5, "protocol"), "");
	gather_free(&gather);
}

test(ufw_counts_where_it_is_enabled)
{
	struct err err = {0};
	scoped(fixture_free) struct fixture *fixture = make("/etc/ufw/ufw.conf", "ENABLED=yes\n");
	assert_true(fixture_add_text(fixture, "/etc/default/ufw",
				     TEXT("IPV6=yes\nDEFAULT_INPUT_POLICY=\"DROP\"\n"
					  "DEFAULT_OUTPUT_POLICY=\"ACCEPT\"\n"),
				     &err));
	assert_true(
		fixture_add_text(fixture, "/etc/ufw/user.rules",
				 TEXT("*filter\n:ufw-user-input - [0:0]\n"
				      "-A ufw-user-input -p tcp --dport 22 -j ACCEPT\nCOMMIT\n"),
				 &err));
	struct gather *gather = ask(fixture, false, NULL);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 8);
	assert_string_equal(shown(0, "chain"), "INPUT");
	assert_string_equal(shown(0, "policy"), "drop");
	assert_string_equal(shown(0, "path"), "/etc/default/ufw");
	assert_string_equal(shown(0, "line"), "2");
	assert_string_equal(shown(2, "policy"), "accept");
	assert_string_equal(shown(7, "hook"), "input");
	assert_string_equal(shown(7, "policy"), "drop");
	assert_string_equal(shown(7, "port"), "22");
	gather_free(&gather);
	assert_true(fixture_add_text(fixture, "/etc/ufw/ufw.conf", TEXT("ENABLED=no\n"), &err));
	gather = ask(fixture, false, NULL);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	gather_free(&gather);
}

test(where_decides_what_is_read)
{
	scoped(fixture_free) struct fixture *fixture = make("/etc/nftables.conf", TABLE("accept"));
	struct gather *gather = ask(fixture, true, "live");
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	assert_string_equal(answer.reason.at, "this example says nothing of it");
	gather_free(&gather);
	gather = ask(fixture, true, NULL); /* nobody may ask: from disk */
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_string_equal(shown(0, "where"), "file");
	gather_free(&gather);
	gather = ask(fixture, false, "live");
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	assert_string_equal(answer.reason.at, "loaded rules need a running system");
	gather_free(&gather);
	scoped(fixture_free) struct fixture *none = fixture_new();
	gather = ask(none, false, NULL);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	assert_true(text_starts(answer.reason, "loaded rules need a running system; there are no"));
	gather_free(&gather);
}

test(more_rules_than_there_may_be_are_an_error)
{
	scoped(buf_end) struct buf text = {0};
	buf_cstr(&text, "*filter\n");
	for (size_t i = 0; i <= FIREWALL_RULES_MAX; i++)
		buf_cstr(&text, "-A INPUT -j ACCEPT\n");
	scoped(fixture_free) struct fixture *fixture = make("/etc/iptables/rules.v4", text.at);
	struct gather *gather = ask(fixture, false, NULL);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	assert_string_equal(answer.reason.at, "more than 100000 chains and rules");
	gather_free(&gather);
}
