#include "assess/host/firewall/disk.h"
#include "assess/host/firewall/kernel/nft.h"
#include "assess/probe/answer.h"
#include "assess/probe/table.h"

enum field {
	FIELD_KIND,
	FIELD_WHERE,
	FIELD_FAMILY,
	FIELD_TABLE,
	FIELD_CHAIN,
	FIELD_TYPE,
	FIELD_HOOK,
	FIELD_POLICY,
	FIELD_PROTOCOL,
	FIELD_SOURCE,
	FIELD_DESTINATION,
	FIELD_PORT,
	FIELD_SOURCE_PORT,
	FIELD_INTERFACE,
	FIELD_OUT_INTERFACE,
	FIELD_STATE,
	FIELD_CONDITIONS,
	FIELD_VERDICT,
	FIELD_TARGET,
	FIELD_LOG,
	FIELD_COMMENT,
	FIELD_TEXT,
	FIELD_PATH,
	FIELD_LINE,
	FIELD_COUNT,
};

static const char *const places[] = {"live", "file", NULL};

static const struct probe_param params[] = {
	{"where",
	 "live: what the kernel has loaded, and nothing else; file: what stands on disk. Without "
	 "it: what is loaded, and what stands on disk where nobody may ask the kernel",
	 "file", NULL, PARAM_WORD, .choices = places},
};

static const struct probe_field fields[] = {
	{"kind", "chain or rule", "rule", .type = VALUE_TEXT},
	{"where", "live (what the kernel has loaded) or file", "live", .type = VALUE_TEXT},
	{"family", "inet, ip, ip6, arp, bridge or netdev", "inet", .type = VALUE_TEXT},
	{"table", "its table", "filter", .type = VALUE_TEXT},
	{"chain", "its chain", "input", .type = VALUE_TEXT},
	{"type", "of a chain that packets come to: filter, nat or route", "filter",
	 .type = VALUE_TEXT},
	{"hook",
	 "where packets come to its chain: input, forward, output, prerouting, postrouting, "
	 "ingress or egress",
	 "input", .type = VALUE_TEXT},
	{"policy", "what becomes of packets that no rule of its chain decided: accept or drop",
	 "drop", .type = VALUE_TEXT},
	{"protocol", "tcp, udp, icmp, ipv6-icmp …; nothing: all", "tcp", .type = VALUE_LIST},
	{"source", "where packets come from; nothing: anywhere", "192.0.2.0/24",
	 .type = VALUE_LIST},
	{"destination", "where packets go; nothing: anywhere", "198.51.100.1", .type = VALUE_LIST},
	{"port", "the ports that they go to, also ranges; nothing: all", "22, 8000-8080",
	 .type = VALUE_LIST},
	{"source_port", "the ports that they come from", "53", .type = VALUE_LIST},
	{"interface", "the interface by which they come", "lo", .type = VALUE_LIST},
	{"out_interface", "the interface by which they go", "eth0", .type = VALUE_LIST},
	{"state", "of their connection: new, established, related, invalid, untracked",
	 "established, related", .type = VALUE_LIST},
	{"conditions", "what else is asked of them; nothing in any of these lists: every packet",
	 "limit", .type = VALUE_LIST},
	{"verdict",
	 "accept, drop, reject, jump, goto, return, masquerade, dnat …; continue: the next rule "
	 "decides",
	 "accept", .type = VALUE_TEXT},
	{"target", "of jump and goto: the chain", "ssh-in", .type = VALUE_TEXT},
	{"log", "whether it writes to the log", "false", .type = VALUE_BOOL},
	{"comment", "what its author wrote to it", "from the office", .type = VALUE_TEXT},
	{"text", "all of it, as text", "tcp dport 22 accept", .type = VALUE_TEXT, .words = true},
	{"path", "of a file: which", "/etc/nftables.conf", .type = VALUE_TEXT},
	{"line", "of a file: the number of the line", "12", .type = VALUE_INT},
};

static void put_text(struct value *value, struct text text)
{
	if (text.len > 0)
		*value = value_text(VALUE_TEXT, text);
}

static void put_list(struct value *value, const struct firewall_list *list)
{
	if (list->count > 0)
		*value = (struct value){.type = VALUE_LIST, .list = list->at, .count = list->count};
}

