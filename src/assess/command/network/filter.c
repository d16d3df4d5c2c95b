#include "assess/command/program.h"
#include "assess/command/table.h"
#include "assess/engine/ask.h"
#include "assess/host/firewall/kernel/netfilter.h"

#define TABLES_MAX 10000
#define FAMILY_INET 1
#define FAMILY_IP 2
#define FAMILY_IP6 10
#define ATTRIBUTE_NAME 1

struct tables {
	struct {
		unsigned family;
		struct text name;
	} * at;
	size_t room, count;
};

static bool parse_tables(struct arena *arena, struct text rest, struct tables *tables)
{
	struct netfilter_message message;
	bool broken;
	while (netfilter_next(&rest, &message, &broken)) {
		if (tables->count == TABLES_MAX)
			return false;
		tables->at = arena_grow(arena, tables->at, &tables->room, tables->count + 1,
					sizeof(*tables->at));
		tables->at[tables->count].family = message.family;
		tables->at[tables->count++].name = attribute_string(
			attribute_find(message.attributes, ATTRIBUTE_NAME));
	}
	return !broken;
}

/* False: that was the answer. */
static bool read_tables(const struct native_call *call, struct native_answer *answer,
			struct tables *tables)
{
	struct text told, why;
	switch (gather_ask(call->gather, TEXT("nftables tables"), &told, &why)) {
	case GATHER_OK:
		return parse_tables(gather_arena(call->gather), told, tables) ||
		       !native_fail(answer,
				    TEXT("the kernel's tables are not what they should be"));
	case GATHER_MISSING:
		return !native_skip(answer, why);
	case GATHER_FAILED:
		return !native_fail(answer, why);
	}
	never("an answer");
}

static const char *family_name(unsigned family)
{
	switch (family) {
	case FAMILY_INET:
		return "inet";
	case FAMILY_IP:
		return "ip";
	case FAMILY_IP6:
		return "ip6";
	case 3:
		return "arp";
	case 5:
		return "netdev";
	case 7:
		return "bridge";
	}
	return "unknown";
}

/* -------- nft -------- */

static bool answer_nft(const struct native_call *call, struct native_answer *answer)
{
	struct tables tables = {0};
	bool list = call->argc == 3 && text_is(call->argv[1], "list");
	bool names = list && text_is(call->argv[2], "tables");
	if (!names && !(list && text_is(call->argv[2], "ruleset")))
		return false;
	if (!call->gather || !program_is_here(call, answer) ||
	    !program_is_live(call, answer, "which rules of nftables are loaded") ||
	    !read_tables(call, answer, &tables))
		return true;
	if (!names && tables.count > 0)
		return native_skip(
			answer, TEXT("rules are loaded, and nft alone spells them as it does; see "
				     "the probe firewall_rules"));
	scoped(buf_end) struct buf out = {0}, err = {0};
	for (size_t i = 0; i < tables.count; i++)
		buf_print(&out, "table %s %.*s\n", family_name(tables.at[i].family),
			  TEXT_ARG(tables.at[i].name));
	return program_end(call, answer, &out, &err, 0);
}

const struct native native_nft = {
	.program = "nft",
	.forms = "list tables; list ruleset",
	.reads = "nftables' tables, from the kernel",
	.prints = "the names of tables; nothing where none is loaded, and not applicable where a "
		  "ruleset is",
	.answer = answer_nft,
	.asks = true,
};

/* -------- iptables -------- */

enum option {
	OPTION_LIST,
	OPTION_SPELL,
	OPTION_VERBOSE,
	OPTION_NUMERIC,
	OPTION_LINES,
	OPTION_TABLE,
	OPTION_COUNT
};

static const struct program_option options[] = {
	{'L', "list", false},    {'S', "list-rules", false}, {'v', "verbose", false},
	{'n', "numeric", false}, {0, "line-numbers", false}, {'t', "table", true},
};

static const char *const chains[] = {"INPUT", "FORWARD", "OUTPUT"};