static bool add_rule(struct rows *rows, const struct firewall_rule *rule)
{
	bool file = rule->line > 0;
	struct value *values = rows_add(rows,
					(struct evidence){rule->path, rule->line, rule->text});
	if (!values)
		return false;
	put_text(&values[FIELD_KIND], rule->is_chain ? TEXT("chain") : TEXT("rule"));
	put_text(&values[FIELD_WHERE], file ? TEXT("file") : TEXT("live"));
	put_text(&values[FIELD_FAMILY], rule->family);
	put_text(&values[FIELD_TABLE], rule->table);
	put_text(&values[FIELD_CHAIN], rule->chain);
	put_text(&values[FIELD_TYPE], rule->type);
	put_text(&values[FIELD_HOOK], rule->hook);
	put_text(&values[FIELD_POLICY], rule->policy);
	put_list(&values[FIELD_PROTOCOL], &rule->protocols);
	put_list(&values[FIELD_SOURCE], &rule->sources);
	put_list(&values[FIELD_DESTINATION], &rule->destinations);
	put_list(&values[FIELD_PORT], &rule->ports);
	put_list(&values[FIELD_SOURCE_PORT], &rule->source_ports);
	put_list(&values[FIELD_INTERFACE], &rule->interfaces);
	put_list(&values[FIELD_OUT_INTERFACE], &rule->out_interfaces);
	put_list(&values[FIELD_STATE], &rule->states);
	put_list(&values[FIELD_CONDITIONS], &rule->conditions);
	put_text(&values[FIELD_VERDICT], rule->verdict);
	put_text(&values[FIELD_TARGET], rule->target);
	put_text(&values[FIELD_COMMENT], rule->comment);
	put_text(&values[FIELD_TEXT], rule->text);
	if (!rule->is_chain)
		values[FIELD_LOG] = value_bool(rule->logs);
	if (file) {
		put_text(&values[FIELD_PATH], rule->path);
		values[FIELD_LINE] = value_number(VALUE_INT, (int64_t)rule->line);
	}
	return true;
}

/* The kernel's older packet filter keeps tables of its own, which are not told by nftables: while
 * it has one, the ruleset is not all there is. */
static enum gather_answer check_older(struct gather *gather, struct text *why)
{
	static const char *const paths[] = {"/proc/net/ip_tables_names",
					    "/proc/net/ip6_tables_names"};
	for (size_t i = 0; i < array_len(paths); i++) {
		struct text content, table;
		enum gather_answer answer = gather_read(gather, text_of(paths[i]), &content, why);
		if (answer == GATHER_FAILED)
			return answer;
		if (answer == GATHER_OK && text_word(&content, &table)) {
			*why = print_text(gather,
					  "iptables-legacy has loaded a table, too (%s: %.*s), "
					  "whose rules can't be told; use iptables-nft",
					  paths[i], (int)text_cut(table, 32), table.at);
			return GATHER_FAILED;
		}
	}
	return GATHER_OK;
}

/* What the kernel has loaded; from disk where that is asked for, or (without `where`) where nobody
 * may ask the kernel. */
static enum gather_answer read_rules(struct gather *gather, struct text where,
				     struct firewall *firewall, struct text *why)
{
	struct text no_files;
	enum gather_answer answer = GATHER_MISSING;
	if (text_is(where, "file"))
		return disk_read(gather, firewall, why);
	if (gather_is_running(gather))
		answer = nft_read(gather, firewall, why);
	if (answer == GATHER_OK)
		return check_older(gather, why);
	if (!gather_is_running(gather))
		*why = TEXT("loaded rules need a running system");
	if (answer != GATHER_MISSING || text_is(where, "live"))
		return answer;
	firewall->count = 0;
	answer = disk_read(gather, firewall, &no_files);
	if (answer == GATHER_FAILED)
		*why = no_files;
	else if (answer == GATHER_MISSING)
		*why = print_text(gather, "%.*s; %.*s", TEXT_ARG(*why), TEXT_ARG(no_files));
	return answer;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct firewall firewall = {.arena = gather_arena(gather)};
	struct text why = {0};
	switch (read_rules(gather, call_text(call, "where"), &firewall, &why)) {
	case GATHER_OK:
		break;
	case GATHER_MISSING:
		answer_skip(gather, answer, why);
		return;
	case GATHER_FAILED:
		answer_fail(gather, answer, why);
		return;
	}
	for (size_t i = 0; i < firewall.count; i++)
		if (!add_rule(&rows, &firewall.at[i]))
			return;
	rows_give(&rows);
}

static bool asks_now(const struct probe_call *call)
{
	return !text_is(call_text(call, "where"), "file");
}

const struct probe probe_firewall_rules = {
	.name = "firewall_rules",
	.help = "the packet filter's chains and rules, by what they mean",
	.subject_help = "a query over the rules",
	.subject_example = "kind:chain and hook:input and policy:drop",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.params = params,
	.param_count = array_len(params),
	.table = true,
	.asks = "nftables",
	.asks_now = asks_now,
	.reads = "the ruleset of nftables (and of iptables over it), from the kernel; else "
		 "/etc/nftables.conf, /etc/iptables/rules.v4 and v6, /etc/sysconfig/iptables and "
		 "ip6tables, ufw's rules",
	.privilege = "root",
	.cost = "two questions to the kernel, and one for each set",
	.run = run,
};