static bool is_chain(struct text name)
{
	for (size_t i = 0; i < array_len(chains); i++)
		if (text_is(name, chains[i]))
			return true;
	return false;
}

/* What it prints where nothing was ever said: chains that let all pass. */
static void print_default(const struct program_args *args, struct buf *out)
{
	bool verbose = args->given[OPTION_VERBOSE] > 0, first = true;
	for (size_t i = 0; i < array_len(chains); i++) {
		if (args->word_count == 1 && !text_is(args->words[0], chains[i]))
			continue;
		if (args->given[OPTION_SPELL]) {
			buf_print(out, "-P %s ACCEPT%s\n", chains[i], verbose ? " -c 0 0" : "");
			continue;
		}
		buf_print(out, "%sChain %s (policy ACCEPT%s)\n%s%s%s\n", first ? "" : "\n",
			  chains[i], verbose ? " 0 packets, 0 bytes" : "",
			  args->given[OPTION_LINES] ? "num  " : "",
			  verbose ? " pkts bytes target     prot opt in     out     "
				  : "target     prot opt ",
			  "source               destination         ");
		first = false;
	}
}

/* Where links of /etc/alternatives lead: iptables of old keeps its rules elsewhere. */
static bool is_legacy(const struct native_call *call, const char *name)
{
	struct gather *gather = call->gather;
	struct text target, why;
	struct text path = text_of(arena_print(gather_arena(gather), "/etc/alternatives/%s", name));
	return gather_link(gather, path, &target, &why) == GATHER_OK &&
	       text_ends(target, "-legacy");
}

static bool has_filter(const struct tables *tables, unsigned family)
{
	for (size_t i = 0; i < tables->count; i++)
		if (tables->at[i].family == family && text_is(tables->at[i].name, "filter"))
			return true;
	return false;
}

static bool is_understood(const struct native_call *call, struct program_args *args)
{
	if (!program_read_args(call, options, OPTION_COUNT, args) || args->word_count > 1 ||
	    args->given[OPTION_LIST] + args->given[OPTION_SPELL] != 1)
		return false;
	bool filter = !args->given[OPTION_TABLE] || text_is(args->values[OPTION_TABLE], "filter");
	return filter && (args->word_count == 0 || is_chain(args->words[0]));
}

static bool answer_iptables(const struct native_call *call, struct native_answer *answer)
{
	struct program_args args;
	struct tables tables = {0};
	bool six = text_ends(call->argv[0], "ip6tables");
	if (!is_understood(call, &args))
		return false;
	if (!call->gather || !program_is_here(call, answer) ||
	    !program_is_live(call, answer, "which rules of iptables are loaded"))
		return true;
	if (is_legacy(call, six ? "ip6tables" : "iptables"))
		return native_skip(answer, TEXT("these are rules of the kernel's old tables, which "
						"can't be read"));
	if (!read_tables(call, answer, &tables))
		return true;
	if (has_filter(&tables, six ? FAMILY_IP6 : FAMILY_IP))
		return native_skip(answer,
				   TEXT("rules are loaded, and iptables alone spells them as "
					"it does; see the probe firewall_rules"));
	scoped(buf_end) struct buf out = {0}, err = {0};
	print_default(&args, &out);
	return program_end(call, answer, &out, &err, 0);
}

#define FORMS \
	"-L or -S, of all or of INPUT, FORWARD or OUTPUT, with -n, -v, --line-numbers, -t filter"
#define READS "nftables' tables, from the kernel; /etc/alternatives"
#define PRINTS                                                                              \
	"the empty chains where no rules are loaded; not applicable where some are, or in " \
	"the old tables"

const struct native native_iptables = {
	.program = "iptables",
	.forms = FORMS,
	.reads = READS,
	.prints = PRINTS,
	.answer = answer_iptables,
	.asks = true,
};

const struct native native_ip6tables = {
	.program = "ip6tables",
	.forms = FORMS,
	.reads = READS,
	.prints = PRINTS,
	.answer = answer_iptables,
	.asks = true,
};
